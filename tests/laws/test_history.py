"""Declared counts over past acts are what counting one act after the other gives."""

from __future__ import annotations

import datetime as dt
import random
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy.durations import instant, subtract
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Request
from alpr_policy.questions.history import Act, Past, with_history
from alpr_policy.reading.profiles import parse_profile

TEXT = """
language: 1
profile: counting
department: Counting Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: allow
facts:
  seen.again: {type: count, of: search.run, same: [plate.number, requester.id], within: 2 days, actions: [search.run]}
  seen.ever: {type: any, of: search.run, same: plate.number, actions: [search.run]}
  seen.first: {type: first, of: search.run, same: [plate.number, purpose], within: 1 day, actions: [search.run]}
  seen.latest: {type: latest, of: hit_acted_on, same: plate.number, within: 36 hours, actions: [search.run]}
  seen.all: {type: count, of: hotlist.add, within: 1 day, actions: [search.run]}
prohibitions:
  - {id: again, cite: "1", action: search.run, when: {seen.again: {at_least: 3}, seen.ever: true, seen.all: 1}}
  - {id: first, cite: "1", action: search.run, when: {seen.first: {none: true}, seen.latest: {none: true}}}
outline: ["1"]
"""
ZONE = ZoneInfo("America/New_York")
BEGIN = dt.datetime(2026, 3, 7, 5, tzinfo=dt.UTC)  # the night in which the clocks change follows
hours = st.integers(0, 96).map(lambda number: BEGIN + dt.timedelta(hours=number))
told = st.fixed_dictionaries(
    {},
    optional={
        "plate.number": st.sampled_from(("4KAN123", "4KAN124", None, "unknown", "withheld", 7)),
        "requester.id": st.sampled_from(("p-1", "p-2", "unknown")),
        "purpose": st.sampled_from(("audit", "training", "no_such_purpose")),
    },
)
acts = st.lists(
    st.builds(
        lambda action, at, facts: Act(action=action, at=at, facts=facts),
        st.sampled_from(("search.run", "search.run", "hit_acted_on", "hotlist.add", "data.export")),
        hours,
        told,
    ),
    max_size=12,
)
law = settings(max_examples=300)


@lru_cache(maxsize=1)
def counting() -> Profile:
    """Return the profile that declares the counts."""
    return parse_profile(TEXT, "counting.yaml")


def value(facts: Any, name: str) -> Any:
    """Return a fact, or the mark for one that is not known."""
    raw = facts.get(name, "unknown")
    bad = raw in ("unknown", "withheld", "no_such_purpose") or isinstance(raw, int)
    return "?" if bad else raw


def naive(name: str, request: Request, past: list[Act]) -> Any:
    """Count one act after the other; `?` is not known, and `-` not asked since an input of the request is missing."""
    fact = counting().facts[name]
    mine = [value(request.facts, one) for one in fact.same]
    if None not in mine and "?" in mine:
        return "-"
    sure, maybe = [], []
    for act in past:
        late = instant(act.at) > instant(request.at)
        early = fact.within is not None and instant(act.at) < instant(subtract(request.at, fact.within, ZONE))
        theirs = [value(act.facts, one) for one in fact.same]
        if act.action != fact.of[0] or late or early or None in mine or None in theirs:
            continue
        if theirs == mine:
            sure.append(instant(act.at))
        elif all(one in ("?", other) for one, other in zip(theirs, mine, strict=True)):
            maybe.append(instant(act.at))
    results = {answer(fact.type, [*sure, *extra]) for extra in subsets(maybe)}
    return results.pop() if len(results) == 1 else "?"


def subsets(moments: list[dt.datetime]) -> list[list[dt.datetime]]:
    """Return every choice of the acts that may be meant."""
    found: list[list[dt.datetime]] = [[]]
    for moment in moments:
        found += [[*one, moment] for one in found]
    return found


def answer(kind: str | None, moments: list[dt.datetime]) -> Any:
    """Return what a question's answer is over some moments."""
    if kind in ("count", "any"):
        return len(moments) if kind == "count" else bool(moments)
    return (min(moments) if kind == "first" else max(moments)).isoformat() if moments else None


@law
@given(acts, hours, told)
def test_counts_are_those_of_counting(past: list[Act], at: dt.datetime, facts: dict[str, Any]) -> None:
    """A declared count is what every choice of the acts that may be meant gives alike, and else not known."""
    request = Request(action="search.run", at=at, facts=facts)
    filled = with_history(counting(), request, past).facts

    for name in counting().facts:
        wanted = naive(name, request, past)
        assert (name, {"-": "absent", "?": "unknown"}.get(wanted, wanted)) == (name, filled.get(name, "absent"))


@law
@given(acts, hours, told, st.randoms(use_true_random=False))
def test_the_order_of_acts_counts_for_nothing(
    past: list[Act], at: dt.datetime, facts: dict[str, Any], rng: random.Random
) -> None:
    """A history that is built act by act, in whatever order, answers as one that is given whole."""
    request = Request(action="search.run", at=at, facts=facts)
    built = Past(counting())
    for act in rng.sample(past, len(past)):
        built.add(act)

    assert with_history(counting(), request, past) == built.fill(request)
