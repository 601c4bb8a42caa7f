"""Legal holds that keep nothing under a policy, which somebody may believe to keep something."""

from __future__ import annotations

import datetime as dt

import pytest

from alpr_policy import PolicyDecisionPoint
from alpr_policy.questions.duties import binding_texts
from alpr_policy.questions.holds import LegalHold
from alpr_policy.questions.idle_holds import idle_holds

PDP = PolicyDecisionPoint.load()
AT = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("department", "basis", "role", "expected"),
    [
        ("billerica", "discovery", "anybody", []),
        ("billerica", "direction", "program_manager", ["the policy has no hold on the basis `direction`"]),
        ("billerica", "no word at all", "anybody", []),  # unknown, so whatever it may hold stays
        ("cambridge", "discovery", "alpr_administrator", ["the policy has no hold on the basis `discovery`"]),
        ("cambridge", "no word at all", "anybody", ["the policy has no hold on the basis `no word at all`"]),
        ("model", "direction", "alpr_administrator", []),
        ("model", "direction", "clerk", ["the policy lets only these place it: alpr administrator"]),
    ],
)
def test_a_hold_that_no_statement_knows_is_idle(department: str, basis: str, role: str, expected: list[str]) -> None:
    """A hold keeps nothing where no statement knows its basis, or where other roles must place it."""
    hold = LegalHold(id="h", basis=basis, by="chief-1", role=role, placed=AT)

    assert expected == [one.why for one in idle_holds(binding_texts(PDP.catalog, department, AT), (hold,), AT)]


def test_a_hold_that_is_over_is_not_told() -> None:
    """What was released keeps nothing, and nobody believes otherwise."""
    hold = LegalHold(id="h", basis="discovery", by="c", role="r", placed=AT, released=AT, released_by="c")
    later = AT + dt.timedelta(days=1)

    assert () == idle_holds(binding_texts(PDP.catalog, "cambridge", later), (hold,), later)
