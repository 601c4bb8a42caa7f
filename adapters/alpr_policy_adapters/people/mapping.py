"""The mapping file: which table and column of a database gives which part of a directory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.directory import DirectoryError
from alpr_policy.reading.directory_shape import HEAD
from alpr_policy.reading.directory_tables import ATTACHED, COLUMNS
from alpr_policy.reading.groups import Field, ListOf, MapOf, Record
from alpr_policy.reading.shapes import Choice, Notes, Whole, Word
from alpr_policy.reading.text_files import read_text
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.reading.yaml_tree import MappingNode
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean

_IDENTIFIER = Word("the name of a table or column", r"[^\x00-\x1f\"]{1,120}", 120)
_TEXT = Word("a text", r"[^\x00-\x1f]{1,200}", 200)
_TABLE = Word("the name of one of our tables", r"[a-z_]+", 40)
_COLUMN = Word("the name of one of our columns", r"[a-z_]+", 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """Where one part of a directory stands.

    `columns` gives our column the name of theirs, `constants` a text for every row, `values` replaces their values by
    ours, and `only` keeps the rows in which a column of theirs has one of some values.
    """

    table: str
    columns: Mapping[str, str]
    schema: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleMapping:
    """A whole mapping file. `times` says what a time without an offset means: local, utc, or refused."""

    tables: Mapping[str, TableMapping]
    times: str
    head: MappingNode
    name: str


_TABLE_SHAPE = Record(
    TableMapping,
    (
        Field("table", _IDENTIFIER, "the table or view", required=True),
        Field("schema", _IDENTIFIER, "the schema it lies in"),
        Field("columns", MapOf(_COLUMN, _IDENTIFIER), "our column: theirs", required=True),
        Field("constants", MapOf(_COLUMN, _TEXT), "our column: what it is in every row"),
        Field("values", MapOf(_COLUMN, MapOf(_TEXT, _TEXT)), "our column: {their value: ours}"),
        Field("only", MapOf(_IDENTIFIER, ListOf(_TEXT, "a list of values", single=True)), "their column: its values"),
    ),
    "a table of the mapping",
    places=True,
)
_SHAPE = Record(
    dict,
    (
        Field("people", Whole(1, 1, "the version `1`"), "the version of this form", required=True),
        HEAD[1],
        Field("times", Choice(("local", "utc", "refused")), "what a time without an offset means"),
        Field("tables", MapOf(_TABLE, _TABLE_SHAPE), "our table: where it stands", required=True),
    ),
    "a mapping of people",
)


def read_mapping(path: Path) -> PeopleMapping:
    """Read a mapping file; raises DirectoryError with all that is wrong in it."""
    source, found = read_text(path)
    node, problems = parse(source) if source is not None else (None, [])
    notes = Notes([*found, *problems])
    values = _SHAPE.read(node, notes) if node is not None else None
    if isinstance(values, dict) and node is not None:
        for name, table in values["tables"].items():
            notes.found += _faults(name, table)
        if "persons" not in values["tables"]:
            message = "the mapping has no table `persons`"
            notes.found.append(Diagnostic("directory-table", message, node.key_span("tables")))
        if not any(d.is_error for d in notes.found):
            return PeopleMapping(
                tables=values["tables"], times=values.get("times", "refused"), head=_head(node), name=str(path)
            )
    raise DirectoryError(notes.found)


def _faults(name: str, table: TableMapping) -> list[Diagnostic]:
    if name not in COLUMNS:
        message = f"`{name[:60]}` is not a table of a directory"
        return [Diagnostic("directory-table", message, table.span, did_you_mean(name, COLUMNS))]
    found = []
    for column in {**table.columns, **table.constants, **table.values}:
        if column not in COLUMNS[name]:
            message = f"`{column[:60]}` is not a column of `{name}`"
            found.append(Diagnostic("directory-column", message, table.span, did_you_mean(column, COLUMNS[name])))
    key = ATTACHED[name][0] if name in ATTACHED else "id" if "id" in COLUMNS[name] else None
    if key is not None and key not in table.columns:
        found.append(Diagnostic("directory-column", f"the table has no column `{key}`", table.span))
    return found


def _head(node: MappingNode) -> MappingNode:
    """Return what the mapping says as the head of a directory."""
    names = {"people": "directory", "timezone": "timezone"}
    entries = [
        (dataclasses.replace(key, value=names[key.text], text=names[key.text]), value)
        for key, value in node.entries
        if key.text in names
    ]
    return MappingNode(tuple(entries), node.span)
