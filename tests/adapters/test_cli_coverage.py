"""`coverage`: the table of clauses, the share that is enforced, and what fails when it is too small."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.cli_kit import FILES, run

from alpr_policy.errors import ExitCode

Golden = Callable[[str, str], None]
TESTED = ("coverage", "town.yaml", "--tests", "answers")


def test_clauses_are_shown_with_what_holds_them(golden: Golden) -> None:
    """Each clause is enforced by what an answer proves, or cited, or not enforced with the reason."""
    result = run(*TESTED)

    assert ExitCode.OK == result.exit_code
    golden("coverage-town.txt", result.stdout)


@pytest.mark.parametrize(("least", "code"), [("72", ExitCode.OK), ("73", ExitCode.BELOW_THRESHOLD)])
def test_threshold(least: str, code: ExitCode) -> None:
    """Eight of eleven clauses are 72.7 percent: enough for 72, too few for 73."""
    assert code == run(*TESTED, "--min", least).exit_code


def test_json_counts_the_same() -> None:
    """The machine's answer holds the same counts, and each clause with its status."""
    data = json.loads(run(*TESTED, "--json", "--min", "90").stdout)
    town = data["profiles"][0]

    assert (["exampletown"], 8, 11, 72.73, 5) == (
        data["below"],
        town["enforced"],
        town["counted"],
        town["percent"],
        town["answers"],
    )
    assert {"clause": "1.b", "status": "enforced", "proven_by": ["chief-approves"]} == {
        key: value for key, value in town["clauses"][1].items() if key in ("clause", "status", "proven_by")
    }


def test_register_says_what_counts(tmp_path: Path) -> None:
    """With a register only its checkable clauses count; one that the outline lacks is named."""
    register = tmp_path / "register.yaml"
    register.write_text(
        "- {id: exampletown-2, machine_checkable: decision}\n"
        "- {id: exampletown-5, machine_checkable: schedule}\n"
        "- {id: exampletown-8, machine_checkable: informational}\n"
        "- {id: exampletown-9, machine_checkable: obligation}\n",
        encoding="utf-8",
    )
    town = json.loads(run(*TESTED, "--register", str(register), "--json").stdout)["profiles"][0]

    assert (2, 2, 100.0, ["9"]) == (town["enforced"], town["counted"], town["percent"], town["unknown"])


def test_register_needs_one_profile(tmp_path: Path) -> None:
    """A register speaks of one policy, so it goes with one profile."""
    assert ExitCode.USAGE == run("coverage", "--register", str(tmp_path / "register.yaml")).exit_code


def test_without_answers_nothing_is_proven(tmp_path: Path) -> None:
    """Without expected answers every clause is at best cited, and the share is nothing."""
    result = run("coverage", "town.yaml", "--tests", str(tmp_path), "--min", "1")

    assert ExitCode.BELOW_THRESHOLD == result.exit_code
    assert "there are no expected answers" in result.stdout


def test_answer_that_does_not_hold_proves_nothing(tmp_path: Path) -> None:
    """An expected answer that fails already is named and does not count as proof."""
    wrong = (FILES / "answers" / "exampletown.yaml").read_text(encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(wrong.replace("expect: overdue", "expect: due"), encoding="utf-8")
    town = json.loads(run("coverage", "town.yaml", "--tests", str(tmp_path), "--json").stdout)["profiles"][0]

    assert ["The first audit is late once its quarter is over."] == [one.split(": ")[1] for one in town["broken"]]
    assert ["cited, not proven"] == [one["status"] for one in town["clauses"] if one["clause"] == "5"]


def test_bad_answers_are_refused_with_a_place(tmp_path: Path) -> None:
    """A file of expected answers with a misspelt key is refused, with its place and a suggestion."""
    (tmp_path / "bad.yaml").write_text(
        "profile: exampletown\nat: 2026-05-04T10:00:00-04:00\n"
        "cases:\n  - {name: x, action: search.run, expect: {outcom: deny}}\n",
        encoding="utf-8",
    )
    result = run("coverage", "town.yaml", "--tests", str(tmp_path))

    assert ExitCode.BAD_INPUT == result.exit_code
    assert "bad.yaml:4:" in result.stderr
    assert "did you mean `outcome`?" in result.stderr


def test_lone_fact_without_reason_fails(tmp_path: Path) -> None:
    """A yes-or-no fact that one statement alone reads must say why it can be recorded."""
    text = (FILES / "town.yaml").read_text(encoding="utf-8")
    fact = "\nfacts:\n  tower.near: {type: bool, actions: [search.run]}\n"
    rule = '\n  - {id: near, cite: "4", action: search.run, when: {tower.near: true}}\n\napprovals:'
    profile = tmp_path / "near.yaml"
    profile.write_text(text.replace("\napprovals:", rule) + fact, encoding="utf-8")
    bare = run("coverage", str(profile), "--facts")
    profile.write_text(
        text.replace("\napprovals:", rule) + fact.replace("bool,", "bool, means: seen on the map,"), encoding="utf-8"
    )
    told = run("coverage", str(profile), "--facts")

    assert (ExitCode.BELOW_THRESHOLD, ExitCode.OK) == (bare.exit_code, told.exit_code)
    assert "no reason is recorded for `tower.near`" in bare.stdout
    assert "seen on the map" in told.stdout


def test_shipped_facts_all_have_a_reason() -> None:
    """Of the profiles that ship, each yes-or-no fact that one statement alone reads says why it can be recorded."""
    result = run("coverage", "--facts")

    assert ExitCode.OK == result.exit_code, result.stdout


def test_unknown_profile_is_suggested() -> None:
    """A profile that nobody knows has its exit code and a suggestion."""
    result = run("coverage", "leicster")

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert "did you mean `leicester`?" in result.stderr
