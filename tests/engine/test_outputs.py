"""Diagnostics as CI servers read them: nothing that a message holds can break the form, and places are true."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.outputs import WRITERS, Report, RuleInfo, written
from alpr_policy.source import NOWHERE, SourceFile, Span

TEXT = "language: 1\nprofile: ünïcode_town  # äöü\nsilence: denied\n"
SOURCE = SourceFile("policies/a town.yaml", TEXT)
BAD = Diagnostic("bad-choice", "`denied` is not a choice", Span(SOURCE.name, 3, 10, 6), "did you mean `deny`?")
ODD = Diagnostic("near-names", "two\nlines, 100 %: ::error::", Span(SOURCE.name, 2, 10, 99), "", Severity.WARNING)
HINT = Diagnostic("opaque-id", "a hint", Span("b.yaml", 0, 0), "", Severity.INFO)
LOST = Diagnostic("usage", "no place at all", NOWHERE)
FILE = f"file={SOURCE.name}"
ALL = (BAD, ODD, HINT, LOST)


def report(*diagnostics: Diagnostic) -> Report:
    """Return a report on some diagnostics."""
    return Report(
        tool="alpr-policy",
        version="0.1.0",
        diagnostics=diagnostics,
        files=(SOURCE.name, "clean.yaml"),
        sources={SOURCE.name: SOURCE},
        rules={"near-names": RuleInfo("two names that are taken for each other", "see the page")},
    )


# What SARIF 2.1.0 asks of the parts that are written: the required properties, the enumerations and the bounds.
PHYSICAL = {
    "type": "object",
    "required": ["artifactLocation"],
    "additionalProperties": False,
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri"],
            "properties": {"uri": {"pattern": r"^[\w%./~:-]+$"}},
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "additionalProperties": False,
            "properties": {
                "startLine": {"type": "integer", "minimum": 1},
                "startColumn": {"type": "integer", "minimum": 1},
                "endLine": {"type": "integer", "minimum": 1},
                "endColumn": {"type": "integer", "minimum": 1},
                "snippet": {"type": "object", "properties": {"text": {"type": "string"}}},
            },
        },
    },
}
PLACES = {"type": "array", "items": {"type": "object", "properties": {"physicalLocation": PHYSICAL}}}
RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level"],
    "additionalProperties": False,
    "properties": {
        "message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "locations": PLACES,
        "relatedLocations": PLACES,
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string", "pattern": "^https://"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {"type": "object", "required": ["driver"]},
                    "results": {"type": "array", "items": RESULT},
                },
            },
        },
    },
}


def sarif(*diagnostics: Diagnostic) -> dict[str, Any]:
    """Write SARIF, hold it against what it must be, and return its one run."""
    document = json.loads(written("sarif", report(*diagnostics)))
    jsonschema.validate(document, SARIF)
    (run,) = document["runs"]
    assert run["tool"]["driver"]["name"] == "alpr-policy"
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[one["ruleIndex"]] for one in run["results"]] == [one["ruleId"] for one in run["results"]]
    assert len(set(rules)) == len(rules)
    return dict(run)


def test_sarif_has_true_regions() -> None:
    """A region covers the very words, counted in characters, and never goes beyond its line."""
    lines = TEXT.splitlines()
    regions = [
        one["locations"][0]["physicalLocation"].get("region") for one in sarif(*ALL)["results"] if "locations" in one
    ]
    covered = [lines[r["startLine"] - 1][r["startColumn"] - 1 : r["endColumn"] - 1] for r in regions if r]

    assert ["denied", "ünïcode_town  # äöü"] == covered
    assert None is regions[2]


def test_sarif_tells_what_each_code_is() -> None:
    """Each rule has what code scanning asks for, a sentence and a help, whether or not anything is said of its code."""
    rules = {rule["id"]: rule for rule in sarif(*ALL)["tool"]["driver"]["rules"]}

    assert "Two names that are taken for each other" == rules["near-names"]["fullDescription"]["text"]
    assert "Bad choice" == rules["bad-choice"]["shortDescription"]["text"]
    assert "see `bad-choice` in docs/errors.md of alpr-policy" == rules["bad-choice"]["help"]["text"]


def test_sarif_has_related_places() -> None:
    """Other places that a finding speaks of come with their regions, and a file as a whole without one."""
    spans = (Span(SOURCE.name, 2, 10, 5), Span("b.yaml", 0, 0))
    (one,) = sarif(dataclasses.replace(BAD, related=spans))["results"]
    places = [related["physicalLocation"] for related in one["relatedLocations"]]

    assert {"startLine": 2, "startColumn": 10, "endColumn": 15} == places[0]["region"]
    assert {"artifactLocation": {"uri": "b.yaml"}} == places[1]


def test_sarif_names_files_as_uris() -> None:
    """The name of a file is a URI reference, with blanks and odd signs escaped."""
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in sarif(BAD, HINT)["results"]]

    assert ["policies/a%20town.yaml", "b.yaml"] == uris
    assert SOURCE.name == unquote(uris[0])


def test_fingerprints_stay_when_lines_move() -> None:
    """A finding keeps its fingerprint when lines are put above it, and two equal findings have different ones."""
    moved = SourceFile(SOURCE.name, "# new\n" + TEXT)
    again = Diagnostic(BAD.code, BAD.message, Span(SOURCE.name, 4, 10, 6), BAD.help)
    before = json.loads(written("gitlab", report(BAD, BAD)))
    after = json.loads(
        written("gitlab", Report(tool="t", version="", diagnostics=(again,), sources={SOURCE.name: moved}))
    )

    assert before[0]["fingerprint"] == after[0]["fingerprint"]
    assert 2 == len({one["fingerprint"] for one in before})


def test_gitlab_report() -> None:
    """GitLab gets what it asks for of each finding that has a place, with a level that it knows."""
    found = json.loads(written("gitlab", report(*ALL)))

    assert [("bad-choice", "critical", 3), ("near-names", "major", 2), ("opaque-id", "info", 1)] == [
        (one["check_name"], one["severity"], one["location"]["lines"]["begin"]) for one in found
    ]
    assert {"description", "check_name", "fingerprint", "severity", "location"} == set(found[0])


def test_github_commands() -> None:
    """Each diagnostic is one command; line breaks and signs of the form in a message are escaped."""
    lines = written("github", report(*ALL)).splitlines()

    assert [
        f"::error {FILE},line=3,col=10,endColumn=15,title=bad-choice::`denied` is not a choice%0Adid you mean `deny`?",
        f"::warning {FILE},line=2,col=10,endColumn=28,title=near-names::two%0Alines, 100 %25: ::error::",
        "::notice file=b.yaml,title=opaque-id::a hint",
        "::error title=usage::no place at all",
    ] == lines


def test_junit_suites() -> None:
    """A file is a suite, an error or warning a failure, a hint is skipped, and a file without findings passes."""
    root = ElementTree.fromstring(written("junit", report(*ALL)))
    suites = {suite.get("name"): suite for suite in root}

    assert ("5", "3", "1") == (root.get("tests"), root.get("failures"), root.get("skipped"))
    assert ["policies/a town.yaml", "clean.yaml", "b.yaml", "(no file)"] == list(suites)
    assert "nothing found" == suites["clean.yaml"][0].get("name")
    assert "did you mean `deny`?" in (suites["policies/a town.yaml"][0][0].text or "")


@pytest.mark.parametrize("form", sorted(WRITERS))
@settings(max_examples=40)
@given(text=st.text(max_size=40), file=st.text(min_size=1, max_size=20), line=st.integers(0, 4))
def test_no_text_breaks_a_form(form: str, text: str, file: str, line: int) -> None:
    """Whatever a message or the name of a file holds, every form can be read back and holds one finding."""
    one = Diagnostic("a-code", text or "x", Span(file, line, 1, 3), text)
    out = written(form, report(one))

    match form:
        case "github":
            assert 1 == len(out.splitlines()) == len(re.findall("^::error ", out, re.MULTILINE))
        case "junit":
            assert 1 == len(ElementTree.fromstring(out).findall(".//failure"))
        case "sarif":
            assert 1 == len(sarif(one)["results"])
        case _:
            assert (0 if file.startswith("<") else 1) == len(json.loads(out))


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_nothing_found_is_a_report_too(form: str) -> None:
    """Without diagnostics every form is still whole."""
    out = written(form, report())

    assert {"github": "", "gitlab": "[]\n"}.get(form, out) == out
    assert form in ("github", "gitlab") or "clean.yaml" in out or [] == sarif()["results"]
