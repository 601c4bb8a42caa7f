"""The audit of a log for other programs: a table for spreadsheets, JUnit and SARIF for continuous integration.

None of them holds a verdict: a row needs review under a clause (in SARIF the kind `review`), or is open.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote
from xml.etree import ElementTree

from alpr_policy.questions.audit_pages import guarded
from alpr_policy.questions.log_audit_report import Example, LogAudit, StatementFinding
from alpr_policy.questions.log_audit_rules import Stand
from alpr_policy.questions.own_words import plainly

COLUMNS: Final = (
    "profile", "version", "clauses", "statement", "kind", "force", "stand", "place", "agency", "month", "what", "rows",
)  # fmt: skip
MOST_RESULTS: Final = 5_000
PLACES_TOLD: Final = 20
SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
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


# SARIF


def log_audit_sarif(audit: LogAudit, *, most: int = MOST_RESULTS) -> str:
    """Return SARIF 2.1.0: a rule for each clause, a result for each row listed, at most `most` in all.

    A row is of the kind `review`; a statement that hangs on what the log leaves out is one result of the kind `open`.
    """
    ordered = audit.ordered()
    rules, places = _rules(ordered)
    opened = [_open(one, places) for one in ordered if one.counts[Stand.UNDECIDED]][:most]
    room = most - len(opened)
    shares = _shares(ordered, room)
    rows = [_row(one, example, places) for one, share in shares for example in one.review[:share]]
    every = sum(one.counts[Stand.REVIEW] for one in ordered)
    told = f"{len(rows):,} of {every:,} rows that need review are listed; {every - len(rows):,} are left out"
    run = {
        "tool": {"driver": {"name": "alpr-policy", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [{"level": "note", "message": {"text": told}}],
            }
        ],
        "results": [*rows, *opened],
        "properties": {"rowsLeftOut": every - len(rows), "judged": audit.judged, "notInForce": audit.not_in_force},
    }
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _shares(findings: list[StatementFinding], room: int) -> list[tuple[StatementFinding, int]]:
    """Share out the room, so that a clause with few rows is not crowded out by one with many."""
    found: list[tuple[StatementFinding, int]] = []
    waiting = sorted((one for one in findings if one.review), key=lambda one: len(one.review))
    for number, one in enumerate(waiting):
        share = min(len(one.review), max(0, room) // (len(waiting) - number))
        room -= share
        found.append((one, share))
    return found[::-1]


def _rules(findings: list[StatementFinding]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    rules: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    for profile, version in sorted({(one.profile, one.version) for one in findings}):
        own = [one for one in findings if (one.profile, one.version) == (profile, version)]
        for clause in clauses_of(own):
            several = [one for one in own if clause in (one.cite or (NO_CLAUSE,))]
            told = " ".join(dict.fromkeys(one.text for one in several if one.text)) or plainly(several[0].statement)
            titled = f"{profile}, {clause if clause == NO_CLAUSE else f'clause {clause}'}"
            places[f"{profile}/{version}/{clause}"] = len(rules)
            help = f"{told} A row of a log shows no wrong: it needs review under this clause, no more."
            rules.append(
                {
                    "id": f"{profile}/{version}/{clause}",
                    "shortDescription": {"text": titled},
                    "fullDescription": {"text": told},
                    "help": {"text": help},
                    "defaultConfiguration": {"level": "none"},
                    "properties": {"statements": [one.statement for one in several]},
                }
            )
    return rules, places


def _result(one: StatementFinding, kind: str, text: str, place: str, places: dict[str, int]) -> dict[str, Any]:
    rule = f"{one.profile}/{one.version}/{(one.cite or (NO_CLAUSE,))[0]}"
    # The standard wants the level `none` wherever the kind is not `fail`.
    result: dict[str, Any] = {
        "ruleId": rule, "ruleIndex": places[rule], "kind": kind, "level": "none", "message": {"text": text},
        "properties": {
            "statement": one.statement, "clauses": list(one.cite), "force": one.force, "confidential": one.confidential,
        },
    }  # fmt: skip
    file, _, line = place.rpartition(":")
    if file and line.isdecimal() and int(line):
        location = {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": int(line)}}
        result["locations"] = [{"physicalLocation": location}]
        digest = hashlib.sha256(f"{rule}\n{one.statement}\n{place}".encode("utf-8", "surrogatepass")).hexdigest()
        result["partialFingerprints"] = {"row/v1": digest[:32]}
    return result


def _row(one: StatementFinding, example: Example, places: dict[str, int]) -> dict[str, Any]:
    read = what_was_read(example)
    under = f"clause {one.clause}" if one.cite else NO_CLAUSE
    text = f"Needs review under {under} ({one.statement})" + (f": {read}" if read else "")
    return _result(one, "review", f"{text}.", example.place, places)


def _open(one: StatementFinding, places: dict[str, int]) -> dict[str, Any]:
    return _result(one, "open", f"{one.statement}: {left_open(one)}.", next(iter(one.undecided), ""), places)
