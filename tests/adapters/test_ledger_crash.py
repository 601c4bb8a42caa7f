"""Writers that are killed, and writers that meet: nothing is lost, nothing is half, and no step is taken twice."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from tests.adapters.ledger_kit import duty, in_child, killed_writer, opened, place_of, step

from alpr_policy_adapters.ledger import Kind, Ledger, LedgerConflictError, LedgerOvertakenError, NewRow, Wanted, verify

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
BACKENDS = ("sqlite", "postgresql")
KILLS = {"sqlite": 13, "postgresql": 12}
PROCESSES, STEPS, CASES = 8, 8, 3


def _survives(place: str, kills: range) -> None:
    """Kill a writer again and again, and hold the ledger against everything that was acknowledged."""
    opened(place).close()
    told: dict[int, str] = {}
    for seed in kills:
        for line in killed_writer(place, seed):
            seq, hashed = line.split()
            told[int(seq)] = hashed
    ledger = Ledger.open(place)
    report, kept = verify(ledger), {row.seq: row.hash for row in ledger.rows()}
    ledger.close()

    assert [] == report.findings
    assert told == {seq: kept.get(seq) for seq in told}
    assert len(kills) <= len(told)


@pytest.mark.parametrize("backend", BACKENDS)
def test_killed_writers_lose_nothing(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """However often writers are killed, each row that was acknowledged is there, none is half, the chain is whole."""
    place = place_of(backend, tmp_path, lambda: request.getfixturevalue("postgres"))

    _survives(place, range(KILLS[backend]))


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_writers_killed_very_often_lose_nothing(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The same holds when writers are killed five hundred times."""
    place = place_of(backend, tmp_path, lambda: request.getfixturevalue("postgres"))

    _survives(place, range(1_000, 1_500))


def _steps(place: str, write: int, seed: int) -> None:
    """Take steps of some cases beside others who do the same: each adds one to the number that the case stands for."""
    draw, ledger = random.Random(seed), Ledger.open(place, wait=60)
    for _ in range(STEPS):
        case, done = f"case-{draw.randrange(CASES)}", False
        while not done:
            revision = ledger.revision(case)
            last = list(ledger.rows(Wanted(case=case)))
            row = next((one for one in last if one.case == (case, revision)), None)
            count = int(row.body["count"]) if row is not None else 0
            body = {"count": count + 1, "approval": f"{seed}-{count}"}
            new = NewRow(kind=Kind.CASE_EVENT, happened=step(case, 1).happened, body=body, case=(case, revision + 1))
            try:
                ledger.append([new])
                done = True
            except LedgerConflictError:
                continue
    os.write(write, b"done")


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_update_is_lost(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Eight processes step the same cases: every step builds on the one before, and none is taken twice."""
    place = place_of(backend, tmp_path, lambda: request.getfixturevalue("postgres"))
    ledger = opened(place)
    children = [in_child(lambda write, seed=seed: _steps(place, write, seed)) for seed in range(PROCESSES)]  # type: ignore[misc]
    for child, pipe in children:
        with os.fdopen(pipe, "rb") as said:
            assert b"done" == said.read()
        assert 0 == os.waitpid(child, 0)[1]
    cases = [f"case-{number}" for number in range(CASES)]
    counts = [[row.body["count"] for row in ledger.rows(Wanted(case=case))] for case in cases]

    assert [list(range(1, len(one) + 1)) for one in counts] == counts
    assert PROCESSES * STEPS == sum(len(one) for one in counts)
    assert [] == verify(ledger).findings


def _once(place: str, seen: int, write: int) -> None:
    ledger = Ledger.open(place)
    try:
        ledger.append([duty(after=seen)])
        os.write(write, b"written")
    except LedgerOvertakenError:
        os.write(write, b"overtaken")


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_of_those_who_looked_at_one_time_writes(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Of eight processes that all looked before any wrote, one writes its row, whatever other kinds were written."""
    place = place_of(backend, tmp_path, lambda: request.getfixturevalue("postgres"))
    ledger = opened(place)
    ledger.append([duty()])
    seen = ledger.head().size
    ledger.append([step("case-1", 1)])
    children = [in_child(lambda write: _once(place, seen, write)) for _ in range(PROCESSES)]
    told = []
    for child, pipe in children:
        with os.fdopen(pipe, "rb") as said:
            told.append(said.read().decode())
        assert 0 == os.waitpid(child, 0)[1]
    late = ledger.commit([[ledger.prepare(duty(after=ledger.head().size))] for _ in range(2)])

    assert ["overtaken"] * (PROCESSES - 1) + ["written"] == sorted(told)
    assert [tuple, LedgerOvertakenError] == [type(one) for one in late]
    assert 3 == len(list(ledger.rows(Wanted(kinds=frozenset({Kind.DUTY})))))
    assert [] == verify(ledger).findings
