"""Cases over time: every step of every story comes out as the language, or the policy's text, says.

The stories of departments lie beside their other expected answers in tests/policies; the small ones of
tests/cases/cases, and those of the made-up states in tests/cases/states, bring a profile of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pytest
from tests.test_cases import EVALUATORS, read

from alpr_policy import PolicyDecisionPoint
from alpr_policy.questions.decide import Evaluator
from alpr_policy.questions.stories import Story, story_differences
from alpr_policy.questions.suites import read_suite
from alpr_policy.reading.catalog import folders, load_catalog

ROOT = Path(__file__).parent
POLICIES = sorted((ROOT / "policies").glob("*.yaml"))
SMALL = sorted(path for topic in ("cases", "states") for path in (ROOT / "cases" / topic).glob("*.yaml"))
DEMO = ROOT.parent / "examples" / "demo" / "policies"


@cache
def shipped(evaluator: str) -> PolicyDecisionPoint:
    """Return a decision point over the shipped profiles and the towns that adopt the state's template."""
    return PolicyDecisionPoint(load_catalog(folders([DEMO])), evaluator=Evaluator(evaluator))


@cache
def own(evaluator: str, path: Path) -> PolicyDecisionPoint:
    """Return a decision point over the profile of a small file."""
    return EVALUATORS[evaluator](read(path)[1])


Point = Callable[[str], PolicyDecisionPoint]
STORIES: list[tuple[str, Story, Point]] = [
    *((f"{p.stem}: {s.name}", s, shipped) for p in POLICIES for s in read_suite(p).stories),
    *((f"{p.stem}: {s.name}", s, partial(own, path=p)) for p in SMALL for s in read(p)[0].stories),
]


@pytest.mark.parametrize("evaluator", list(EVALUATORS))
@pytest.mark.parametrize(("story", "point"), [pytest.param(s, point, id=name) for name, s, point in STORIES])
def test_every_step_comes_out_as_told(story: Story, point: Point, evaluator: str) -> None:
    """After each step the case stands, and the act may be done or not, as the story says."""
    assert [] == story_differences(story, point(evaluator))
