"""`explain`: a decision in words, from its request or as it was saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.adapters.cli_kit import FILES, KINDS, TOWN, run

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


def test_trace_holds_retention_and_holds(golden: Golden) -> None:
    """On stored data the trace shows each retention statement and hold, what was read and what is not known."""
    result = run("explain", "keep.yaml", *KINDS, "--as-of", "2026-05-04", env={"COLUMNS": "80"})

    assert ExitCode.OK == result.exit_code
    assert [] == [line for line in result.stdout.splitlines() if len(line) > 80]
    golden("explain-keeping.txt", result.stdout)


def test_several_departments_are_told_apart(golden: Golden) -> None:
    """Where several departments judge, what was considered is told for each."""
    words = ("-p", "every_kind", "-p", "exampletown", *TOWN, *KINDS)
    result = run("explain", "search.json", *words, env={"COLUMNS": "80"})

    golden("explain-several.txt", result.stdout)


def test_every_statement_on_the_act_is_in_the_trace() -> None:
    """What the trace holds and what it says it leaves out add up to the whole profile."""
    decision = json.loads(run("explain", "keep.yaml", *KINDS, "--as-of", "2026-05-04", "--json").stdout)["decision"]
    shown = json.loads(run("show", "every_kind", *KINDS, "--as-of", "2026-05-04", "--json").stdout)
    everything = {one["id"] for chapter in shown["chapters"] for one in chapter["statements"]}
    traced = {line["rule"] for line in decision["trace"]}

    assert len(everything) == len(traced) + decision["judged_by"][0]["elsewhere"]
    assert traced <= everything


def test_question_brings_the_time() -> None:
    """`--as-of` is the time of a request without one, and leaves alone the time that a request brings."""
    without = json.loads(run("explain", "keep.yaml", *KINDS, "--as-of", "2026-05-04", "--json").stdout)
    within = json.loads(run("explain", "search.json", *TOWN, "--as-of", "2020-01-01", "--json").stdout)

    assert "2026-05-04T00:00:00-04:00" == without["decision"]["at"]
    assert "2026-05-04T10:00:00-04:00" == within["decision"]["at"]


@pytest.mark.parametrize("option", [("--as-of", "2026-05-04"), ("--as-if", "exampletown")])
def test_saved_decision_is_not_judged_again(option: tuple[str, ...]) -> None:
    """A decision that was saved has its time and its texts, so asking for others is a wrong call."""
    result = run("explain", *option, *TOWN, input=saved())

    assert ExitCode.USAGE == result.exit_code
    assert "is not judged again" in result.stderr


def test_as_if_is_said_in_every_output() -> None:
    """A text that did not bind is named as such to the auditor, the officer and the machine."""
    words = ("explain", "search.json", *TOWN, "--as-if", "exampletown@2025-02-01")

    assert "had bound: this is no statement of what was lawful" in " ".join(run(*words).stdout.split())
    assert "as if under exampletown@2025-02-01" in run(*words, "--for", "officer").stdout
    assert ["exampletown@2025-02-01"] == json.loads(run(*words, "--json").stdout)["decision"]["as_if"]
