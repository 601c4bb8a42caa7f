"""What the benchmarks compare with gives the same answers, so that they compare like with like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks import by_hand
from tests.benchmarks.mix import REQUESTS, Raw, variants

from alpr_policy import PolicyDecisionPoint

_pdp = PolicyDecisionPoint.load()
# Of any fact: not there, null, not told, of no kind, and some words and moments that are right somewhere.
DROPPED = object()
OTHERS = (DROPPED, None, "unknown", {"conflict": [True, False]}, 7, True, False, [], ["gang"], ["warrant", "bolo"])
WORDS = ("other_police", "immigration", "forbids", "court_order", "other", "independent", "personal", "officer-8")
MOMENTS = ("2026-05-04T10:00:00-04:00", "2026-05-04T10:00:01-04:00", "2020-02-02")


def _variations() -> Iterator[tuple[str, Raw]]:
    for name, request in REQUESTS.items():
        for fact in (*request["facts"], "alert.to_originator"):
            for value in (*OTHERS, *WORDS, *MOMENTS):
                yield f"{name}: {fact} {value}", _with(request, fact, value)
        for records in ("approvals", "checks"):
            for value in (None, [], [{}], [7], "unknown"):
                yield f"{name}: {records} {value}", {**request, records: value}


def _with(request: Raw, fact: str, value: Any) -> Raw:
    facts = {known: held for known, held in request["facts"].items() if known != fact}
    return {**request, "facts": facts if value is DROPPED else {**facts, fact: value}}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_decision_by_hand_is_equal(name: str) -> None:
    """Written by hand, the rules give an equal decision on every request that is measured."""
    for request in variants(REQUESTS[name], 3):
        assert _pdp.decide(request) == by_hand.decide(request)


def test_the_decision_by_hand_is_never_laxer() -> None:
    """Written by hand, the rules open no door that `decide` keeps shut, whatever happens to a fact."""
    laxer = [
        name
        for name, request in _variations()
        if by_hand.decide(request).outcome.strictness < _pdp.decide(request).outcome.strictness
    ]
    assert [] == laxer


def test_the_decision_by_hand_mostly_agrees_beyond_the_mix() -> None:
    """Where nothing is wrong with a request, the decision by hand says the same in all but a few odd cases."""
    pairs = [(_pdp.decide(request), by_hand.decide(request)) for _, request in _variations()]
    sound = [(ours, other) for ours, other in pairs if not ours.faults]
    unlike = [ours for ours, other in sound if ours != other]
    assert len(sound) > 500
    assert len(unlike) < len(sound) // 20


@pytest.mark.parametrize(("name", "rows"), [("labels.csv", 500), ("later.csv", 300)])
def test_labels_of_reasons_show_no_row(name: str, rows: int) -> None:
    """Of each labelled row there is a hash and the letters of its labels, and nothing that was typed."""
    lines = (Path(__file__).parent / "benchmarks" / "reasons" / name).read_text(encoding="utf-8").splitlines()

    assert ["row,first,second", rows] == [lines[0], len(set(lines[1:]))]
    assert [] == [line for line in lines[1:] if not re.fullmatch("[0-9a-f]{16},[ACGNOPU]{1,2},[ACGNOPU]{0,2}", line)]
