"""`show` and `matrix`: profiles in plain words, alone and side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.cli_kit import FILES, KINDS, ROOT, TOWN, run

from alpr_policy.errors import ExitCode
from alpr_policy.vocabulary.topics import TOPICS

Golden = Callable[[str, str], None]
CASES = ROOT / "tests" / "cases" / "profiles"
TEMPLATE = ("--policies", str(CASES / "template.yaml"))
THEN = ("--as-of", "2026-05-04")
THREE = (*TOWN, *KINDS, *TEMPLATE, "-p", "exampletown", "-p", "every_kind", "-p", "template")


@pytest.mark.parametrize(
    ("words", "columns", "file"),
    [
        (("show", "exampletown", *TOWN), "80", "show-town.txt"),
        (("show", "every_kind", *KINDS), "100", "show-every-kind.txt"),
        (("show", "template", *TEMPLATE, "--no-readings"), "80", "show-template.txt"),
        (("matrix", "search.run", *THREE), "80", "matrix-search-80.txt"),
        (("matrix", "search.run", *THREE), "120", "matrix-search-120.txt"),
        (("matrix", "retention", *THREE), "80", "matrix-retention.txt"),
        (("matrix", "entries", *THREE), "120", "matrix-entries.txt"),
        (("matrix", "device.install", *TOWN, "-p", "exampletown"), "80", "matrix-silent.txt"),
    ],
)
def test_words_for_a_council(words: tuple[str, ...], columns: str, file: str, golden: Golden) -> None:
    """A profile alone and several side by side read as kept here, at the width of a terminal."""
    result = run(*words, *THEN, env={"COLUMNS": columns})

    assert ExitCode.OK == result.exit_code, result.stderr
    assert [] == [line for line in result.stdout.splitlines() if len(line) > int(columns)]
    golden(file, result.stdout)


def test_topics_are_listed(golden: Golden) -> None:
    """`matrix --list` names every topic with what it takes in."""
    result = run("matrix", "--list", env={"COLUMNS": "80"})

    assert ExitCode.OK == result.exit_code
    assert sorted(TOPICS) == sorted(json.loads(run("matrix", "--list", "--json").stdout)["topics"])
    golden("matrix-list.txt", result.stdout)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("matrix", "serch.run"), ExitCode.USAGE, "did you mean `search.run`?"),
        (("matrix", "retentoin"), ExitCode.USAGE, "did you mean `retention`?"),
        (("matrix",), ExitCode.USAGE, "name an action or a topic"),
        (("matrix", "stops", "-p", "leicster"), ExitCode.BAD_PROFILE, "did you mean `leicester`?"),
        (("matrix", "stops", "--as-if", "leicster"), ExitCode.BAD_PROFILE, "did you mean `leicester`?"),
        (("matrix", "stops", "--as-if", "leicester@May"), ExitCode.USAGE, "`May` is not a day"),
        (("matrix", "stops", "--as-if", "leicester@1999-01-01"), ExitCode.USAGE, "no text of `leicester` was in force"),
        (("matrix", "stops", "--as-of", "May"), ExitCode.USAGE, "--as-of: `May` is no moment"),
        (("show", "leicster"), ExitCode.BAD_PROFILE, "did you mean `leicester`?"),
        (("show",), ExitCode.USAGE, "missing argument"),
        (("show", "leicester", "--as-of", "2026-13-01"), ExitCode.USAGE, "--as-of"),
    ],
)
def test_what_is_not_known_is_named(words: tuple[str, ...], code: ExitCode, said: str) -> None:
    """A misspelt action, topic, profile or day ends with its own code and what was probably meant."""
    result = run(*words)

    assert code == result.exit_code
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_show_takes_the_version_of_the_day() -> None:
    """`--as-of` picks the version that was in force, and says where none was."""
    folder = ("--policies", str(CASES / "old_town_1.yaml"), "--policies", str(CASES / "old_town_2.yaml"))
    early = run("show", "old_town", *folder, "--as-of", "2025-02-01").stdout
    before = run("show", "old_town", *folder, "--as-of", "2020-02-01").stdout
    after = run("show", "old_town", *folder, "--as-of", "2027-02-01").stdout

    assert "policy number 1, in effect from 1 January 2025" in early
    assert "Not in force on 1 February 2020: it takes effect on 1 June 2025. It binds nobody." in before
    assert "Not in force on 1 February 2027: its last day was 30 June 2026. It binds nobody." in after


def test_matrix_says_what_is_only_supposed() -> None:
    """A text that is shown as if it had bound is marked as such, in words and in data."""
    words = ("matrix", "searches", *TOWN, "--as-if", "exampletown", *THEN)
    (column,) = json.loads(run(*words, "--json").stdout)["columns"]

    assert "as if exampletown" in run(*words).stdout
    assert "shown as if it had bound" in " ".join(run(*words).stdout.split())
    assert "exampletown" == column["as_if"]


def test_machines_get_the_same() -> None:
    """With `--json` the statements, their clauses and what silence means are data."""
    shown = json.loads(run("show", "exampletown", *TOWN, *THEN, "--json").stdout)
    table = json.loads(run("matrix", "search.run", *TOWN, "-p", "exampletown", *THEN, "--json").stdout)

    assert {"chapters", "silence", "offices", "not_enforced", "content_hash"} <= set(shown)
    assert "search.run" == table["columns"][0]["stances"][0]["action"]
    assert all(one["text"] and one["cite"] for one in table["columns"][0]["statements"])


@pytest.mark.parametrize("command", [("show", "exampletown"), ("matrix", "search.run", "-p", "exampletown")])
def test_text_of_a_profile_is_no_markup(command: tuple[str, ...], tmp_path: Path) -> None:
    """What a profile's author wrote is shown as it is and never taken for markup."""
    text = (FILES / "town.yaml").read_text(encoding="utf-8")
    text = text.replace("Chief of Police", '"Chief [bold]of[/bold] :warning: Police"')
    (tmp_path / "town.yaml").write_text(text, encoding="utf-8")
    result = run(*command, "--policies", str(tmp_path), *THEN)

    assert ExitCode.OK == result.exit_code, result.stderr
    assert "Chief [bold]of[/bold] :warning: Police" in " ".join(result.stdout.split())
    assert "\x1b" not in result.stdout


def test_hostile_names_on_the_command_line_are_shown_harmless() -> None:
    """What was typed as a name is shown without the characters that drive a terminal."""
    for words in (
        ("show", "a\x1b[31mb"),
        ("matrix", "a\x1b[31mb"),
        ("matrix", "stops", "--as-if", "leicester@\x1b[31m"),
    ):
        assert "\x1b" not in run(*words).output
