"""Cambridge's rules on searches, alerts and stops, written by hand: what `decide` is measured against.

So would somebody write it who has to know these three acts of this one department only: plain tests on the request as
it came, safe values first, everything that never changes made ready (`words`). What is not known opens no door. It goes
without what such a program would not have: other departments, other acts, help with misspelt words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.benchmarks.by_hand import words as w
from tests.benchmarks.by_hand.alerts import alert
from tests.benchmarks.by_hand.searches import search
from tests.benchmarks.by_hand.stops import stop
from tests.benchmarks.by_hand.values import DENY

from alpr_policy.model.decision import Decision, Reason

_ACTS = {"search.run": search, "alert.deliver": alert, "stop.start": stop}


def decide(raw: Mapping[str, Any]) -> Decision:
    """Decide a request; one that cannot be read, or is on another act or department, is denied."""
    try:
        at = datetime.fromisoformat(raw["at"])
        if raw["departments"] != ["cambridge"] or at < w.IN_FORCE:
            return _barred(raw, "")
        return _ACTS[raw["action"]](raw, raw["facts"], at)
    except (KeyError, TypeError, ValueError, AttributeError):
        return _barred(raw, "")


def _barred(raw: Any, at: str) -> Decision:
    action = str(raw.get("action"))[:300] if isinstance(raw, Mapping) else ""
    reason = Reason(profile="", rule="bad_request", kind="system", effect="forbid", cite=(), truth="true")
    return Decision(outcome=DENY, action=action, at=at, mode="enforce", proceed=False, silent=False, reasons=(reason,))
