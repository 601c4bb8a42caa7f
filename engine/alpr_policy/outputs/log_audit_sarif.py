"""The audit of a log as SARIF 2.1.0: a rule for each clause, a result for each row that is listed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from alpr_policy.outputs.places import uri
from alpr_policy.outputs.sarif import SCHEMA, related
from alpr_policy.questions.log_audit_files import (
    MOST_RESULTS,
    NO_CLAUSE,
    clauses_of,
    left_open,
    listed_rows,
    place_of,
    row_text,
)
from alpr_policy.questions.log_audit_report import Example, LogAudit, StatementFinding
from alpr_policy.questions.log_audit_rules import Stand
from alpr_policy.questions.own_words import plainly
from alpr_policy.source import Span


def log_audit_sarif(
    audit: LogAudit, *, most: int = MOST_RESULTS, version: str = "", shown: Callable[[str], str] = str
) -> str:
    """Return SARIF 2.1.0: a rule for each clause, a result for each row listed, at most `most` in all.

    A row that needs review is a warning, under a clause that does not bind a note, and so is a statement that hangs on
    what the log leaves out. `shown` gives the name of a file as it should be written.

    The standard has the kinds `review` and `open` for these, and wants the level `none` with them. Code scanning reads
    the level alone, and viewers hide what has none, so the kind is `fail`, and the stand is among the properties.
    """
    listed, rows_left_out = listed_rows(audit, most)
    writer = _Sarif(audit.ordered(), shown)
    rows = [writer.row(one, example) for one, example in listed]
    opened = [writer.opened(one) for one in audit.ordered() if one.counts[Stand.UNDECIDED]][:most]
    run = {
        "tool": {
            "driver": {
                "name": "alpr-policy",
                **({"semanticVersion": version} if version else {}),
                "rules": writer.rules,
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notes(audit, rows_left_out)}],
        "results": [*rows, *opened],
        "properties": {"rowsLeftOut": rows_left_out, "judged": audit.judged, "notInForce": audit.not_in_force},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _notes(audit: LogAudit, rows_left_out: int) -> list[dict[str, Any]]:
    every = sum(one.counts[Stand.REVIEW] for one in audit.findings)
    told = f"{every - rows_left_out:,} of {every:,} rows that need review are listed; {rows_left_out:,} are left out"
    notes = [("note", told)]
    unreadable = audit.read.get("unreadable", 0)
    notes += [("warning", f"{unreadable:,} of {audit.read['rows']:,} rows cannot be read")] if unreadable else []
    return [{"level": level, "message": {"text": text}} for level, text in notes]


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
                    "defaultConfiguration": {"level": "warning"},
                    "properties": {"statements": [one.statement for one in several]},
                }
            )
    return rules, places


class _Sarif:
    """Makes the results, whose rules are the clauses."""

    def __init__(self, ordered: list[StatementFinding], shown: Callable[[str], str]) -> None:
        self.rules, self._numbers = _rules(ordered)
        self._shown = shown

    def row(self, one: StatementFinding, example: Example) -> dict[str, Any]:
        text = row_text(one, example)
        return self._result(one, Stand.REVIEW, f"{text[:1].upper()}{text[1:]}.", example.place)

    def opened(self, one: StatementFinding) -> dict[str, Any]:
        return self._result(one, Stand.UNDECIDED, f"{one.statement}: {left_open(one)}.", next(iter(one.undecided), ""))

    def _result(self, one: StatementFinding, stand: Stand, text: str, place: str) -> dict[str, Any]:
        rule = f"{one.profile}/{one.version}/{(one.cite or (NO_CLAUSE,))[0]}"
        binding = stand is Stand.REVIEW and not one.is_advice
        result: dict[str, Any] = {
            "ruleId": rule, "ruleIndex": self._numbers[rule], "kind": "fail", "level": "warning" if binding else "note",
            "message": {"text": text},
            "properties": {
                "stand": stand.value, "statement": one.statement, "clauses": list(one.cite), "force": one.force,
                "confidential": one.confidential,
            },
        }  # fmt: skip
        file, line = place_of(place)
        if file:
            name = self._shown(file)
            location = {"artifactLocation": {"uri": uri(name)}, "region": {"startLine": line}}
            result["locations"] = [{"physicalLocation": location}]
            told = f"{rule}\n{one.statement}\n{name}:{line}"
            digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
            result["partialFingerprints"] = {"row/v1": digest[:32]}
        if one.span.line:
            span = one.span
            result["relatedLocations"] = [related(Span(self._shown(span.file), span.line, span.column, span.width))]
        return result
