"""Mapping files: how the log of any other system is laid out, and which facts its columns give."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
from alpr_policy_adapters.columns import (
    CELL,
    COLUMN,
    FACT,
    NOT_TOLD,
    TEXT,
    Cell,
    cell_reader,
    check_facts,
    known_zone,
    plain,
)
from alpr_policy_adapters.logs.cells import NO_OFFSET, NO_TIME, is_withheld, read_count, shown, status_of
from alpr_policy_adapters.logs.rows import Fault, LogError, Made, Status
from alpr_policy_adapters.logs.tables import DELIMITERS, ENCODINGS

FORMATS = ("csv", "jsonl", "parquet")
NAME = Word("a name such as `records_export`", r"[a-z][a-z0-9_]{0,60}")
MARK = Word("a text in a cell", r"[^\x00-\x1f\x7f]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMapping:
    """How one log is laid out."""

    log: int
    id: str
    format: str
    at: Cell
    about: str = ""
    delimiter: str = "comma"
    encoding: str = ""
    header: bool = True
    action: str = ""
    action_from: Cell | None = None
    timezone: str | None = None
    same: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Cell] = field(default_factory=dict)

    def columns(self) -> tuple[str, ...]:
        """Return the columns that something comes from, each once."""
        cells = [self.at, *([self.action_from] if self.action_from else []), *self.facts.values()]
        return tuple(dict.fromkeys([*(cell.column for cell in cells), *self.same]))


def _finish(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    """Look for what only shows when the keys are taken together."""
    if ("action" in values) == ("action_from" in values):
        notes.fault("log-mapping", "a mapping needs `action` or `action_from`, and not both", node.span)
    acts = [values["action"]] if "action" in values else []
    if "action_from" in values:
        acts = [str(one) for one in values["action_from"].values.values()]
        if not acts:
            told = "`action_from` needs `values`: which code means which act"
            notes.fault("log-mapping", told, node.key_span("action_from"))
    for act in acts:
        if act not in VOCABULARY.actions and act.partition(".")[0] in _FIRST:
            at = node.key_span("action" if "action" in values else "action_from")
            notes.fault("unknown-action", f"`{act[:60]}` is not an action", at, did_you_mean(act, VOCABULARY.actions))
    for name in ("delimiter", "encoding", "header"):
        if name in values and values["format"] != "csv":
            notes.fault("log-mapping", f"`{name}` belongs to logs of format `csv`", node.key_span(name))
    zone = values.get("timezone")
    if zone and not known_zone(zone):
        help = "write continent and city, as in `America/New_York`"
        notes.fault("unknown-timezone", f"`{zone[:60]}` is not a time zone", node.key_span("timezone"), help)
    if not values.get("header", True):
        cells = [values["at"], *values.get("facts", {}).values()]
        names = [cell.column for cell in cells] + list(values.get("same", ()))
        if not all(name.isascii() and name.isdecimal() and 0 < int(name) <= 200 for name in names):
            told = "without a header columns are numbers from 1"
            notes.fault("log-mapping", told, node.key_span("header"), 'write them in quotes, as "3"')
    check_facts(values, node, notes, "log")


_FIRST = frozenset(name.partition(".")[0] for name in VOCABULARY.actions)
SHAPE = Record(
    LogMapping,
    (
        Field("log", Whole(1, 1), "the version of this form, 1", required=True),
        Field("id", NAME, "the mapping's name", required=True),
        Field("about", TEXT, "whose log it is"),
        Field("format", Choice(FORMATS), "csv, jsonl or parquet", required=True),
        Field("delimiter", Choice(tuple(DELIMITERS)), "what stands between cells; comma if left out"),
        Field("encoding", Choice(ENCODINGS), "how the text is written; UTF-8, or what its first bytes say"),
        Field("header", Flag(), "whether the first line names the columns; true if left out"),
        Field("action", FACT, "the act that every row records"),
        Field("action_from", CELL, "the column that says which act a row records, and its codes under `values`"),
        Field("at", CELL, "the column with the time of the act, and how it is written", required=True),
        Field("timezone", TEXT, "the time zone of times without an offset; without it such a row is no request"),
        Field("same", ListOf(COLUMN, "a list of columns", single=True), "two rows alike in these columns are one"),
        Field("withheld", ListOf(MARK, "a list of texts", single=True), "marks of withholding, besides the usual ones"),
        Field("blank", ListOf(MARK, "a list of texts", single=True), "texts that stand for an empty cell"),
        Field("counts", ListOf(FACT, "a list of facts", single=True), "facts of a profile's own that are numbers"),
        Field("constants", MapOf(FACT, VALUE, "facts"), "facts that hold of every row"),
        Field("facts", MapOf(FACT, CELL, "facts and their columns"), "facts and where they stand", required=True),
    ),
    "a mapping of a log",
    finish=_finish,
)  # fmt: skip


def log_schema() -> str:
    """Return the JSON Schema of a mapping file (draft 2020-12)."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:alpr-policy:log:1"}
    return json.dumps({**head, "title": "How an audit log is laid out", **SHAPE.schema()}, indent=2) + "\n"


def load_log_mapping(path: Path) -> LogMapping:
    """Read a mapping file; raises LogError with all that is wrong in it, each with its place."""
    source, found = read_text(path)
    if source is None:
        raise LogError(found)
    return parse_log_mapping(source)


def parse_log_mapping(source: SourceFile) -> LogMapping:
    """Read a mapping from its text; raises LogError."""
    node, found = parse(source)
    notes = Notes()
    read = SHAPE.read(node, notes) if node is not None else BAD
    found = [*found, *notes.found]
    if isinstance(read, LogMapping) and not found:
        return read
    raise LogError(found or [Diagnostic("empty-file", "this file is empty", Span(source.name, 1, 1))])


class MappedRows:
    """Makes requests of rows of cells, which stand in the order of `mapping.columns()`."""

    def __init__(self, mapping: LogMapping, zone: ZoneInfo | None, max_cell: int) -> None:
        """Read as `mapping` says; `zone` is that of times without an offset where the mapping names none."""
        zone = ZoneInfo(mapping.timezone) if mapping.timezone else zone
        self._mapping, self._max = mapping, max_cell
        self._marks, self._blanks = frozenset(mapping.withheld), frozenset(mapping.blank)
        self._places = {name: place for place, name in enumerate(mapping.columns())}
        self._constants = {name: plain(value) for name, value in mapping.constants.items()}
        self._at = cell_reader("at", mapping.at, zone)
        self._facts = [(name, cell, cell_reader(name, cell, zone)) for name, cell in mapping.facts.items()]
        known = {name for name, fact in VOCABULARY.facts.items() if fact.kind is FactKind.COUNT}
        self._counts = known | set(mapping.counts)
        self._codes = {str(code): value for code, value in (mapping.action_from or mapping.at).values.items()}

    def make(self, line: int, cells: Sequence[Any]) -> Made:
        """Make the request of one row."""
        mapping = self._mapping
        made = Made(act=mapping.action, at="", facts=dict(self._constants), status={}, faults=[])
        made.status |= dict.fromkeys(self._constants, Status.PRESENT)
        if mapping.action_from is not None:
            code = cells[self._places[mapping.action_from.column]]
            made.kind = str(code)[:80]
            made.act = self._codes.get(str(code).strip(), "")
        self._time(made, cells[self._places[mapping.at.column]], line)
        for name, cell, read in self._facts:
            self._fact(made, name, cell, read, cells[self._places[cell.column]], line)
        self._recorded(made)
        if mapping.same:
            made.key = tuple(str(cells[self._places[name]]) for name in mapping.same)
            made.number = made.key[0]
            made.key = made.key if any(made.key) else ()
        return made

    def _status(self, raw: Any) -> Status:
        if raw is None:
            return Status.BLANK
        if not isinstance(raw, str):
            return Status.PRESENT
        if raw.strip() in self._blanks:
            return Status.BLANK
        return Status.WITHHELD if is_withheld(raw, self._marks) else status_of(raw)

    def _time(self, made: Made, raw: Any, line: int) -> None:
        status = self._status(raw)
        found = self._at(raw.strip() if isinstance(raw, str) else raw) if status is Status.PRESENT else status
        if isinstance(found, datetime):
            made.at, made.status["at"] = shown(found.astimezone(UTC)), status
            return
        told = {Status.BLANK: "the row has no time", Status.WITHHELD: "the time is withheld"}.get(status, "")
        told = told or _no_time(found)
        made.status["at"] = Status.UNREADABLE if status is Status.PRESENT else status
        fault = Fault(code="log-time", message=told, line=line, column=self._mapping.at.column, fatal=True)
        made.faults.append(fault)

    def _fact(self, made: Made, name: str, cell: Cell, read: Callable[[Any], Any], raw: Any, line: int) -> None:
        status = self._status(raw)
        made.status[name] = status
        if status in (Status.WITHHELD, Status.PARTLY):
            made.facts[name] = "withheld"
            return
        # The reader knows an empty text and null, and what the mapping says that they mean.
        if status is Status.BLANK:
            raw = "" if "" in cell.values else None
        elif isinstance(raw, str):
            raw = raw.strip()
            number = read_count(raw) if name in self._counts and raw not in cell.values else None
            raw = raw if number is None else number
        if isinstance(raw, str) and len(raw) > self._max:
            told = f"the cell has more than {self._max:,} characters"
        else:
            found = read(raw)
            told = _unfit(name, found, count=name in self._counts)
            if not told:
                if found is not NOT_TOLD:
                    made.facts[name] = found.isoformat() if hasattr(found, "isoformat") else found
                return
        made.status[name] = Status.UNREADABLE
        made.faults.append(Fault(code="log-cell", message=told, line=line, column=cell.column))

    def _recorded(self, made: Made) -> None:
        """Work out whether a reason was typed in, where a column of reasons is all the log has and blank means none."""
        reason = self._mapping.facts.get("reason.text")
        if reason is None or reason.null != "none" or "reason.recorded" in {*self._mapping.facts, *self._constants}:
            return
        status = made.status["reason.text"]
        said = {Status.BLANK: False, Status.WITHHELD: "withheld", Status.UNREADABLE: True}.get(status, True)
        made.facts["reason.recorded"] = said
        made.status["reason.recorded"] = Status.PRESENT if status is Status.UNREADABLE else status


def _no_time(found: Any) -> str:
    """Say why a cell gave no instant."""
    told = found if isinstance(found, str) else ""
    return NO_OFFSET if told.startswith("no offset") else told if told.startswith("a local") else NO_TIME


def _unfit(name: str, found: Any, *, count: bool) -> str:
    """Say why a value cannot be that of a fact; empty where it can, as far as the fact's kind is known here."""
    fact = VOCABULARY.facts.get(name)
    if isinstance(found, dict):
        return "this is a value of no known kind"
    if found is None or found is NOT_TOLD:
        return ""
    if count and (isinstance(found, bool) or not isinstance(found, int) or found < 0):
        return "this is no whole number"
    if fact is None:
        return ""
    if fact.kind is FactKind.TIME and not hasattr(found, "isoformat"):
        return _no_time(found)
    if fact.kind is FactKind.BOOL and not isinstance(found, bool):
        return "this is neither yes nor no; `values` says what codes mean"
    known = VOCABULARY.values_of(fact)
    if fact.kind in (FactKind.ENUM, FactKind.SET) and known and fact.list_name != "roles":
        given = found if isinstance(found, list) else [found]
        if not all(isinstance(one, str) and one in known for one in given):
            return f"this is no value of `{name}`; `values` says what codes mean"
    return ""
