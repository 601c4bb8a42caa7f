"""What a read and a hit say as facts of a request, and that a profile can ask for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from alpr_policy import PolicyDecisionPoint, read_request
from alpr_policy.model.decision import Outcome
from alpr_policy_adapters.hotlists import HotListEntry, match
from alpr_policy_adapters.pipeline.seen import facts_of_hit, facts_of_read
from alpr_policy_adapters.plate_read import PlateRead

AT = dt.datetime(2026, 5, 4, 10, 0, tzinfo=dt.UTC)
READ = PlateRead(raw="4KAN 123", plate="4KAN123", confidence=0.969, state="CA", state_confidence=0.999, captured_at=AT)
ENTRY = HotListEntry(
    plate="4KAN123", state="CA", category="stolen_vehicle", source="test", effective=None, expires=None,
    entry_id="e-1", line=2,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({}, {"read.confidence": 96, "read.state_confidence": 99}),
        ({"confidence": 1.0, "state_confidence": 0.0}, {"read.confidence": 100, "read.state_confidence": 0}),
        ({"state": None, "state_confidence": None}, {"read.confidence": 96}),
        ({"confidence": None, "state_confidence": None}, {}),
        ({"confidence": 0.29, "state_confidence": 0.58}, {"read.confidence": 29, "read.state_confidence": 58}),
        ({"confidence": float("nan"), "state_confidence": 7.0}, {}),
    ],
)
def test_certainty_in_whole_per_cent(changes: dict[str, Any], facts: dict[str, int]) -> None:
    """Certainty is rounded down, and what the reader does not say, or says as nonsense, is left out."""
    assert facts == facts_of_read(dataclasses.replace(READ, **changes))


def test_an_exact_hit_with_its_state() -> None:
    """The facts of a hit name how it matches and the state that was read."""
    (hit,) = match(READ, [ENTRY])

    assert ("exact", "CA") == (facts_of_hit(READ, hit, AT)["hit.match"], facts_of_hit(READ, hit, AT)["plate.state"])


def test_a_possible_hit_whose_state_is_unknown() -> None:
    """An unknown state is no fact at all."""
    read = dataclasses.replace(READ, state=None, state_confidence=None)
    (hit,) = match(read, [ENTRY])

    assert {"read.confidence": 96, "hit.match": "possible"} == facts_of_hit(read, hit, AT)


PROFILE = """\
language: 1
profile: careful
department: Careful Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: allow
requirements:
  - {id: sure, cite: "1", action: stop.start, when: {stop.basis: hit}, must: {read.confidence: {at_least: 95}}}
prohibitions:
  - {id: stale, cite: "2", action: [alert.deliver, stop.start], when: {hotlist.age: {more_than: 12 hours}}}
  - {id: no-guess, cite: "3", action: stop.start, when: {hit.match: possible}}
outline: ["1", "2", "3"]
"""


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"read.confidence": 95, "hit.match": "exact"}, Outcome.ALLOW),
        ({"read.confidence": 94, "hit.match": "exact"}, Outcome.NEEDS),
        ({"hit.match": "exact"}, Outcome.NEEDS),
        ({"read.confidence": 99, "hit.match": "possible"}, Outcome.DENY),
        ({"read.confidence": 99, "hit.match": "exact", "hotlist.loaded": "2026-05-03T21:59:59+00:00"}, Outcome.DENY),
    ],
)
def test_a_profile_asks_for_certainty_match_and_age(tmp_path: Any, facts: dict[str, Any], outcome: Outcome) -> None:
    """A policy can demand a sure read, an exact match and a fresh list, and what is not known stays shut."""
    (tmp_path / "careful.yaml").write_text(PROFILE, encoding="utf-8")
    known = {"stop.basis": "hit", "hotlist.loaded": "2026-05-03T22:00:00+00:00", **facts}
    request = read_request({"action": "stop.start", "at": "2026-05-04T10:00:00+00:00", "facts": known})

    assert outcome is PolicyDecisionPoint.load(tmp_path).decide(request, departments=["careful"]).outcome
