"""Mapping files: how the records of some store become facts, and what deleting one means."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.holds import VALUE
from alpr_policy.reading.groups import Field, ListOf, MapOf, Record
from alpr_policy.reading.shapes import BAD, Choice, Flag, Notes, Whole, Word
from alpr_policy.reading.yaml_nodes import MappingNode, parse, read_text
from alpr_policy.source import SourceFile, Span
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY, FactKind
from alpr_policy_adapters.stores.protocol import StoreError

KINDS = ("sql", "folder", "parquet")
SOURCES = ("index", "sidecar", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """From which column a fact comes and how it is written.

    `null` says what an empty cell means: that nobody knows, that there is none, or an empty list. `repeated` says which
    of two is meant by a local time that the clock shows twice; without it such a time is unknown.
    """

    column: str
    values: Mapping[str, Any] = field(default_factory=dict)
    null: str = "unknown"
    split: str = ""
    time: str = "iso"
    repeated: str = ""


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


TEXT = Word("a text", r"[^\x00-\x1f\x7f]{1,300}", longest=300)
COLUMN = Word("the name of a column", r"[^\x00-\x1f\x7f]{1,120}", longest=120)
CODE = Word("a code of the store", r"[^\x00-\x1f\x7f]{0,60}")
NAME = Word("a name such as `vendor_reads`", r"[a-z][a-z0-9_]{0,60}")
FACT = Word("the name of a fact", r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")
CELL = Record(
    Cell,
    (
        Field("column", COLUMN, "the column, the key in the sidecar, or the group in the pattern", required=True),
        Field("values", MapOf(CODE, VALUE, "codes and what they mean"), "what the store's own codes mean"),
        Field("null", Choice(("unknown", "none", "empty")), "what an empty cell means; unknown if left out"),
        Field("split", Word("a sign", r"[^\x00-\x1f\x7f]{1,3}"), "the sign between the members of a list"),
        Field("time", TEXT, "iso, epoch_seconds, epoch_milliseconds, or a form such as %Y%m%dT%H%M%SZ"),
        Field("repeated", Choice(("first", "last")), "which is meant by a local time that occurs twice"),
    ),
    "a fact",
)
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
    if zone and not _known_zone(zone):
        help = "write continent and city, as in `America/New_York`"
        notes.fault("unknown-timezone", f"`{zone[:60]}` is not a time zone", node.key_span("timezone"), help)
    _finish_folder(values, node, notes)
    _finish_facts(values, node, notes)


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


def _finish_facts(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    for part in ("facts", "constants"):
        where = node.get(part)
        for name in values.get(part, {}):
            at = where.key_span(name) if isinstance(where, MappingNode) else node.span
            fact = VOCABULARY.facts.get(name)
            # A profile may have facts of its own; they have a dot in their name, and nothing here can know them.
            if fact is None and name.partition(".")[0] in _FIRST:
                notes.fault("unknown-fact", f"`{name}` is not a fact", at, did_you_mean(name, VOCABULARY.facts))
            elif fact is not None and fact.derived_from:
                wanted = fact.derived_from[0]
                notes.fault("store-derived", f"`{name}` is worked out from other facts", at, f"map `{wanted}`")
            elif part == "constants" and name in values.get("facts", {}):
                notes.fault("both-forms", f"`{name}` stands for the whole store and in a column", at, "keep one")
            elif fact is not None and part == "constants" and not _fits(fact, values[part][name]):
                known = VOCABULARY.values_of(fact)
                shown = values[part][name]
                help = did_you_mean(str(shown), known)
                notes.fault("store-value", f"`{shown}` is no value of `{name}`", at, help)


_FIRST = frozenset(name.partition(".")[0] for name in VOCABULARY.facts)


def _fits(fact: Any, value: Any) -> bool:
    known = VOCABULARY.values_of(fact)
    if fact.kind is FactKind.SET:
        return isinstance(value, tuple) and (not known or set(value) <= set(known))
    if fact.kind is FactKind.BOOL:
        return isinstance(value, bool)
    return fact.kind is not FactKind.ENUM or not known or value in known


def _known_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (KeyError, OSError, ValueError):  # a zone that is not known is a KeyError
        return False


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
