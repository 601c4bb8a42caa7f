"""Legal holds: who stopped the disposal of what, on which basis, until when; placed, reviewed and released.

A hold decides nothing by itself: as a record of a request it is weighed by the policy (language.md §6). Each change
gives a new set, and what is to be written down of it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day, instant, parse_moment
from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.model.request import HoldRecord, Moment
from alpr_policy.reading.groups import Either, Field, ListOf, MapOf, Record, a, anything, is_text
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.shapes import BAD, Choice, Flag, Json, Notes, Shape, Whole, Word
from alpr_policy.reading.text_files import read_text
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.source import SourceFile, Span
from alpr_policy.suggest import did_you_mean

Scope = Mapping[str, Any]


class HoldsError(PolicyError):
    """A set of holds cannot be read, or a hold cannot be changed as asked."""

    exit_code = ExitCode.BAD_INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """One hold. `scope` are facts that a record must have; without any it holds all data on this basis.

    `review` is the day by which somebody must look at it again; passing it ends nothing. `ends` and `released` end it.
    """

    id: str
    basis: str
    by: str
    role: str
    placed: Moment
    capacity: str = "holder"
    scope: Scope = field(default_factory=dict)
    why: str = ""
    review: dt.date | None = None
    reviewed: Moment | None = None
    reviewed_by: str | None = None
    ends: Moment | None = None
    released: Moment | None = None
    released_by: str | None = None

    def record(self) -> HoldRecord:
        """Return the hold as a record of a request."""
        ends = [one for one in (self.ends, self.released) if one is not None]
        return HoldRecord(
            basis=self.basis,
            by=self.by,
            role=self.role,
            capacity=self.capacity,
            placed=self.placed,
            ends=min(ends, key=_latest) if ends else None,
            scope=dict(self.scope),
        )

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data, in the form of a file of holds."""
        pairs = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self))
        told = {name: value for name, value in pairs if value not in (None, "", {}) and (name, value) != _HOLDER}
        return {name: one.isoformat() if isinstance(one, dt.date) else _plain(one) for name, one in told.items()}


_HOLDER = ("capacity", "holder")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _latest(moment: Moment) -> dt.datetime:
    return instant(moment if isinstance(moment, dt.datetime) else end_of_day(moment, ZoneInfo("UTC")))


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChange:
    """The holds after a change, and what is to be written down of it."""

    holds: tuple[LegalHold, ...]
    hold: LegalHold
    event: str
    at: dt.datetime
    by: str

    def to_wire(self) -> dict[str, Any]:
        """Return what is to be written down, as plain JSON data."""
        return {"event": self.event, "at": self.at.isoformat(), "by": self.by, "hold": self.hold.to_wire()}


def place(holds: Iterable[LegalHold], hold: LegalHold, at: dt.datetime) -> HoldChange:
    """Add a hold; raises HoldsError where its id is taken or it would begin later than `at`."""
    known = tuple(holds)
    if any(one.id == hold.id for one in known):
        raise _error("hold-exists", f"there is a hold `{hold.id}` already", "choose another id, or review that one")
    if isinstance(hold.placed, dt.datetime) and instant(hold.placed) > instant(at):
        raise _error("hold-time", f"hold `{hold.id}` would begin later than now", "place it when it begins")
    return HoldChange(holds=(*known, hold), hold=hold, event="hold_placed", at=at, by=hold.by)


def review(holds: Iterable[LegalHold], id: str, *, at: dt.datetime, by: str, again: dt.date | None) -> HoldChange:
    """Note that somebody looked at a hold that goes on, and when to look again; raises HoldsError."""
    known = tuple(holds)
    old = _going_on(known, id, at)
    new = dataclasses.replace(old, reviewed=at, reviewed_by=by, review=again)
    return _changed(known, old, new, "hold_reviewed", at, by)


def release(holds: Iterable[LegalHold], id: str, *, at: dt.datetime, by: str) -> HoldChange:
    """End a hold now; raises HoldsError where there is none that goes on."""
    known = tuple(holds)
    old = _going_on(known, id, at)
    return _changed(known, old, dataclasses.replace(old, released=at, released_by=by), "hold_released", at, by)


def due_for_review(holds: Iterable[LegalHold], at: dt.datetime) -> tuple[LegalHold, ...]:
    """Return the holds that go on and whose day of review has come, the longest overdue first."""
    due = [one for one in holds if one.review is not None and goes_on(one, at) and one.review <= at.date()]
    return tuple(sorted(due, key=lambda one: (one.review or dt.date.max, one.id)))


def goes_on(hold: LegalHold, at: dt.datetime) -> bool:
    """Say whether a hold has neither ended nor been released."""
    return all(end is None or _latest(end) > instant(at) for end in (hold.ends, hold.released))


def _going_on(holds: tuple[LegalHold, ...], id: str, at: dt.datetime) -> LegalHold:
    found = next((one for one in holds if one.id == id), None)
    if found is None:
        raise _error("hold-unknown", f"there is no hold `{id[:60]}`", did_you_mean(id, [one.id for one in holds]))
    if not goes_on(found, at):
        raise _error("hold-over", f"hold `{id}` has ended or was released", "place a new one")
    if _latest(found.placed) > instant(at) and isinstance(found.placed, dt.datetime):
        raise _error("hold-time", f"hold `{id}` was placed later than that", "look at the clock")
    return found


def _changed(
    holds: tuple[LegalHold, ...], old: LegalHold, new: LegalHold, event: str, at: dt.datetime, by: str
) -> HoldChange:
    return HoldChange(holds=tuple(new if one is old else one for one in holds), hold=new, event=event, at=at, by=by)


def _error(code: str, message: str, help: str) -> HoldsError:
    return HoldsError([Diagnostic(code=code, message=message, help=help)])


# Files


@dataclass(frozen=True)
class MomentShape(Shape):
    """An instant with its offset, or a day."""

    what: str = "a moment such as 2026-05-01T12:00:00-04:00, or a day"
    day: bool = False

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the moment."""
        if not isinstance(node, ScalarNode):
            return self.wrong(node, notes)
        if isinstance(node.value, dt.date):
            return node.value
        try:
            found = parse_moment(node.text)
        except ValueError as error:
            return notes.fault("hold-moment", str(error), node.span)
        return self.wrong(node, notes) if self.day and isinstance(found, dt.datetime) else found

    def write(self, value: Any) -> Any:
        """Write the moment as text."""
        return value.isoformat()

    def schema(self) -> Json:
        """Describe as a text."""
        return {"type": "string"}


NAME = Word("a name without blanks", r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}", longest=100)
TEXT = Word("a short text", r"[^\x00-\x1f\x7f]{1,300}", longest=300)
FACT = Word("the name of a fact", r"[a-z][a-z0-9_.]{0,100}")


def _is_bool(node: Node) -> bool:
    return isinstance(node, ScalarNode) and isinstance(node.value, bool)


def _is_list(node: Node) -> bool:
    return isinstance(node, SequenceNode)


VALUE = Either(
    (
        (_is_bool, a(bool), Flag()),
        (lambda node: isinstance(node, ScalarNode) and node.kind == "integer", a(int), Whole(0, 10**12)),
        (_is_list, a((list, tuple)), ListOf(TEXT, may_be_empty=True)),
        (is_text, anything, TEXT),
    ),
    "a value of a fact",
)
HOLD = Record(
    LegalHold,
    (
        Field("id", NAME, "its own name", required=True),
        Field("basis", NAME, "on what it rests, as the policy names it", required=True),
        Field("by", TEXT, "who placed it", required=True),
        Field("role", NAME, "the role in which they did", required=True),
        Field("capacity", Choice(("holder", "designee", "acting")), "how they hold the role"),
        Field("placed", MomentShape(), "since when", required=True),
        Field("scope", MapOf(FACT, VALUE), "facts that a record must have; all data without any"),
        Field("why", TEXT, "the case, the letter or the order"),
        Field("review", MomentShape("a day such as 2026-05-01", day=True), "the day by which to look at it again"),
        Field("reviewed", MomentShape(), "when somebody last did"),
        Field("reviewed_by", TEXT, "who that was"),
        Field("ends", MomentShape(), "when it ends by itself"),
        Field("released", MomentShape(), "when it was released"),
        Field("released_by", TEXT, "by whom"),
    ),
    "a hold",
)
SHAPE = Record(dict, (Field("holds", ListOf(HOLD, may_be_empty=True), "all holds", required=True),), "a file of holds")


def load_holds(path: Path) -> tuple[LegalHold, ...]:
    """Read a file of holds, YAML or JSON; raises HoldsError with all that is wrong in it, each with its place."""
    source, found = read_text(path)
    if source is None:
        raise HoldsError(found)
    return read_holds(source)


def read_holds(source: SourceFile) -> tuple[LegalHold, ...]:
    """Read holds from their text; raises HoldsError. A hold that cannot be read might be the one that matters."""
    node, found = parse(source)
    notes = Notes()
    read = SHAPE.read(node, notes) if node is not None else BAD
    found = [*found, *notes.found]
    if read is BAD or found or not isinstance(read, dict):
        raise HoldsError(found or [Diagnostic("empty-file", "this file is empty", Span(source.name, 1, 1))])
    holds: tuple[LegalHold, ...] = read["holds"]
    twice = [one.id for place, one in enumerate(holds) if one.id in {other.id for other in holds[:place]}]
    if twice:
        at = node.key_span("holds") if isinstance(node, MappingNode) else Span(source.name, 1, 1)
        raise HoldsError([Diagnostic("hold-exists", f"there are two holds `{twice[0]}`", at, "give each its own id")])
    return holds


def holds_to_wire(holds: Iterable[LegalHold]) -> dict[str, Any]:
    """Return holds as plain JSON data, in the form of a file."""
    return {"holds": [hold.to_wire() for hold in holds]}
