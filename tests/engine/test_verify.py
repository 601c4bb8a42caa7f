"""What can be found wrong, missing or said twice in small texts, where it can be seen with the naked eye."""

from __future__ import annotations

from typing import Any

import pytest
from tests.comparing_kit import made, proven

from alpr_policy.questions.compare import Side, judgements, outcome
from alpr_policy.questions.differing import circumstances, shown
from alpr_policy.questions.proving import Finding, Verdict
from alpr_policy.questions.suites import suite_of
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.source import SourceFile

BANS = "prohibitions:\n"
VENDORS = "  - {id: wide, cite: a, action: search.run, when: {requester.agency: [vendor, company]}}\n"
VENDOR = "  - {id: narrow, cite: a, action: search.run, when: {requester.agency: vendor}}\n"
COMPANY = "  - {id: other, cite: a, action: search.run, when: {requester.agency: company}}\n"
PERSONAL = "  - {id: private, cite: a, action: search.run, when: {purpose: personal}}\n"
EVERYTHING = "  - {id: nothing, cite: a, action: search.run}\n"
WARRANT = "  - {id: warrants, cite: a, action: search.run, when: {purpose: warrant}}\n"
# These go on with the requirements that every text here has.
TWICE = """\
  - {id: open-case, cite: a, action: search.run, when: {purpose: warrant}, must: {case.state: open}}
  - {id: closed-case, cite: a, action: search.run, must: {case.state: closed}}
"""
KEPT = """\
retention:
  - {id: long, cite: a, data: read, from: captured, LONG}
  - {id: short, cite: a, data: [read, alert], from: captured, SHORT}
"""


def failing(kind: str, more: str) -> dict[str, Finding]:
    """Return what fails of one kind in a text, by what it is about."""
    return {one.about: one for one in proven(more) if one.kind == kind and one.verdict is Verdict.FAILS}


@pytest.mark.parametrize(
    ("more", "about", "others", "told"),
    [
        (BANS + VENDORS + VENDOR, "narrow", ("wide",), "wherever it applies, `wide` (a) says as much"),
        (BANS + VENDORS + VENDOR + COMPANY, "wide", (), "others together say as much, or nothing is left for it"),
        (BANS + PERSONAL, "private", (), "nothing permits the act there, so silence refuses it already"),
        (BANS + EVERYTHING, "searching", (), "all that it allows is forbidden by others"),
    ],
)
def test_by_what_a_statement_is_shadowed(more: str, about: str, others: tuple[str, ...], told: str) -> None:
    """A statement without which nothing changes is named with what covers it: one, several, silence or a ban."""
    found = failing("shadowed", more)[about]

    assert others == found.others
    assert found.told.startswith(told)


def test_a_statement_that_is_needed_is_no_shadow() -> None:
    """Where a statement changes some outcome, nothing is said of it."""
    assert {} == failing("shadowed", BANS + WARRANT)


def test_a_ban_that_takes_back_what_a_permission_allows() -> None:
    """A ban overlaps with the permissions of which it forbids a part, with a request of which both speak."""
    found = failing("overlap", BANS + WARRANT + PERSONAL)

    assert {"warrants"} == set(found)
    assert ("searching",) == found["warrants"].others
    assert found["warrants"].request is not None
    assert "warrant" == found["warrants"].request["facts"]["purpose"]


@pytest.mark.parametrize(
    ("long", "short", "told"),
    [
        ("at_most: 60 days", "at_most: 30 days", "both end the time of one record; `short` may end it first"),
        ("at_least: 60 days", "at_most: 30 days", "`long` still keeps a record that `short` has gone"),
        ("at_least: 30 days", "at_most: 60 days", None),
        ("at_most: 30 days", "at_most: 30 days", None),
    ],
)
def test_two_periods_for_one_record(long: str, short: str, told: str | None) -> None:
    """Two periods overlap where one has ended and the other has not, or still keeps the record."""
    found = failing("overlap", KEPT.replace("LONG", long).replace("SHORT", short)).get("long and short")

    assert (told is None) == (found is None)
    assert found is None or (told is not None and found.told.startswith(told))


def test_requirements_that_cannot_be_met_together() -> None:
    """Two requirements of one request that want different values of a fact are a fault, though each can be met."""
    found = failing("meetable", TWICE)

    assert {"closed-case": ("open-case",)} == {about: one.others for about, one in found.items()}
    assert found["closed-case"].is_grave


def test_acts_of_which_no_clause_speaks() -> None:
    """An act without any statement is a gap, and it is said what silence does with it."""
    found = failing("gap", "")

    assert found["stop.start"].told.endswith("silence refuses it")
    assert "data.share" not in found
    assert not any(one.is_grave for one in found.values())


def test_purposes_for_which_no_clause_speaks() -> None:
    """Where statements tell purposes apart, those that none allows or forbids are a gap; a ban speaks of its own."""
    without, banned = failing("gap", "")["search.run"], failing("gap", BANS + PERSONAL)["search.run"]

    assert {"personal"} == set(without.others) - set(banned.others)
    assert "warrant" not in without.others
    assert without.told.startswith("no clause speaks of it for any purpose but criminal investigation and warrant")


def shown_by(side: Side, found: Finding) -> Any:
    """Return what the reference evaluator says of a finding's request."""
    assert found.request is not None
    return outcome(side.rulesets, found.request)


def test_every_request_of_a_finding_shows_it() -> None:
    """The request of an overlap is one to which both statements apply, by the reference evaluator."""
    side = made("one", BANS + WARRANT + VENDORS)
    for found in (one for one in proven(BANS + WARRANT + VENDORS) if one.kind == "overlap"):
        assert found.request is not None
        (judged,) = judgements(side.rulesets, found.request, trace=True)
        applied = {line.rule for line in judged.trace if line.truth == "true"}

        assert {found.about, *found.others} <= applied


def test_a_counterexample_is_kept_as_what_should_be_answered() -> None:
    """What shows that a claim fails becomes a case that expects a denial, which the text does not give."""
    import json

    side = made("one", "")
    wrong = [one for one in proven("", never=["search.run: {purpose: warrant}"]) if one.wanted is not None]
    (case,) = suite_of(*_parsed(json.dumps(shown(wrong, side.profile)))).cases

    assert "deny" == case.expect["outcome"]
    assert "allow" == shown_by(side, wrong[0]).value


def _parsed(text: str) -> Any:
    node, found = parse(SourceFile("kept.yaml", text))
    return node, list(found)


def test_a_request_in_words() -> None:
    """A request is told by its act and facts, without what is the same in every one, and by its records."""
    request = {
        "action": "search.run",
        "at": "2026-06-15T12:00:00+00:00",
        "facts": {"requester.id": "officer-1", "roles.absent": [], "purpose": "warrant"},
        "approvals": [{"topic": "search.run"}],
    }
    told = "searching stored reads, where the purpose is warrant and there is 1 approval"

    assert told == circumstances(request, made("one", "").profile)
