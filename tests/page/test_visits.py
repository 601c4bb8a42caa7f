"""Who is at the page: how long a visit lasts, and what a token that is taken back still opens."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.adapters.http_kit import NOON, service

from alpr_policy_adapters.http import Refusal, TokenFile, new_token, revoke_token
from alpr_policy_adapters.web.visits import COOKIE, IDLE, LONGEST, Visits, cookie_of


class Clock:
    """A clock that is set by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_visit_ends_by_itself(tmp_path: Path) -> None:
    """A visit ends after half an hour without a request, and after twelve hours whatever happens."""
    path, clock = tmp_path / "tokens.json", Clock()
    text, _ = new_token(path, scopes=["decide"], now=NOON)
    visits = Visits(service(tokens=TokenFile(path, lambda: NOON)), clock)
    word = visits.begin(text, "a")
    clock.now += IDLE
    assert visits.find(word, "a") is not None
    clock.now += IDLE + 1
    assert visits.find(word, "a") is None
    word, began = visits.begin(text, "a"), clock.now
    while clock.now - began < LONGEST:
        assert visits.find(word, "a") is not None
        clock.now += IDLE / 2
    clock.now = began + LONGEST + 1
    assert visits.find(word, "a") is None


def test_a_token_that_was_taken_back_opens_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next thing that a visit asks after its token was taken back is refused with 401, and no scope is left."""
    monkeypatch.setattr("alpr_policy_adapters.http.tokens.LOOK_EVERY", 0.0)
    path = tmp_path / "tokens.json"
    text, token = new_token(path, scopes=["decide", "approve"], now=NOON, person="chief-1")
    visits = Visits(service(tokens=TokenFile(path, lambda: NOON)), Clock())
    visit = visits.find(visits.begin(text, "a"), "a")
    assert visit is not None and "chief-1" == visit.person
    assert {"decide", "approve"} == visits.scopes(visit)
    with pytest.raises(Refusal) as refused:
        visits.caller(visit, "author")
    assert 403 == refused.value.status
    revoke_token(path, token.id)
    with pytest.raises(Refusal) as refused:
        visits.caller(visit, "decide")
    assert 401 == refused.value.status
    assert frozenset() == visits.scopes(visit)


def test_no_word_but_the_one_given_out_finds_a_visit(tmp_path: Path) -> None:
    """An invented cookie, an empty one and one that has ended find nobody; nobody comes in without a token."""
    path = tmp_path / "tokens.json"
    text, _ = new_token(path, scopes=["decide"], now=NOON, expires=NOON + dt.timedelta(days=1))
    visits = Visits(service(tokens=TokenFile(path, lambda: NOON)), Clock())
    word = visits.begin(text, "a")
    assert [None] * 3 == [visits.find(one, "a") for one in ("", "x", word + "x")]
    visits.end(word)
    assert visits.find(word, "a") is None
    with pytest.raises(Refusal):
        visits.begin("", "a")


@pytest.mark.parametrize(
    ("told", "word"),
    [("", ""), (f"{COOKIE}=abc", "abc"), (f"x=1; {COOKIE}=abc", "abc"), ("x" * 9000, ""), ('a="', "")],
)
def test_the_cookie_is_found_among_others(told: str, word: str) -> None:
    """Of the header the page's own cookie counts, and a header that is none, or a huge one, holds nothing."""
    assert word == cookie_of({"cookie": told})
