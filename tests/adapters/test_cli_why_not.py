"""`why-not`: what would lead to allow, in sentences and as data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.cli_kit import run

from alpr_policy.errors import ExitCode

Golden = Callable[[str, str], None]
HEAD = "action: {}\nat: 2026-05-04T10:00:00-04:00\ndepartments: [{}]\n"
SEARCH = "facts: {purpose: personal, requester.id: officer-7, requester.agency: own, data.custodian: department}\n"
STORED = (
    "facts: {data.classes: [read], data.custodian: department, record.captured: 2020-05-03T10:00:00-04:00}\nholds: []\n"
)


@pytest.mark.parametrize(
    ("name", "action", "profile", "rest"),
    [
        ("approval", "search.run", "leicester", SEARCH + "approvals: []\n"),
        ("otherwise", "search.run", "cambridge", SEARCH),
        ("stop", "stop.start", "billerica", "facts: {stop.basis: hit}\nchecks: []\n"),
        ("barred", "data.store", "leicester", STORED),
        ("allowed", "deployment.start", "leicester", "facts: {purpose: routine_patrol}\n"),
    ],
)
def test_ways_are_told(name: str, action: str, profile: str, rest: str, tmp_path: Path, golden: Golden) -> None:
    """Each way stands with what to do, what to record if it is so, and what would have to be another way."""
    file = tmp_path / "request.yaml"
    file.write_text(HEAD.format(action, profile) + rest, encoding="utf-8")
    result = run("why-not", str(file), "--most", "2")

    assert ExitCode.OK == result.exit_code
    golden(f"why-not-{name}.txt", re.sub(r"(\.yaml):\d+", r"\1:LINE", result.stdout))


def test_data_says_what_to_add_to_the_request() -> None:
    """As data a set says each fact with its values and each record as a request holds it."""
    text = HEAD.format("search.run", "leicester") + SEARCH + "approvals: []\n"
    data = json.loads(run("why-not", "--json", input=text).stdout)
    first = data["sets"][0]["elements"][0]

    assert ("needs", True, "allow") == (data["outcome"], data["complete"], data["sets"][0]["outcome"])
    assert ("approvals", "step", "granted") == (first["list"], first["way"], first["records"][0]["decision"])


def test_request_that_cannot_be_read() -> None:
    """A request without an act ends with the code for bad input."""
    result = run("why-not", "--profile", "leicester", input="facts: {}\n")

    assert ExitCode.BAD_INPUT == result.exit_code
    assert "nothing to judge by" in result.stdout
