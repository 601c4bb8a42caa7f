"""A request with what a directory says of the persons it names, as held at its time; contradictions become conflicts.

What a caller asserts and the directory contradicts is not known: neither side is believed. Of a person who is in no
directory nothing is said.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.durations import instant
from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.meaning.typed import read_value
from alpr_policy.model.directory import Directory, Person, Roles
from alpr_policy.model.duty_hours import on_duty
from alpr_policy.model.request import Moment, Request
from alpr_policy.model.values import Unknown, Value
from alpr_policy.vocabulary import HUMAN_ACTIONS, VOCABULARY

# Record lists in which somebody decides, and the time at which they did.
DECIDED = {"approvals": "at", "checks": "at", "holds": "placed"}
# A record by somebody with many roles becomes one for each; no more than this.
MOST_ROLES = 20
ROSTER = "roles.absent"
NO_ROLE = "no role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """What a caller stated of a fact, or of a place such as `approvals[0].role`, and a directory says otherwise."""

    fact: str
    stated: Any
    held: Any
    source: str

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {"fact": self.fact, "stated": _plain(self.stated), "held": _plain(self.held), "source": self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A request filled from a directory: where each fact came from, what contradicts it, and who is in no directory."""

    request: Request
    sources: Mapping[str, str] = field(default_factory=dict)
    contradictions: tuple[Contradiction, ...] = ()
    strangers: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """Return what was done to the request as plain JSON data; the request itself is not part of it."""
        return {
            "sources": dict(self.sources),
            "contradictions": [one.to_wire() for one in self.contradictions],
            "strangers": list(self.strangers),
        }


def fill(directory: Directory, request: Request, *, last_use: Mapping[str, Moment] | None = None) -> Filled:
    """Return the request with the directory's facts; `last_use` says when each person last used the system, if known.

    A fact that is absent or `unknown` is filled, one that agrees stays, one that disagrees becomes `{conflict: [stated,
    held]}`. Facts are filled only on acts to which they belong. A fatal request is left as it is.
    """
    if request.fatal:
        return Filled(request=request)
    filling = _Filling(directory, request, last_use or {})
    filling.facts()
    lists: dict[str, Any] = {name: filling.records(name) for name in DECIDED if getattr(request, name)}
    faults = tuple(_fault(one) for one in filling.contradictions)
    filled = dataclasses.replace(request, facts=filling.given, faults=(*request.faults, *faults), **lists)
    return Filled(
        request=filled,
        sources=filling.sources,
        contradictions=tuple(filling.contradictions),
        strangers=tuple(dict.fromkeys(filling.strangers)),
    )


def _fault(one: Contradiction) -> Diagnostic:
    if one.fact in VOCABULARY.facts:
        message = f"`{one.fact}` is stated as {_shown(one.stated)}, and the directory says {_shown(one.held)}"
    else:
        message = f"`{one.fact}` is stated as {_shown(one.stated)}, which the directory does not give them at that time"
    return Diagnostic("directory-contradiction", message, severity=Severity.WARNING)


class _Filling:
    """One request while it is filled."""

    def __init__(self, directory: Directory, request: Request, last_use: Mapping[str, Moment]) -> None:
        self.directory = directory
        self.request = request
        self.last_use = last_use
        self.at = instant(request.at)
        self.given: dict[str, Any] = dict(request.facts)
        self.sources: dict[str, str] = {}
        self.contradictions: list[Contradiction] = []
        self.strangers: list[str] = []

    def facts(self) -> None:
        """Fill the facts of everybody whom the request names."""
        for entity, held in (("requester", _requester), ("grantee", _grantee), ("appointee", _appointee)):
            if not _belongs(f"{entity}.id", self.request.action):
                continue
            person = self._known(self.given.get(f"{entity}.id"))
            if person is not None:
                for name, value in held(self.directory, person, self.at):
                    self._put(name, value, str(person.span))
                if entity == "requester" and person.id in self.last_use:
                    self._put("requester.last_use", self.last_use[person.id], "the history")
        absent = self.directory.absent_roles(self.at)
        if absent is not None:
            self._put(ROSTER, absent, self.directory.name)

    def records(self, kind: str) -> tuple[Any, ...]:
        """Return the records of a list with the roles of those who decided, as they held them then."""
        found: list[Any] = []
        for number, record in enumerate(getattr(self.request, kind)):
            found += self._record(record, getattr(record, DECIDED[kind]), f"{kind}[{number}].role")
        return tuple(found)

    def _record(self, record: Any, at: Moment | None, place: str) -> Iterator[Any]:
        person = self._known(record.by)
        surely = self.directory.roles(person, at) if person is not None and at is not None else None
        if person is None or at is None or surely is None:
            yield record
        elif record.role is not None:
            perhaps = self.directory.roles(person, at, at_any_time=True) or Roles()
            if record.role in perhaps.of(record.capacity):
                yield record
                return
            self.contradictions.append(
                Contradiction(
                    fact=place, stated=_as(record.role, record.capacity), held=_every(perhaps), source=str(person.span)
                )
            )
            # Who decided in what role is then not known, and filling once more must not make it known.
            yield dataclasses.replace(record, by=None, role=None)
        else:
            pairs = list(surely.pairs())
            if len(pairs) <= MOST_ROLES:
                self.sources[place] = str(person.span)
                # Who is known to hold nothing decides in a role that no profile has.
                for role, capacity in pairs or ((NO_ROLE, "holder"),):
                    yield dataclasses.replace(record, role=role, capacity=capacity)
            else:
                yield record

    def _known(self, name: Any) -> Person | None:
        if not isinstance(name, str) or name in ("unknown", "withheld"):
            return None
        person = self.directory.person(name)
        if person is None:
            self.strangers.append(name)
        return person

    def _put(self, name: str, held: Any, source: str) -> None:
        if not _belongs(name, self.request.action):
            return
        stated = self.given.get(name, "unknown")
        if stated == "unknown":
            self.given[name] = _plain(held)
            self.sources[name] = source
            return
        fact = VOCABULARY.facts[name]
        value = read_value(fact, stated, VOCABULARY)
        if isinstance(value, Unknown):
            return  # withheld, in conflict already, or nothing that the fact can be: it is unknown, and stays so
        if self._agree(value, held):
            self.sources[name] = source
            return
        self.contradictions.append(Contradiction(fact=name, stated=stated, held=_plain(held), source=source))
        self.given[name] = {"conflict": [stated, _plain(held)]}

    def _agree(self, stated: Value, held: Any) -> bool:
        """Say whether a value is what the directory says; an instant agrees with the day on which it lies."""
        if isinstance(stated, dt.date) and isinstance(held, dt.date):
            first, last = self.directory.stretch(held)
            begins, ends = self.directory.stretch(stated)
            return begins <= last and first <= ends
        return bool(stated == held)


Facts = Iterator[tuple[str, Any]]


def held_of_requester(directory: Directory, person: Person, at: dt.datetime) -> Facts:
    """Give the facts that a directory holds of a person as the requester of an act at an instant; None is null."""
    yield from _requester(directory, person, instant(at))


def _requester(directory: Directory, person: Person, at: dt.datetime) -> Facts:
    yield from _agency(directory, person, "requester")
    agency = directory.agency(person.agency) if person.agency is not None else None
    yield from _told("agency.status", directory.status(agency.status if agency else None, at))
    held = directory.roles(person, at)
    if held is not None:
        yield "requester.roles", held.holder
        yield "requester.designee_of", held.designee
        yield "requester.acting_as", held.acting
    for flag in ("sworn", "supervisor"):
        yield from _told(f"requester.{flag}", directory.flag(person, flag, at))
    yield from _told("requester.on_duty", on_duty(directory, person, at))
    yield from _told("requester.status", directory.status(person.status, at))
    yield from _since_when(directory, person, at, "requester")


def _grantee(directory: Directory, person: Person, at: dt.datetime) -> Facts:
    yield from _agency(directory, person, "grantee")
    yield from _told("grantee.kind", person.kind)
    yield from _told("grantee.sworn", directory.flag(person, "sworn", at))
    yield from _since_when(directory, person, at, "grantee")
    trained = directory.trained(person, at)
    if trained is not None and trained.covers is not None:
        yield "grantee.training_covers", frozenset(trained.covers)
    elif trained is None and person.training is not None:
        yield "grantee.training_covers", frozenset()


def _appointee(directory: Directory, person: Person, at: dt.datetime) -> Facts:
    for flag in ("employee", "command_post"):
        yield from _told(f"appointee.{flag}", directory.flag(person, flag, at))


def _agency(directory: Directory, person: Person, entity: str) -> Facts:
    if person.agency is not None:
        agency = directory.agency(person.agency)
        yield f"{entity}.agency", agency.kind if agency is not None else person.agency


def _since_when(directory: Directory, person: Person, at: dt.datetime, entity: str) -> Facts:
    """Give when somebody was designated and trained; null where that is known never to have been."""
    if not isinstance(person.designated, Unknown):
        yield f"{entity}.designated_on", person.designated
    if person.training is not None:
        trained = directory.trained(person, at)
        yield f"{entity}.trained_on", None if trained is None else trained.completed


def _told(name: str, value: Any) -> Facts:
    if value is not None:
        yield name, value


def _belongs(name: str, action: str) -> bool:
    """Say whether a fact belongs to an act; every human fact does to the acts that profiles add."""
    fact = VOCABULARY.facts[name]
    return action in fact.actions or (action not in VOCABULARY.actions and fact.actions >= HUMAN_ACTIONS)


def _as(role: str, capacity: str) -> str:
    return role if capacity == "holder" else f"{role} ({capacity})"


def _every(roles: Roles) -> list[str]:
    return [_as(role, capacity) for role, capacity in roles.pairs()]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _shown(value: Any) -> str:
    plain = _plain(value)
    if plain is None or isinstance(plain, bool):
        return {None: "never", True: "true", False: "false"}[plain]
    if isinstance(plain, list):
        return ", ".join(f"`{str(one)[:60]}`" for one in sorted(map(str, plain))[:10]) or "none"
    return f"`{str(plain)[:60]}`"
