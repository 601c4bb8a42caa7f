"""Audit logs: every layout becomes requests, nothing is guessed, and every row is accounted for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from tests.adapters.cli_kit import run

from alpr_policy.errors import PolicyError
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.logs import LAYOUTS, LogError, LogImport, LogLimits, LogOptions, LogRow, Status, load_released
from alpr_policy_adapters.logs.cells import NO_OFFSET, NO_TIME, read_count, read_time, read_window, status_of

CASES = yaml.safe_load((Path(__file__).parent / "log_layouts.yaml").read_text(encoding="utf-8"))
PORTAL = "id,userId,searchDate,networkCount,reason\n"
UTC = ZoneInfo("UTC")


def row(number: int, reason: str = "theft", *, hour: int = 4, user: str = "u1") -> str:
    """Return a line of a portal's export."""
    return f'p-{number},{user},2026-03-10T{hour:02}:31:52.901Z,44,"{reason}"\n'


def write(folder: Path, text: str | bytes, name: str = "log.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def imported(*paths: Path, **options: Any) -> tuple[list[LogRow], LogImport]:
    """Import files and return the rows with the import."""
    found = LogImport(LogOptions(**options))
    return list(found.rows(paths)), found


def options_of(case: dict[str, Any]) -> dict[str, Any]:
    """Return the options that a case names."""
    zone, released = case.get("timezone"), case.get("released")
    return {
        "layout": case.get("layout", ""),
        "at": case.get("at_given", ""),
        "zone": ZoneInfo(zone) if zone else None,
        "released": {name: frozenset(keys) for name, keys in released.items()} if released else None,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_layout_is_read(case: dict[str, Any], tmp_path: Path) -> None:
    """An invented row of each layout becomes the facts that it records, and no others."""
    rows, found = imported(write(tmp_path, case["text"]), **options_of(case))

    assert case["read_as"] == found.report.files[0].layout
    assert (case.get("unreadable", 0), case.get("other", 0)) == (found.report.unreadable, found.report.other)
    assert len([one for one in ("facts",) if one in case]) == len(rows)
    assert case.get("faults", 0) == sum(one.count for one in found.report.faults.values()) - found.report.unreadable
    for one in rows:
        assert case.get("action", "search.run") == one.request["action"]
        assert case["at"] == one.request["at"]
        known = {"data.custodian": "vendor"} if one.request["action"] == "search.run" else {}
        assert known | case["facts"] == {**one.request["facts"], **one.more}
        assert one.request["facts"].keys() <= VOCABULARY.facts.keys()
        assert case.get("status", {}) == {name: one.status[name].value for name in case.get("status", {})}
        assert not read_request(dict(one.request)).faults


def test_every_layout_has_a_case() -> None:
    """No known layout goes untried; our own ledger's export has tests of its own."""
    assert set(LAYOUTS) - {"alpr_policy_ledger"} == {case["read_as"] for case in CASES}


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("", "blank"), ("  ", "blank"), ("——", "blank"), ("***", "withheld"), ("* * *", "withheld"),
        ("REDACTED", "withheld"), ("[Redacted]", "withheld"), ("7923.600 GC", "withheld"), ("###", "withheld"),
        ("***, [redacted]", "withheld"),
        ("theft of a [redacted]", "partly"), ("case ***", "partly"), ("*", "present"), ("7AB*", "present"),
        ("Case # 4", "present"), ("n/a", "present"), ("none", "present"), (".", "present"),
    ],
)  # fmt: skip
def test_withheld_is_not_blank(cell: str, status: str) -> None:
    """A mark of withholding, an empty cell and what was typed, however little it says, are told apart."""
    assert status == status_of(cell).value


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("2026-03-10T04:31:52.901Z", "2026-03-10T04:31:52.901000+00:00"),
        ("2026-03-10 04:31:52+02:00", "2026-03-10T02:31:52+00:00"),
        ("3/9/2026, 1:05:00 AM UTC", "2026-03-09T01:05:00+00:00"),
        ("03/09/2026, 12:05:00\u202fAM UTC", "2026-03-09T00:05:00+00:00"),
        ("12/31/2026 23:59 UTC", "2026-12-31T23:59:00+00:00"),
        ("03/09/2026, 12:05:00 PM", NO_OFFSET),
        ("2026-03-10", NO_TIME),
        ("13/01/2026, 1:05:00 AM UTC", NO_TIME),
        ("03/09/2026, 13:05:00 PM UTC", NO_TIME),
        ("03/09/2026, 1:05:00 AM PST", NO_TIME),
        ("20260310", NO_TIME),
        ("yesterday", NO_TIME),
    ],
)
def test_times_are_read_or_refused(cell: str, found: str) -> None:
    """A time is an instant, padded or not; without an offset, or in a zone by its letters, it is none."""
    told = read_time(cell, None)

    assert found == (told if isinstance(told, str) else told.isoformat())


def test_a_window_needs_two_times() -> None:
    """A time frame is read from two lines or with a word between; of one time it is not."""
    two = "1/1/2026, 1:00:00 AM UTC\n1/2/2026, 1:00:00 AM UTC"

    assert read_window(two, None) == read_window(two.replace("\n", " to "), None)
    assert "these are not two times" == read_window("1/1/2026, 1:00:00 AM UTC", None)
    assert NO_TIME == read_window("1/1/2026, 1:00:00 AM UTC to now", None)


@pytest.mark.parametrize(("cell", "found"), [("0", 0), ("1,103", 1103), ("1,10", None), ("-1", None), ("all", None)])
def test_counts_are_whole_numbers(cell: str, found: int | None) -> None:
    """A count is digits, with or without commas between thousands."""
    assert found == read_count(cell)


def test_facts_of_a_profiles_own_are_carried_when_named(tmp_path: Path) -> None:
    """What is no word of the language stands beside the request, unless it is named as a fact of a profile's own."""
    path = write(tmp_path, PORTAL + row(1))
    (plain,), _ = imported(path)
    (own,), _ = imported(path, own=frozenset({"search.networks"}))

    assert (44, "p-1") == (plain.more["search.networks"], own.more["search.id"])
    assert (False, 44) == ("search.networks" in plain.request["facts"], own.request["facts"]["search.networks"])


def test_overlapping_files_give_each_row_once(tmp_path: Path) -> None:
    """A row that stands in two files is one request, and the report says which files overlap by how many rows."""
    march = write(tmp_path, PORTAL + row(1) + row(2) + row(3), "march.csv")
    april = write(tmp_path, PORTAL + row(3) + row(4), "april.csv")
    rows, found = imported(march, april)

    assert ["march.csv:2", "march.csv:3", "march.csv:4", "april.csv:3"] == [one.request["id"] for one in rows]
    assert [{"files": [str(march), str(april)], "rows": 1}] == found.report.to_wire()["overlaps"]
    assert 1 == found.report.duplicates


def test_a_repeated_id_is_no_duplicate(tmp_path: Path) -> None:
    """The same id at another time or by another user is another search, and is counted."""
    rows, found = imported(write(tmp_path, PORTAL + row(1) + row(1, hour=5) + row(1, user="u2") + row(1)))

    assert (3, 2, 1) == (len(rows), found.report.same_id, found.report.duplicates)


def test_rows_that_contradict_each_other_are_both_kept(tmp_path: Path) -> None:
    """Rows of the same id, time and user that say otherwise are both judged, and the second is pointed out."""
    rows, found = imported(write(tmp_path, PORTAL + row(1) + row(1, "burglary")))

    assert ["theft", "burglary"] == [one.request["facts"]["reason.text"] for one in rows]
    assert [("log-contradiction", 1)] == [(one.code, one.count) for one in found.report.faults.values()]


def test_rows_without_an_id_are_kept_as_often_as_one_file_has_them(tmp_path: Path) -> None:
    """Two alike rows of one file may be two searches; the same two in a second file are not four."""
    head = ",".join(LAYOUTS["flock_audit_11"].columns) + "\n"
    line = 'A. Sample,Example PD,3,120,,ABC123,theft,,,"3/9/2026, 1:05:00 AM UTC",lookup\n'
    rows, found = imported(
        write(tmp_path, head + line * 2, "a.csv"),
        write(tmp_path, head + line, "b.csv"),
        write(tmp_path, head + line * 3),
    )

    assert (3, 3, 2) == (len(rows), found.report.duplicates, found.report.alike)


def test_columns_that_nobody_knows_are_named(tmp_path: Path) -> None:
    """A further column is told and nothing is read from it."""
    rows, found = imported(write(tmp_path, "id,userId,searchDate,mood\np-1,u,2026-03-10T04:31:52Z,good\n"))

    assert ("mood",) == found.report.files[0].unknown_columns
    assert {"requester.id": "u", "data.custodian": "vendor"} == rows[0].request["facts"]
    assert {"search.id": "p-1"} == rows[0].more


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_of_encoding_are_understood(encoding: str, tmp_path: Path) -> None:
    """UTF-8 with its mark or without, and UTF-16 with its mark, are read alike."""
    rows, _ = imported(write(tmp_path, (PORTAL + row(1, "café")).encode(encoding)))

    assert "café" == rows[0].request["facts"]["reason.text"]


def test_another_encoding_is_not_guessed(tmp_path: Path) -> None:
    """A line that is not UTF-8 is refused by itself, and read when the encoding is named."""
    path = write(tmp_path, (PORTAL + row(1) + row(2, "café")).encode("windows-1252"))

    assert (1, 1) == (len(imported(path)[0]), imported(path)[1].report.unreadable)
    assert "café" == imported(path, encoding="windows-1252")[0][1].request["facts"]["reason.text"]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ('p-8,u,2026-03-10T04:31:52Z,44,"no end\n', "a quote stands inside"),
        ("p-8,u\n", "the line has 2 cells where there are 5 columns"),
        ("p-8,u,2026-03-10T04:31:52Z,44,a\0b\n", "the line has a zero byte"),
        (f"p-8,u,2026-03-10T04:31:52Z,44,{'x' * 2000}\n", "the line has more than 1,000 bytes"),
        ("p-8,u,soon,44,theft\n", NO_TIME),
        ("p-8,u,,44,theft\n", "the row has no time"),
        ("p-8,u,***,44,theft\n", "the time is withheld"),
    ],
    ids=["quote", "cells", "zero byte", "long line", "no time", "blank time", "withheld time"],
)
def test_a_bad_line_costs_itself_alone(bad: str, told: str, tmp_path: Path) -> None:
    """What is wrong with a line is told with its place, and the lines before and after it are read."""
    limits = LogLimits(max_line=1_000, max_cell_lines=3)
    rows, found = imported(write(tmp_path, PORTAL + row(1) + bad + row(2) + row(3) + row(4)), limits=limits)
    (fault,) = found.report.faults.values()

    assert ["p-1", "p-2", "p-3", "p-4"] == [one.more["search.id"] for one in rows]
    assert fault.message.startswith(told)
    assert [f"{tmp_path / 'log.csv'}:3"] == fault.places


def test_a_quote_that_closes_too_late_swallows_nothing(tmp_path: Path) -> None:
    """Where an open quote closes in a later line and the cells are then too many, only its own line is lost."""
    late = 'p-8,u,"no end\np-9,u",2026-03-10T04:31:52Z,44,theft\n'
    rows, found = imported(write(tmp_path, PORTAL + row(1) + late + row(2)))

    assert ["p-1", "p-9", "p-2"] == [one.more["search.id"] for one in rows]
    assert [f"{tmp_path / 'log.csv'}:3"] == [place for one in found.report.faults.values() for place in one.places]


def test_a_huge_cell_is_unknown_and_the_row_is_kept(tmp_path: Path) -> None:
    """A reason longer than any fact may be is recorded and its text unknown."""
    rows, found = imported(write(tmp_path, PORTAL + row(1, "x" * 3_000)))

    assert "reason.text" not in rows[0].request["facts"]
    assert (Status.UNREADABLE, 1) == (rows[0].status["reason.text"], len(found.report.faults))


def test_headers_inside_a_file_are_passed_over(tmp_path: Path) -> None:
    """Files that were put one after the other bring their headers along."""
    rows, found = imported(write(tmp_path, PORTAL + row(1) + PORTAL + row(2)))

    assert (2, 1) == (len(rows), found.report.files[0].headers)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty-file"), ("a,b,c\n1,2,3\n", "log-header"), ('"a\n', "log-header")],
)
def test_a_file_of_no_known_layout_is_refused(text: str, code: str, tmp_path: Path) -> None:
    """A file that is no log is refused with a reason, and the next file is read."""
    rows, found = imported(
        write(tmp_path, text, "bad.csv"), tmp_path / "none.csv", tmp_path, write(tmp_path, PORTAL + row(1))
    )
    told = [one.error.code if one.error else "" for one in found.report.files]

    assert ([code, "file-missing", "file-directory", ""], 1) == (told, len(rows))


def test_limits_end_a_run(tmp_path: Path) -> None:
    """Beyond the bounds on rows and on broken lines a file is given up, and what was read stands."""
    many = write(tmp_path, PORTAL + "".join(map(row, range(9))), "many.csv")
    broken = write(tmp_path, PORTAL + row(1) + '"\n' * 9, "broken.csv")
    rows, found = imported(many, limits=LogLimits(max_rows=4))
    others, other = imported(broken, limits=LogLimits(max_broken=3))

    assert (4, "too-many-lines") == (len(rows), found.report.files[0].error and found.report.files[0].error.code)
    assert (1, "log-broken") == (len(others), other.report.files[0].error and other.report.files[0].error.code)


def test_an_unknown_layout_is_refused() -> None:
    """A layout that nobody knows is told with the one that may be meant."""
    with pytest.raises(LogError, match="there is no layout `flock_audit_12`"):
        LogImport(LogOptions(layout="flock_audit_12"))


def test_released_columns_are_read(tmp_path: Path) -> None:
    """The list of what each agency gave out is read by the columns' known names, and refused with others."""
    good = write(tmp_path, "slug\tcolumns\nexample-pd\tid,userId,searchDate,reason\n", "a.tsv")
    bad = write(tmp_path, "slug\tcolumns\nexample-pd\tid,mood\n", "b.tsv")

    assert {"example-pd": {"id", "user", "time", "reason"}} == load_released(good)
    with pytest.raises(PolicyError, match="this line is not an agency"):
        load_released(bad)


def test_the_command_writes_requests_that_can_be_judged(tmp_path: Path) -> None:
    """`log read` writes one request a line, and `decide --stream` judges each of them."""
    log, out = write(tmp_path, PORTAL + row(1) + row(2, "***")), tmp_path / "requests.jsonl"
    read = run(
        "log", "read", str(log), "--requests", str(out), "--rows", str(tmp_path / "rows.jsonl"), "-d", "exampletown"
    )
    told = run("decide", "--stream", str(out), "--policies", "town.yaml", "--json")
    first = json.loads((tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()[0])

    assert 0 == read.exit_code, read.output
    assert "2 rows: 2 requests" in read.stdout
    assert (0, [None, None]) == (told.exit_code, [json.loads(one).get("faults") for one in told.stdout.splitlines()])
    assert ("present", ["exampletown"]) == (first["status"]["reason.text"], first["request"]["departments"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["good.csv"], 0), (["good.csv", "none.csv"], 9), (["none.csv"], 6), (["good.csv", "--timezone", "Mars"], 2),
        (["good.csv", "--at", "noon"], 2), (["good.csv", "--encoding", "ebcdic"], 2),
        (["good.csv", "--layout", "x"], 6),
        (["good.csv", "--requests", "nowhere/out.jsonl"], 70), (["good.csv", "--rows", "."], 2),
    ],
)  # fmt: skip
def test_the_command_ends_with_a_code(words: list[str], code: int, tmp_path: Path) -> None:
    """0 where all was read, 9 where some was, 6 where nothing was, 2 for a wrong call."""
    write(tmp_path, PORTAL + row(1), "good.csv")
    named = [str(tmp_path / word) if "." in word else word for word in words]

    assert code == run("log", "read", *named).exit_code


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    """A run that fails leaves an older file of requests as it was, and no other file."""
    out = write(tmp_path, "old", "out.jsonl")
    run(
        "log",
        "read",
        str(write(tmp_path, PORTAL + row(1))),
        "--requests",
        str(out),
        "--rows",
        str(tmp_path / "no" / "x"),
    )

    assert ("old", {"out.jsonl", "log.csv"}) == (out.read_text("utf-8"), {one.name for one in tmp_path.iterdir()})


def test_the_report_as_json_has_its_figures(tmp_path: Path) -> None:
    """`--json` gives the report to programs: figures, files, facts by status, and faults with their places."""
    log = write(tmp_path, PORTAL + row(1) + row(1) + "p-2,u\n")
    told = json.loads(run("log", "read", str(log), "--json").stdout)

    assert {"rows": 3, "requests": 1, "duplicates": 1, "unreadable": 1} == {
        name: told[name] for name in ("rows", "requests", "duplicates", "unreadable")
    }
    assert {"present": 1} == told["facts"]["reason.text"]
    assert [f"{log}:4"] == told["faults"][0]["first"]


def test_shared_portals_are_read_whole(shared_folder: Path) -> None:
    """All rows of the shared exports become requests, and what each agency did not release is not called blank."""
    folder = shared_folder / "data" / "flock-audit"
    rows, found = imported(
        folder / "portal_search_audit.csv",
        folder / "eugene_or_search_audit.csv",
        released=load_released(folder / "portal_columns.tsv"),
        zone=ZoneInfo("America/Los_Angeles"),
    )
    report = found.report

    assert (27_220 + 4_294, 0, 0, 0) == (len(rows), report.duplicates, report.same_id, report.unreadable)
    assert (8_149, 6_029) == tuple(report.status["reason.text"][one] for one in (Status.ABSENT, Status.BLANK))
    assert (3_228, 2) == tuple(report.status["search.offence"][one] for one in (Status.PRESENT, Status.BLANK))
    assert 51 == report.status["case.number"][Status.BLANK]
    assert 182 == sum(one.request["facts"].get("reason.text") == "Daytime search for best result" for one in rows)
    assert 39 == len({one.more.get("search.organisation") for one in rows} - {None})
