"""`alpr-policy ledger`: every command on one ledger, in words and as JSON, and what it says when something is wrong."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run
from tests.adapters.ledger_kit import AT, duty, opened

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import ExitCode
from alpr_policy_adapters.ledger import recording

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("cryptography", reason="needs the extra: pip install 'alpr-policy[ledger]'")
FULL = {"purpose": "criminal_investigation", "requester.id": "officer-7", "plate.number": "4KAN123"}


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Make a ledger with two decisions, one of which names nobody, and a duty."""
    path = str(tmp_path / "ledger.db")
    ledger = opened(path)
    record = recording(PolicyDecisionPoint.load(), ledger, clock=lambda: AT)
    for facts in (FULL, {"plate.number": "4KAN123"}):
        record(
            {"action": "search.run", "at": "2026-05-04T10:00:00-04:00", "departments": ["cambridge"], "facts": facts}
        )
    ledger.append([duty(1)])
    ledger.close()
    return path


def _ledger(place: str, *words: str) -> Any:
    return run("ledger", *words, env={"ALPR_LEDGER": place})


def _json(place: str, *words: str) -> Any:
    return json.loads(_ledger(place, *words, "--json").stdout)


def test_a_ledger_from_its_first_day(tmp_path: Path) -> None:
    """A ledger is made, looked at, signed, proven, purged and verified; each answer comes as text and as JSON."""
    place, key = str(tmp_path / "new.db"), str(tmp_path / "key")
    first, second = str(tmp_path / "first.json"), str(tmp_path / "second.json")
    steps = [_ledger(place, "init"), _ledger(place, "init"), run("ledger", "keygen", key, "--json")]
    public = json.loads(steps[2].stdout)["public_key"]
    steps += [_ledger(place, "checkpoint", "--key", key, "--out", first)]
    opened(place).append([duty(1)])
    steps += [_ledger(place, "checkpoint", "--key", key, "--out", second)]
    row = _ledger(place, "prove", "2", "--checkpoint", second)
    grew = _ledger(place, "prove", "--since", first, "--checkpoint", second)
    steps += [row, grew, _ledger(place, "purge", "3", "--cite", "V.A", "--by", "clerk"), _ledger(place, "status")]
    steps += [run("ledger", "check-proof", "-", "--public-key", public, input=one.stdout) for one in (row, grew)]
    steps += [_ledger(place, "verify", "--checkpoint", second, "--public-key", public)]

    assert [ExitCode.OK] * len(steps) == [one.exit_code for one in steps]
    assert "it holds: row 2 is in the ledger of 3 rows" in steps[-3].stdout
    assert "it holds: the ledger of 3 rows begins with that of 1, unchanged" in steps[-2].stdout
    assert "whole: 5 rows" in steps[-1].stdout
    assert "3 checkpoints agree; 3 values purged as told" in steps[-1].stdout
    assert {"opened": 1, "checkpoint": 2, "duty": 1, "purge": 1} == _json(place, "status")["kinds"]


def test_what_is_wrong_is_told_with_its_place(place: str) -> None:
    """A changed row makes `verify` fail and name the row."""
    with sqlite3.connect(place) as connection:
        connection.execute("DROP TRIGGER rows_stay_update")
        connection.execute("UPDATE rows SET body = replace(body, 'deny', 'allow') WHERE seq = 3")
        connection.execute("UPDATE rows SET body = replace(body, 'needs', 'allow') WHERE seq = 3")
    result, told = _ledger(place, "verify"), _json(place, "verify")

    assert ExitCode.BAD_INPUT == result.exit_code
    assert "is not what was written: its hash differs [ledger-row-changed]" in " ".join(result.stdout.split())
    assert [("rows", "row 3")] == [(one["table"], one["place"]) for one in told["findings"]]


def test_search_shows_persons_only_where_asked(place: str) -> None:
    """Rows are found by a plate; whom they name is shown only with the option for it."""
    bare, full = _ledger(place, "search", "--plate", "4kan-123"), _ledger(place, "search", "--with-personal")
    lines = _ledger(place, "search", "--person", "officer-7", "--json").stdout.splitlines()

    assert "2 rows" in bare.stdout
    assert "officer-7" not in bare.stdout
    assert "officer-7" in full.stdout
    assert [3] == [json.loads(line)["seq"] for line in lines]


def test_export_writes_a_line_for_each_row(place: str) -> None:
    """An export has a head and a line for each row that is wanted, each with its path."""
    lines = [json.loads(line) for line in _ledger(place, "export", "--kind", "decision").stdout.splitlines()]

    assert [None, 3, 4] == [line.get("seq") for line in lines]
    assert all(line["intact"] and line["path"] for line in lines[1:])


def test_recompute_tells_what_came_out_otherwise(place: str) -> None:
    """Decisions come out the same; one that was purged says under which clause, one that was changed is told."""
    same = _ledger(place, "recompute")
    _ledger(place, "purge", "3", "--cite", "V.A", "--by", "clerk")
    purged = _ledger(place, "recompute")
    with sqlite3.connect(place) as connection:
        connection.execute("DROP TRIGGER rows_stay_update")
        connection.execute("UPDATE rows SET body = replace(body, 'search.run', 'data.use') WHERE seq = 4")
    changed = _ledger(place, "recompute")

    assert "2 decisions: 2 the same" in same.stdout
    assert "not recomputable  purged under V.A" in purged.stdout
    assert (ExitCode.OK, ExitCode.OK, ExitCode.BELOW_THRESHOLD) == (same.exit_code, purged.exit_code, changed.exit_code)
    assert "different" in changed.stdout


def test_fitness_tells_clause_by_clause(place: str) -> None:
    """What a policy wants logged is told by clause, with the rows that lack it."""
    result = _ledger(place, "fitness", "-d", "cambridge", "--as-of", "2026-05-04")
    (clause,) = _json(place, "fitness", "-d", "cambridge", "--as-of", "2026-05-04")["clauses"]

    assert ExitCode.BELOW_THRESHOLD == result.exit_code
    assert ("IV.C.6.a", False, ["log-line"]) == (clause["cite"], clause["fulfilled"], clause["rules"])
    assert [4] == [lack["first"] for lack in clause["lacks"] if lack["kind"] == "decision"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("status",), ExitCode.BAD_INPUT, "ledger-missing"),
        (("status", "--ledger", "mysql://x/y"), ExitCode.BAD_INPUT, "ledger-address"),
        (("checkpoint", "--key", "none"), ExitCode.BAD_INPUT, "ledger-key"),
        (("prove", "--checkpoint", "none.json"), ExitCode.USAGE, "usage"),
        (("prove", "3", "--checkpoint", "none.json"), ExitCode.BAD_INPUT, "file-missing"),
        (("check-proof", "town.yaml"), ExitCode.BAD_INPUT, "ledger-proof"),
        (("search", "--since", "yesterday"), ExitCode.USAGE, "usage"),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path: Path, words: tuple[str, ...], code: ExitCode, told: str) -> None:
    """Each wrong call and each missing file has its code, and no traceback."""
    result = _ledger(str(tmp_path / "none.db"), *words)

    assert code == result.exit_code
    assert f"[{told}]" in result.stderr
