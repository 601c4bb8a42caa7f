"""`alpr-policy audit portal`: each published claim beside the profile and the log, and nothing guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.adapters.cli_kit import run

from alpr_policy.errors import ExitCode
from alpr_policy_adapters.logs.portal import _items, portal_of

CASES = yaml.safe_load((Path(__file__).parent / "portal_claims.yaml").read_text(encoding="utf-8"))
# One search on the eleventh of March, so that the log reaches over the 30 days before the tenth of April.
LOG = """id,userId,searchDate,networkCount,reason,caseNumber,offenseType
p-1,u1,2026-03-11T00:01:00.000Z,4,theft,26-1,Theft
p-2,u1,2026-03-20T12:00:00.000Z,4,,26-2,Traffic Infraction
p-3,u2,2026-04-09T23:00:00.000Z,4,theft,26-3,Theft
p-0,u2,2026-03-01T23:00:00.000Z,4,theft,26-3,Theft
"""


def compared(folder: Path, record: Any, *words: str) -> Any:
    """Hold a record against what the words name, and return what came of it."""
    portal, log = folder / "portal.json", folder / "log.csv"
    portal.write_text(json.dumps(record, default=str), encoding="utf-8")
    log.write_text(LOG, encoding="utf-8")
    return run("audit", "portal", str(portal), "--log", str(log), "--policies", "quay.yaml", *words)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_claim(case: dict[str, Any], tmp_path: Path) -> None:
    """Each claim agrees with the profile and the log, differs, is passed over by them, or cannot be compared."""
    claims = json.loads(compared(tmp_path, case["record"], "-p", case["profile"], "--json").stdout)["claims"]

    assert case["verdicts"] == [one["profile"]["verdict"] for one in claims]
    assert case["log"] == [one["log"]["verdict"] for one in claims]


def test_clauses_are_named(tmp_path: Path) -> None:
    """What agrees or differs names the clauses of the profile."""
    claims = json.loads(compared(tmp_path, {"data_retention_days": 31}, "-p", "cambridge", "--json").stdout)["claims"]

    assert ["III.I", "IV.F.1-s2"] == claims[0]["profile"]["clauses"]


def test_the_comparison_in_words(golden: Callable[..., None], tmp_path: Path) -> None:
    """What was compared comes as a table, and what was not is shown below it."""
    record = {
        "crawled_name": "Quay PD", "archived_date": "2026-04-10", "data_retention_days": 365, "camera_count": 12,
        "access_policy": "All system access requires a valid reason and is stored indefinitely.",
        "prohibited_uses": "Traffic enforcement, reproductive rights", "searches_30d": 7,
    }  # fmt: skip
    golden("audit-portal.txt", compared(tmp_path, record, "-p", "cambridge").stdout)


def test_a_difference_fails_only_where_it_is_to(tmp_path: Path) -> None:
    """A difference ends the command with 7 if the caller says so, and with 0 otherwise."""
    record = {"data_retention_days": 365}

    assert ExitCode.OK == compared(tmp_path, record, "-p", "cambridge").exit_code
    assert ExitCode.BELOW_THRESHOLD == compared(tmp_path, record, "-p", "cambridge", "--fail-on-difference").exit_code


RECORDS = [
    ("portal.json", "[1]", "portal-record"),
    ("portal.json", "{", "json-syntax"),
    ("portal.jsonl", '{"crawled_slug": "a"}\n{"crawled_slug": "b"}\n', "portal-record"),
    ("portal.jsonl", "7\n", "portal-record"),
    ("portal.jsonl", "", "portal-record"),
]


@pytest.mark.parametrize(("name", "text", "error"), RECORDS)
def test_what_is_no_record(name: str, text: str, error: str, tmp_path: Path) -> None:
    """A file that holds no record, or several of which none is named, is refused with a code."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    result = run("audit", "portal", str(path))

    assert (ExitCode.BAD_INPUT, True) == (result.exit_code, f"[{error}]" in result.stderr), result.stderr


def test_one_record_of_several(tmp_path: Path) -> None:
    """Of several records the one that is named by slug or name is taken."""
    path = tmp_path / "portals.jsonl"
    path.write_text('{"crawled_slug": "a-pd"}\n{"crawled_slug": "b-pd", "crawled_name": "B PD"}\n', encoding="utf-8")
    found = [
        json.loads(run("audit", "portal", str(path), "--agency", name, "--json").stdout) for name in ("b-pd", "B PD")
    ]

    assert ["B PD", "B PD"] == [one["agency"] for one in found]


def test_commas_in_brackets_part_nothing() -> None:
    """A list is parted at its commas, but not at those in brackets, whether or not these are closed."""
    assert ["a (b, c)", "d"] == _items("a (b, c), d.")
    assert ["a (b", "c"] == _items("a (b, c")


def test_a_number_of_any_size_is_taken() -> None:
    """A number beyond all measure is shown as one and breaks nothing."""
    assert ["something that is no text"] == [one.published for one in portal_of({"camera_count": 10**5_000}).claims]


def test_every_published_record_is_compared(shared_folder: Path) -> None:
    """All 94 real records become claims, and of each prohibited use that is usual it is known what to ask."""
    path = shared_folder / "data" / "flock-audit" / "portal_policies.jsonl"
    records = [portal_of(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    uses = [claim for record in records for claim in record.claims if claim.topic == "prohibited_uses"]

    assert 94 == len(records)
    assert 0.95 < sum(claim.is_known for claim in uses) / len(uses)
