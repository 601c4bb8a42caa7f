"""The audit of a log for other programs: a table for spreadsheets, JUnit for continuous integration.

None of them holds a verdict: a row needs review under a clause, or hangs on what the log does not say.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from alpr_policy.questions.audit_pages import guarded
from alpr_policy.questions.log_audit_report import Example, LogAudit, StatementFinding
from alpr_policy.questions.log_audit_rules import Stand

COLUMNS: Final = (
    "profile", "version", "clauses", "statement", "kind", "force", "stand", "place", "agency", "month", "what", "rows",
)  # fmt: skip
MOST_RESULTS: Final = 5_000
PLACES_TOLD: Final = 20
NO_CLAUSE: Final = "no clause"


def needs_review(one: StatementFinding) -> str:
    """Say how many rows need review under which clause, and of how many."""
    count = one.counts[Stand.REVIEW]
    rows, verb = "row" if one.concerned == 1 else "rows", "needs" if count == 1 else "need"
    advice = " (expected, not compelled)" if one.is_advice else ""
    under = f"clause {one.clause}" if one.cite else NO_CLAUSE
    return f"{count:,} of {one.concerned:,} {rows} {verb} review under {under}{advice}"


def left_open(one: StatementFinding) -> str:
    """Say how many rows are undecided, and for want of what."""
    lacks = sorted(one.lacks.items(), key=lambda item: (-item[1], item[0]))
    told = "; ".join(f"{fact} is {why.replace('_', ' ')} in {count:,}" for (fact, why), count in lacks)
    return f"{one.counts[Stand.UNDECIDED]:,} of {one.concerned:,} undecided: {told}"


def what_was_read(example: Example) -> str:
    """Say what a statement read of a row; personal values only where they were asked for."""
    told = [f"{name} = {value}" for name, value in example.read.items()]
    return "; ".join([*told, *(f"{name} is not shown" for name in example.hidden)])


def log_audit_csv(audit: LogAudit) -> str:
    """Return a line for each row that needs review, and for each fact that is wanting. No cell becomes a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in audit.ordered():
        for line in _lines(one):
            writer.writerow([guarded(cell) for cell in line])
    return out.getvalue()


def _lines(one: StatementFinding) -> Iterator[tuple[str, ...]]:
    head = (one.profile, one.version, ", ".join(one.cite), one.statement, one.kind, one.force)
    for example in one.review:
        yield (*head, "review", example.place, example.agency, example.month, what_was_read(example), "1")
    if one.left_out:
        yield (*head, "review", "", "", "", "counted, and not listed", str(one.left_out))
    for (fact, why), count in sorted(one.lacks.items()):
        yield (*head, "undecided", "", "", "", f"{fact} is {why}", str(count))


# JUnit


def log_audit_junit(audit: LogAudit) -> str:
    """Return JUnit XML: a test case for each clause, failed where rows need review, skipped where all is open."""
    suites = ElementTree.Element("testsuites", name=_xml(f"alpr-policy audit log {audit.profile}"))
    totals = [0, 0, 0]
    for version in sorted({(one.profile, one.version) for one in audit.findings}):
        found = _suite(suites, audit, *version)
        totals = [a + b for a, b in zip(totals, found, strict=True)]
    for name, total in zip(("tests", "failures", "skipped"), totals, strict=True):
        suites.set(name, str(total))
    suites.set("errors", "0")
    suites.set("time", "0")
    ElementTree.indent(suites)
    body = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(suites: ElementTree.Element, audit: LogAudit, profile: str, version: str) -> tuple[int, int, int]:
    name = _xml(f"{profile} {version}")
    suite = ElementTree.SubElement(suites, "testsuite", name=name)
    own = [one for one in audit.ordered() if (one.profile, one.version) == (profile, version)]
    tests = failures = skipped = 0
    for clause in clauses_of(own):
        several = [one for one in own if clause in (one.cite or (NO_CLAUSE,))]
        titled = clause if clause == NO_CLAUSE else f"clause {clause}"
        case = ElementTree.SubElement(suite, "testcase", classname=name, name=_xml(titled), time="0")
        tests += 1
        bad = [one for one in several if one.needs_review]
        if bad:
            failures += 1
            failure = ElementTree.SubElement(case, "failure", type="review", message=_xml(_said(bad)))
            failure.text = _xml("\n".join(line for one in bad for line in _body(one)))
        elif all(one.counts[Stand.UNDECIDED] == one.concerned > 0 for one in several):
            skipped += 1
            ElementTree.SubElement(case, "skipped", message=_xml("; ".join(left_open(one) for one in several)))
        told = [needs_review(one) for one in several if one.is_advice and one.counts[Stand.REVIEW]]
        told += [f"{one.statement}: {left_open(one)}" for one in several if one.counts[Stand.UNDECIDED]]
        if told:
            ElementTree.SubElement(case, "system-out").text = _xml("\n".join(told))
    counted = {"tests": tests, "failures": failures, "errors": 0, "skipped": skipped, "time": 0}
    for key, count in counted.items():
        suite.set(key, str(count))
    return tests, failures, skipped


def clauses_of(findings: list[StatementFinding]) -> list[str]:
    """Return the clauses on which statements rest, each once, in the order of the findings."""
    return list(dict.fromkeys(clause for one in findings for clause in one.cite or (NO_CLAUSE,)))


def _said(bad: list[StatementFinding]) -> str:
    return "; ".join(f"{one.statement}: {needs_review(one)}" for one in bad)


def _body(one: StatementFinding) -> Iterator[str]:
    yield f"{one.statement} ({one.kind}): {one.text}"
    yield needs_review(one)
    for example in one.review[:PLACES_TOLD]:
        read = what_was_read(example)
        yield f"  {example.place}" + (f": {read}" if read else "")
    more = one.counts[Stand.REVIEW] - min(len(one.review), PLACES_TOLD)
    if more:
        yield f"  and {more:,} more"


def _xml(text: str) -> str:
    """Return a text without what XML cannot hold, or what turns or hides text."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


# Rows one by one


def listed_rows(audit: LogAudit, most: int = MOST_RESULTS) -> tuple[list[tuple[StatementFinding, Example]], int]:
    """Return the rows to list, beside one line for each undecided statement at most `most`, and how many are left out.

    The room is shared out, so that a clause with few rows is not crowded out by one with many.
    """
    ordered = audit.ordered()
    opened = min(most, sum(1 for one in ordered if one.counts[Stand.UNDECIDED]))
    rows = [(one, example) for one, share in _shares(ordered, most - opened) for example in one.review[:share]]
    return rows, sum(one.counts[Stand.REVIEW] for one in ordered) - len(rows)


def _shares(findings: list[StatementFinding], room: int) -> list[tuple[StatementFinding, int]]:
    """Share out the room; the finding with the most rows comes first."""
    found: list[tuple[StatementFinding, int]] = []
    waiting = sorted((one for one in findings if one.review), key=lambda one: len(one.review))
    for number, one in enumerate(waiting):
        share = min(len(one.review), max(0, room) // (len(waiting) - number))
        room -= share
        found.append((one, share))
    return found[::-1]


def place_of(text: str) -> tuple[str, int]:
    """Return file and line of a place such as `june.csv:12`; no file where it names none."""
    file, _, line = text.rpartition(":")
    return (file, int(line)) if file and line.isdecimal() and int(line) else ("", 0)


def row_text(one: StatementFinding, example: Example) -> str:
    """Say that a row needs review, under which clause and statement, and what was read of it."""
    read = what_was_read(example)
    under = f"clause {one.clause}" if one.cite else NO_CLAUSE
    advice = ", expected and not compelled" if one.is_advice else ""
    return f"needs review under {under} ({one.statement}{advice})" + (f": {read}" if read else "")
