"""`test`: what it prints of failures and coverage, its forms, its exit codes, and what it writes."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.cli_kit import run
from tests.testing_kit import CLEAR, HEAD, PROFILE, searching, write

from alpr_policy.errors import ExitCode
from alpr_policy.questions.suites import read_suite

Golden = Callable[[str, str], None]
ALLOWED = "outcome: allow, rules: [official], obligations: [log_transaction]"
GOOD = searching("A lost child may be searched for.", ALLOWED, more="clause: '2', ")


def told(text: str, folder: Path) -> str:
    """Return what was printed without the folder of this run."""
    return text.replace(str(folder), "FOLDER")


def test_failures_are_told_with_their_places(tmp_path: Path, golden: Golden) -> None:
    """Of each failure stands what is otherwise, where the test stands and where the statement that decided."""
    cases = GOOD + searching("A closed case may be searched for.", ALLOWED, CLEAR.replace("open", "closed"))
    cases += searching("Nobody says what for.", "outcome: deny, rules: [silence]", CLEAR[25:])
    cases += searching("A search rests on the trait clause.", ALLOWED, more="clause: '3', ")
    write(tmp_path, "cases:\n" + cases)
    result = run("test", str(tmp_path))

    assert ExitCode.TEST_FAILED == result.exit_code
    golden("test-failures.txt", told(result.stdout, tmp_path))


def test_coverage_is_told(tmp_path: Path, golden: Golden) -> None:
    """With --coverage stand the shares, and what no test holds."""
    write(tmp_path, "cases:\n" + GOOD)
    result = run("test", str(tmp_path / "smallville.yaml"), "--coverage")

    assert ExitCode.OK == result.exit_code
    golden("test-coverage.txt", told(result.stdout, tmp_path))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), ExitCode.OK),
        (("--fail-under", "statements=50"), ExitCode.OK),
        (("--fail-under", "statements=50,conditions=1"), ExitCode.BELOW_THRESHOLD),
        (("--fail-under", "50"), ExitCode.BELOW_THRESHOLD),
        (("--fail-under", "mutants=100"), ExitCode.BELOW_THRESHOLD),
        (("--fail-under", "sentences=1"), ExitCode.USAGE),
        (("--fail-under", "statements=101"), ExitCode.USAGE),
        (("--filter", "nothing of the kind"), ExitCode.BAD_INPUT),
        (("--profile", "nowhere"), ExitCode.BAD_PROFILE),
        (("--diff-base", "HEAD"), ExitCode.USAGE),
        (("--diff-base", "--output=x"), ExitCode.USAGE),
    ],
)
def test_exit_codes(tmp_path: Path, words: tuple[str, ...], code: ExitCode) -> None:
    """Each end has its code: a share that is not reached, a wrong call, no test, no profile, no repository."""
    write(tmp_path, "cases:\n" + GOOD)

    assert code == run("test", str(tmp_path), *words).exit_code


def test_suite_that_is_wrong_is_refused_whole(tmp_path: Path) -> None:
    """All that is wrong in a suite is told at once, each with line, column and what was meant."""
    write(tmp_path, "cases:\n" + searching("a", "outcome: alow") + searching("b", ALLOWED, more="claus: '2', "))
    result = run("test", str(tmp_path), "--json")
    errors = json.loads(result.stdout)["errors"]

    assert ExitCode.BAD_INPUT == result.exit_code
    assert [("bad-choice", 4), ("unknown-key", 5)] == [(one["code"], one["line"]) for one in errors]
    assert all(one["column"] > 1 and one["help"] for one in errors)


def test_json_and_junit_hold_the_same(tmp_path: Path) -> None:
    """The forms for programs count alike, and JSON holds coverage and mutants where they were asked for."""
    write(tmp_path, "cases:\n" + GOOD + searching("Wrong.", "outcome: deny, rules: [traits], obligations: []"))
    data = json.loads(run("test", str(tmp_path), "--json", "--coverage", "--mutate").stdout)
    tree = ET.fromstring(run("test", str(tmp_path), "--format", "junit").stdout)

    assert (1, 1, "2", "1") == (data["passed"], data["failed"], tree.get("tests"), tree.get("failures"))
    (covered,) = data["coverage"]
    assert {"covered": 3, "of": 6, "percent": 50.0} == covered["statements"]
    assert ["smallville"] == [one["profile"] for one in data["mutants"]]


def test_forms_of_ci_servers_point_at_the_test(tmp_path: Path) -> None:
    """In SARIF, GitHub's commands and GitLab's report a failing test is an error at its own line."""
    write(tmp_path, "cases:\n" + GOOD + searching("Wrong.", "outcome: deny, rules: [official], obligations: []"))
    sarif, gitlab = (json.loads(run("test", str(tmp_path), "--format", form).stdout) for form in ("sarif", "gitlab"))
    (found,) = sarif["runs"][0]["results"]
    github = run("test", str(tmp_path), "--format", "github").stdout

    assert ("test-failed", "error", 5) == (
        found["ruleId"],
        found["level"],
        found["locations"][0]["physicalLocation"]["region"]["startLine"],
    )
    assert [5] == [one["location"]["lines"]["begin"] for one in gitlab]
    assert github.startswith("::error file=") and ",line=5," in github


def test_only_what_changed_is_counted(tmp_path: Path) -> None:
    """Beside a revision only the statements that came to something else since are counted."""
    write(tmp_path, "cases:\n" + GOOD)
    git = ("git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "first")):
        subprocess.run([*git, *words], check=True, capture_output=True)
    changed = PROFILE.replace("30 days", "31 days").replace("language: 1", "# said otherwise\nlanguage: 1")
    (tmp_path / "smallville.yaml").write_text(changed, encoding="utf-8")
    one = json.loads(run("test", str(tmp_path), "--diff-base", "HEAD", "--json").stdout)["coverage"][0]
    unknown = run("test", str(tmp_path), "--diff-base", "nowhere")

    assert (["month"], {"covered": 0, "of": 1, "percent": 0.0}) == (
        [statement["id"] for statement in one["of_statements"]],
        one["statements"],
    )
    assert (ExitCode.USAGE, True) == (unknown.exit_code, "git knows no revision `nowhere`" in unknown.stderr)


def test_mutants_are_told(tmp_path: Path) -> None:
    """With --mutate stand the mutants that no test notices, each with its line and what would notice it."""
    write(tmp_path, "cases:\n" + GOOD)
    result = run("test", str(tmp_path), "--mutate")

    line = told(result.stdout, tmp_path).splitlines().index("- FOLDER/smallville.yaml:23: `asked` dropped")
    assert "smallville: 14 of 47 mutants noticed (29.8 %)" == result.stdout.splitlines()[0]
    assert "expects needs, and this says allow" in result.stdout.splitlines()[line + 1]


def test_page_is_written(tmp_path: Path) -> None:
    """The coloured text of the profile is one HTML file."""
    write(tmp_path, "cases:\n" + GOOD)
    page = tmp_path / "page.html"

    assert ExitCode.OK == run("test", str(tmp_path), "--html", str(page)).exit_code
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert ExitCode.USAGE == run("test", str(tmp_path), "--html", str(tmp_path / "no" / "page.html")).exit_code


def test_suggestions_are_written_for_the_author(tmp_path: Path) -> None:
    """Cases at the boundaries are written into a file that loads, marked; a file that is there is not written over."""
    write(tmp_path, "cases:\n" + GOOD)
    file = tmp_path / "tests" / "proposed.yaml"
    words = ("test", str(tmp_path / "smallville.yaml"), "--suggest", str(file))
    result = run(*words)
    suite = read_suite(file)

    assert ExitCode.OK == result.exit_code
    assert f"{len(suite.cases)} cases proposed in" in result.stdout
    assert all(case.proposed and case.strict for case in suite.cases)
    assert f"{len(suite.cases)} proposed and not accepted" in run("test", str(tmp_path)).stdout
    assert ExitCode.USAGE == run(*words).exit_code


def test_profile_without_suites_can_be_suggested_for(tmp_path: Path) -> None:
    """A new department has no suites yet, and gets its first cases all the same."""
    (tmp_path / "smallville.yaml").write_text(PROFILE, encoding="utf-8")
    words = ("test", str(tmp_path / "smallville.yaml"), "--suggest", str(tmp_path / "first.yaml"))

    assert ExitCode.BAD_INPUT == run(*words[:2]).exit_code
    assert ExitCode.OK == run(*words).exit_code
    assert HEAD.splitlines()[0] in (tmp_path / "first.yaml").read_text(encoding="utf-8")
