"""`duties`, `evidence` and `audit`: what a department owes, what proves it, and the audit of a period."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import icalendar
import pytest
from tests.adapters.cli_kit import FILES, run
from tests.pages import Block, all_blocks

from alpr_policy.errors import ExitCode

Golden = Callable[[str, str], None]
HARBOUR = ("-p", "harbour", "--policies", "harbour.yaml")
KNOWN = ("--past", "happened.yaml", "--people", "persons.yaml", "--device", "reader-1")
THEN = ("--as-of", "2026-11-27T12:00:00-05:00")
AUDIT = ("audit", "run", *HARBOUR, "--acts", "acts.jsonl", "--month", "2026-11", "--past", "happened.yaml")


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("duties", *HARBOUR, *THEN, *KNOWN), "duties.txt"),
        (("duties", *HARBOUR, *THEN, *KNOWN, "--all"), "duties-all.txt"),
        (("duties", *HARBOUR, *THEN), "duties-nothing-known.txt"),
        (("duties", *HARBOUR, *THEN, *KNOWN, "--month", "2026-12"), "duties-month.txt"),
        (("evidence", *HARBOUR, *THEN, *KNOWN), "evidence.txt"),
        (AUDIT, "audit.txt"),
    ],
)
def test_it_is_told_in_a_terminal(words: tuple[str, ...], file: str, golden: Golden) -> None:
    """Each of these reads as kept here, at the width of a terminal."""
    result = run(*words)

    assert ExitCode.OK == result.exit_code, result.stderr
    assert [] == [line for line in result.stdout.splitlines() if len(line) > 100 and "sha256" not in line]
    golden(file, result.stdout)


@pytest.mark.parametrize("block", [b for b in all_blocks("console") if "duties.md" in b.page and b.output], ids=str)
def test_the_manual_shows_the_truth(block: Block) -> None:
    """Under each command of the page on duties stands what the command shows."""
    result = run(*shlex.split(block.text.removeprefix("$ alpr-policy ")))

    assert ExitCode.OK == result.exit_code, result.stderr
    assert block.output == result.stdout


def test_duties_for_machines() -> None:
    """`--json` holds every line, and what was done of no duty."""
    told = json.loads(run("duties", *HARBOUR, *THEN, *KNOWN, "--json").stdout)

    assert {"overdue", "due", "undetermined", "not_due"} == {line["standing"] for line in told["duties"]}
    assert ["notify_agency"] == [one["task"] for one in told["of_no_duty"]]


def test_overdue_can_fail() -> None:
    """With `--fail-on-overdue` the command ends with 7 where a binding duty is overdue, and else with 0."""
    late = run("duties", *HARBOUR, *THEN, *KNOWN, "--fail-on-overdue")
    calm = run("duties", *HARBOUR, "--as-of", "2026-01-02", "--fail-on-overdue")
    advice = run("duties", *HARBOUR, "--as-of", "2026-01-20", "--device", "reader-1", "--fail-on-overdue")

    assert [ExitCode.BELOW_THRESHOLD, ExitCode.OK, ExitCode.OK] == [late.exit_code, calm.exit_code, advice.exit_code]
    assert "Overdue (1)" in advice.stdout


def test_the_audit_fills_what_it_judges(tmp_path: Path) -> None:
    """An act without a decision is filled from the directory before it is judged, so that duty hours make a pattern."""
    night = {"id": "p-1", "hours": [{"days": ["mon"], "start": "22:00", "end": "06:00"}]}
    people = {"directory": 1, "timezone": "America/New_York", "persons": [night], "absences": []}
    noon, late = "2026-05-04T12:00:00-04:00", "2026-05-05T05:59:59-04:00"
    facts = {"requester.id": "p-1", "reason.recorded": True, "searches.again": 0}
    acts = [
        {"id": name, "done": True, "request": {"action": "search.run", "at": at, "facts": facts}}
        for name, at in (("noon", noon), ("late", late))
    ]
    (tmp_path / "people.yaml").write_text(json.dumps(people), encoding="utf-8")
    (tmp_path / "acts.jsonl").write_text("\n".join(map(json.dumps, acts)), encoding="utf-8")
    words = ["audit", "run", "-p", "dunes", "--policies", "dunes.yaml", "--month", "2026-05", "--json"]
    words += ["--acts", str(tmp_path / "acts.jsonl")]
    bare = json.loads(run(*words).stdout)
    told = json.loads(run(*words, "--directory", str(tmp_path / "people.yaml")).stdout)

    assert ([], ["off-duty"]) == (bare["patterns"], [one["rule"] for one in bare["undecided"]])
    assert [("off-duty", 1, "noon")] == [(one["rule"], one["count"], one["acts"][0]["id"]) for one in told["patterns"]]
    assert [] == told["undecided"]


def test_the_calendar_file(tmp_path: Path) -> None:
    """`--ics` writes a file that a calendar program reads, and says what is left out."""
    file = tmp_path / "duties.ics"
    result = run("duties", *HARBOUR, *THEN, *KNOWN, "--ics", str(file))
    data = file.read_bytes()

    assert ExitCode.OK == result.exit_code
    assert 8 == len(icalendar.Calendar.from_ical(data).walk("VEVENT"))
    assert b"\r\n" in data
    assert "2 duties without a date left out" in " ".join(result.stderr.split())
    assert [file] == list(tmp_path.iterdir())


def test_a_calendar_ends_where_another_version_takes_over(tmp_path: Path) -> None:
    """Each repeating entry ends the day before the next version begins, whose own calendar goes on from there."""
    text = (FILES / "harbour.yaml").read_text(encoding="utf-8")
    later = text.replace("effective: 2026-01-01", "effective: 2027-02-01").replace('number: "3"', 'number: "4"')
    for name, written in (("3.yaml", text), ("4.yaml", later)):
        (tmp_path / name).write_text(written, encoding="utf-8")
    rules = []
    for day in ("2026-11-27", "2027-02-01"):
        file = tmp_path / f"{day}.ics"
        asked = ("duties", "-p", "harbour", "--policies", str(tmp_path), "--as-of", day, "--device", "reader-1")
        assert ExitCode.OK == run(*asked, "--ics", str(file)).exit_code
        events = icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")
        rules.append([one["RRULE"].get("UNTIL") for one in events if "RRULE" in one])

    assert [[[dt.date(2027, 1, 31)]] * 2, [None] * 3] == rules


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("duties", *HARBOUR, "--month", "2026-13"), ExitCode.USAGE, "is not a month"),
        (("duties", *HARBOUR, "--ics", "no/such/folder.ics"), ExitCode.BAD_INPUT, "file-unwritable"),
        (("duties", *HARBOUR, "--past", "missing.yaml"), ExitCode.BAD_INPUT, "file-missing"),
        (("duties", *HARBOUR, "--past", "stop.yaml"), ExitCode.BAD_INPUT, "past-shape"),
        (("duties", "-p", "nowhere"), ExitCode.BAD_PROFILE, "unknown-profile"),
        (("evidence", *HARBOUR, "--standard", "1.2.3"), ExitCode.BAD_INPUT, "unknown-standard"),
        (("evidence", *HARBOUR, "--standard", "stop.yaml"), ExitCode.BAD_INPUT, "standard-shape"),
        (("audit", "run", *HARBOUR, "--acts", "acts.jsonl"), ExitCode.USAGE, "no period"),
        (
            ("audit", "run", *HARBOUR, "--acts", "acts.jsonl", "--from", "2026-02-30", "--to", "x"),
            ExitCode.USAGE,
            "period",
        ),
        (
            ("audit", "run", *HARBOUR, "--acts", "gone.jsonl", "--month", "2026-11"),
            ExitCode.BAD_INPUT,
            "file-unreadable",
        ),
        (
            ("audit", "sign", *HARBOUR, "--report", "stop.yaml", "--by", "x", "--role", "y"),
            ExitCode.BAD_INPUT,
            "audit-report",
        ),
    ],
)
def test_what_cannot_be_asked(words: tuple[str, ...], code: ExitCode, said: str) -> None:
    """A call or a file that makes no sense ends with its code and one reason, and nothing on standard output."""
    result = run(*words)

    assert code == result.exit_code
    assert said in result.stderr
    assert "" == result.stdout


def test_a_record_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Where one record cannot be read the rest is answered, and the command ends with 9."""
    file = tmp_path / "past.jsonl"
    file.write_text('{"event": "law_changed", "at": "2026-11-20"}\n{"evnt": 1}\n', encoding="utf-8")
    result = run("duties", *HARBOUR, *THEN, "--past", str(file))

    assert ExitCode.PARTIAL == result.exit_code
    assert "past-record" in result.stderr
    assert "tell the users" in result.stdout


def test_an_audit_is_written_and_signed(tmp_path: Path) -> None:
    """The audit is written as page, table and JSON; the right role signs it once its period is over, and no other."""
    page, table, report = tmp_path / "a.html", tmp_path / "a.csv", tmp_path / "a.json"
    made = run(*AUDIT, "--html", str(page), "--csv", str(table), "--json")
    report.write_text(made.stdout, encoding="utf-8")
    sign = ("audit", "sign", *HARBOUR, "--report", str(report), "--by", "lt-1")
    good = run(*sign, "--role", "lieutenant", "--as-of", "2026-12-01", "--json")
    wrong = run(*sign, "--role", "sergeant", "--as-of", "2026-12-01")
    early = run(*sign, "--role", "lieutenant", "--as-of", "2026-11-30")
    signed = json.loads(good.stdout)["doing"]

    assert ExitCode.OK == made.exit_code, made.stderr
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert table.read_text(encoding="utf-8").startswith("section,id,at")
    assert [ExitCode.OK, ExitCode.NEEDS, ExitCode.BAD_INPUT] == [good.exit_code, wrong.exit_code, early.exit_code]
    assert (True, ["access", "hits"]) == (signed["accepted"], signed["covers"])
    assert f"sha256:{signed['reference'].removeprefix('sha256:')}" in run(*AUDIT).stdout


def test_a_signed_audit_counts_as_done(tmp_path: Path) -> None:
    """The record of a sign-off, put among what was done, serves the duty to audit."""
    report, past = tmp_path / "a.json", tmp_path / "past.jsonl"
    report.write_text(run(*AUDIT, "--json").stdout, encoding="utf-8")
    signed = run(
        "audit", "sign", *HARBOUR, "--report", str(report), "--by", "lt-1", "--role", "lieutenant",
        "--as-of", "2026-12-01", "--json",
    )  # fmt: skip
    past.write_text(json.dumps(json.loads(signed.stdout)["doing"]) + "\n", encoding="utf-8")
    told = json.loads(run("duties", *HARBOUR, "--as-of", "2026-12-02", "--past", str(past), "--json").stdout)
    (audit,) = [line for line in told["duties"] if line["duty"] == "audit"]

    assert "not_due" == audit["standing"]
    assert audit["last_done"]["reference"].startswith("sha256:")


def test_the_evidence_page(tmp_path: Path) -> None:
    """`--html` writes the report on a standard as a page for print."""
    file = tmp_path / "evidence.html"
    result = run("evidence", *HARBOUR, *THEN, *KNOWN, "--html", str(file), "--json")

    assert "41.3.9" == json.loads(result.stdout)["standard"]
    assert "hot lists and entries are kept up to date" in file.read_text(encoding="utf-8")
    assert FILES.is_dir()
