"""How a policy answers an accreditation standard."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.office_kit import FILES, at, doing, happening, harbour

from alpr_policy import PolicyDecisionPoint
from alpr_policy.model.past import Past
from alpr_policy.questions.evidence import EvidenceReport, evidence
from alpr_policy.questions.evidence_page import evidence_page
from alpr_policy.questions.printable import when
from alpr_policy.reading.past import read_past_file, read_people_file
from alpr_policy.reading.standards import StandardError, find_standard, known_standards, read_standard


def of_harbour(past: Past) -> EvidenceReport:
    """Report on the small department."""
    people = read_people_file(FILES / "persons.yaml", "America/New_York")[0]
    return evidence(harbour(), find_standard("41.3.9"), past, at(), people=people)


@pytest.mark.parametrize(
    ("letter", "clause"),
    [
        ("a", "2.c.7"),
        ("b", "2.d.2"),
        ("c", "4-s1"),
        ("d", "2.e.3"),
        ("e", "2.g.2.c-s1"),
        ("f", "2.g.2.c-s2"),
        ("g", "3.b-s1"),
    ],
)
def test_clauses_that_a_policy_marks_are_found(letter: str, clause: str) -> None:
    """Where a policy marks its clauses with the letters of the standard, each is among those found for its letter."""
    profile = PolicyDecisionPoint.load().catalog.latest("waltham")
    report = evidence(profile, find_standard("41.3.9"), Past(), at())
    found = {one.letter: (*one.clauses, *one.general) for one in report.bullets}

    assert clause in found[letter]


def test_proof_and_gaps() -> None:
    """Each point shows what was recorded, the latest first, and what is overdue, open or missing."""
    report = of_harbour(read_past_file(FILES / "happened.yaml")[0])
    found = {one.letter: one for one in report.bullets}

    assert ("update the entry", "entry-7", "row-13") in [(p.what, p.of, p.reference) for p in found["b"].proofs]
    assert ["officer-2", "officer-1"] == [p.of for p in found["c"].proofs]
    assert ["row-22", "row-21", "row-1"] == [p.reference for p in found["e"].proofs]
    assert ["overdue for entry entry-8", "overdue for person officer-1"] == [
        gap.partition(":")[0] for letter in "bc" for gap in found[letter].gaps
    ]
    assert ("no clause of the policy answers this",) == found["g"].gaps
    assert any("`review_interval` has not been set" in gap for gap in found["f"].gaps)


def test_an_act_that_was_not_allowed_is_no_proof_that_it_was_done() -> None:
    """An act that was refused is shown as refused, in local time, and without naming its record twice."""
    shares = [
        happening("data.share", f"2026-11-2{day}T17:00:00Z", f"row-{day}", reference=f"row-{day}", outcome=outcome)
        for day, outcome in enumerate(("allow", "needs", "deny"))
    ]
    report = of_harbour(Past(events=tuple(shares)))
    told = [(when(p.at, ZoneInfo(report.timezone)), p.what, p.of) for p in report.bullets[4].proofs]

    assert [
        ("2026-11-22 12:00", "give or show data to others (denied)", None),
        ("2026-11-21 12:00", "give or show data to others (not allowed yet)", None),
        ("2026-11-20 12:00", "give or show data to others", None),
    ] == told


def test_what_is_still_to_come_proves_nothing() -> None:
    """What happened or was done later than the report proves nothing in it."""
    later = "2026-11-27T12:00:01-05:00"
    share, log = happening("data.share", later), doing("log_dissemination", later)
    found = {one.letter: one.proof_count for one in of_harbour(Past(events=(share,), doings=(log,))).bullets}

    assert 0 == found["e"]


def test_without_records_nothing_is_proven() -> None:
    """Where nothing is recorded each point with clauses says so."""
    report = of_harbour(Past())
    unproven = [one.letter for one in report.bullets if "no dated proof among what was recorded" in one.gaps]

    assert ["a", "b", "d", "e", "f"] == unproven


def test_the_page_is_whole() -> None:
    """The page for print holds every point, every clause and every gap."""
    report = of_harbour(read_past_file(FILES / "happened.yaml")[0])
    page = evidence_page(report)

    assert all(one.says in page for one in report.bullets)
    assert report.gaps == sum(page.count(f"<li>{gap[:20]}") > 0 for one in report.bullets for gap in one.gaps)
    assert "<script" not in page


def test_what_ships_can_be_read() -> None:
    """Every standard that ships can be read, and names only words of the vocabulary."""
    assert ("41.3.9",) == known_standards()
    assert ["a", "b", "c", "d", "e", "f", "g"] == [one.letter for one in find_standard("41.3.9").bullets]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{title: t}", "standard-shape"),
        ("{standard: '1', title: t, bullets: []}", "standard-shape"),
        ("{standard: '1', title: t, bullets: [{letter: a}]}", "standard-shape"),
        ("{standard: '1', title: t, bullets: [{letter: a, says: b, actions: [search.rum]}]}", "standard-word"),
        ("{standard: '1', title: t, bullets: [{letter: a, says: b, keeping: 1}]}", "standard-shape"),
        ("{standard: ", "yaml-syntax"),
    ],
)
def test_a_standard_that_cannot_be_used(text: str, code: str, tmp_path: Path) -> None:
    """A standard of one's own that is not whole, or names an unknown word, is refused with the reason."""
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StandardError) as caught:
        read_standard(file)

    assert code in {one.code for one in caught.value.diagnostics}


@pytest.mark.parametrize("number", ["41.3.8", "", "../../etc/passwd"])
def test_an_unknown_standard(number: Any) -> None:
    """A number that does not ship is refused, and never taken for a path."""
    with pytest.raises(StandardError):
        find_standard(number)
