"""What a profile would say with one thing in it otherwise: a statement dropped, or altered in one place.

Expected answers that no such change can make fail do not hold the profile to its text. Citations are left alone: they
say where a statement comes from, not what it means.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alpr_policy.durations import CalendarSpan, Unit
from alpr_policy.model.condition import Condition, ParameterRef, tests_of
from alpr_policy.model.profile import Profile, Silence, Term, TermValue
from alpr_policy.model.statements import (
    ActionStatement,
    Afterwards,
    Approval,
    Check,
    Document,
    Duty,
    Excuse,
    Hold,
    KeepingStatement,
    Permission,
    Prohibition,
    Requirement,
    Retention,
    Statement,
)
from alpr_policy.model.words import term_of, words_of
from alpr_policy.questions.altered import approvers, conditions, dropped, role_name, spans, validities
from alpr_policy.reading.grammar import KINDS, PROMPT

# A phrase, and the fields of a statement that it changes.
Change = tuple[str, dict[str, Any]]
OUTCOMES = ("allow", "deny", "needs", "any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A profile that differs in one thing. `statement_id` may also be `terms.NAME`, `roles.NAME` or `silence`."""

    statement_id: str
    what: str
    profile: Profile


def mutants(profile: Profile) -> Iterator[Mutant]:
    """Yield every profile that differs from a checked one in one thing; each of them can be lowered."""
    for kind in KINDS:
        yield from _of_kind(profile, kind)
    yield from _terms(profile)
    yield from _roles(profile)
    for said, silence in _silences(profile.silence):
        yield _mutant(profile, "silence", said, silence=silence)


def _mutant(profile: Profile, statement_id: str, what: str, **changes: Any) -> Mutant:
    return Mutant(statement_id=statement_id, what=what, profile=dataclasses.replace(profile, **changes))


def _of_kind(profile: Profile, kind: str) -> Iterator[Mutant]:
    statements: tuple[Statement, ...] = getattr(profile, kind)
    for index, statement in enumerate(statements):
        before, after = statements[:index], statements[index + 1 :]
        yield _mutant(profile, statement.id, "dropped", **{kind: (*before, *after)})
        for what, changes in _changes(statement, profile):
            changed = dataclasses.replace(statement, **changes)
            yield _mutant(profile, statement.id, what, **{kind: (*before, changed, *after)})


def _changes(statement: Statement, profile: Profile) -> Iterator[Change]:
    for cls, own in OWN:
        if isinstance(statement, cls):
            yield from own(statement)
    if isinstance(statement, Duty):
        yield from _duty(statement, profile)
    if isinstance(statement, Approval | Check | Document) and not statement.gate:
        # It demands nothing: where it applies only says where the fact that it defines may be read.
        return
    for key in ("when", "unless"):
        yield from _condition(statement, key)
    if isinstance(statement, ActionStatement):
        for action, rest in dropped(words_of(profile).expand(statement.action)):
            yield f"without the act `{action}`", {"action": rest}
    if isinstance(statement, KeepingStatement):
        for key in ("data", "custodian"):
            yield from _list(statement, key, to_nothing=True)
    # On a duty `force` grades a finding, which neither a decision nor a standing shows.
    if isinstance(statement, Prohibition | Requirement | Approval | Check | Document):
        other = "should" if statement.force == "must" else "must"
        yield f"with `force: {other}`", {"force": other}


def _condition(owner: Statement | Afterwards, key: str, *, optional: bool = True) -> Iterator[Change]:
    condition: Condition | None = getattr(owner, key)
    if condition is None:
        return
    if optional:
        yield f"without its `{key}`", {key: None}
    for what, changed in conditions(condition):
        yield f"`{key}` {what}", {key: changed}


def _list(statement: Statement, key: str, *, to_nothing: bool) -> Iterator[Change]:
    for value, rest in dropped(getattr(statement, key), to_nothing=to_nothing):
        yield f"without `{value}` in `{key}`", {key: rest}


def _period(statement: Statement, key: str) -> Iterator[Change]:
    value = getattr(statement, key)
    if isinstance(value, CalendarSpan):
        for span in spans(value):
            yield f"with `{key}: {span}`", {key: span}


# Each kind of statement


def _permission(statement: Permission) -> Iterator[Change]:
    if statement.when is not None:
        yield "without `only`" if statement.only else "with `only: true`", {"only": not statement.only}


def _prohibition(statement: Prohibition) -> Iterator[Change]:
    if statement.excused_by is None:
        return
    yield "without its `excused_by`", {"excused_by": None}
    for what, changes in _favour(statement.excused_by):
        yield f"{what} in `excused_by`", {"excused_by": dataclasses.replace(statement.excused_by, **changes)}


def _favour(given: Excuse | Approval) -> Iterator[Change]:
    """What approvals and exceptions have in common."""
    for what, by in approvers(given.by):
        yield what, {"by": by}
    for purpose, rest in dropped(given.purposes):
        yield f"without the purpose `{purpose}`", {"purposes": rest}
    if given.purposes:
        yield "without its `for`", {"purposes": ()}
    for own in (None, "allowed", "holder"):
        if own != given.by_requester:
            yield f"with `self: {own}`" if own else "without its `self`", {"by_requester": own}
    for what, valid in validities(given.valid):
        yield what, {"valid": valid}


def _requirement(statement: Requirement) -> Iterator[Change]:
    yield from _condition(statement, "must", optional=False)
    yield from _afterwards(statement.or_afterwards)


def _afterwards(later: Afterwards | None) -> Iterator[Change]:
    if later is None:
        return
    yield "without its `or_afterwards`", {"or_afterwards": None}
    for what, changes in _condition(later, "when", optional=False):
        yield f"{what} in `or_afterwards`", {"or_afterwards": dataclasses.replace(later, **changes)}


def _approval(statement: Approval) -> Iterator[Change]:
    yield from _favour(statement)
    yield "without `each`" if statement.each else "with `each: true`", {"each": not statement.each}
    for index, (_, rest) in enumerate(dropped(statement.then, to_nothing=True), start=2):
        yield f"without step {index}", {"then": rest}
    for index, step in enumerate(statement.then):
        for what, by in approvers(step):
            then = (*statement.then[:index], by, *statement.then[index + 1 :])
            yield f"{what} in step {index + 2}", {"then": then}


def _check(statement: Check) -> Iterator[Change]:
    for key in ("compares", "sources"):
        yield from _list(statement, key, to_nothing=True)
    if len(statement.sources) > 1:
        yield "with any source", {"sources": ()}
    yield from _deciders(statement)
    own = statement.not_by is None
    yield "with `not_by: requester`" if own else "without its `not_by`", {"not_by": "requester" if own else None}
    if statement.after is not None:
        yield "without its `after`", {"after": None}
    yield from _afterwards(statement.or_afterwards)


def _document(statement: Document) -> Iterator[Change]:
    yield from _list(statement, "document", to_nothing=False)
    for key in ("fields", "issuer"):
        yield from _list(statement, key, to_nothing=True)
    for what, valid in validities(statement.valid):
        yield what, {"valid": valid}


def _retention(statement: Retention) -> Iterator[Change]:
    for key in ("at_least", "at_most"):
        if getattr(statement, key) is not None:
            yield f"without its `{key}`", {key: None}
        yield from _period(statement, key)
    for key in ("keep_until", "purge_when"):
        yield from _condition(statement, key)
    if statement.never:
        yield "without its `never`", {"never": False}
    if isinstance(statement.at_least, CalendarSpan) or statement.at_most is not None:
        clock = "stored" if statement.clock == "captured" else "captured"
        yield f"with `from: {clock}`", {"clock": clock}
        counted = "elapsed" if statement.counted == "whole_days" else "whole_days"
        yield f"with `counted: {counted}`", {"counted": counted}


def _hold(statement: Hold) -> Iterator[Change]:
    yield from _condition(statement, "until")
    if statement.basis is not None and statement.when is not None:
        yield "without its `basis`", {"basis": None}
    yield from _deciders(statement)


def _deciders(statement: Check | Hold) -> Iterator[Change]:
    """Where nobody is named, anybody may."""
    if statement.by:
        yield "without its `by`", {"by": ()}
    for what, by in approvers(statement.by):
        yield what, {"by": by}


def _duty(statement: Duty, profile: Profile) -> Iterator[Change]:
    # Of who does a duty, only the role is read (`duty.done_by`), so how they come by it is left alone.
    for one, rest in dropped(statement.by, to_nothing=True):
        yield f"without `{role_name(one)}`", {"by": rest}
    yield from _list(statement, "covers", to_nothing=True)
    yield from _list(statement, "after", to_nothing=False)
    for key in ("every", "within", "late_after"):
        yield from _period(statement, key)
    if isinstance(statement.every, ParameterRef):
        yield "with `every: 1 year`", {"every": CalendarSpan(1, Unit.year)}
    yield from _triggered(statement, profile)
    if isinstance(statement.every, CalendarSpan):
        counted = "calendar" if statement.counted == "rolling" else "rolling"
        yield f"with `counted: {counted}`", {"counted": counted}
    if statement.counted == "calendar":
        first = "next" if statement.first_period == "current" else "current"
        yield f"with `first_period: {first}`", {"first_period": first}
    if statement.on_date is not None:
        day = dt.datetime.strptime(f"2000-{statement.on_date}", "%Y-%m-%d") + dt.timedelta(days=1)
        yield "with `on_date` a day later", {"on_date": day.strftime("%m-%d")}
    for key in ("early", "late_after"):
        if getattr(statement, key) is not None:
            yield f"without its `{key}`", {key: None}


def _triggered(statement: Duty, profile: Profile) -> Iterator[Change]:
    """What matters only to a duty that follows an event or an act."""
    if not statement.after:
        return
    if isinstance(statement.within, str):
        for within in PROMPT:
            if within != statement.within:
                yield f"with `within: {within}`", {"within": within}
    # The outcome is that of an act; an event has none.
    words = words_of(profile)
    acts = set(words.expand(statement.after)) & set(words.actions)
    for outcome in OUTCOMES if acts else ():
        if outcome != statement.outcome:
            yield f"with `outcome: {outcome}`", {"outcome": outcome}


OWN: tuple[tuple[type, Callable[[Any], Iterator[Change]]], ...] = (
    (Permission, _permission),
    (Prohibition, _prohibition),
    (Requirement, _requirement),
    (Approval, _approval),
    (Check, _check),
    (Document, _document),
    (Retention, _retention),
    (Hold, _hold),
)


# What statements share


def _roles(profile: Profile) -> Iterator[Mutant]:
    for name, role in profile.roles.items():
        designee, acting = not role.designee, not role.acting
        for what, changed in (
            (f"with `designee: {designee}`", dataclasses.replace(role, designee=designee)),
            (f"with `acting: {acting}`", dataclasses.replace(role, acting=acting)),
        ):
            yield _mutant(profile, f"roles.{name}", what.lower(), roles={**profile.roles, name: changed})


def _terms(profile: Profile) -> Iterator[Mutant]:
    words = words_of(profile)
    tested = _tested(profile)
    for name, term in profile.terms.items():
        for value, rest in dropped(term.values):
            yield _term(profile, name, term, f"without `{value.value}`", rest)
        fact = words.facts.get(tested.get(name, ""))
        known = {value.value for value in term.values}
        values = (*words.lists.get(fact.list_name or "", ()), *fact.values) if fact is not None else ()
        foreign = next((value for value in values if value not in known), None)
        if foreign is not None:
            yield _term(profile, name, term, f"with `{foreign}` added", (*term.values, TermValue(value=foreign)))


def _term(profile: Profile, name: str, term: Term, what: str, values: tuple[TermValue, ...]) -> Mutant:
    changed = dataclasses.replace(term, values=values)
    return _mutant(profile, f"terms.{name}", what, terms={**profile.terms, name: changed})


def _tested(profile: Profile) -> Mapping[str, str]:
    """Return for each term a fact that is compared with it."""
    found: dict[str, str] = {}
    for statement in profile.statements:
        parts = ("when", "unless", "must", "keep_until", "purge_when", "until")
        for test in (test for part in parts for test in tests_of(getattr(statement, part, None))):
            for matcher in test.matchers:
                found.setdefault(term_of(matcher, profile) or "", test.fact)
    return found


def _silences(silence: Silence) -> Iterator[tuple[str, Silence]]:
    otherwise = "deny" if silence.otherwise == "allow" else "allow"
    yield f"with `{otherwise}`", dataclasses.replace(silence, otherwise=otherwise)
    for action, rest in dropped(silence.allow, to_nothing=True):
        yield f"without `{action}`", dataclasses.replace(silence, allow=rest)
