"""Mapping files: how the list of some source is laid out, and what its columns and codes mean.

One tree of shapes reads a mapping with the place of every fault, and describes it as JSON Schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.groups import Either, Field, ListOf, MapOf, Record, anything, is_text
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.shapes import BAD, Choice, Flag, Notes, Period, Whole, Word
from alpr_policy.reading.yaml_nodes import MappingNode, parse, read_text
from alpr_policy.source import SourceFile, Span
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.hotlists.dates import ISO, DateForm
from alpr_policy_adapters.hotlists.entries import HotListError

FIELDS = ("plate", "state", "category", "effective", "expires", "id", "source", "reason", "case", "type", "change")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
ENCODINGS = ("utf-8", "ascii", "windows-1252", "iso-8859-1", "utf-16")
FORMATS = ("delimited", "fixed_width", "json")
CHANGES = ("put", "add", "change", "remove")
"""What a line of an incremental list does: add or change, only add, only change, remove."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """Where a field stands and how it is written. `column` counts from 1, or names a header or a JSON key."""

    column: str | int | None = None
    start: int | None = None
    end: int | None = None
    date: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def forms(self) -> tuple[DateForm, ...]:
        """Return the ways in which days are written."""
        return tuple(DateForm(form) for form in self.date or (ISO,))


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedSpec:
    """Where a file says when its source issued it."""

    where: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMapping:
    """How lists of one source are laid out."""

    mapping: int
    id: str
    about: str
    fields: Mapping[str, ColumnSpec]
    format: str = "delimited"
    delimiter: str = "comma"
    quote: str = "double"
    header: bool = True
    encoding: str = "utf-8"
    skip: int = 0
    ignore: tuple[str, ...] = ()
    records: str = ""
    source: str = ""
    timezone: str | None = None
    category: str | None = None
    state: str | None = None
    wildcards: bool = False
    expires_after: Any = None
    issued: IssuedSpec | None = None

    @property
    def zone(self) -> ZoneInfo | None:
        """Return the time zone of days and of times without an offset."""
        return ZoneInfo(self.timezone) if self.timezone else None


TEXT = Word("a text", r"[^\x00-\x1f\x7f]{1,200}")
CODE = Word("a code of the source", r"[^\x00-\x1f\x7f]{0,60}")
MAPPING_ID = Word("a name such as `learn_delimited`", r"[a-z][a-z0-9_]{0,60}")
COLUMN = Either(
    (
        (
            lambda node: isinstance(node, ScalarNode) and node.kind == "integer",
            lambda v: isinstance(v, int),
            Whole(1, 200),
        ),
        (is_text, anything, TEXT),
    ),
    "the name or number of a column",
)
SPEC = Record(
    ColumnSpec,
    (
        Field("column", COLUMN, "the column's name in the header, its number from 1, or the keys of a JSON value"),
        Field("from", Whole(1, 5_000), "the first character of the field, from 1, in lines of fixed width", "start"),
        Field("to", Whole(1, 5_000), "its last character", "end"),
        Field("date", ListOf(TEXT, "a form of days", single=True), "how days are written, such as YYYYMMDD"),
        Field("values", MapOf(CODE, TEXT, "codes and what they mean"), "what the source's own codes mean"),
        Field("unknown", ListOf(CODE, "a list of texts", single=True), "texts that say nothing is known"),
    ),
    "a column",
)
ISSUED = Record(
    IssuedSpec,
    (
        Field("in", Choice(("file_name", "first_line")), "where the time stands", "where", required=True),
        Field("date", TEXT, "how it is written", required=True),
    ),
    "`issued`",
)


def _finish(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    """Look for what only shows when the keys are taken together."""
    columns: Mapping[str, ColumnSpec] = values["fields"]
    _check_columns(columns, values, node, notes)
    for name in ("category", "state"):
        if name in values and name in columns:
            notes.fault(
                "both-forms", f"`{name}` stands for the whole file and in a column", node.key_span(name), "keep one"
            )
    if "category" not in values and "category" not in columns:
        help_line = "say `category:` for the whole file, or name the column under `fields`"
        notes.fault("missing-key", "the list's categories are not said", node.span, help_line)
    if (zone := values.get("timezone")) and not _known_zone(zone):
        help_line = "write continent and city, as in `America/New_York`"
        notes.fault("unknown-timezone", f"`{zone}` is not a time zone", node.key_span("timezone"), help_line)
    span = values.get("expires_after")
    if span is not None and str(span.unit) not in ("day", "week"):
        notes.fault("bad-period", "entries expire after days or weeks", node.key_span("expires_after"), "write 30 days")
    if values.get("format") == "json" and "records" not in values:
        notes.fault(
            "missing-key", "a JSON list needs the key `records`", node.span, "the key under which the entries stand"
        )
    forms = [form for spec in columns.values() for form in spec.date]
    forms += [values["issued"].date] if "issued" in values else []
    for form in map(DateForm, forms):
        if reason := form.fault():
            notes.fault("date-form", f"`{form.form}` {reason}", node.key_span("fields"), "write YYYYMMDD or MM/DD/YYYY")
        elif form.timed and "timezone" not in values:
            notes.fault("date-form", f"`{form.form}` has a time without an offset", node.span, "say `timezone:`")


def _check_columns(columns: Mapping[str, ColumnSpec], values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    """Say which columns are missing, of the wrong sort, or hold what they cannot."""
    at = node.key_span("fields")
    if "plate" not in columns:
        notes.fault("missing-key", "`fields` needs `plate`", at, "say in which column the plate stands")
    kind = values.get("format", "delimited")
    for name, spec in columns.items():
        width = spec.start is not None and spec.end is not None and spec.start <= spec.end and spec.column is None
        named = spec.column is not None and spec.start is None and spec.end is None
        if not (width if kind == "fixed_width" else named):
            wanted = "`from` and `to`, in this order" if kind == "fixed_width" else "`column` alone"
            notes.fault("mapping-column", f"`{name}` needs {wanted}, since the format is `{kind}`", at)
        headed = values.get("header", True) and kind == "delimited"
        if kind == "delimited" and not headed and isinstance(spec.column, str):
            notes.fault("mapping-column", f"`{name}` names a column, and there is no header", at, "give its number")
        if kind == "json" and isinstance(spec.column, int):
            notes.fault("mapping-column", f"`{name}` has a number, where a JSON key is wanted", at)
        if name == "change" and (not spec.values or set(spec.values.values()) - set(CHANGES)):
            notes.fault("mapping-column", f"`change` needs `values`, each one of {', '.join(CHANGES)}", at)


def _known_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (KeyError, OSError, ValueError):  # a zone that is not known is a KeyError
        return False


MAPPING = Record(
    ListMapping,
    (
        Field("mapping", Whole(1, 1), "the version of this form, 1", required=True),
        Field("id", MAPPING_ID, "the mapping's name", required=True),
        Field("about", TEXT, "whose lists these are", required=True),
        Field("format", Choice(FORMATS), "delimited, fixed_width or json"),
        Field("delimiter", Choice(tuple(DELIMITERS)), "what stands between columns; comma if left out"),
        Field("quote", Choice(("double", "none")), "what a cell with the delimiter in it is quoted with"),
        Field("header", Flag(), "whether the first line names the columns; true if left out"),
        Field("encoding", Choice(ENCODINGS), "how the text is written; utf-8 if left out"),
        Field("skip", Whole(0, 1_000), "how many lines stand before the header or the first entry"),
        Field("ignore", ListOf(TEXT, "a list of texts", single=True), "beginnings of lines that hold no entry"),
        Field("records", TEXT, "the key of a JSON document under which the entries stand"),
        Field("source", TEXT, "who issues the list, where no column says it"),
        Field("timezone", TEXT, "where its days begin and end; that of the read if left out"),
        Field("category", MAPPING_ID, "the category of all entries"),
        Field("state", Word("a state's code", "[A-Z]{2}"), "the state of all entries"),
        Field("wildcards", Flag(), "whether ? * @ # and [ ] in a plate are wildcards; else they are refused"),
        Field("expires_after", Period(), "how long after its first day an entry is still in force, such as 30 days"),
        Field("issued", ISSUED, "where the file says when its source issued it; unknown if left out"),
        Field("fields", MapOf(Word("a field", "|".join(FIELDS)), SPEC), "where each field stands", required=True),
    ),
    "a mapping",
    finish=_finish,
)  # fmt: skip


def mapping_schema() -> str:
    """Return the JSON Schema of a mapping file (draft 2020-12)."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:alpr-policy:hotlist-mapping:1",
        "title": "How a hot list of some source is laid out",
    }
    return json.dumps({**head, **MAPPING.schema()}, indent=2, ensure_ascii=False) + "\n"


def load_mapping(path: Path | str) -> ListMapping:
    """Read a mapping from a file, or one that ships by its name; HotListError with all that is wrong in it."""
    shipped = shipped_mappings()
    if str(path) in shipped:
        return parse_mapping(SourceFile(f"{path}.yaml", shipped[str(path)]))
    if isinstance(path, str) and not path.endswith((".yaml", ".yml")) and not Path(path).exists():
        message = f"there is no mapping `{path[:60]}`"
        raise HotListError([Diagnostic("mapping-missing", message, help=did_you_mean(path, shipped))])
    source, found = read_text(Path(path))
    if source is None:
        raise HotListError(found)
    return parse_mapping(source)


def parse_mapping(source: SourceFile) -> ListMapping:
    """Read a mapping from its text; HotListError with all that is wrong in it, each with its place."""
    node, found = parse(source)
    notes = Notes()
    read = MAPPING.read(node, notes) if node is not None else BAD
    found = [*found, *notes.found]
    if isinstance(read, ListMapping) and not found:
        return read
    raise HotListError(found or [Diagnostic("empty-file", "this file is empty", Span(source.name, 1, 1))])


def shipped_mappings() -> dict[str, str]:
    """Return the texts of the mappings that come with the package, by name."""
    folder = files("alpr_policy_adapters.hotlists") / "mappings"
    return {
        one.name.removesuffix(".yaml"): one.read_text(encoding="utf-8")
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".yaml")
    }
