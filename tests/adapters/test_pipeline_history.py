"""Stored reads against a list: a search that is asked first, and nothing is looked at before it is allowed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.adapters.pipeline_kit import (
    AT,
    ENTRIES,
    SETTING,
    plate,
)

from alpr_policy import PolicyDecisionPoint
from alpr_policy_adapters.pipeline import (
    Setting,
    Window,
    historical_hits,
)
from alpr_policy_adapters.plate_read import PlateRead

WINDOW = Window(since=AT - timedelta(days=7), until=AT)


def untouchable() -> Iterator[PlateRead]:
    """Fail when anybody looks."""
    raise AssertionError("the reads were looked at")
    yield


def searched(pdp: PolicyDecisionPoint, reads: Any, purpose: str, *names: str, **parts: Any) -> Any:
    """Ask for the historical hits of the demo's list."""
    facts = {**SETTING.facts, "data.custodian": "vendor", "beneficiary.agency": "own", "procedure.finding": "allows"}
    setting = Setting(facts=facts, records=SETTING.records)
    return historical_hits(
        reads, ENTRIES, pdp, names or ("cambridge",), window=WINDOW, purpose=purpose, setting=setting, at=AT, **parts
    )


def test_historical_hits_are_a_search_that_is_asked_first(pdp: PolicyDecisionPoint) -> None:
    """Under a purpose that the policy bars no stored read is looked at, and the answer says why."""
    history = searched(pdp, untouchable(), "personal")

    assert ("search.run", {"cambridge": "deny"}, ()) == (history.asked.action, history.refused, history.hits)
    assert ("personal", WINDOW.since.isoformat()) == tuple(
        history.asked.request["facts"][name] for name in ("purpose", "record.captured")
    )


def test_historical_hits_lie_in_the_window(pdp: PolicyDecisionPoint) -> None:
    """Where the search is allowed, reads of the window are compared; those without a time are counted and left."""
    reads = [
        plate(),
        dataclasses.replace(plate(), captured_at=AT - timedelta(days=8)),
        dataclasses.replace(plate(), captured_at=None),
        plate("8QZW650"),
    ]
    tasks = {"log_transaction": lambda duty: None, "record_request_and_results": lambda duty: None}
    history = searched(pdp, reads, "criminal_investigation", tasks=tasks)

    assert ({}, ("cambridge",)) == (history.refused, history.looked_for)
    assert (1, 2, 1) == (len(history.hits), history.looked_at, history.undated)


def test_what_must_follow_must_be_seen_to(pdp: PolicyDecisionPoint) -> None:
    """A search that carries a duty which nobody sees to is not done."""
    duties = [d.task for d in searched(pdp, [], "criminal_investigation").asked.decisions["cambridge"].obligations]
    history = searched(pdp, untouchable() if duties else [], "criminal_investigation")

    assert ({"cambridge": f"nobody sees to {', '.join(sorted(set(duties)))}"} if duties else {}) == history.refused


@pytest.mark.parametrize("ends", [(AT, AT - timedelta(seconds=1)), (AT.replace(tzinfo=None), AT)])
def test_a_window_that_is_none_is_refused(ends: tuple[datetime, datetime]) -> None:
    """A window ends after it begins, and both ends say where on earth they hold."""
    with pytest.raises(ValueError, match="window"):
        Window(since=ends[0], until=ends[1])
