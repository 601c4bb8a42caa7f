"""`explain`: a decision in words, from its request or as it was saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.adapters.cli_kit import FILES, TOWN, run

from alpr_policy.errors import ExitCode

Golden = Callable[[str, str], None]


def saved(*words: str) -> str:
    """Return the decision on the test files' search as `decide` writes it."""
    return str(run("decide", "search.json", *TOWN, "--json", *words).stdout)


def test_auditor_sees_everything(golden: Golden) -> None:
    """The auditor gets the reasons with facts and lines, and all that was considered."""
    result = run("explain", "stop.yaml", *TOWN)

    assert ExitCode.OK == result.exit_code
    golden("explain-auditor.txt", result.stdout)


def test_officer_gets_one_line() -> None:
    """The officer gets one line, whatever its length."""
    result = run("explain", "stop.yaml", *TOWN, "--for", "officer")

    assert "needs: visual verification of state (3.a)\n" == result.stdout


@pytest.mark.parametrize(("reader", "shown"), [("auditor", True), ("officer", False)])
def test_confidential_reason_is_for_auditors(reader: str, shown: bool) -> None:
    """A confidential reason is shown to the auditor from the first line on, and never to the officer."""
    search = json.loads((FILES / "search.json").read_text(encoding="utf-8"))
    search["facts"]["basis.protected_trait"] = "sole"
    result = run("explain", *TOWN, "--for", reader, input=json.dumps(search))

    assert shown is ("A search for a trait alone is never made" in result.stdout.splitlines()[0])


def test_saved_decision_reads_the_same() -> None:
    """A decision saved with its trace is explained in the same words as the request it answers."""
    direct = run("explain", "search.json", *TOWN)

    assert direct.stdout == run("explain", input=saved("--trace")).stdout


def test_saved_denial_of_no_request_can_be_explained() -> None:
    """Even the decision on something that was no request reads back, though most of it was left out as empty."""
    denial = run("decide", *TOWN, "--json", input="{}").stdout
    result = run("explain", input=denial)

    assert ExitCode.OK == result.exit_code
    assert result.stdout.startswith("deny: the request cannot be read")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"version": 2}, id="another version"),
        pytest.param({"outcome": "perhaps"}, id="an unknown outcome"),
        pytest.param({"extra": 1}, id="a key too many"),
        pytest.param({"reasons": [{"rule": 1}]}, id="a reason of another shape"),
        pytest.param({"needs": None}, id="null"),
    ],
)
def test_altered_decision_is_refused(change: dict[str, Any]) -> None:
    """A decision that breaks the published schema is refused as unreadable input."""
    result = run("explain", "--json", input=json.dumps(json.loads(saved()) | change))

    assert ExitCode.BAD_INPUT == result.exit_code
    assert {"decision-shape"} == {error["code"] for error in json.loads(result.stdout)["errors"]}


def test_json_holds_words_and_decision() -> None:
    """The machine's answer holds the words, for whom they are, and the decision."""
    data = json.loads(run("explain", "stop.yaml", *TOWN, "--for", "officer", "--json").stdout)

    assert ("officer", "needs: visual verification of state (3.a)", "needs") == (
        data["for"],
        data["text"],
        data["decision"]["outcome"],
    )


def test_what_is_no_request_is_unreadable() -> None:
    """What is neither a request nor a decision is explained as a denial, with the exit code of unreadable input."""
    assert ExitCode.BAD_INPUT == run("explain", *TOWN, input="{}").exit_code
