"""Mapping files: how the records of some store become facts, and what deleting one means."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.holds import VALUE
from alpr_policy.reading.groups import Field, ListOf, MapOf, Record
from alpr_policy.reading.shapes import BAD, Choice, Flag, Notes, Whole, Word
from alpr_policy.reading.yaml_nodes import MappingNode, parse, read_text
from alpr_policy.source import SourceFile, Span
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.columns import CELL, COLUMN, FACT, TEXT, Cell, check_facts, known_zone
from alpr_policy_adapters.stores.protocol import StoreError

KINDS = ("sql", "folder", "parquet")
SOURCES = ("index", "sidecar", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What deleting a record means: the whole row goes, or the columns named become empty."""

    rows: bool = False
    blank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMapping:
    """How one store is laid out. `folder` is where the file stands, from which paths are counted."""

    store: int
    id: str
    kind: str
    about: str = ""
    url: str = ""
    url_from: str = ""
    schema: str | None = None
    table: str = ""
    path: str = ""
    facts_from: str = ""
    index: str = ""
    pattern: str = ""
    suffixes: tuple[str, ...] = ()
    key: str = ""
    mark: str = ""
    timezone: str | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Cell] = field(default_factory=dict)
    personal: tuple[str, ...] = ()
    delete: Deletion | None = None
    folder: Path = Path()

    @property
    def root(self) -> Path:
        """Return the folder of the records."""
        return self.folder / self.path

    def columns(self) -> tuple[str, ...]:
        """Return the columns that facts come from, each once."""
        return tuple(dict.fromkeys(cell.column for cell in self.facts.values()))


NAME = Word("a name such as `vendor_reads`", r"[a-z][a-z0-9_]{0,60}")
DELETION = Record(
    Deletion,
    (
        Field("rows", Flag(only=True), "the whole row goes"),
        Field("blank", ListOf(COLUMN, "a list of columns", single=True), "these columns become empty"),
    ),
    "`delete`",
)
NEEDED = {"sql": ("table", "key"), "parquet": ("path", "key"), "folder": ("path", "facts_from")}
ONLY = {
    "sql": ("url", "url_from", "schema", "table", "mark"),
    "folder": ("facts_from", "index", "pattern", "suffixes"),
    "parquet": (),
}


def _finish(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    """Look for what only shows when the keys are taken together."""
    kind = values["kind"]
    for name in NEEDED[kind]:
        if name not in values:
            notes.fault("missing-key", f"a store of kind `{kind}` needs the key `{name}`", node.span)
    for owner, names in ONLY.items():
        for name in names if owner != kind else ():
            if name in values:
                notes.fault("store-key", f"`{name}` belongs to stores of kind `{owner}`", node.key_span(name))
    if kind == "sql" and ("url" in values) == ("url_from" in values):
        notes.fault("store-key", "a table needs `url` or `url_from`, and not both", node.span)
    if kind != "folder" and "delete" not in values:
        notes.fault(
            "missing-key", "what deleting a record means is not said", node.span, "write `delete: {rows: true}`"
        )
    if kind == "folder" and "delete" in values:
        notes.fault("store-key", "in a folder the file goes, so `delete` says nothing", node.key_span("delete"))
    deletion = values.get("delete")
    if deletion is not None and deletion.rows == bool(deletion.blank):
        notes.fault("store-key", "`delete` needs either `rows` or `blank`", node.key_span("delete"))
    zone = values.get("timezone")
    if zone and not known_zone(zone):
        help = "write continent and city, as in `America/New_York`"
        notes.fault("unknown-timezone", f"`{zone[:60]}` is not a time zone", node.key_span("timezone"), help)
    _finish_folder(values, node, notes)
    check_facts(values, node, notes, "store")


def _finish_folder(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    source = values.get("facts_from")
    if source == "index" and not {"index", "key"} <= values.keys():
        notes.fault("missing-key", "an index needs `index`, its file, and `key`, the column of file names", node.span)
    if source == "name" and "pattern" not in values:
        notes.fault("missing-key", "facts from file names need `pattern`", node.span)
    try:
        groups = set(re.compile(values.get("pattern", "")).groupindex)
    except re.error as error:
        notes.fault("store-pattern", f"this is no regular expression: {error}", node.key_span("pattern"))
        return
    for cell in values.get("facts", {}).values() if source == "name" else ():
        if cell.column not in groups:
            help = did_you_mean(cell.column, groups)
            notes.fault("store-column", f"the pattern has no group `{cell.column}`", node.key_span("pattern"), help)


SHAPE = Record(
    StoreMapping,
    (
        Field("store", Whole(1, 1), "the version of this form, 1", required=True),
        Field("id", NAME, "the store's name", required=True),
        Field("about", TEXT, "what the store is"),
        Field("kind", Choice(KINDS), "sql, folder or parquet", required=True),
        Field("url", TEXT, "the database, such as sqlite:///reads.db; never with a password"),
        Field("url_from", Word("a variable", "[A-Z][A-Z0-9_]{0,60}"), "the environment variable that holds the URL"),
        Field("schema", COLUMN, "the schema of the table"),
        Field("table", COLUMN, "the table"),
        Field("path", TEXT, "the folder, counted from the mapping file"),
        Field("facts_from", Choice(SOURCES), "where a file's facts stand: index, sidecar or name"),
        Field("index", TEXT, "the CSV file, inside the folder, that lists all files"),
        Field("pattern", TEXT, "the regular expression of file names"),
        Field("suffixes", ListOf(TEXT, "a list of endings", single=True), "endings of the files; .jpg, .jpeg, .png"),
        Field("key", COLUMN, "the column by which a record is known"),
        Field("mark", COLUMN, "the column that takes the name of the purge before a record goes"),
        Field("timezone", TEXT, "the time zone of times without an offset; unknown without it"),
        Field("constants", MapOf(FACT, VALUE, "facts"), "facts that hold of every record"),
        Field("facts", MapOf(FACT, CELL, "facts and their columns"), "facts and where they stand"),
        Field("personal", ListOf(COLUMN, "a list of columns", single=True), "columns that are personal"),
        Field("delete", DELETION, "what deleting a record means"),
    ),
    "a store",
    finish=_finish,
)  # fmt: skip


def store_schema() -> str:
    """Return the JSON Schema of a mapping file (draft 2020-12)."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:alpr-policy:store:1"}
    return json.dumps({**head, "title": "How a store of records is laid out", **SHAPE.schema()}, indent=2) + "\n"


def load_store_mapping(path: Path) -> StoreMapping:
    """Read a mapping file; raises StoreError with all that is wrong in it, each with its place."""
    source, found = read_text(path)
    if source is None:
        raise StoreError(found)
    return parse_store_mapping(source, Path(os.path.abspath(path)).parent)


def parse_store_mapping(source: SourceFile, folder: Path = Path()) -> StoreMapping:
    """Read a mapping from its text; paths in it are counted from `folder`. Raises StoreError."""
    node, found = parse(source)
    notes = Notes()
    read = SHAPE.read(node, notes) if node is not None else BAD
    found = [*found, *notes.found]
    if isinstance(read, StoreMapping) and not found:
        import dataclasses

        return dataclasses.replace(read, folder=folder)
    raise StoreError(found or [Diagnostic("empty-file", "this file is empty", Span(source.name, 1, 1))])
