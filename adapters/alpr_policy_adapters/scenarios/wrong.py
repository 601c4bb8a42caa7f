"""What goes wrong, done to a lawful story."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from alpr_policy.model.decision import Outcome
from alpr_policy_adapters.scenarios.lawful import Judge
from alpr_policy_adapters.scenarios.settings import RECORDED, Violation, settings
from alpr_policy_adapters.scenarios.story import REQUESTER, Story
from alpr_policy_adapters.scenarios.words import UNKNOWN, Band, Value


def broken(story: Story, one: Violation, judge: Judge, known: frozenset[str], rng: random.Random) -> Story | None:
    """Return the story with one thing gone wrong; None where it cannot, as there is nothing to drop, say.

    `known` are the facts that belong to the act. Of several ways one is taken that the text does not allow.
    """
    ways = _ways(story, one, judge, known, rng)
    if not ways:
        return None
    judged = [judge.settled(way) for way in ways]
    minded = [way for way in judged if way.outcome != Outcome.ALLOW]
    if not minded and one.age:
        return None  # the text has no such limit
    chosen = rng.choice(minded or judged)
    chosen.planted = one.name
    return chosen


def _ways(story: Story, one: Violation, judge: Judge, known: frozenset[str], rng: random.Random) -> list[Story]:
    ways = _set(story, one.set, known) if one.set else [story]
    if one.drop or one.self_ or one.fail:
        ways = [after for way in ways for after in _records(way, one)]
    if one.reason:
        ways = [
            way.with_facts({"reason.text": rng.choice(settings("ordinary")["reasons"][one.reason])}) for way in ways
        ]
    for fact, side in one.age.items():
        ways = [after for way in ways for after in _aged(way, fact, side, judge)] if fact in known else []
    return ways


def _set(story: Story, given: Mapping[str, Sequence[Value]], known: frozenset[str]) -> list[Story]:
    """Return the story with each choice of values; facts that do not belong to the act are left alone."""
    told = {fact: values for fact, values in given.items() if fact in known}
    many = max((len(values) for values in told.values()), default=0)
    found = []
    for place in range(many):
        facts: dict[str, Value] = {fact: values[min(place, len(values) - 1)] for fact, values in told.items()}
        if any(story.facts.get(fact, UNKNOWN) != value for fact, value in facts.items()):
            found.append(story.with_facts(facts))
    return found


def _records(story: Story, one: Violation) -> list[Story]:
    if one.self_:
        records = story.records.get(one.self_, [])
        others = [{**record, "by": REQUESTER} for record in records]
        return [story.with_records(one.self_, others)] if others and others != records and story.kind else []
    name = one.drop if one.drop in RECORDED else "checks"
    records = story.records.get(name, [])
    about = one.fail or (one.drop if one.drop not in RECORDED else "")
    touched: list[dict[str, Any]] = [record for record in records if not about or record.get("check") == about]
    if not touched:
        return []
    if one.fail:
        failed = [{**record, "result": "fail"} if record is touched[0] else record for record in records]
        return [story.with_records("checks", failed)]
    return [story.with_records(name, [record for record in records if record not in touched])]


def _aged(story: Story, fact: str, side: str, judge: Judge) -> list[Story]:
    now = story.facts.get(fact)
    if not isinstance(now, Band):
        return []
    bands = judge.palette.bands(fact)
    if side == "older":
        return [story.with_facts({fact: band}) for band in bands if band.least >= now.greatest]
    return [story.with_facts({fact: band}) for band in reversed(bands) if band.greatest <= now.least]
