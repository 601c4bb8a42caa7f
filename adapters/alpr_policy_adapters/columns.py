"""Columns of somebody else's tables: from which of them a fact comes, how it is written, and how it is read.

What stores and logs share. What cannot be read is unknown, never guessed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.questions.disposal_clocks import moment_of
from alpr_policy.questions.holds import VALUE
from alpr_policy.reading.groups import Field, MapOf, Record
from alpr_policy.reading.shapes import Choice, Notes, Word
from alpr_policy.reading.yaml_nodes import MappingNode
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY, FactKind

LONGEST = 2_000
TAKEN = (str, int, float, bool, bytes, list, tuple, dt.date)
Reader = Callable[[Any], Any]


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


TEXT = Word("a text", r"[^\x00-\x1f\x7f]{1,300}", longest=300)
COLUMN = Word("the name of a column", r"[^\x00-\x1f\x7f]{1,120}", longest=120)
CODE = Word("a code of the store", r"[^\x00-\x1f\x7f]{0,60}")
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


def check_facts(values: Mapping[str, Any], node: MappingNode, notes: Notes, what: str) -> None:
    """Note facts that nobody knows, that are worked out from others, or that are given a value they cannot have."""
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
                notes.fault("both-forms", f"`{name}` stands for the whole {what} and in a column", at, "keep one")
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


def known_zone(name: str) -> bool:
    """Say whether this is a time zone."""
    try:
        return bool(ZoneInfo(name).key)
    except (KeyError, OSError, ValueError):  # a zone that is not known is a KeyError
        return False


NOT_TOLD = object()


def plain(value: Any) -> Any:
    """Return a constant of a mapping as a request holds it."""
    return list(value) if isinstance(value, tuple) else value


def cell_reader(name: str, cell: Cell, zone: ZoneInfo | None) -> Reader:
    """Return what reads the cells of one fact."""
    fact = VOCABULARY.facts.get(name)
    kind = fact.kind if fact is not None else FactKind.TEXT
    values = {code: plain(value) for code, value in cell.values.items()}
    empty: Any = {"unknown": NOT_TOLD, "none": None, "empty": []}[cell.null]

    def meaning(raw: Any) -> Any:
        if values:
            told = str(raw)
            if told in values:
                return values[told]
        return raw

    def clock(raw: Any) -> Any:
        # Nearly all times come in this form.
        try:
            found = dt.datetime.fromisoformat(raw) if type(raw) is str else None
        except ValueError:
            found = None
        return found if found is not None and found.tzinfo is not None else read(raw)

    def read(raw: Any) -> Any:
        if raw is None or (raw == "" and "" not in values):
            return empty
        if not isinstance(raw, TAKEN) or (isinstance(raw, str | bytes) and len(raw) > LONGEST):
            return {"conflict": ["a value of no known kind"]}
        if kind is FactKind.TIME:
            return _moment(meaning(raw), cell, zone)
        if isinstance(raw, str) and cell.split:
            raw = [part.strip() for part in raw.split(cell.split) if part.strip()]
        if isinstance(raw, list | tuple):
            return [meaning(one) for one in raw]
        found = meaning(raw)
        if kind is FactKind.SET:
            return found if isinstance(found, list) else [found]
        if kind is FactKind.BOOL and type(found) is int and found in (0, 1):
            return bool(found)
        return found

    return clock if kind is FactKind.TIME and cell.time == "iso" and not values else read


def _moment(raw: Any, cell: Cell, zone: ZoneInfo | None) -> Any:
    """Return the moment of a cell; a text that says why where it names none, which leaves the fact unknown."""
    try:
        if isinstance(raw, dt.datetime):
            return raw if raw.tzinfo is not None else in_zone(raw, zone, cell.repeated)
        if isinstance(raw, dt.date):
            return raw
        if cell.time.startswith("epoch"):
            number = float(raw) / (1_000 if cell.time == "epoch_milliseconds" else 1)
            return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number)
        if isinstance(raw, bytes) or not isinstance(raw, str):
            return f"no moment: {type(raw).__name__}"
        if cell.time != "iso":
            found = dt.datetime.strptime(raw, cell.time)
            zulu = cell.time.endswith("Z") and found.tzinfo is None
            found = found.replace(tzinfo=dt.UTC) if zulu else found
            return found if found.tzinfo is not None else in_zone(found, zone, cell.repeated)
        told = moment_of(raw)
        if told is not None:
            return told
        plain = dt.datetime.fromisoformat(raw)
        return plain if plain.tzinfo is not None else in_zone(plain, zone, cell.repeated)
    except (ValueError, OverflowError, TypeError):
        return "no moment"


def in_zone(local: dt.datetime, zone: ZoneInfo | None, repeated: str = "") -> dt.datetime | str:
    """Return a local time as an instant; what the clock showed never, or twice, is unknown unless the mapping says."""
    if zone is None:
        return "no offset and no time zone"
    first, last = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != last.utcoffset():
        there = first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == local
        if not there or not repeated:
            return "a local time that the clock shows twice" if there else "a local time that no clock shows"
        first = last if repeated == "last" else first
    return first.astimezone(dt.UTC)
