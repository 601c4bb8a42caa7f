"""`facts`: the words of the language, as people and programs look them up."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.adapters.cli_kit import TOWN, run

from alpr_policy.errors import ExitCode
from alpr_policy.vocabulary import VOCABULARY

Golden = Callable[[str, str], None]


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("facts",), "facts-actions.txt"),
        (("facts", "stop.start"), "facts-stop.start.txt"),
        (("facts", "data.share"), "facts-data.share.txt"),
        (("facts", "keeping"), "facts-keeping.txt"),
        (("facts", "--lists"), "facts-lists.txt"),
        (("facts", "search.run", "--profile", "exampletown", *TOWN), "facts-of-a-profile.txt"),
    ],
)
def test_facts_are_shown(words: tuple[str, ...], file: str, golden: Golden) -> None:
    """Actions, the facts of one action or group, lists and a profile's own words read as kept here."""
    result = run(*words)

    assert ExitCode.OK == result.exit_code
    golden(file, result.stdout)


@pytest.mark.parametrize("action", sorted(VOCABULARY.actions))
def test_every_fact_of_an_action_is_there(action: str) -> None:
    """For each action the machine's answer holds every fact that belongs to it, with meaning and supplier."""
    data = json.loads(run("facts", action, "--json").stdout)

    assert [fact.name for fact in VOCABULARY.facts_on(action)] == [fact["name"] for fact in data["facts"]]
    assert all(fact["means"] and fact["supplied_by"] and fact["kind"] for fact in data["facts"])


def test_unknown_action_is_a_wrong_call() -> None:
    """An action that does not exist is a usage error that suggests the nearest one."""
    result = run("facts", "stop.strt")

    assert ExitCode.USAGE == result.exit_code
    assert "did you mean `stop.start`?" in result.stderr


def test_lists_hold_what_a_profile_adds() -> None:
    """With a profile the lists hold its own entries: its roles are no longer empty."""
    data = json.loads(run("facts", "--lists", "--json", "-p", "exampletown", *TOWN).stdout)

    assert ["chief"] == data["lists"]["roles"]


def test_unknown_profile_is_named() -> None:
    """A profile that does not exist ends with its own code and a suggestion."""
    result = run("facts", "-p", "leicster")

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert "did you mean `leicester`?" in result.stderr
