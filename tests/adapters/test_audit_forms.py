"""`--format` of the audits: what they find at the row, field or act concerned, in each form for CI servers."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.adapters.cli_kit import run

from alpr_policy.errors import ExitCode

LOG = ("audit", "log", "quay-searches.csv", "-p", "quay", "--policies", "quay.yaml")
RUN = ("audit", "run", "-p", "harbour", "--policies", "harbour.yaml", "--acts", "acts.jsonl", "--month", "2026-11",
       "--past", "happened.yaml")  # fmt: skip
PORTAL = ("audit", "portal", "portal.yaml", "-p", "cambridge", "--log", "quay-searches.csv")
AUDITS = {"log": LOG, "run": RUN, "portal": PORTAL}
FORMS = ("junit", "sarif", "github", "gitlab")


@cache
def written(audit: str, form: str) -> str:
    """Return what an audit writes in a form; the exit code is that of its text."""
    result = run(*AUDITS[audit], "--format", form)
    assert run(*AUDITS[audit]).exit_code == result.exit_code
    assert "" == result.stderr
    return result.stdout


def places(audit: str) -> set[tuple[str, int, str]]:
    """Return file, line and code of all that GitLab is told."""
    found = json.loads(written(audit, "gitlab"))
    return {(one["location"]["path"], one["location"]["lines"]["begin"], one["check_name"]) for one in found}


def results(audit: str) -> list[dict[str, Any]]:
    """Return the results of SARIF."""
    found: list[dict[str, Any]] = json.loads(written(audit, "sarif"))["runs"][0]["results"]
    return found


@pytest.mark.parametrize("audit", AUDITS)
@pytest.mark.parametrize("form", FORMS)
def test_every_audit_has_every_form(audit: str, form: str) -> None:
    """Each audit writes each form whole, and something in it."""
    text = written(audit, form)
    match form:
        case "junit":
            assert 0 < int(str(ElementTree.fromstring(text).get("failures")))
        case "github":
            lines = text.splitlines()
            assert [] == [one for one in lines if not re.match(r"::(warning|notice) file=[^:]+::.", one)]
        case _:
            assert json.loads(text)


@pytest.mark.parametrize("audit", AUDITS)
def test_forms_agree(audit: str) -> None:
    """What GitHub, GitLab and SARIF are told is as much, and of each level the same."""
    github = re.findall(r"^::(warning|notice)", written(audit, "github"), re.MULTILINE)
    gitlab = [one["severity"] for one in json.loads(written(audit, "gitlab"))]
    # SARIF counts unreadable rows of a log among its notifications.
    sarif = [one["level"] for one in results(audit)] + (["warning"] if audit == "log" else [])

    assert github.count("warning") == gitlab.count("major") == sarif.count("warning") > 0
    assert len(github) == len(gitlab) == len(sarif)


def test_rows_stand_at_their_lines() -> None:
    """A row of a log stands at its line, so does one that cannot be read, and what is undecided at the first row."""
    found = places("log")

    assert {("quay-searches.csv", 6, "audit-review"), ("quay-searches.csv", 14, "log-time")} <= found
    assert ("quay-searches.csv", 4, "audit-undecided") in found


def test_acts_stand_at_their_lines() -> None:
    """An act of a file stands at its line, what is no act at its clause, and else at the name in the profile."""
    found = places("run")
    related = next(one["relatedLocations"] for one in results("run") if "s14, search.run" in one["message"]["text"])

    assert {("acts.jsonl", 15, "audit-review"), ("harbour.yaml", 48, "audit-review")} <= found
    assert ("harbour.yaml", 3, "audit-review") in found
    assert [("harbour.yaml", 48)] == [
        (one["physicalLocation"]["artifactLocation"]["uri"], one["physicalLocation"]["region"]["startLine"])
        for one in related
    ]


def test_claims_stand_at_their_fields() -> None:
    """What is published stands at its field in the record, with the clauses that say otherwise beside it."""
    first = min(results("portal"), key=lambda one: one["locations"][0]["physicalLocation"]["region"]["startLine"])
    clauses = [one["physicalLocation"]["artifactLocation"]["uri"] for one in first["relatedLocations"]]

    assert {("portal.yaml", 4, "portal-differs"), ("portal.yaml", 5, "portal-differs")} == places("portal")
    assert 2 == len([one for one in clauses if one.endswith("policies/cambridge.yaml")])


def test_no_line_of_a_log_is_shown() -> None:
    """No form shows a line of a log or of a file of acts, in which a plate may stand."""
    told = "".join(written(audit, form) for audit in ("log", "run") for form in FORMS)

    assert "snippet" not in told
    assert [] == [one for one in ("TEST01", "TEST02", "q-1,u1") if one in told]


REFUSED = [
    ((*LOG[:3], "-p", "nobody"), ExitCode.BAD_PROFILE, "unknown-profile"),
    (("test", "town.yaml", "--filter", "nothing of the kind"), ExitCode.BAD_INPUT, "no-suite"),
    (("compare", "quay", "nobody", "--policies", "quay.yaml"), ExitCode.BAD_PROFILE, "unknown-profile"),
]


@pytest.mark.parametrize(("words", "code", "error"), REFUSED)
@pytest.mark.parametrize("form", ["github", "junit", "sarif", "json"])
def test_what_refuses_a_command_is_written_too(words: tuple[str, ...], code: ExitCode, error: str, form: str) -> None:
    """Where nothing can be judged, the form that was asked for says so, and standard error as well."""
    result = run(*words, "--format", form)

    assert code == result.exit_code
    assert (True, True) == (error in result.stdout, f"[{error}]" in result.stderr)
