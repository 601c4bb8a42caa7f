"""`transparency`: the public report, from what was recorded and from logs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.cli_kit import FILES, run

from alpr_policy.errors import ExitCode

HARBOUR = ("-p", "harbour", "--policies", "harbour.yaml")
REPORT = ("transparency", *HARBOUR, "--acts", "acts.jsonl", "--past", "happened.yaml", "--month", "2026-11")
# Nine searches in January and twelve in March; one line is no search and one is outside the period.
LOG = "id,userId,searchDate,networkCount,reason,caseNumber\n" + "".join(
    f"p-{at},zq-user-{at},2026-0{1 if at < 9 else 3}-0{at % 9 + 1}T10:00:00.000Z,4,zq-reason,zq-case-{at}\n"
    for at in range(21)
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give a log of searches that does not exist."""
    path = tmp_path / "log.csv"
    path.write_text(LOG + "p-99,zq-user,2026-07-01T10:00:00.000Z,4,zq-reason,zq-case\n", encoding="utf-8")
    return path


def test_the_report_in_words(golden: Callable[[str, str], None]) -> None:
    """The report of a department on a month reads as kept here."""
    result = run(*REPORT, "--threshold", "3")

    assert result.exit_code in (ExitCode.OK, ExitCode.PARTIAL), result.stderr
    golden("transparency.txt", result.stdout)


def test_the_report_as_page_and_markdown(golden: Callable[[str, str], None], tmp_path: Path) -> None:
    """Page and Markdown hold the same counts."""
    page, text = tmp_path / "report.html", tmp_path / "report.md"
    run(*REPORT, "--threshold", "3", "--html", str(page), "--markdown", str(text))

    golden("transparency.md", text.read_text(encoding="utf-8"))
    golden("transparency.html", page.read_text(encoding="utf-8"))


def test_a_log_is_counted_without_a_profile(log: Path) -> None:
    """Rows of a log are counted by month; the twelve would tell the nine by the total, so neither is shown."""
    words = ("transparency", "--log", str(log), "--from", "2026-01-01", "--to", "2026-03-31", "--json")
    found = json.loads(run(*words).stdout)
    whole = json.loads(run(*words, "--threshold", "3").stdout)

    assert [("searches_by_month", 21), ("searches_by_purpose", 21)] == [
        (t["name"], t["total"]) for t in found["tables"]
    ]
    assert [None, None, None] == [row["count"] for row in found["tables"][0]["rows"]]
    assert [9, 0, 12] == [row["count"] for row in whole["tables"][0]["rows"]]
    assert [] == found["duties"]


def test_a_log_is_judged_under_a_profile(log: Path) -> None:
    """With a profile the rows are judged, and the answers counted."""
    found = json.loads(
        run("transparency", *HARBOUR, "--log", str(log), "--from", "2026-01-01", "--to", "2026-03-31", "--json").stdout
    )
    by_answer = next(table for table in found["tables"] if table["name"] == "searches_by_answer")

    assert 21 == by_answer["total"]
    assert 21 == next(row["count"] for row in by_answer["rows"] if row["label"].startswith("held up"))


def test_nothing_personal_of_a_log_is_shown(log: Path, tmp_path: Path) -> None:
    """No user, reason or case of a log stands in any form of the report."""
    page, text = tmp_path / "report.html", tmp_path / "report.md"
    words = (
        "transparency",
        *HARBOUR,
        "--log",
        str(log),
        "--from",
        "2026-01-01",
        "--to",
        "2026-12-31",
        "--threshold",
        "3",
    )
    shown = run(*words, "--html", str(page), "--markdown", str(text)).stdout + run(*words, "--json").stdout

    assert "zq" not in shown + page.read_text(encoding="utf-8") + text.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--month", "2026-11"), "there is nothing to report on"),
        ((*HARBOUR, "--acts", "acts.jsonl"), "there is no period"),
        (("--acts", "acts.jsonl", "--month", "2026-11"), "there is nothing to report on"),
        ((*HARBOUR, "--acts", "acts.jsonl", "--month", "2026-11", "--threshold", "2"), "--threshold"),
    ],
)
def test_wrong_calls(words: tuple[str, ...], said: str) -> None:
    """A call without a source or a period, or with a threshold that hides nothing, is refused."""
    result = run("transparency", *words)

    assert ExitCode.USAGE == result.exit_code
    assert said in result.stderr


def test_where_no_act_is_named_duties_are_told(tmp_path: Path) -> None:
    """With a past alone, audits that were done or are overdue are counted."""
    words = ("transparency", *HARBOUR, "--past", "happened.yaml", "--month", "2026-09", "--json")
    duties = json.loads(run(*words).stdout)["duties"]

    assert (FILES / "happened.yaml").is_file()
    assert {"what", "cite", "audits", "done", "overdue", "known"} == duties[0].keys()
    assert 1 == next(one["done"] for one in duties if one["audits"])
