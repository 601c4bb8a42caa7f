"""The expected answers of each department, written from its text."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.suites import Case, differences, load_suite

from alpr_policy import PolicyDecisionPoint

FOLDER = Path(__file__).parent / "policies"
CASES = [
    pytest.param(case, id=f"{path.stem}: {case.name}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in load_suite(path)
]


@pytest.fixture(scope="module")
def pdp() -> PolicyDecisionPoint:
    """Give the decision point over the shipped profiles."""
    return PolicyDecisionPoint.load()


@pytest.mark.parametrize("case", CASES)
def test_the_answer_is_what_the_text_says(case: Case, pdp: PolicyDecisionPoint) -> None:
    """The decision agrees with the answer written from the policy's text."""
    assert [] == differences(case.expect, pdp.decide(case.request))
