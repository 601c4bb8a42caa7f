"""Judging under a text that did not bind: another version, another agency; every output says so."""

from __future__ import annotations

import json

import pytest

from alpr_policy import Outcome, PolicyDecisionPoint, explain, one_line

PDP = PolicyDecisionPoint.load("tests/cases/profiles")
REQUEST = {
    "action": "search.run",
    "at": "2025-03-01T12:00:00-05:00",
    "departments": ["old_town"],
    "facts": {"purpose": "training"},
}


@pytest.mark.parametrize(
    ("as_if", "outcome", "rules"),
    [
        ((), Outcome.ALLOW, ["silence"]),
        ("old_town", Outcome.DENY, ["no-training"]),
        ("old_town@2025-01-01", Outcome.ALLOW, ["silence"]),
        ("old_town@2025-06-01", Outcome.DENY, ["no-training"]),
        ("old_town@2024-01-01", Outcome.DENY, ["no_policy"]),
        ("old_town@soon", Outcome.DENY, ["bad_request"]),
        ("no_town", Outcome.DENY, ["unknown_profile"]),
        (("old_town@2025-01-01", "old_town@2025-06-01"), Outcome.DENY, ["no-training"]),
    ],
)
def test_another_text_judges_in_place_of_the_one_that_binds(
    as_if: str | tuple[str, ...], outcome: Outcome, rules: list[str]
) -> None:
    """The text named judges, at whatever time it was in force, and where there was none the answer is deny."""
    decision = PDP.decide(REQUEST, as_if=as_if)

    assert (outcome, rules) == (decision.outcome, [reason.rule for reason in decision.reasons])


@pytest.mark.parametrize("text", ["old_town", "old_town@2024-01-01", "no_town"])
def test_every_output_says_under_which_text(text: str) -> None:
    """The one line, the whole trace and the data name the text that was judged under though it did not bind."""
    decision = PDP.decide(REQUEST, as_if=text)

    assert f"as if under {text}" in one_line(decision)
    assert f"as if      {text} had bound" in explain(decision)
    assert [text] == json.loads(json.dumps(decision.to_wire()))["as_if"]


def test_nothing_is_said_where_the_text_bound() -> None:
    """A decision under the text in force has no such field."""
    decision = PDP.decide(REQUEST)

    assert () == decision.as_if
    assert "as_if" not in decision.to_wire()
