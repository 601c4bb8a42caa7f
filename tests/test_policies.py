"""The expected answers of each department, written from its text."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.suites import Case, DutyCase, case_differences, duty_differences, read_suite

from alpr_policy import PolicyDecisionPoint

FOLDER = Path(__file__).parent / "policies"
DEMO = Path(__file__).parents[1] / "examples" / "demo" / "policies"
SUITES = [(path.stem, read_suite(path)) for path in sorted(FOLDER.glob("*.yaml"))]
CASES = [pytest.param(case, id=f"{stem}: {case.name}") for stem, suite in SUITES for case in suite.cases]
DUTIES = [pytest.param(duty, id=f"{stem}: {duty.name}") for stem, suite in SUITES for duty in suite.duties]


@pytest.fixture(scope="module")
def pdp() -> PolicyDecisionPoint:
    """Give the decision point over the shipped profiles and the towns that adopt the state's template."""
    return PolicyDecisionPoint.load(DEMO)


@pytest.mark.parametrize("case", CASES)
def test_the_answer_is_what_the_text_says(case: Case, pdp: PolicyDecisionPoint) -> None:
    """The decision agrees with the answer written from the policy's text."""
    assert [] == case_differences(case, pdp)


@pytest.mark.parametrize("duty", DUTIES)
def test_the_duty_stands_where_the_text_says(duty: DutyCase, pdp: PolicyDecisionPoint) -> None:
    """The standing of a duty agrees with the one written from the policy's text."""
    assert [] == duty_differences(duty, pdp)
