"""`alpr-policy retention`: plans, purges, outlooks and holds as a user sees them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path

import pytest
from tests.adapters.cli_kit import ROOT, run
from tests.adapters.retention_kit import TABLE, keys_in, table, written

from alpr_policy.errors import ExitCode

AS_OF = ("--as-of", "2026-11-10T12:00:00Z")


def retention(name: str, folder: Path, *words: str, department: str = "cambridge") -> tuple[int, str, str]:
    """Run one of the commands on the table in a folder."""
    result = run("retention", name, str(folder / "vendor.yaml"), "-D", department, *words)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def reads(tmp_path: Path) -> Path:
    """Return a folder with a table of reads that ends in November 2026."""
    table(tmp_path, 300)
    return tmp_path


def test_a_plan_is_told(reads: Path) -> None:
    """A plan tells what must go, may go and is held, under which clauses, and what must go by which day."""
    code, said, _ = retention("plan", reads, "--no-holds", *AS_OF)

    assert ExitCode.OK == code
    assert said.startswith("cambridge, as of 2026-11-10 07:00 EST: 300 records\n")
    for words in (r"Must go \(\d+\)", r"May not go yet", r"Held \(", r"overdue", r"2026-11-11 +\d+  vendor_reads"):
        assert re.search(words, said)
    assert "QX" not in said


def test_a_plan_breaks_no_name(tmp_path: Path) -> None:
    """At the width of a terminal no name of a file and no clause of the demo's plan is torn apart."""
    desk = ROOT / "examples" / "demo" / "desk"
    told = ("--no-holds", "--as-of", "2026-05-25")
    said = run("retention", "plan", str(desk / "pictures.yaml"), "-D", "cambridge", *told).stdout
    words = {word.strip(",;") for word in said.split()}

    assert {f"scene-0{n}.jpg" for n in range(1, 7)} <= words
    assert {"III.I", "IV.F.1-s2", "IV.B.1.a.2"} <= words
    assert max(map(len, said.splitlines())) <= 100


def test_a_plan_as_json_counts_everything(reads: Path) -> None:
    """The lines of a plan as JSON add up to all records, and each that may not go has a clause."""
    _, said, _ = retention("plan", reads, "--no-holds", "--json", *AS_OF)
    plan = json.loads(said)

    assert 300 == plan["records"] == sum(line["count"] for line in plan["lines"])
    assert {"must_go", "may_go", "must_stay", "held"} == {line["course"] for line in plan["lines"]}
    assert all(cite for line in plan["lines"] for cite in [line["grounds"][0]["cite"]])
    assert plan["questions"] < 100


def test_an_outlook_by_day(reads: Path) -> None:
    """`simulate` shows each day as table, CSV and JSON, and they agree."""
    until = ("--no-holds", "--until", "2026-12-12", *AS_OF)
    _, table, _ = retention("simulate", reads, *until)
    days = list(csv.DictReader(io.StringIO(retention("simulate", reads, *until, "--csv")[1])))
    told = json.loads(retention("simulate", reads, *until, "--json")[1])["days"]

    assert 33 == len(days) == len(told) == table.count("2026-1") - 1
    assert [{k: v if k == "day" else int(v) for k, v in day.items()} for day in days] == told
    assert "█" in table


def test_a_long_outlook_is_told_by_week(reads: Path) -> None:
    """An outlook of more than two months has a line for each week."""
    _, said, _ = retention("simulate", reads, "--no-holds", "--until", "2027-06-01", *AS_OF)

    assert 30 == sum(line.startswith("202") for line in said.splitlines())


def test_a_purge_needs_one_of_two_words(reads: Path) -> None:
    """A purge says whether it is for show or for real, and for real needs a journal."""
    codes = [
        retention("purge", reads, "--no-holds", *words)[0] for words in ((), ("--dry-run", "--apply"), ("--apply",))
    ]

    assert [ExitCode.USAGE] * 3 == codes
    assert 300 == len(keys_in(reads))


def test_a_purge_for_show_and_for_real(tmp_path: Path) -> None:
    """What a dry run lists is what then goes; the dry run touches nothing, and a second purge finds nothing."""
    table(tmp_path, 300, dt.datetime.now(dt.UTC).replace(microsecond=0))
    shown = json.loads(retention("purge", tmp_path, "--no-holds", "--dry-run", "--json")[1])
    before, journal = keys_in(tmp_path), ("--journal", str(tmp_path / "purge.jsonl"))
    done = json.loads(retention("purge", tmp_path, "--no-holds", "--apply", "--json", *journal)[1])
    again = retention("purge", tmp_path, "--no-holds", "--apply", *journal)

    assert before - {one["key"] for one in shown["would_go"]} == keys_in(tmp_path)
    assert len(shown["would_go"]) == done["deleted"] > 50
    assert (ExitCode.OK, "0 records deleted\n") == again[:2]


def test_a_record_below_its_floor_is_refused(tmp_path: Path) -> None:
    """A record that must still be kept is refused by name, with the clause, and the command ends with `deny`."""
    table(tmp_path, 300, dt.datetime.now(dt.UTC).replace(microsecond=0))
    code, said, _ = retention("purge", tmp_path, "--no-holds", "--dry-run", "--key", "2", "--key", "nobody")

    assert ExitCode.DENY == code
    assert "1 record of vendor_reads stays: may not go yet, under III.I, IV.F.1-s2: 2\n" in said
    assert "nobody: there is no such record\n" in said
    assert 300 == len(keys_in(tmp_path))


def test_holds_nobody_told_keep_data(reads: Path) -> None:
    """Without a word on holds nothing goes that one could keep, and the plan says that they are not told."""
    words = ("--as-of", "2026-11-10T12:00:00Z", "--json")
    text = TABLE.replace("data.custodian: vendor", "data.custodian: vendor, record.evidence: none, record.demand: none")
    written(reads / "vendor.yaml", text)
    told = [json.loads(retention("plan", reads, *w, *words, department="billerica")[1]) for w in ((), ("--no-holds",))]
    courses = [{line["course"] for line in plan["lines"]} for plan in told]

    assert ("must_go" in courses[0], "must_go" in courses[1]) == (False, True)


def test_a_hold_from_placing_to_release(reads: Path) -> None:
    """A hold is placed, listed, shown in the plan when its review is due, reviewed and released."""
    file = str(reads / "holds.yaml")
    who = ("--by", "chief-1")
    place = ("--basis", "discovery", "--role", "agency_head", "--scope", "record.case=open", "--review", "2026-01-01")
    codes = [run("retention", "hold", "place", file, "--id", "case-1", *who, *place).exit_code]
    codes.append(run("retention", "hold", "place", file, "--id", "case-1", *who, *place).exit_code)
    listed = json.loads(run("retention", "hold", "list", file, "--json").stdout)
    shown = run("retention", "hold", "list", file).stdout
    plan = retention("plan", reads, "--holds", file, "--as-of", "2027-01-01T00:00:00Z")[1]
    codes.append(run("retention", "hold", "review", file, "case-1", *who, "--again", "2099-01-01").exit_code)
    after = json.loads(run("retention", "hold", "list", file, "--json").stdout)
    released = json.loads(run("retention", "hold", "release", file, "case-1", *who, "--json").stdout)
    codes.append(run("retention", "hold", "release", file, "case-1", *who).exit_code)

    assert [ExitCode.OK, ExitCode.BAD_INPUT, ExitCode.OK, ExitCode.BAD_INPUT] == codes
    assert (["case-1"], []) == (listed["due"], after["due"])
    assert {"record.case": "open"} == listed["holds"][0]["scope"]
    assert "review is due" in shown
    assert "case-1: discovery, placed by chief-1 (agency_head), review by 2026-01-01" in plan
    assert ("hold_released", "chief-1") == (released["event"], released["by"])


def test_no_purge_begins_while_a_hold_would_keep_nothing(tmp_path: Path) -> None:
    """A hold that the policy does not know is shown by the plan, and a purge for real does not begin."""
    table(tmp_path, 300, dt.datetime.now(dt.UTC).replace(microsecond=0))
    holds, journal = str(tmp_path / "holds.yaml"), tmp_path / "purge.jsonl"
    given = ("--id", "letter-7", "--basis", "discovery", "--by", "chief-1", "--role", "agency_head")
    run("retention", "hold", "place", holds, *given)
    told = "letter-7: the policy has no hold on the basis `discovery`"
    shown = [retention("plan", tmp_path, "--holds", holds)[1]]
    shown.append(retention("purge", tmp_path, "--holds", holds, "--dry-run")[1])
    code, _, said = retention("purge", tmp_path, "--holds", holds, "--apply", "--journal", str(journal))

    assert [True, True] == [told in one for one in shown]
    assert ExitCode.BAD_INPUT == code
    assert "hold-idle" in said and "the policy has no hold on the basis `discovery`" in said
    assert (300, False) == (len(keys_in(tmp_path)), journal.exists())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--scope", "record.cse=open"), ExitCode.USAGE),
        (("--scope", "record.case"), ExitCode.USAGE),
        (("--review", "soon"), ExitCode.BAD_INPUT),
        (("--capacity", "boss"), ExitCode.BAD_INPUT),
        (("--basis", "directon"), ExitCode.USAGE),
    ],
)
def test_a_hold_that_cannot_be_placed(tmp_path: Path, words: tuple[str, ...], code: ExitCode) -> None:
    """A hold with a misspelt fact, day, capacity or basis is refused, and no file is made."""
    file = tmp_path / "holds.json"
    given = ("--id", "h", "--basis", "direction", "--by", "c", "--role", "agency_head")
    result = run("retention", "hold", "place", str(file), *given, *words)

    assert (code, False) == (result.exit_code, file.exists())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--until", "2020-01-01"), ExitCode.USAGE),
        (("--until", "2199-01-01"), ExitCode.USAGE),
        (("--as-of", "soon"), ExitCode.USAGE),
        (("--holds", "nowhere.yaml"), ExitCode.BAD_INPUT),
        (("--holds", "nowhere.yaml", "--no-holds"), ExitCode.USAGE),
        (("--no-holds", "--department", "cambrige"), ExitCode.BAD_PROFILE),
    ],
)
def test_a_plan_that_cannot_be_made(reads: Path, words: tuple[str, ...], code: ExitCode) -> None:
    """What is wrong with the question ends the command with its code and a sentence."""
    found = retention("plan", reads, *words)

    assert code == found[0]
    assert "error: " in found[2]


def test_two_stores_of_one_name_are_refused(reads: Path) -> None:
    """Two mappings with one id would be mixed up in plans and journals."""
    assert ExitCode.USAGE == retention("plan", reads, str(reads / "vendor.yaml"))[0]


def test_a_mapping_that_cannot_be_used_is_shown(reads: Path) -> None:
    """The faults of a mapping are shown with line and caret."""
    written(reads / "vendor.yaml", TABLE.replace("record.case:", "record.cse:"))
    code, _, said = retention("plan", reads, "--no-holds")

    assert ExitCode.BAD_INPUT == code
    assert "vendor.yaml:12:3: error: `record.cse` is not a fact [unknown-fact]" in said
    assert "help: did you mean `record.case`?" in said
