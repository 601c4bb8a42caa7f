"""`directory`, and `decide --directory`: who is who, on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.cli_kit import TOWN, run

from alpr_policy.errors import ExitCode

Golden = Callable[[str, str], None]
ROLES = ("check", "people.yaml", "-p", "exampletown", *TOWN, "--as-of", "2026-06-02")
DAY = ("--as-of", "2026-05-04")


@pytest.mark.parametrize(
    ("words", "file", "code"),
    [
        (("check", "people.yaml", *DAY), "directory-check.txt", ExitCode.OK),
        (
            ("check", "people.yaml", "-p", "exampletown", *TOWN, "--as-of", "2026-06-02"),
            "directory-roles.txt",
            ExitCode.OK,
        ),
        (("check", "people-bad.yaml"), "directory-bad.txt", ExitCode.BAD_INPUT),
        (("show", "p-1", "--directory", "people.yaml", *DAY), "directory-show.txt", ExitCode.OK),
    ],
)
def test_what_is_shown(words: tuple[str, ...], file: str, code: ExitCode, golden: Golden) -> None:
    """What is wrong, what should be looked at and one person read as kept here."""
    result = run("directory", *words)

    assert code == result.exit_code
    golden(file, result.stdout + result.stderr)


def test_machines_get_the_same() -> None:
    """With `--json` the findings and the person are plain data."""
    found = json.loads(run("directory", "check", "people.yaml", *DAY, "--json").stdout)
    assert (2, ["directory-untrained"]) == (found["persons"], [one["code"] for one in found["findings"]])
    person = json.loads(run("directory", "show", "p-1", "--directory", "people.yaml", *DAY, "--json").stdout)
    assert [{"role": "chief", "capacity": "holder"}] == person["roles"]


def test_somebody_whom_nobody_knows() -> None:
    """A person in no directory is an error with the ids that may be meant, and for machines plainly not known."""
    result = run("directory", "show", "p-11", "--directory", "people.yaml")
    assert ExitCode.BAD_INPUT == result.exit_code
    assert "known: p-1, p-2" in result.stdout
    told = run("directory", "show", "p-11", "--directory", "people.yaml", "--json")
    assert {"person": "p-11", "known": False} == json.loads(told.stdout)


def test_a_decision_is_filled_and_its_contradictions_told() -> None:
    """`decide --directory` judges by the roles of those who decided, and says what the directory contradicts."""
    words = ("decide", "asked-by-p-2.yaml", *TOWN)
    assert ExitCode.NEEDS == run(*words).exit_code
    filled = run(*words, "--directory", "people.yaml")
    assert ExitCode.OK == filled.exit_code
    assert "`requester.sworn` is stated as true, and the directory says false" in filled.stdout
    told = json.loads(run(*words, "--directory", "people.yaml", "--json").stdout)["directory"]
    assert ["requester.sworn"] == [one["fact"] for one in told["contradictions"]]
    assert {"approvals[0].role", "requester.roles"} <= told["sources"].keys()


def test_a_stream_is_filled_line_by_line(tmp_path: Path) -> None:
    """Each line of a stream is filled as of its own time."""
    lines = tmp_path / "asked.jsonl"
    request = {
        "action": "search.run",
        "departments": ["exampletown"],
        "facts": {"purpose": "missing_person", "data.custodian": "department", "basis.protected_trait": "none"},
    }
    asked = [("2026-05-04T10:00:00-04:00", "2026-05-04"), ("2025-05-04T10:00:00-04:00", "2025-05-04")]
    text = ""
    for at, day in asked:
        grant = {"topic": "search.run", "decision": "granted", "by": "p-1", "at": f"{day}T09:00:00-04:00"}
        facts = {**request["facts"], "requester.id": "p-2"}  # type: ignore[dict-item]  # they are facts
        text += json.dumps({**request, "facts": facts, "at": at, "approvals": [grant]}) + "\n"
    lines.write_text(text, encoding="utf-8")
    found = run("decide", str(lines), *TOWN, "--directory", "people.yaml", "--json").stdout

    assert ["allow", "needs"] == [json.loads(line)["outcome"] for line in found.splitlines()]


def test_a_mapping_wants_its_database(tmp_path: Path) -> None:
    """The mapping of a database without a database is a wrong call."""
    mapping = tmp_path / "map.yaml"
    mapping.write_text("people: 1\ntimezone: America/New_York\ntables: {persons: {table: t, columns: {id: a}}}\n")

    assert ExitCode.USAGE == run("directory", "check", str(mapping), env={"ALPR_PEOPLE_URL": ""}).exit_code
