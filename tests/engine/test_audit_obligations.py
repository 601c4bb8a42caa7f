"""What had to follow acts, as an audit shows it: after which acts, and after refusals too."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from tests.office_kit import FILES, act, harbour

from alpr_policy import PolicyDecisionPoint, parse_profile
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.past import Past
from alpr_policy.questions.audit_pages import audit_csv
from alpr_policy.questions.audits import audit
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.requests import read_request

FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 30)
DAY = "2026-11-10T10:00:00-05:00"


def test_what_had_to_follow_names_the_acts() -> None:
    """Of each task that is not known to have followed, the first acts are named and the others counted."""
    shares = [act(f"s{n}", "data.share", DAY, {"recipient.kind": "court"}) for n in range(7)]
    made = audit(harbour(), shares, Past(events=()), FIRST, LAST)
    (row,) = [line for line in csv.reader(io.StringIO(audit_csv(made))) if line[0] == "obligation"]

    assert {"log_dissemination": 7} == made.obligations
    assert "log what was given to whom" == row[4]
    assert "not known to be done for s0, s1, s2, s3, s4 and 2 more" == row[7]


@pytest.mark.parametrize(
    ("outcome", "purpose", "expected"),
    [
        ("any", "personal", {"record_request_and_results": 1}),
        ("any", "criminal_investigation", {}),  # allowed, and not done
        ("allow", "personal", {}),
    ],
)
def test_what_a_refusal_obliges_to_is_owed(outcome: str, purpose: str, expected: dict[str, int]) -> None:
    """Where a policy wants refused requests recorded too, an act that was refused and not done still owes that."""
    text = (FILES / "harbour.yaml").read_text(encoding="utf-8")
    duty = f"  - {{id: kept, cite: '5.i', task: record_request_and_results, after: search.run, outcome: {outcome}}}\n"
    profile = parse_profile(text.replace("duties:\n", "duties:\n" + duty, 1))
    asked = {"purpose": purpose, "searches.again": 0, "reason.recorded": True, "reason.defects": []}
    request = {"action": "search.run", "at": DAY, "departments": ["harbour"], "facts": asked}
    decision = PolicyDecisionPoint(Catalog({"harbour": (profile,)})).decide(request)
    refused = RecordedAct(id="a", request=read_request(request), decision=decision, done=False)

    assert expected == audit(profile, [refused], Past(events=()), FIRST, LAST).obligations
