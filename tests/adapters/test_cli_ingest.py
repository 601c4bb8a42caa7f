"""`alpr-policy ingest`: payloads from files, streams and folders are judged, and nothing bad stops the rest."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import PROGRAM, environment
from tests.adapters.ingest_kit import DEMO, FRIGATE, LISTED, ONE_LINE, PAYLOADS, ingest, summary

from alpr_policy.errors import ExitCode
from alpr_policy_adapters.payloads import MAX_BYTES


def test_a_folder_of_payloads_is_judged() -> None:
    """Every example payload is judged: captures, alerts and stops on hits, alerts of other software, and a search."""
    found = summary(ingest(str(PAYLOADS), "--json"))

    assert (10, 10, 7, 0, 0, True) == tuple(
        found[key] for key in ("payloads", "reads", "hits", "errors", "unacknowledged", "drained")
    )
    assert {
        "read.capture": {"allow": 10},
        "alert.deliver": {"allow": 9, "needs": 1},
        "stop.start": {"needs": 7},
        "search.run": {"needs": 1},
    } == found["decisions"]["cambridge"]


def test_people_see_a_line_an_act_and_a_summary(golden: Callable[..., None]) -> None:
    """Each alert, stop and search is a line with every department's answer; the summary counts them."""
    golden("ingest.txt", ingest(str(PAYLOADS), "-p", "leicester").stdout)


def test_log_lines_are_those_of_standard_output(tmp_path: Path) -> None:
    """The log holds the lines that `--json` writes; it is added to, and a line cut short swallows no other."""
    log = tmp_path / "decisions.jsonl"
    log.write_text('{"cut', encoding="utf-8")
    result = ingest(str(PAYLOADS / "axis.json"), "--json", "--log", str(log))

    assert ['{"cut', *(json.loads(line) for line in result.stdout.splitlines()[:-1])] == [
        line if line == '{"cut' else json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()
    ]
    assert 4 == len(log.read_text(encoding="utf-8").splitlines())


def test_one_payload_a_line_on_standard_input() -> None:
    """A stream has one payload a line; a bad line is told with its number, and the rest is judged."""
    result = ingest("-", "--json", input=f"\n{ONE_LINE}\nno json\n\n{ONE_LINE}\n")

    assert (ExitCode.PARTIAL, 2, 1) == (result.exit_code, summary(result)["reads"], summary(result)["errors"])
    assert "<stdin>:3:1: error: this is not JSON" in result.stderr


def test_nothing_but_bad_payloads_is_bad_input() -> None:
    """Where nothing at all could be judged the exit code says so."""
    assert ExitCode.BAD_INPUT == ingest("-", "--json", input="no json\n{}\n").exit_code


def test_one_document_over_many_lines_on_standard_input() -> None:
    """A document that is written over many lines is read as one."""
    result = ingest("-", "--json", input=FRIGATE)

    assert (ExitCode.OK, 1) == (result.exit_code, summary(result)["reads"])


def test_a_list_of_payloads_in_one_file(tmp_path: Path) -> None:
    """A list holds one payload after the other, of different systems too; what is wrong is told with its number."""
    path = tmp_path / "many.json"
    path.write_text(json.dumps([json.loads(FRIGATE), {"type": "lpr", "id": 1, "plate": 7}, "x"]), encoding="utf-8")
    result = ingest(str(path), "--json")

    assert (1, 3) == (summary(result)["reads"], summary(result)["errors"])
    assert "many.json[1]:1:1: error: `$.plate`: expected a text" in result.stderr


def test_bad_files_never_stop_the_run(tmp_path: Path) -> None:
    """A file that is missing, no text, too large or no file at all is told, and the next is judged."""
    (tmp_path / "binary.json").write_bytes(b"\0\1\2")
    (tmp_path / "empty.jsonl").write_bytes(b"")
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    os.mkfifo(tmp_path / "pipe.jsonl")
    names = ("missing.json", "binary.json", "empty.jsonl", "large.json", "pipe.jsonl")
    result = ingest(*(str(tmp_path / name) for name in names), str(PAYLOADS / "axis.json"), "--json")
    codes = {line.rpartition("[")[2].strip("]") for line in result.stderr.splitlines() if line.endswith("]")}

    assert (ExitCode.PARTIAL, 1, 4) == (result.exit_code, summary(result)["reads"], summary(result)["errors"])
    assert {"file-missing", "file-binary", "file-too-large", "file-not-regular"} == codes


def test_what_payloads_lack_is_taken_from_the_call() -> None:
    """Time, camera and agency fill gaps, and never replace what a payload says."""
    words = ("--at", "2026-05-04T11:00:00-04:00", "--camera", "gate", "--agency", "own", "--json")
    files = (str(PAYLOADS / "fast_alpr.json"), str(PAYLOADS / "axis.json"))
    lines = [json.loads(line) for line in ingest(*files, *words).stdout.splitlines()]
    reads = {one["read"]["source"]: one["read"] for one in lines if "read" in one}

    assert ("gate", "own", "2026-05-04T11:00:00-04:00", "caller") == tuple(
        reads["fast_alpr"][key] for key in ("camera", "agency", "captured_at", "captured_from")
    )
    assert ("B8A44F000001", "payload") == (reads["axis"]["camera"], reads["axis"]["captured_from"])


def test_a_hit_is_told_once_within_the_window() -> None:
    """Of one vehicle at one camera a hit is told once; each read of it is judged as a capture all the same."""
    line = json.dumps({**json.loads(FRIGATE), "plate": "4KAN123"})
    found = [summary(ingest("-", "--json", *w, input=f"{line}\n{line}\n")) for w in ((), ("--window", "60"))]

    assert [(2, 2), (2, 1)] == [
        (one["decisions"]["cambridge"]["read.capture"]["allow"], one["decisions"]["cambridge"]["stop.start"]["needs"])
        for one in found
    ]


def test_several_hot_lists(tmp_path: Path) -> None:
    """A list that is none keeps the command from starting; of several, each gives its own hits."""
    shutil.copy(DEMO / "hotlist.csv", tmp_path / "hotlist.csv")
    refused = ingest("-", "--hotlist", str(PAYLOADS / "axis.json"), input="")
    both = ingest(str(PAYLOADS), "--hotlist", str(tmp_path / "hotlist.csv"), "--json")

    assert ExitCode.BAD_INPUT == refused.exit_code
    assert 14 == summary(both)["hits"]


def test_figures_are_kept(tmp_path: Path) -> None:
    """The figures of every stage and source are written as JSON."""
    ingest(str(PAYLOADS), "--metrics", str(tmp_path / "figures.json"))
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))

    assert ({"match", "decide", "sink", "read"}, 10) == (set(figures["stages"]), figures["stages"]["decide"]["out"])
    assert ["figures.json"] == [path.name for path in tmp_path.iterdir()]


def test_a_full_log_is_told_and_not_acknowledged() -> None:
    """Where the log takes nothing the command says so a few times, and that payloads have to be sent again."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    result = ingest(str(PAYLOADS), "--log", "/dev/full")

    assert ExitCode.INTERNAL == result.exit_code
    assert "10 payloads not acknowledged: send them again" in result.stdout
    assert 5 >= result.stderr.count("a sink did not take read.capture")


def test_a_reader_that_goes_away_ends_the_run(tmp_path: Path) -> None:
    """Where nobody reads the answers the command ends at once and fills no screen."""
    path = tmp_path / "many.jsonl"
    path.write_text(f"{ONE_LINE}\n" * 3_000, encoding="utf-8")
    command = [*PROGRAM, "ingest", str(path), "--json", *LISTED]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read().decode()
        code = process.wait(60)

    assert (ExitCode.INTERNAL, True) == (code, len(told.splitlines()) < 10)


def test_waiting_for_input_can_be_interrupted() -> None:
    """While it waits for standard input the command ends when it is interrupted, as any other would."""
    command = [*PROGRAM, "ingest", "-", "--json", *LISTED]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process: Any
    with subprocess.Popen(command, env=environment(), **pipes) as process:
        process.stdin.write(ONE_LINE.encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
        found = json.loads(process.stdout.read().splitlines()[-1])["summary"]
        told = process.stderr.read()

    assert (130, 1, 0, b"") == (code, found["reads"], found["unacknowledged"], told)


WRONG_CALLS = [
    ((), "nothing to take payloads from"),
    (("-", "--system", "axs"), "no system is called `axs`"),
    (("-", "--watch"), "`--watch` wants folders"),
    (("-", "--idle", "1"), "`--done` and `--idle` go with `--watch`"),
    (("-", "--country", "de"), "`--country` is one of us, ca"),
    (("-", "-"), "a file, folder or camera is named twice"),
]


@pytest.mark.parametrize(("words", "told"), WRONG_CALLS)
def test_words_that_do_not_go_together(words: tuple[str, ...], told: str) -> None:
    """A call that makes no sense ends before anything is read."""
    result = ingest(*words, input="")

    assert ExitCode.USAGE == result.exit_code
    assert told in result.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-", "-p", "nowhere"), ExitCode.BAD_PROFILE),
        (("-", "--log", "/nowhere/x.jsonl"), ExitCode.BAD_INPUT),
        (("-", "--at", "yesterday"), ExitCode.BAD_INPUT),
        (("--mqtt", "broker"), ExitCode.BAD_INPUT),
    ],
)
def test_what_cannot_start_says_why(words: tuple[str, ...], code: ExitCode) -> None:
    """A profile, log, time or broker that cannot be used ends the command with its own code."""
    assert code == ingest(*words, input="").exit_code
