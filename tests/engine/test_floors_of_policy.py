"""A floor may be tightened, never weakened; what cannot be compared is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from alpr_policy import PolicyDecisionPoint, ProfileError

HEAD = """\
language: 1
profile: {name}
department: {name}
policy: {{title: Invented, number: "1", effective: 2020-01-01}}
timezone: America/New_York
"""
FLOOR = (
    HEAD.format(name="state")
    + """\
silence: allow
prohibitions:
  - {id: no-sale, cite: s1, action: data.share, when: {share.sale: true}}
requirements:
  - {id: trained, cite: s2, action: access.use, must: {requester.trained: true}}
retention:
  - {id: short, cite: s3, data: read, custodian: vendor, at_most: 30 days}
demands:
  - {state: retention, data: read, cite: s3}
outline: [s1, s2, s3]
"""
)
RETENTION = "retention:\n  - {{id: kept, cite: t3, data: read, custodian: vendor, at_most: {span}}}\n"
KEPT = RETENTION.format(span="14 days")
TIGHT = """\
prohibitions:
  - {id: no-sharing, cite: t1, action: data.share, when: {share.sale: true}}
requirements:
  - {id: trained, cite: t2, action: access.use, must: {requester.trained: true, requester.sworn: true}}
"""


def _town(folder: Path, own: str, outline: str, silence: str = "allow") -> PolicyDecisionPoint:
    (folder / "state.yaml").write_text(FLOOR, encoding="utf-8")
    text = HEAD.format(name="town") + f"silence: {silence}\nfloor: state\n{own}outline: [{outline}]\n"
    (folder / "town.yaml").write_text(text, encoding="utf-8")
    return PolicyDecisionPoint.load(folder)


def test_a_tighter_profile_loads(tmp_path: Path) -> None:
    """Repeating a rule of the floor, asking more, and purging sooner are all allowed."""
    pdp = _town(tmp_path, TIGHT + RETENTION.format(span="14 days"), "t1, t2, t3")

    assert () == pdp.held_against_floor(pdp.catalog.latest("town")).diagnostics


@pytest.mark.parametrize(
    ("own", "outline", "said"),
    [
        (TIGHT.replace("share.sale: true", "share.mode: standing") + KEPT, "t1, t2, t3", "no-sale"),
        (TIGHT.replace("requester.trained: true, ", "") + KEPT, "t1, t2, t3", "trained"),
        (TIGHT + RETENTION.format(span="60 days"), "t1, t2, t3", "purges data after 30 days, and nothing here does"),
        (TIGHT, "t1, t2", "the floor `state` demands retention about read"),
    ],
)
def test_a_weaker_profile_is_refused_with_a_counterexample(tmp_path: Path, own: str, outline: str, said: str) -> None:
    """What the profile lets through and the floor does not is an error that shows a case."""
    with pytest.raises(ProfileError, match=said.replace("`", ".")):
        _town(tmp_path, own, outline)


def test_both_judge_and_the_stricter_stands(tmp_path: Path) -> None:
    """A request is judged under both texts, and retention takes the earlier ceiling of both."""
    pdp = _town(tmp_path, TIGHT + RETENTION.format(span="14 days"), "t1, t2, t3")
    request = {
        "action": "data.store",
        "at": "2026-05-20T00:00:00-04:00",
        "departments": ["town"],
        "facts": {"data.classes": ["read"], "data.custodian": "vendor", "record.captured": "2026-05-01T00:00:00-04:00"},
    }
    decision = pdp.decide(request)

    assert ("deny", "purge_due", ["town", "state"]) == (
        decision.outcome.value,
        decision.standing,
        [judged.profile for judged in decision.judged_by],
    )
