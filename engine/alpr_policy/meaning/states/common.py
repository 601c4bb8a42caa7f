"""What the tables of record states have in common: order of rows, roles, persons, scope, ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from alpr_policy.durations import CalendarSpan, add
from alpr_policy.ir.nodes import Decider
from alpr_policy.meaning.truth import Truth, U, any3
from alpr_policy.meaning.typed import read_value
from alpr_policy.model.request import Moment
from alpr_policy.model.values import Gap, Unknown, Value
from alpr_policy.vocabulary import MACHINE_ACTIONS
from alpr_policy.vocabulary.states import UNKNOWN

if TYPE_CHECKING:
    from alpr_policy.meaning.facts import Facts

ABSENCE_UNKNOWN = "absence_unknown"
UNSETTLED = Unknown(Gap.ABSENT, "a record does not say when, by whom or for what")


def first(order: tuple[str, ...], found: Iterable[str], otherwise: str) -> Value:
    """Return the first state of a table that was found."""
    states = set(found)
    if not states:
        return otherwise
    for state in order:
        if state in states:
            return UNSETTLED if state == UNKNOWN else state
    return otherwise


def verdict(*questions: tuple[str, Truth]) -> str | None:
    """Return the first state whose question is not false, `unknown` where that question is open; None if all are."""
    for state, truth in questions:
        if truth is not False:
            return state if truth is True else UNKNOWN
    return None


def role_fits(record: Any, decider: Decider, facts: Facts) -> Truth | str:
    """Say whether a record's role may decide: as holder, designee, acting, or as the stand-in of an absent holder."""
    if record.role is None:
        return U
    if record.role == decider.role:
        return record.capacity == "holder" or (not decider.in_person and _stands_in(record, decider))
    if decider.if_absent is None or record.role != decider.if_absent.role:
        return False
    if record.capacity != "holder" and not _stands_in(record, decider.if_absent):
        return False
    absent = facts.value("roles.absent")
    if isinstance(absent, Unknown):
        return ABSENCE_UNKNOWN
    return isinstance(absent, frozenset) and decider.role in absent


def _stands_in(record: Any, decider: Decider) -> bool:
    return decider.designee if record.capacity == "designee" else decider.acting


def any_role(record: Any, deciders: tuple[Decider, ...], facts: Facts) -> Truth | str:
    """Say whether a record's role is any of several that may decide."""
    found = [role_fits(record, decider, facts) for decider in deciders]
    if True in found:
        return True
    return ABSENCE_UNKNOWN if ABSENCE_UNKNOWN in found else U if U in found else False


def wrong_role(fits: Truth | str) -> Truth:
    """Turn round whether a role fits; an absence that is not known leaves it open."""
    return U if fits in (U, ABSENCE_UNKNOWN) else not fits


def same_person(one: str | None, facts: Facts) -> Truth:
    """Say whether a person is the requester; unknown where either is not named. A machine's act has no requester."""
    if facts.request.action in MACHINE_ACTIONS:
        return False
    requester = facts.value("requester.id")
    if one is None or not isinstance(requester, str):
        return U
    return one == requester


def scope_differs(scope: Mapping[str, Any], facts: Facts) -> Truth:
    """Say whether some fact of a record's scope differs from the request's."""
    return any3(_differs(name, wanted, facts) for name, wanted in sorted(scope.items()))


def _differs(name: str, wanted: Any, facts: Facts) -> Truth:
    fact = facts.ruleset.vocabulary.facts.get(name)
    if fact is None or name in facts.ruleset.specs:
        # A state cannot limit the record it is read from.
        return U
    here, there = facts.value(name), read_value(fact, wanted, facts.ruleset.vocabulary)
    if isinstance(here, Unknown) or isinstance(there, Unknown):
        return U
    return bool(here != there)


def over(end: Moment | Unknown | None, facts: Facts) -> Truth:
    """Say whether the last lawful instant lies in the past; an end that exists and is not told leaves it open."""
    if isinstance(end, Unknown):
        return U
    return end is not None and facts.request.at > facts.instant(end)


def validity_over(at: Moment | None, valid: CalendarSpan | None, facts: Facts) -> Truth:
    """Say whether the time for which a record holds is over."""
    if valid is None:
        return False
    return U if at is None else facts.request.at > add(facts.instant(at), valid, facts.ruleset.zone)
