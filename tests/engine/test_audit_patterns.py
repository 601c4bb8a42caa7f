"""Patterns of an audit: the profile's advice and its statements on counts, and what of it is not known."""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import cache
from typing import Any

import pytest
from tests.engine.directory_kit import town
from tests.office_kit import FILES, point

from alpr_policy import Profile, parse_profile
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.past import Past
from alpr_policy.questions.audit_pages import audit_csv, audit_page
from alpr_policy.questions.audit_patterns import MOST_EXAMPLES, MOST_NAMED
from alpr_policy.questions.audit_report import AuditReport
from alpr_policy.questions.audits import audit
from alpr_policy.questions.filling import fill
from alpr_policy.reading.requests import read_request

DAY = "2026-05-04T12:00:00-04:00"
CALM = {"requester.on_duty": True, "reason.recorded": True, "searches.again": 0}
NIGHT = {"id": "p-1", "hours": [{"days": ["mon"], "start": "22:00", "end": "06:00"}]}


@cache
def dunes() -> Profile:
    """Return the profile."""
    return parse_profile((FILES / "dunes.yaml").read_text(encoding="utf-8"))


def act(name: str, action: str = "search.run", facts: dict[str, Any] | None = None, **lists: Any) -> RecordedAct:
    """Return an act of officer-1, judged under the profile."""
    raw = {"action": action, "at": DAY, "departments": ["dunes"], "id": name, **lists}
    request = read_request({**raw, "facts": {"requester.id": "officer-1", **(CALM if facts is None else facts)}})
    return RecordedAct(id=name, request=request, decision=point(dunes()).decide(request), done=True)


def report(*acts: RecordedAct, profile: Profile | None = None) -> AuditReport:
    """Audit May."""
    return audit(profile or dunes(), acts, Past(), dt.date(2026, 5, 1), dt.date(2026, 5, 31))


def found(made: AuditReport) -> tuple[list[str], list[str]]:
    """Return the rules of the patterns, and those that are not known."""
    return [one.rule for one in made.patterns], [one.rule for one in made.undecided]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ([], [])),
        ({"requester.on_duty": False}, (["off-duty"], [])),
        ({"requester.on_duty": "unknown"}, ([], ["off-duty"])),
        ({"requester.on_duty": {"conflict": [True, False]}}, ([], ["off-duty"])),
        ({"reason.recorded": False}, (["with-reason"], [])),
        ({"reason.recorded": "unknown"}, ([], ["with-reason"])),
        ({"searches.again": 9, "case.state": "none"}, (["too-often"], [])),
        ({"searches.again": 9, "case.state": "open"}, ([], [])),
        ({"searches.again": "unknown", "case.state": "none"}, ([], ["too-often"])),
        ({"searches.again": 9, "case.state": "unknown"}, ([], ["too-often"])),
        (
            {"requester.on_duty": False, "reason.recorded": "unknown", "searches.again": 9, "case.state": "none"},
            (["off-duty", "too-often"], ["with-reason"]),
        ),
    ],
)
def test_advice_and_counts_are_patterns(facts: dict[str, Any], expected: Any) -> None:
    """What the profile advises against, or says of a count, is a pattern; what is not known is told apart from it."""
    assert expected == found(report(act("a", facts=CALM | facts)))


def test_advice_of_every_kind_is_a_pattern() -> None:
    """An approval that is only advised is a pattern where it is known to be missing; else it is not known."""
    made = report(act("a", "data.share", {}, approvals=[]), act("b", "data.share", {}))

    assert [("word", ("4",), ["a"])] == [(one.rule, one.cite, [a.id for a in one.acts]) for one in made.patterns]
    assert [("word", ("4",), ("b",))] == [(one.rule, one.cite, one.first) for one in made.undecided]


def test_patterns_are_told_by_person_with_their_count_and_clause() -> None:
    """A pattern is of one person: how many acts there are, the first of them, and the clause to review them under."""
    off = CALM | {"requester.on_duty": False}
    many = [act(f"a{n:03}", facts=off) for n in range(MOST_EXAMPLES + 5)]
    one = act("b", facts=off | {"requester.id": "officer-2"})
    made = report(one, *many)
    told = [(p.person, p.rule, p.cite, p.count, len(p.acts)) for p in made.patterns]

    assert [
        ("officer-1", "off-duty", ("2.b",), MOST_EXAMPLES + 5, MOST_EXAMPLES),
        ("officer-2", "off-duty", ("2.b",), 1, 1),
    ] == told
    assert "off-duty (1 of 25): needs review under 2.b; expected and not met" in audit_csv(made)


def test_what_is_not_known_is_counted() -> None:
    """Acts for which advice cannot be decided are counted by statement, with the first of them, on page and table."""
    made = report(*(act(f"a{n}", facts=CALM | {"requester.on_duty": "unknown"}) for n in range(7)))

    assert [("off-duty", ("2.b",), 7, MOST_NAMED)] == [(u.rule, u.cite, u.count, len(u.first)) for u in made.undecided]
    for page in (audit_csv(made), audit_page(made)):
        assert "off-duty: what decides it is not known for a0, a1, a2, a3, a4 and 2 more" in page


def test_another_text_is_not_asked() -> None:
    """What a decision under another version of the text left open is not judged by this one."""
    later = dataclasses.replace(dunes(), content_hash="sha256:" + "0" * 64)

    assert ([], []) == found(report(act("a", facts=CALM | {"requester.on_duty": "unknown"}), profile=later))


def test_searches_outside_duty_hours() -> None:
    """From the hours of a directory to the audit: a search at noon by somebody of the night shift needs review."""
    known = town(persons=[NIGHT, {"id": "p-2"}], absences=[])
    acts = []
    for name, person, at in (
        ("noon", "p-1", DAY),
        ("night", "p-1", "2026-05-04T23:00:00-04:00"),
        ("after-midnight", "p-1", "2026-05-05T05:59:00-04:00"),
        ("no-hours", "p-2", DAY),
    ):
        facts = {"requester.id": person, "reason.recorded": True, "searches.again": 0}
        request = read_request({"action": "search.run", "at": at, "departments": ["dunes"], "id": name, "facts": facts})
        request = fill(known, request).request
        acts.append(RecordedAct(id=name, request=request, decision=point(dunes()).decide(request), done=True))
    made = report(*acts)

    assert [("p-1", "off-duty", ["noon"])] == [(p.person, p.rule, [a.id for a in p.acts]) for p in made.patterns]
    assert [("off-duty", ("no-hours",))] == [(one.rule, one.first) for one in made.undecided]
