"""`new`: an interview, or flags, become a department's first files."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run
from tests.suites import case_differences, duty_differences, read_suite

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import ExitCode
from alpr_policy.questions.drafting import Draft, files_of, topics
from alpr_policy.reading.profiles import load_source
from alpr_policy.source import SourceFile

# One line for each question; an empty one takes the proposal, and those that cannot be read are asked again.
INTERVIEW = """Quay Police Department

7-4
the ides of March
2026-03-01
Mars
America/Chicago
perhaps
deny

criminal, warrant
criminal_investigation, warrant
y
n








much
21

now and then
month
3
"""


def written(folder: Path) -> list[str]:
    """Return every file below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_three_files_that_hold(tmp_path: Path) -> None:
    """Without a question, a profile that checks, expected answers that hold, and a page that is fresh are written."""
    result = run("new", "quay", "--yes", "--folder", str(tmp_path))
    profile, suite = tmp_path / "quay.yaml", read_suite(tmp_path / "tests" / "quay.yaml")
    pdp = PolicyDecisionPoint.load(profile)

    assert ExitCode.OK == result.exit_code, result.stderr
    assert ["quay.md", "quay.yaml", "tests/quay.yaml"] == written(tmp_path)
    assert [] == [told for case in suite.cases for told in case_differences(case, pdp)]
    assert [] == [told for duty in suite.duties for told in duty_differences(duty, pdp)]
    assert 21 == len(suite.cases) + len(suite.duties)
    for command in ("check", "lint", "test", "fmt"):
        assert ExitCode.OK == run(command, str(profile)).exit_code, command
    page = ("docs", "quay", "--policies", str(profile), "--markdown", str(tmp_path / "quay.md"), "--check")
    assert ExitCode.OK == run(*page, "--as-of", f"{dt.date.today().year}-01-02").exit_code


def test_every_clause_of_the_draft_is_proven(tmp_path: Path) -> None:
    """No statement of a draft could go without an expected answer that fails."""
    run("new", "quay", "--yes", "--folder", str(tmp_path))
    words = ("coverage", str(tmp_path / "quay.yaml"), "--tests", str(tmp_path / "tests"), "--min", "100")

    assert ExitCode.OK == run(*words).exit_code


def test_the_interview(tmp_path: Path) -> None:
    """What is typed becomes the profile; what cannot be read is asked again, and an empty line takes the proposal."""
    result = run("new", "quay", "--folder", str(tmp_path), input=INTERVIEW)
    text = (tmp_path / "quay.yaml").read_text(encoding="utf-8")

    assert ExitCode.OK == result.exit_code, result.stderr
    assert 'policy: {title: Automated License Plate Readers, number: "7-4", effective: 2026-03-01}' in text
    assert "timezone: America/Chicago" in text
    assert "official: {values: [criminal_investigation, warrant]" in text
    assert "at_most: 21 days" in text
    assert "every: 1 month" in text
    assert "every: 3 years" in text
    assert "\n  - {id: no-immigration" in text
    assert "\n  # - {id: no-trait-alone" in text
    assert "did you mean `criminal_investigation`?" in result.stderr


def test_an_interview_that_is_left_writes_nothing(tmp_path: Path) -> None:
    """Where the answers end too soon, no file is there."""
    result = run("new", "quay", "--folder", str(tmp_path), input="Quay\n\n")

    assert 130 == result.exit_code
    assert [] == written(tmp_path)


def test_every_question_has_a_flag() -> None:
    """Each topic of the table can be answered on the command line."""
    help = run("new", "--help").stdout

    assert [] == [one.name for one in topics() if one.asks and f"--{one.name.replace('_', '-')}" not in help]


@pytest.mark.parametrize("there", ["quay.yaml", "tests/quay.yaml", "quay.md"])
def test_nothing_is_written_over(there: str, tmp_path: Path) -> None:
    """Where one of the files is there already, it stays as it is and none is written."""
    (tmp_path / "tests").mkdir()
    (tmp_path / there).write_text("mine", encoding="utf-8")
    result = run("new", "quay", "--yes", "--folder", str(tmp_path))

    assert ExitCode.USAGE == result.exit_code
    assert "[file-exists]" in result.stderr
    assert "mine" == (tmp_path / there).read_text(encoding="utf-8")
    assert [there] == written(tmp_path)


def test_all_files_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the last file cannot be written, the first are taken away again, folders too."""
    link = os.link

    def failing(source: Any, target: Any) -> None:
        if str(target).endswith(".md"):
            raise OSError(28, "No space left on device", str(target))
        link(source, target)

    monkeypatch.setattr(os, "link", failing)
    result = run("new", "quay", "--yes", "--folder", str(tmp_path / "new"))

    assert ExitCode.OK != result.exit_code
    assert "[file-unwritable]" in result.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("quay", "--effective", "soon"), "isoformat"),
        (("quay", "--effective", "0001-01-01"), "cannot begin on"),
        (("quay", "--timezone", "Mars"), "`Mars` is not a time zone"),
        (("quay", "--timezone", "../../etc/passwd"), "is not a time zone"),
        (("quay", "--silence", "perhaps"), "silence is `deny` or `allow`"),
        (("quay", "--purpose", "warant"), "did you mean `warrant`?"),
        (("quay", "--purpose", "personal"), "a personal purpose cannot be an official one"),
        (("quay", "--retention-days", "-1"), "is no answer to"),
        (("quay", "--audit", "hourly"), "`hourly` is no answer to"),
        (("quay", "--clause", "audit"), "names no clause"),
        (("quay", "--clause", "audits=1"), "did you mean `audit`?"),
        (("quay", "--clause", "audit=1 }"), "is not the number of a clause"),
        (("quay", "--department", "a\nb"), "must be one line"),
        (("quay", "--title", "turned \u202e round"), "must be one line"),
        (("Quay",), "cannot be the id of a profile"),
        (("../quay",), "cannot be the id of a profile"),
        (("cambridge",), "there is a profile `cambridge` already"),
    ],
)
def test_answers_that_make_no_profile(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """An answer that cannot be one is refused in a sentence, and nothing is written."""
    result = run("new", *words, "--yes", "--folder", str(tmp_path))

    assert ExitCode.USAGE == result.exit_code
    assert said in result.stderr
    assert [] == written(tmp_path)


def test_the_texts_own_numbers(tmp_path: Path) -> None:
    """A clause that is named stands in the statement, in the outline and in the expected answers."""
    run("new", "quay", "--yes", "--folder", str(tmp_path), "--clause", "audit=IV.C.6", "--clause", "second-look=IV.C.2")
    text = (tmp_path / "quay.yaml").read_text(encoding="utf-8")

    assert "- {id: audit, cite: IV.C.6" in text
    assert re.search(r"outline: .*IV\.C\.2, IV\.C\.6", text.replace("\n         ", ""))
    assert 'duty: "IV.C.6"' in (tmp_path / "tests" / "quay.yaml").read_text(encoding="utf-8")


def test_quotes_and_signs_in_names(tmp_path: Path) -> None:
    """A name may hold what YAML would take for its own, and letters beyond ASCII."""
    name = 'St. "Mary\'s" #1: {Abc} & Ünïon'
    run("new", "quay", "--yes", "--folder", str(tmp_path), "--department", name)

    assert name == PolicyDecisionPoint.load(tmp_path / "quay.yaml").catalog.latest("quay").department


def test_examples_can_be_taken_up() -> None:
    """Each statement that stands in a draft as a comment is accepted where it stands once the sign is taken away."""
    draft = Draft(
        profile="quay", department="Quay", title="Readers", number="1", effective=dt.date(2026, 1, 1), chief="Chief",
        timezone="America/New_York", silence="deny", purposes=("warrant",), taken={},
    )  # fmt: skip
    text = re.sub(r"^(  )?# (?=(?:[a-z_]+:$|- \{|  +\S))", r"\1", files_of(draft).profile, flags=re.MULTILINE)
    clauses = sorted({one.clause for one in topics()})
    text = re.sub(r"^outline: .*", f"outline: {json.dumps(clauses)}", text, flags=re.MULTILINE)
    loaded = load_source(SourceFile("quay.yaml", text))

    assert () == loaded.diagnostics
    assert loaded.profile is not None
    assert len(topics()) - 1 == len(loaded.profile.statements)


def test_what_was_written_as_data(tmp_path: Path) -> None:
    """`--json` names the files and counts what is in them."""
    found = json.loads(run("new", "quay", "--yes", "--folder", str(tmp_path), "--json").stdout)

    assert {"profile", "suite", "page", "statements", "answers", "reviews"} == found.keys()
    assert (15, 21, 0) == (found["statements"], found["answers"], found["reviews"])
