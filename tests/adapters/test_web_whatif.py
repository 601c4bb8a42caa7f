"""What if on the page, below what is drawn: which logs there are, the job, the process of its own, charts and rows."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.replay_kit import HOSTILE, answered, point, replayed, small

pytest.importorskip("duckdb", reason="needs the extra: pip install 'alpr-policy[replay]'")
pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("matplotlib", reason="needs the extra: pip install 'alpr-policy[report]'")

from alpr_policy.questions.replay_report import summary
from alpr_policy.questions.replay_tables import breakdowns, changes
from alpr_policy_adapters.http import Refusal
from alpr_policy_adapters.web import whatif_runs
from alpr_policy_adapters.web.whatif_charts import charts_of, height_of
from alpr_policy_adapters.web.whatif_flips import PAGE, directions_of, flips_page
from alpr_policy_adapters.web.whatif_job import Job, do
from alpr_policy_adapters.web.whatif_logs import (
    DRAFT,
    FOLDER,
    INVENTED,
    UPLOAD,
    Choice,
    Place,
    days_of,
    job_of,
    log_of,
    logs_in,
    size_words,
    texts_of,
    upload_name,
)
from alpr_policy_adapters.web.whatif_runs import Room, Runs, size_of
from alpr_policy_adapters.web.whatif_shown import shown

SECONDS = 120


def place(**more: Any) -> Place:
    """Return where replays read, with the shipped profiles."""
    return Place(**{"catalog": point().catalog, "departments": ("waltham", "cambridge"), **more})


def until(is_so: Callable[[], bool]) -> bool:
    """Wait until something is so, and say whether it ever was."""
    end = time.monotonic() + SECONDS
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)
    return is_so()


# Which logs


def test_only_plain_files_of_the_folder_itself_are_logs(tmp_path: Path) -> None:
    """Links, folders, other kinds of files and what lies deeper are not offered, and cannot be named either."""
    logs, outside = tmp_path / "logs", tmp_path / "secret.csv"
    logs.mkdir()
    outside.write_text("at,action\n")
    (logs / "march.csv").write_text("at,action\n")
    (logs / "notes.txt").write_text("")
    (logs / "deep.csv").mkdir()
    (logs / "deep").mkdir()
    (logs / "deep" / "april.csv").write_text("at,action\n")
    (logs / "link.csv").symlink_to(outside)
    assert {"march.csv": 10} == logs_in(logs)
    here = place(logs=logs)
    assert logs / "march.csv" == log_of(here, FOLDER + "march.csv")
    for name in ("link.csv", "../secret.csv", "deep/april.csv", str(outside), "notes.txt", "", "march.csv\0"):
        with pytest.raises(Refusal):
            log_of(here, FOLDER + name)


def test_a_folder_that_is_gone_or_was_not_told_has_no_logs(tmp_path: Path) -> None:
    """Without a folder, or without the one that was told, there is nothing to choose."""
    assert {} == logs_in(None) == logs_in(tmp_path / "gone")
    with pytest.raises(Refusal):
        log_of(place(), FOLDER + "march.csv")
    with pytest.raises(Refusal):
        log_of(place(upload=tmp_path / "gone.csv"), UPLOAD)


def test_an_upload_is_kept_under_a_name_of_ours() -> None:
    """Of the name that a browser tells only the ending is taken, and only that of a log."""
    assert ["upload.csv", "upload.parquet"] == [upload_name("../../Etc/März.CSV"), upload_name("x.parquet")]
    for name in ("a.exe", "csv", "", "log.csv.gz"):
        with pytest.raises(Refusal):
            upload_name(name)


# The job


def test_a_choice_becomes_what_the_command_is_given(tmp_path: Path) -> None:
    """Texts are named as on the command line: by day where each is taken as if in force, a draft as a file."""
    choice = Choice(baseline="cambridge", proposed=DRAFT, baseline_day="2025-08-07", as_if=True, rows=1_000)
    job = job_of(place(draft="language: 1\n"), choice, str(tmp_path))
    assert ("cambridge@2025-08-07", str(tmp_path / "draft.yaml")) == (job.baseline, job.proposed)
    assert "language: 1\n" == (tmp_path / "draft.yaml").read_text()
    assert (1_000, "", "cambridge", ["cambridge"]) == (job.rows, job.log, job.department, list(job.known))
    choice.as_if = False
    assert "cambridge" == job_of(place(draft="language: 1\n"), choice, str(tmp_path)).baseline


@pytest.mark.parametrize(
    "wrong",
    [{"baseline": "nobody"}, {"proposed": DRAFT}, {"rows": 7}, {"zone": "Mars/Olympus"}, {"log": UPLOAD},
     {"as_if": True, "proposed_day": "tomorrow"}],
)  # fmt: skip
def test_what_is_no_choice_is_refused(wrong: dict[str, Any], tmp_path: Path) -> None:
    """A text, log, number of rows, time zone or day that is not offered makes no job."""
    with pytest.raises(Refusal):
        job_of(place(), Choice(**{"baseline": "cambridge", "proposed": "waltham", **wrong}), str(tmp_path))


def test_the_draft_is_offered_only_where_there_is_one() -> None:
    """All profiles can be chosen, those that are served first; the draft where it holds anything."""
    assert ["waltham", "cambridge"] == list(texts_of(place()))[:2]
    assert DRAFT not in texts_of(place(draft=" \n")) and DRAFT in texts_of(place(draft="language: 1"))
    assert ("2025-08-07",) == days_of(place(), "cambridge") and () == days_of(place(), DRAFT)


def test_sizes_are_told_in_words() -> None:
    """A size has the unit that makes it short."""
    assert ["10 bytes", "2.7 MB", "50.0 MB"] == [size_words(one) for one in (10, 2_677_252, 50_000_000)]


# The process


def test_a_replay_in_a_process_of_its_own_tells_how_far_it_is_and_leaves_all_there_is(tmp_path: Path) -> None:
    """An invented log is replayed: steps are told, and the report, the JSON, and the rows in two forms are there."""
    room, steps = Runs().room(), []
    choice = Choice(baseline="cambridge", proposed="waltham", as_if=True, rows=1_000)
    run = room.begin(lambda folder: job_of(place(), choice, folder))
    assert 0o700 == Path(run.job.folder).stat().st_mode & 0o777
    with pytest.raises(Refusal):
        room.begin(lambda folder: job_of(place(), choice, folder))

    def over() -> bool:
        steps.append(run.step)
        return run.is_over

    assert until(over)
    assert ("done", ()) == (run.state, run.told)
    assert {"inventing acts", "grouping"} <= set(steps)
    told = json.loads((run.file("replay.json") or Path()).read_text())
    data = run.shown()
    assert (1_000, "cambridge → waltham") == (told["rows"], data["title"])
    assert data["tiles"][1][0] == str(told["totals"]["flips"]) != "0"
    rows = flips_page(run.file("flips.parquet") or Path(), 0)
    lines = (run.file("flips.csv") or Path()).read_text().splitlines()
    assert told["totals"]["flips"] == rows.total == len(lines) - 1
    assert "cambridge → waltham" in (run.file("report.html") or Path()).read_text()
    assert until(lambda: not (Path(run.job.folder) / "scratch").exists())
    folder = Path(run.job.folder)
    room.clear()
    assert not folder.exists() and run.file("report.html") is None


def test_what_else_is_written_to_standard_output_does_not_end_a_replay() -> None:
    """A library that draws its own bar, as DuckDB does for long work, is not taken for the job."""
    program = (
        "import os; from alpr_policy_adapters.web import whatif_job as job; job._speak_alone(); "
        "os.write(1, b'38% done'); job._say(end=True)"
    )
    command = [sys.executable, "-P", "-c", program]
    environment = {**os.environ, "PYTHONPATH": whatif_runs._path()}
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    assert ({"end": True}, b"38% done") == (json.loads(done.stdout), done.stderr)


def test_what_is_wrong_with_a_log_is_told_and_nothing_is_left_over(tmp_path: Path) -> None:
    """A file that is no Parquet ends the replay with a sentence, and the place on the server is free again."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "bad.parquet").write_bytes(b"PAR1" + bytes(100))
    runs = Runs()
    room = runs.room()
    run = room.begin(
        lambda folder: job_of(place(logs=logs), Choice(log=FOLDER + "bad.parquet", baseline="waltham",
                                                       proposed="cambridge"), folder)
    )  # fmt: skip
    assert until(lambda: run.is_over)
    assert "failed" == run.state and "`bad.parquet`" in run.told[0]
    assert until(lambda: not runs._count)
    room.clear()


def test_a_replay_can_be_stopped_and_two_are_under_way_at_most() -> None:
    """A third visit is refused until one of two replays was stopped."""
    runs = Runs()
    rooms = [runs.room() for _ in range(3)]
    choice = Choice(baseline="cambridge", proposed="waltham", rows=100_000)

    def begin(room: Room) -> Any:
        return room.begin(lambda folder: job_of(place(), choice, folder))

    first, second = begin(rooms[0]), begin(rooms[1])
    with pytest.raises(Refusal):
        begin(rooms[2])
    first.stop()
    assert ("stopped", ("stopped",)) == (first.state, first.told)
    assert until(lambda: runs._count == 1)
    assert not begin(rooms[2]).is_over
    for room in rooms:
        room.clear()
    assert "stopped" == second.state and until(lambda: runs._count == 0)


def test_what_was_not_used_for_an_hour_is_removed() -> None:
    """A room is cleared an hour after it was last used, and is there again when it is wanted."""
    now = [0.0]
    runs = Runs(clock=lambda: now[0])
    room = runs.room()
    path = room.path("upload.csv")
    path.write_text("at,action\n")
    room.upload = path
    now[0] = whatif_runs.KEPT_SECONDS
    runs.sweep()
    assert path.exists()
    now[0] += 1
    runs.sweep()
    assert not path.parent.exists() and room.upload is None
    assert room.path("upload.csv").parent.is_dir()
    room.clear()


def test_a_room_goes_with_its_visit() -> None:
    """When nothing holds the room any more, its folder is removed."""
    import gc

    room = Runs().room()
    folder = room.path("upload.csv").parent
    del room
    gc.collect()
    assert not folder.exists()


def test_what_a_server_that_was_killed_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """Folders of processes that are no more go when they are an hour old, and no others."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    names = [f"alpr-policy-page-{one}-x" for one in (gone.pid, os.getpid(), "word")]
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / f"alpr-policy-page-{gone.pid}-link").symlink_to(tmp_path / names[1])
    now = time.time()
    whatif_runs.remove_stale(tmp_path, now)
    assert 4 == len(list(tmp_path.iterdir()))
    whatif_runs.remove_stale(tmp_path, now + 2 * whatif_runs.KEPT_SECONDS)
    assert {*names[1:], f"alpr-policy-page-{gone.pid}-link"} == {one.name for one in tmp_path.iterdir()}


def test_a_replay_that_takes_too_much_of_the_disk_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """More bytes than allowed in the folder end the replay with a sentence."""
    monkeypatch.setattr(whatif_runs, "MOST_BYTES", -1)
    room = Runs().room()
    choice = Choice(baseline="cambridge", proposed="waltham")
    run = room.begin(lambda folder: job_of(place(), choice, folder))
    assert until(lambda: run.is_over)
    assert "failed" == run.state and "of the disk" in run.told[0]
    room.clear()


def test_other_texts_than_those_that_are_served_are_not_replayed(tmp_path: Path) -> None:
    """Where the profiles on disk are not those that the server has taken up, the replay says so."""
    job = Job(folder=str(tmp_path), baseline="waltham", proposed="cambridge", known={"waltham": ["0" * 64]})
    with pytest.raises(Exception, match="not those that the server"):
        do(job, lambda step, done, of: None)


def test_sizes_of_what_goes_meanwhile_count_as_nothing(tmp_path: Path) -> None:
    """A folder is measured with all that lies in it."""
    (tmp_path / "a").write_bytes(bytes(10))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_bytes(bytes(5))
    (tmp_path / "b" / "d").symlink_to(tmp_path / "gone")
    assert 15 <= size_of(tmp_path) < 15 + 4_096
    assert 0 == size_of(tmp_path / "gone")


# What is shown


def test_the_charts_draw_what_the_tables_tell() -> None:
    """Every chart belongs to a table, and its numbers add up to those of the summary."""
    told = summary(replayed(answered("cambridge"), "cambridge", "waltham"))
    charts = charts_of(told)
    named = {one.chart for one in (*changes(told), *breakdowns(told)) if one.chart}
    assert set(charts) <= named and {"matrix", "months", "acts"} <= set(charts)
    drawn = {name: sum(sum(one["data"]) for one in charts[name]["series"]) for name in ("months", "acts")}
    most = sum(sorted((one.flips for one in told.by_act), reverse=True)[:12])
    assert {"months": told.totals.flips, "acts": most} == drawn
    rows = [int(one["label"]["formatter"].replace(",", "")) for one in charts["matrix"]["series"][0]["data"]]
    assert told.totals.judged == sum(rows)
    assert all(height_of(name, options) >= 100 for name, options in charts.items())


def test_what_is_shown_is_plain_data_and_what_the_log_says_is_only_text() -> None:
    """Names of agencies that hold markup stay texts of cells, and no part of the page's own."""
    pytest.importorskip("nicegui", reason="needs the extra: pip install 'alpr-policy[web]'")
    from alpr_policy_adapters.web.wide import markup

    told = summary(small())
    named = tuple(dataclasses.replace(one, name=HOSTILE + one.name) for one in told.by_agency)
    data = json.loads(json.dumps(shown(dataclasses.replace(told, by_agency=named), ["4 rows read"])))
    assert "4 rows read" == data["gist"][1]
    (block,) = [one for one in data["breakdowns"] if one["title"] == "By agency"]
    assert {one.name for one in named} == {row[0] for row in block["rows"]}
    assert "<b" not in markup(HOSTILE, block["headings"], block["rows"]).replace("<body", "").replace("<tbody", "")


@pytest.fixture
def flips(tmp_path: Path) -> Path:
    """Write a table of sixty flips."""
    import duckdb

    path = tmp_path / "flips.parquet"
    duckdb.sql(
        "SELECT range AS row, TIMESTAMP '2026-05-01 10:00:00' + INTERVAL (range) MINUTE AS at, 'search.run' AS action, "
        "'=cmd()' AS agency, 'allow' AS before_outcome, CASE WHEN range % 3 = 0 THEN 'needs' ELSE 'deny' END AS "
        "after_outcome, repeat('x', 400) AS after_rules FROM range(60)"
    ).write_parquet(str(path))
    return path


def test_rows_come_a_page_at_a_time_and_by_direction(flips: Path) -> None:
    """Pages follow one another in the order of the log; a direction narrows them down; long texts are cut."""
    pages = [flips_page(flips, number) for number in range(4)]
    assert [25, 25, 10, 0] == [len(one.rows) for one in pages] and {60} == {one.total for one in pages}
    assert [str(number) for number in range(60)] == [row[0] for one in pages for row in one.rows]
    assert ("allow → deny", "allow → needs") == directions_of(flips)
    narrowed = flips_page(flips, 0, "allow → needs")
    assert (20, "needs") == (narrowed.total, narrowed.rows[0][narrowed.headings.index("after")])
    assert 300 == len(narrowed.rows[0][narrowed.headings.index("rules after")])
    assert 0 == flips_page(flips, 0, "' OR 1=1 → x").total
    assert PAGE == 25


def test_no_cell_of_the_csv_is_a_formula(flips: Path, tmp_path: Path) -> None:
    """A text that begins like a formula is told to be a text."""
    from alpr_policy_adapters.web.whatif_job import _as_csv

    _as_csv(flips, tmp_path / "flips.csv")
    lines = (tmp_path / "flips.csv").read_text().splitlines()
    assert 61 == len(lines) and all(",'=cmd()," in line for line in lines[1:])


def test_an_invented_log_is_the_first_choice() -> None:
    """Whoever has no log can try all the same."""
    assert INVENTED == Choice().log and None is log_of(place(), INVENTED)
