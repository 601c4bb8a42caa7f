"""`case run`: a file of events, step by step, in words and as data; what is wrong in it never ends the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import TOWN, run

from alpr_policy.errors import ExitCode

OPENED = {
    "kind": "opened",
    "case": "stop-1",
    "at": "2026-05-04T10:00:00-04:00",
    "by": "officer-7",
    "action": "stop.start",
    "departments": ["exampletown"],
    "facts": {"stop.basis": "hit"},
}
LOOK = {
    "kind": "check",
    "at": "2026-05-04T10:01:00-04:00",
    "by": "officer-7",
    "check": "visual",
    "parts": ["characters", "state"],
    "result": "pass",
}
SEARCH = {
    **OPENED,
    "case": "search-1",
    "action": "search.run",
    "facts": {"data.custodian": "department", "purpose": "criminal_investigation", "basis.protected_trait": "none"},
}
DONE = {"kind": "done", "at": "2026-05-04T10:02:00-04:00", "by": "officer-7"}


def events(folder: Path, *lines: Any, name: str = "events.jsonl") -> str:
    """Write events to a file, one a line, and return its name."""
    file = folder / name
    file.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines), "utf-8")
    return str(file)


def test_steps_in_words(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    """Each event is told with what came of it, then where the case stands, what it waits for and what is owed."""
    grant = {"kind": "approval", "at": "2026-05-04T10:01:00-04:00", "by": "chief-1", "role": "chief"}
    file = events(
        tmp_path,
        SEARCH,
        {**DONE, "at": "2026-05-04T10:00:30-04:00"},
        {**grant, "decision": "granted", "expires": "2026-05-06T10:00:00-04:00"},
        "{no event",
        {**DONE, "at": "2026-05-04T10:00:59-04:00"},
    )
    result = run("case", "run", file, *TOWN)

    assert ExitCode.PARTIAL == result.exit_code
    golden("case-run.txt", result.stdout)


def test_case_that_goes_through(tmp_path: Path) -> None:
    """Where every event was taken the command ends with 0, and the data hold each step and the case."""
    result = run("case", "run", events(tmp_path, OPENED, LOOK, DONE), *TOWN, "--json")
    told = json.loads(result.stdout)

    assert ExitCode.OK == result.exit_code
    assert [False, False, True] == [step["done"] for step in told["steps"]]
    assert [["stop.start", "2026-05-04T14:02:00+00:00"]] == [[act["action"], act["at"]] for act in told["case"]["acts"]]
    assert [None, None, None] == [step["refused"] for step in told["steps"]]


def test_departments_of_the_command_line_bind(tmp_path: Path) -> None:
    """A department named on the command line binds the case besides those that the opening event names."""
    bare = {key: value for key, value in OPENED.items() if key != "departments"}
    told = json.loads(run("case", "run", events(tmp_path, bare), *TOWN, "--json", "-p", "exampletown").stdout)

    assert ["exampletown"] == told["case"]["departments"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((), ExitCode.BAD_INPUT),
        (("[]",), ExitCode.BAD_INPUT),
        (("\x00\x01",), ExitCode.BAD_INPUT),
        ((LOOK,), ExitCode.BAD_INPUT),
        ((OPENED, "nonsense"), ExitCode.PARTIAL),
        ((OPENED, {"kind": "close", "at": "2026-05-04T10:01:00-04:00"}), ExitCode.PARTIAL),
        ((OPENED, OPENED), ExitCode.PARTIAL),
        ((OPENED, '{"kind": "tick", "at": "' + "9" * 500 + '"}'), ExitCode.PARTIAL),
    ],
)
def test_what_cannot_be_taken(tmp_path: Path, lines: tuple[Any, ...], code: ExitCode) -> None:
    """A line that is no event is told and the rest goes on; a file in which no case begins cannot be read."""
    result = run("case", "run", events(tmp_path, *lines), *TOWN)

    assert code == result.exit_code
    assert "Traceback" not in result.output


def test_file_of_events_in_yaml_and_from_a_pipe(tmp_path: Path) -> None:
    """Events come as well under `events` in YAML or JSON, from a file or through a pipe."""
    text = json.dumps({"events": [OPENED, LOOK]})
    (tmp_path / "events.yaml").write_text(text, encoding="utf-8")
    file, pipe = run("case", "run", str(tmp_path / "events.yaml"), *TOWN), run("case", "run", *TOWN, input=text)

    assert ExitCode.OK == file.exit_code == pipe.exit_code
    assert file.stdout == pipe.stdout


@pytest.mark.parametrize("words", [("nowhere.jsonl",), ("nowhere.yaml",), ("x.jsonl", "--as-of", "tomorrow")])
def test_wrong_call(words: tuple[str, ...]) -> None:
    """A file that is not there, or a time that is none, ends the command with its code and no traceback."""
    result = run("case", "run", *words, *TOWN)

    assert result.exit_code in (ExitCode.BAD_INPUT, ExitCode.USAGE)
    assert "Traceback" not in result.output


def test_later_look(tmp_path: Path) -> None:
    """With a time the case is looked at then: what was due by then is late."""
    grant = {"kind": "approval", "at": DONE["at"], "by": "chief-1", "role": "chief", "decision": "granted"}
    file = events(tmp_path, SEARCH, grant, DONE)
    now = run("case", "run", file, *TOWN).stdout
    later = run("case", "run", file, *TOWN, "--as-of", "2026-05-04T10:03:00-04:00").stdout

    assert "\n- log transaction at once (6)\n" in now
    assert "\n- late: log transaction at once (6)\n" in later
