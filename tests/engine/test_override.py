"""Acting against a denial: who may, for how long, and whether it was reviewed in time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.office_kit import FILES, at, doing, harbour, point

from alpr_policy import Decision, parse_profile
from alpr_policy.model.overrides import Authority, OverrideRecord
from alpr_policy.questions.acts import read_override
from alpr_policy.questions.override import is_valid, may_override, override_record, review_state

WHEN = "2026-05-04T10:00:00-04:00"
ZONE = ZoneInfo("America/New_York")
CHIEF = Authority(id="chief-1", roles=("chief",))


def denial(action: str = "search.run", **more: Any) -> Decision:
    """Return a denial of the small department."""
    facts = {"purpose": "personal"}
    raw = {"action": action, "at": WHEN, "departments": ["harbour"], "facts": facts if action == "search.run" else {}}
    return point(harbour()).decide(raw | more)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (CHIEF, "chief"),
        (Authority(id="d", designee_of=("chief",)), None),
        (Authority(id="a", acting_as=("lieutenant",)), "lieutenant"),
        (Authority(id="a", designee_of=("lieutenant",)), None),
        (Authority(id="s", roles=("sergeant",)), None),
        (Authority(id="s", roles=("sergeant",), absent=()), None),
        (Authority(id="s", roles=("sergeant",), absent=("lieutenant",)), "lieutenant"),
        (Authority(id="n"), None),
    ],
)
def test_who_may(person: Authority, expected: str | None) -> None:
    """The holder may, and a stand-in only as far as the policy lets one act and it is known that the holder is away."""
    answer = may_override([harbour()], denial(), person, at(WHEN))

    assert expected == answer.role
    assert (expected is not None) is answer.may


@pytest.mark.parametrize(
    ("decision", "when", "why"),
    [
        (denial("data.share"), WHEN, "only a denial"),
        (denial("alert.deliver", facts={"x": 1}), WHEN, "only a denial"),
        (denial("device.install"), WHEN, "lets nobody override this act"),
        (denial(departments=["nowhere"]), WHEN, "rests on no policy"),
        (denial(departments=[]), WHEN, "rests on no policy"),
        (denial(at="2025-05-04T10:00:00-04:00"), WHEN, "rests on no policy"),
        (denial(), "2026-05-04T09:59:59-04:00", "older than the denial"),
    ],
)
def test_when_nobody_may(decision: Decision, when: str, why: str) -> None:
    """Nobody overrides what is no denial, what rests on no policy, an act that is not named, or ahead of the denial."""
    answer = may_override([harbour()], decision, CHIEF, at(when))

    assert not answer.may
    assert why in answer.why


def test_the_text_must_be_the_one_that_judged() -> None:
    """A text of another content than the one that denied lets nobody act."""
    changed = dataclasses.replace(harbour(), content_hash="0" * 64)

    assert "not at hand" in may_override([changed], denial(), CHIEF, at(WHEN)).why


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("valid: 4 hours", "valid: 1 hour"), "2026-05-04T11:00:00-04:00"),
        (("valid: 4 hours", "valid: 1 day"), "2026-05-04T14:00:00-04:00"),
        (("actions: [search.run, data.share]", "actions: data.share"), None),
        (("by: [{role: chief, in_person: true}, ", "by: ["), None),
    ],
)
def test_every_text_that_denies_must_let(change: tuple[str, str], expected: str | None) -> None:
    """Where two texts deny, both must let the person act against the denial, and the shorter time holds."""
    text = (FILES / "harbour.yaml").read_text(encoding="utf-8").replace("profile: harbour", "profile: pier")
    other = parse_profile(text.replace(*change))
    both = point(harbour(), other)
    decision = both.decide(
        {"action": "search.run", "at": WHEN, "departments": ["harbour", "pier"], "facts": {"purpose": "personal"}}
    )
    answer = may_override([harbour(), other], decision, CHIEF, at(WHEN))

    assert change[0] in text
    assert (at(expected) if expected else None) == answer.until


def test_a_supposed_denial_cannot_be_overridden() -> None:
    """A decision as if under a text that did not bind is nothing to act against."""
    decision = point(harbour()).decide(
        {"action": "search.run", "at": WHEN, "facts": {"purpose": "personal"}}, as_if="harbour"
    )

    assert not may_override([harbour()], decision, CHIEF, at(WHEN)).may


def record() -> OverrideRecord:
    """Return an override that was made."""
    answer = may_override([harbour()], denial(), CHIEF, at(WHEN))
    return override_record("ov-1", "act-1", denial(), answer, CHIEF, at(WHEN), "a child is missing")


def test_how_long_it_holds() -> None:
    """An override holds from when it was made until its last instant, and is due for review three days later."""
    made = record()

    assert (at("2026-05-04T14:00:00-04:00"), at("2026-05-07T10:00:00-04:00")) == (made.until, made.review_due)
    instants = ("2026-05-04T09:59:59-04:00", WHEN, "2026-05-04T14:00:00-04:00", "2026-05-04T14:00:01-04:00")
    assert [False, True, True, False] == [is_valid(made, at(one)) for one in instants]
    assert (made, ()) == read_override(made.to_wire())


def test_no_record_of_what_may_not_be() -> None:
    """Of an override that may not be made there is no record."""
    answer = may_override([harbour()], denial(), Authority(id="n"), at(WHEN))

    with pytest.raises(ValueError, match="there is no override"):
        override_record("ov-1", "act-1", denial(), answer, Authority(id="n"), at(WHEN))


REVIEW = {"of": "ov-1", "by": "chief-2", "roles": ("chief",)}


@pytest.mark.parametrize(
    ("review", "now", "expected"),
    [
        (None, "2026-05-07T10:00:00-04:00", "due"),
        (None, "2026-05-07T10:00:01-04:00", "overdue"),
        (REVIEW | {"when": "2026-05-06T10:00:00-04:00"}, "2026-06-01T10:00:00-04:00", "done"),
        (REVIEW | {"when": "2026-05-06"}, "2026-06-01T10:00:00-04:00", "done"),
        (REVIEW | {"when": "2026-05-06"}, "2026-05-06T10:00:00-04:00", "done"),
        (REVIEW | {"when": "2026-05-09T10:00:00-04:00"}, "2026-06-01T10:00:00-04:00", "done_late"),
        (REVIEW | {"when": "2026-05-09T10:00:00-04:00"}, "2026-05-08T10:00:00-04:00", "overdue"),
        (REVIEW | {"when": "2026-05-04T09:00:00-04:00"}, "2026-06-01T10:00:00-04:00", "overdue"),
        (REVIEW | {"when": "2026-05-06T10:00:00-04:00", "by": "chief-1"}, "2026-06-01T10:00:00-04:00", "overdue"),
        (REVIEW | {"when": "2026-05-06T10:00:00-04:00", "by": None}, "2026-06-01T10:00:00-04:00", "overdue"),
        (REVIEW | {"when": "2026-05-06T10:00:00-04:00", "roles": None}, "2026-06-01T10:00:00-04:00", "overdue"),
        (REVIEW | {"when": "2026-05-06T10:00:00-04:00", "roles": ("clerk",)}, "2026-06-01T10:00:00-04:00", "overdue"),
        (REVIEW | {"when": "2026-05-06T10:00:00-04:00", "of": "ov-2"}, "2026-06-01T10:00:00-04:00", "overdue"),
        (REVIEW | {"when": "2026-05-06T10:00:00-04:00", "accepted": False}, "2026-06-01T10:00:00-04:00", "overdue"),
        (REVIEW | {"when": None}, "2026-06-01T10:00:00-04:00", "overdue"),
    ],
)
def test_whether_it_was_reviewed(review: dict[str, Any] | None, now: str, expected: str) -> None:
    """A review counts if it names the override, came after it, by another person in the role that owes it."""
    doings = [] if review is None else [doing("review_override", **review)]

    assert expected == review_state(record(), doings, at(now), ZONE).standing


@pytest.mark.parametrize("key", ["id", "act", "at", "until", "review_due", "by", "role"])
def test_a_record_that_lacks_something_is_told(key: str) -> None:
    """A record of an override that lacks a field is refused with a reason."""
    wire = {name: value for name, value in record().to_wire().items() if name != key}
    made, found = read_override(wire)

    assert (None, 1) == (made, len(found))
    assert isinstance(record().at, dt.datetime)
