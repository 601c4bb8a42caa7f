"""Laws of the documents of policies, held for every profile that ships and every made-up one."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from alpr_policy import PolicyDecisionPoint
from alpr_policy.model.profile import Profile
from alpr_policy.questions.documents import policy_document, policy_markdown, policy_page

ROOT = Path(__file__).resolve().parents[2]
PDP = PolicyDecisionPoint.load(ROOT / "tests" / "cases" / "profiles")
NAMES = PDP.catalog.names
EARLY = dt.date(2026, 5, 4)


def public(profile: Profile) -> list[str]:
    """Return the names of the statements that anybody may see."""
    return [one.id for one in profile.statements if not one.confidential]


@pytest.mark.parametrize("name", NAMES)
def test_each_statement_is_told_once(name: str) -> None:
    """Each statement that anybody may see is told in full exactly once, with its clauses, and no other is."""
    document = policy_document(PDP, name, as_of=EARLY)
    profile = next(one for one in PDP.catalog.get(name) if one.content_hash == document.content_hash)
    text, page = policy_markdown(document), policy_page(document)
    told = re.findall(r"^- \*\*([a-z0-9-]+)\*\*: ", text, re.MULTILINE)

    assert sorted(public(profile)) == sorted(told)
    assert sorted(public(profile)) == sorted(re.findall(r'<li id="s-([a-z0-9-]+)">', page))
    assert len(profile.statements) - len(told) == document.hidden
    assert [] == [cite for one in profile.statements if one.id in told for cite in one.cite if cite not in text]


@pytest.mark.parametrize("name", NAMES)
def test_the_day_of_making_leaves_no_trace(name: str) -> None:
    """As long as the same text is in force, a document made on another day is the same to the byte."""
    first = policy_document(PDP, name, as_of=EARLY)
    later = policy_document(PDP, name, as_of=dt.date(2026, 11, 2))
    if first.content_hash != later.content_hash or first.note != later.note:
        pytest.skip("another text is in force by then")

    assert policy_markdown(first) == policy_markdown(later)
    assert policy_page(first) == policy_page(later)
