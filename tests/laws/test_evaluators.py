"""The evaluators mean the same: the generated functions are held to the definition."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from tests.laws.agreement import differing, disagreements, points
from tests.laws.altering import Raw
from tests.laws.strategies import SHIPPED, Subject, about_anything, cases, small

MANY = 100_000


def compared(subject: Subject, request: Raw) -> list[str]:
    """Return the fields in which the compiled decision on a request differs from the reference's."""
    compiled, reference = points(subject)
    return differing(compiled.decide(request), reference.decide(request))


@about_anything
def test_compiled_agrees_with_reference(name: str, data: st.DataObject) -> None:
    """The compiled evaluator and the reference give the same decision, field for field."""
    assert [] == compared(*data.draw(cases(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SHIPPED, "small"])
def test_compiled_agrees_with_reference_on_very_many(name: str) -> None:
    """On a hundred thousand requests under each profile no field of a decision differs."""
    parts = [small(seed) for seed in range(100)] if name == "small" else [SHIPPED[name]]
    found = [one for seed, part in enumerate(parts) for one in disagreements(part, seed, MANY // len(parts))[0]]

    assert [] == found[:3]
