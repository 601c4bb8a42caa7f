"""Rows of each kind, made of what the program knows. Which values are personal is told by the vocabulary's markers.

Whatever is not a word of the language or of a profile counts as personal free text, so that a plate in the wrong field
can be purged like any other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.durations import CalendarSpan
from alpr_policy.model.decision import Decision
from alpr_policy.model.request import Mode, Request
from alpr_policy.vocabulary import Fact, FactKind
from alpr_policy_adapters.ledger.catalogues import Words
from alpr_policy_adapters.ledger.requests import request_wire
from alpr_policy_adapters.ledger.rows import Kind, NewRow, PersonalValue, Sort, pointer, take_out

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T[0-9:.+Z-]{1,30})?")
_STATE = re.compile(r"[A-Z]{2}")
_FIELD = re.compile(r"[a-z]+(_[a-z]+)*")
UNTOLD = frozenset({"unknown", "withheld"})
# The fields of records that name somebody or something, and how they are searched for; the others are words.
NAMING = {"by": Sort.PERSON, "issued_by": Sort.PERSON, "of": Sort.FREE_TEXT}
RECORD_LISTS = ("approvals", "checks", "documents", "holds", "events")
TIMES = frozenset({"at", "expires", "ended", "placed", "ends"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a decision was asked for, beside the request: further departments, the mode, texts supposed to bind."""

    departments: tuple[str, ...] = ()
    mode: Mode = Mode.ENFORCE
    as_if: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {"departments": list(self.departments), "mode": self.mode.value, "as_if": list(self.as_if)}


@dataclass(slots=True)
class Taking:
    """Takes personal values out of a body, one by one."""

    body: dict[str, Any]
    words: Words
    taken: dict[str, PersonalValue] = field(default_factory=dict)

    def take(self, sort: Sort, *names: str | int) -> None:
        """Take the value at a place out of the body."""
        place = pointer(*names)
        self.taken[place] = PersonalValue(take_out(self.body, place), sort)

    def facts(self, facts: Mapping[str, Any], *way: str | int) -> None:
        """Take personal facts out of a group; the whole group where it has names that nobody knows."""
        if not facts.keys() <= self.words.facts.keys():
            self.take(Sort.FREE_TEXT, *way)
            return
        for name, value in list(facts.items()):
            sort = sort_of(name, value, self.words)
            if sort is not None:
                self.take(sort, *way, name)

    def records(self, records: list[dict[str, Any]], *way: str | int) -> None:
        """Take out whom records name, and what in them is no known word."""
        for number, record in enumerate(records):
            for name, value in list(record.items()):
                if name == "scope":
                    self.facts(value, *way, number, name)
                elif name in NAMING:
                    self.take(NAMING[name], *way, number, name)
                elif name == "fields":
                    if not all(_FIELD.fullmatch(one) for one in value):
                        self.take(Sort.FREE_TEXT, *way, number, name)
                elif isinstance(value, str) and name not in TIMES and not self.is_word(value):
                    self.take(Sort.FREE_TEXT, *way, number, name)

    def is_word(self, text: str) -> bool:
        """Say whether a text is a word of the language or of a profile."""
        return text in self.words.known or text in self.words.actions or text in RECORD_WORDS or text in UNTOLD


RECORD_WORDS = frozenset(["granted", "refused", "pending", "holder", "designee", "acting", "pass", "fail", "unclear"])


def sort_of(name: str, value: Any, words: Words) -> Sort | None:
    """Return why the value of a fact is personal; None where it can name nobody."""
    fact = words.facts.get(name)
    if isinstance(value, str) and value in UNTOLD:
        return None
    if fact is not None and fact.personal is not None:
        return Sort(fact.personal.value)
    if isinstance(value, bool) or value is None:
        return None
    return None if fact is not None and _fits(fact, value, words) else Sort.FREE_TEXT


def _fits(fact: Fact, value: Any, words: Words) -> bool:
    """Say whether a value is of the fact's own kind, and so one of a known list, a number or a time."""
    if isinstance(value, dict):
        inside = list(value.values())
        sides = inside[0] if list(value) in (["conflict"], ["$set"]) else inside if list(value) == ["$moment"] else None
        return isinstance(sides, list) and all(_fits(fact, one, words) for one in sides)
    if isinstance(value, list):
        return fact.kind is FactKind.SET and all(_fits(fact, one, words) for one in value)
    match fact.kind:
        case FactKind.COUNT:
            return isinstance(value, int) and abs(value) < 10_000
        case FactKind.ENUM | FactKind.SET:
            return isinstance(value, str) and value in words.known
        case FactKind.TIME:
            return isinstance(value, str) and _MOMENT.fullmatch(value) is not None
        case FactKind.AGE:
            return isinstance(value, str) and _is_span(value)
    # Of texts only a state's code is short enough to name nobody.
    return fact.name.endswith(".state") and isinstance(value, str) and _STATE.fullmatch(value) is not None


def _is_span(text: str) -> bool:
    try:
        CalendarSpan.parse(text)
    except ValueError:
        return False
    return True


def decision_row(
    request: Request,
    decision: Decision,
    *,
    words: Words,
    texts: str | None,
    asked: Asked | None = None,
    now: dt.datetime,
    program: str = "",
    case: tuple[str, int] | None = None,
) -> NewRow:
    """Return the row of a request and its decision.

    `texts` is the SHA-256 of the catalogue it was decided under; `now` is when it happened where the request has no
    time that can be read; `program` is the version that decided. Raises LedgerRowError.
    """
    asked = asked or Asked()
    body: dict[str, Any] = {"request": request_wire(request), "asked": asked.to_wire(), "decision": decision.to_wire()}
    body |= {"texts": texts} if texts else {}
    body |= {"program": program} if program else {}
    names = tuple(dict.fromkeys((*request.departments, *asked.departments)))
    supposed = tuple(one.partition("@")[0] for one in asked.as_if)
    taking = Taking(body, words)
    _request(taking)
    _asked(taking)
    _decision(taking, {name for name in request.facts if sort_of(name, request.facts[name], words)})
    known = tuple(name for name in (*names, *supposed) if name in words.profiles)
    return NewRow(
        kind=Kind.DECISION,
        happened=now if request.fatal else request.at,
        body=body,
        personal=taking.taken,
        departments=known,
        case=case,
    )


def _request(taking: Taking) -> None:
    request, words = taking.body["request"], taking.words
    strange = {name: request["facts"].pop(name) for name in list(request["facts"]) if name not in words.facts}
    if strange:
        # A name that nobody knows may itself be a plate, so it stands in no pointer.
        request["others"] = strange
        taking.take(Sort.FREE_TEXT, "request", "others")
    taking.facts(request["facts"], "request", "facts")
    for name in RECORD_LISTS:
        taking.records(request.get(name, []), "request", name)
    if request["action"] not in words.actions:
        taking.take(Sort.FREE_TEXT, "request", "action")
    if not set(request["departments"]) <= words.profiles:
        taking.take(Sort.FREE_TEXT, "request", "departments")
    for name in ("id", "faults"):
        if name in request:
            taking.take(Sort.FREE_TEXT, "request", name)


def _asked(taking: Taking) -> None:
    asked, known = taking.body["asked"], taking.words.profiles
    if not set(asked["departments"]) <= known:
        taking.take(Sort.FREE_TEXT, "asked", "departments")
    if not {one.partition("@")[0] for one in asked["as_if"]} <= known:
        taking.take(Sort.FREE_TEXT, "asked", "as_if")


def _decision(taking: Taking, personal: set[str]) -> None:
    """Take out of a decision what it repeats of personal facts, and what it quotes of the request."""
    decision, words = taking.body["decision"], taking.words
    for number, reason in enumerate(decision["reasons"]):
        if reason["kind"] == "system":
            for name in ("text", "profile"):
                if name in reason and (name == "text" or reason[name] not in words.profiles):
                    taking.take(Sort.FREE_TEXT, "decision", "reasons", number, name)
        for place, seen in enumerate(reason.get("facts", [])):
            if "value" in seen and ("personal" in seen or seen["fact"] in personal):
                fact = words.facts.get(seen["fact"])
                sort = Sort(fact.personal.value) if fact is not None and fact.personal else Sort.FREE_TEXT
                taking.take(sort, "decision", "reasons", number, "facts", place, "value")
    for name in ("faults", "request_id", "as_if"):
        if name in decision and (name != "as_if" or not _known(decision[name], words)):
            taking.take(Sort.FREE_TEXT, "decision", name)
    if decision.get("action", "") not in {*words.actions, ""}:
        taking.take(Sort.FREE_TEXT, "decision", "action")


def _known(names: Iterable[str], words: Words) -> bool:
    return {one.partition("@")[0] for one in names} <= words.profiles


# Rows of the other kinds


def other_row(
    kind: Kind,
    *,
    at: dt.datetime,
    about: Mapping[str, Any],
    by: str | None = None,
    plate: str | None = None,
    case_number: str | None = None,
    note: str | None = None,
    department: str | None = None,
    proof: Sequence[int] = (),
) -> NewRow:
    """Return a row about a share, duty, override, audit, sign-off, directory change or defect.

    `about` are words and numbers of the subject, plain JSON data without anything personal; persons, plates, case
    numbers and notes are given apart. `proof` are the numbers of rows that this one rests on.
    """
    body: dict[str, Any] = {"about": dict(about)}
    body |= {"rests_on": list(proof)} if proof else {}
    given = {
        "/by": (by, Sort.PERSON),
        "/plate": (plate, Sort.PLATE),
        "/case_number": (case_number, Sort.CASE),
        "/note": (note, Sort.FREE_TEXT),
    }
    personal = {place: PersonalValue(value, sort) for place, (value, sort) in given.items() if value is not None}
    named = (department,) if department else ()
    return NewRow(kind=kind, happened=at, body=body, personal=personal, departments=named)


def case_event_row(
    case: str,
    revision: int,
    event: Mapping[str, Any],
    *,
    at: dt.datetime,
    words: Words,
    departments: tuple[str, ...] = (),
    decision: int | None = None,
) -> NewRow:
    """Return the row of an event that takes a case to a revision; `decision` is the row of what was decided on it.

    The event is plain JSON data. Groups called `facts` and `scope`, whom it names, and words that nobody knows are
    personal, however deep they lie.
    """
    body: dict[str, Any] = {"event": plain_copy(event)}
    body |= {"decision": decision} if decision is not None else {}
    taking = Taking(body, words)
    _event(taking, body["event"], "event")
    return NewRow(
        kind=Kind.CASE_EVENT,
        happened=at,
        body=body,
        personal=taking.taken,
        departments=departments,
        case=(case, revision),
    )


def _event(taking: Taking, inside: Any, *way: str | int) -> None:
    if isinstance(inside, dict):
        for name, value in list(inside.items()):
            if name in ("facts", "scope") and isinstance(value, dict):
                taking.facts(value, *way, name)
            elif isinstance(value, dict | list):
                _event(taking, value, *way, name)
            elif isinstance(value, str) and not _says_nothing(taking, name, value):
                taking.take(NAMING.get(name, Sort.FREE_TEXT), *way, name)
    elif isinstance(inside, list):
        for number, value in enumerate(inside):
            if isinstance(value, dict | list):
                _event(taking, value, *way, number)
            elif isinstance(value, str) and not _says_nothing(taking, "", value):
                taking.take(Sort.FREE_TEXT, *way, number)


def _says_nothing(taking: Taking, name: str, text: str) -> bool:
    """Say whether a text of an event can name nobody: a known word, a time, or a word of the event's own grammar."""
    if name in NAMING:
        return False
    plain = taking.is_word(text) or text in taking.words.profiles or _MOMENT.fullmatch(text) is not None
    return plain or (name in ("kind", "subject", "event") and _FIELD.fullmatch(text) is not None)


def plain_copy(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of plain data that can be taken apart."""
    import json

    copied: dict[str, Any] = json.loads(json.dumps(value))
    return copied
