"""A profile that asks for more never allows more."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.laws.rewriting import ASKING
from tests.laws.strategies import OTHERS, Raw, Subject, everywhere, extended, requests, subjects


def tightened(data: st.DataObject, name: str, kinds: tuple[str, ...]) -> tuple[Subject, Subject, Raw]:
    """Draw a profile, the same with another's statements of some kinds, and a request under it."""
    subject = data.draw(subjects(name))
    tighter = extended(subject, data.draw(OTHERS), kinds)
    return subject, tighter, data.draw(requests(tighter))


@everywhere
def test_adding_a_requirement_never_allows_more(name: str, data: st.DataObject) -> None:
    """Adding a requirement, approval, check or document never makes an answer milder."""
    subject, tighter, request = tightened(data, name, ASKING)
    before, after = subject.text.pdp.decide(request), tighter.text.pdp.decide(request)

    assert before.outcome.strictness <= after.outcome.strictness


@everywhere
def test_adding_a_ban_never_allows_more(name: str, data: st.DataObject) -> None:
    """Adding a prohibition, with or without an exception, never makes an answer milder."""
    subject, tighter, request = tightened(data, name, ("prohibitions",))
    before, after = subject.text.pdp.decide(request), tighter.text.pdp.decide(request)

    assert before.outcome.strictness <= after.outcome.strictness
