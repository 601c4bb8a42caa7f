"""The command line as a whole: its guard, its exit codes, and what it does with pipes and terminals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.adapters.cli_kit import FILES, PROGRAM, TOWN, environment, run, spawn

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.questions import check as check_question
from alpr_policy.source import Span
from alpr_policy_adapters.cli.main import COMMANDS
from alpr_policy_adapters.cli.output import Screen, clean, show_diagnostics

GROUPS = ("audit", "case", "directory", "hotlist", "ledger", "log", "retention", "token")
NAMES = sorted([*(command.__name__.replace("_", "-") for command in COMMANDS), *GROUPS])


def test_commands() -> None:
    """These are the commands, and `--help` lists each of them with a sentence."""
    lines = [line.split(maxsplit=1) for line in run("--help").stdout.split("Commands:")[1].strip().splitlines()]

    asking = ["audit", "case", "check", "ci", "compare", "coverage", "decide", "directory", "docs", "doctor", "duties"]
    keeping = ["evidence", "explain", "facts", "fmt", "from-portal", "generate", "hotlist", "ingest", "ledger", "lint"]
    trying = ["log", "lsp", "matrix", "new", "override", "read", "replay", "retention", "run", "schema", "serve"]
    assert [*asking, *keeping, *trying, "show", "test", "token", "transparency", "verify", "why-not"] == NAMES
    assert NAMES == sorted(name for name, _ in lines)
    assert all(sentence.endswith(".") and "..." not in sentence for _, sentence in lines)


# A group has its options on its own commands, and a hot list or a ledger belongs to no profile.
@pytest.mark.parametrize("name", [name for name in NAMES if name not in GROUPS])
def test_every_command_takes_what_all_take(name: str) -> None:
    """Each command has a help page and knows `--json` and `--policies`."""
    help = run(name, "--help")

    assert ExitCode.OK == help.exit_code
    assert "--json" in help.stdout
    assert name in ("doctor", "read", "schema") or "--policies" in help.stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("chek",),
        ("check", "--jso"),
        ("decide", "a", "b"),
        ("decide", "--mode", "foo"),
        ("coverage", "--min", "200"),
    ],
)
def test_wrong_call(words: tuple[str, ...]) -> None:
    """A call that makes no sense ends with the code for it, and nothing on standard output but help."""
    result = run(*words)

    assert ExitCode.USAGE == result.exit_code
    assert not words or "[usage]" in result.stderr


def test_wrong_call_as_json() -> None:
    """With `--json` the reason of a wrong call is JSON on standard output as well."""
    result = run("decide", "--json", "--mode", "foo")

    assert ["usage"] == [error["code"] for error in json.loads(result.stdout)["errors"]]


def test_defect_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours ends with one line, a request to report it, and the code for it; never with a traceback."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("no\x1b[2J luck")

    monkeypatch.setattr(check_question, "load_file", fail)
    result = run("check", "town.yaml")

    assert ExitCode.INTERNAL == result.exit_code
    assert "error: ZeroDivisionError: no\\x1b[2J luck [internal]" == result.stderr.splitlines()[0]
    assert "Traceback" not in result.output


def test_interruption_has_its_code() -> None:
    """Ctrl-C ends the program with 130 and without a word."""
    with subprocess.Popen(
        [*PROGRAM, "decide", "--stream", *TOWN],
        cwd=FILES,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.write((FILES / "search.json").read_bytes().replace(b"\n", b"") + b"\n")
        process.stdin.flush()
        process.stdout.readline()  # now it surely runs
        process.send_signal(signal.SIGINT)

        assert 130 == process.wait(30)
        assert b"" == process.stderr.read()


def test_gone_reader_is_no_failure_to_tell_of() -> None:
    """Where the reader of the output has gone the program ends without a word, and not with the code of an allow."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        done = subprocess.run(
            [*PROGRAM, "facts", "--lists"],
            cwd=FILES,
            env=environment(),
            stdout=gone,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )

    assert (ExitCode.INTERNAL, b"") == (done.returncode, done.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_full_disk_is_told() -> None:
    """An answer that cannot be written is no allow."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, "decide", "search.json", *TOWN, "--json"],
            cwd=FILES,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )

    assert ExitCode.INTERNAL == done.returncode
    assert b"[system]" in done.stderr
    assert b"Traceback" not in done.stderr


def test_terminal_without_our_letters() -> None:
    """A terminal that knows ASCII only gets escaped letters and no failure."""
    done = spawn("facts", "--lists", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    refused = spawn("check", "müll.yaml", PYTHONIOENCODING="ascii")

    assert (ExitCode.OK, ExitCode.BAD_PROFILE) == (done.returncode, refused.returncode)


def test_no_colour_where_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour is for terminals, and NO_COLOR switches it off there too."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = run("check", "broken.yaml", env={"NO_COLOR": ""})
    plain = run("check", "broken.yaml", env={"NO_COLOR": "1"})

    assert "\x1b[" in coloured.stdout
    assert "\x1b[" not in plain.stdout


def test_folders_of_the_environment_are_read() -> None:
    """The variable ALPR_POLICIES adds profiles as `--policies` does."""
    result = run("decide", "search.json", env={"ALPR_POLICIES": str(FILES / "town.yaml")})

    assert ExitCode.OK == result.exit_code


def test_broken_profile_stops_a_decision() -> None:
    """With a profile that cannot be used nothing is decided, and the code says that a profile is to blame."""
    result = run("decide", "search.json", "--policies", "broken.yaml")

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert "broken.yaml:9:36: error:" in result.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\ud800", "a\\ud800"),
        ("a\u00a0b\tc", "a b c"),
        ("ü—", "ü—"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    """Characters that move the cursor or turn the writing are made visible; letters stay."""
    assert shown == clean(text)


def test_diagnostics_are_sorted_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Diagnostics come in order of place, each once, and are counted at the end."""
    later, sooner = (Diagnostic("code", "wrong", Span("nowhere.yaml", line, 1)) for line in (9, 2))
    show_diagnostics(Screen(sys.stdout), [later, sooner, later])

    assert ["nowhere.yaml:2:1: error: wrong [code]", "nowhere.yaml:9:1: error: wrong [code]", "2 errors"] == [
        line for line in capsys.readouterr().out.splitlines() if line
    ]


def test_version() -> None:
    """`--version` names the program, with its version where it is installed."""
    result = run("--version")

    assert result.stdout.startswith("alpr-policy ")
    assert ExitCode.OK == result.exit_code
