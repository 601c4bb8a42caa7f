"""Whoever takes events into cases is killed at random: what was acknowledged is there, and no step is half there."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra ledger is not installed")

from tests.adapters.ledger_kit import in_child, opened, place_of
from tests.adapters.office_kit import village

from alpr_policy.evaluators.stateful import read_event
from alpr_policy.questions.cases import Desk
from alpr_policy_adapters.ledger import Ledger, Row, Wanted, recompute, verify
from alpr_policy_adapters.office import Office
from alpr_policy_adapters.office.casebook import CASE

BACKENDS = ("sqlite", "postgresql")
CASES, KILLS, MANY = 3, 3, 60
WISH = {"kind": "opened", "action": "search.run", "departments": ["village"]}
FACTS = {"purpose": "criminal_investigation", "plate.number": "TEST01"}
GRANT = {"kind": "approval", "decision": "granted", "by": "chief-1", "role": "chief"}


def _at_work(place: str, seed: int, write: int) -> None:
    """Take events into cases without end, and tell of each step once it is acknowledged."""
    draw, office = random.Random(seed), Office(village(), Ledger.open(place))
    while True:
        name = f"s-{draw.randrange(CASES)}"
        asking = WISH if office.book.get(name) is None else {"kind": "asked", "action": "search.run"}
        by = {"by": "officer-7"}
        for event in ({**asking, **by, "facts": FACTS}, GRANT, {"kind": "done", **by}):
            taken = office.take(name, event)
            assert taken.receipt is not None
            if taken.step.refused is None and taken.step.case is not None:
                told = f"{taken.receipt.seq} {name} {taken.step.case.revision} {taken.step.done}\n"
                os.write(write, told.encode())


def _killed(place: str, seed: int) -> list[str]:
    child, pipe = in_child(lambda write: _at_work(place, seed, write))
    with os.fdopen(pipe, "rb") as said:
        first = said.readline()
        time.sleep(random.Random(seed).random() * 0.1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = (first + said.read()).decode().split("\n")
    return lines[:-1]  # a line without its end was not acknowledged


def _is_whole(rows: list[Row]) -> bool:
    """Say whether a case is what its events make of it, step by step, and each grant served one act."""
    desk, case = Desk.of(village()), None
    for number, row in enumerate(rows, start=1):
        step = desk.take(case, read_event(row.whole["event"]))
        case = step.case
        if step.refused is not None or case is None or row.case != (case.id, number):
            return False
        if case.to_wire() != row.personal[CASE].value:
            return False
    acts = case.acts if case is not None else ()
    used = [place for act in acts for place in act.rests_on]
    return len(acts) == len(used) == len(set(used))


def _survives(place: str, kills: range) -> None:
    opened(place).close()
    told = [line.split() for seed in kills for line in _killed(place, seed)]
    ledger, names = Ledger.open(place), [f"s-{number}" for number in range(CASES)]
    steps = {name: [row for row in ledger.rows(Wanted(case=name)) if row.case] for name in names}
    rows = [row for several in steps.values() for row in several]
    kept = {(str(row.seq), *map(str, row.case or ()), str(row.whole["step"]["done"])) for row in rows}

    assert {tuple(line) for line in told} - kept == set()
    assert len(kills) <= len(told)
    assert all(_is_whole(several) for several in steps.values())
    assert verify(ledger).is_whole
    assert 0 == len(recompute(ledger).different)
    ledger.close()


@pytest.mark.parametrize("backend", BACKENDS)
def test_acknowledged_steps_survive(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """However often it is killed, each acknowledged step is there, each case whole, and the chain verifies."""
    _survives(place_of(backend, tmp_path, lambda: request.getfixturevalue("postgres")), range(KILLS))


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_acknowledged_steps_survive_many_kills(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The same holds when it is killed sixty times."""
    _survives(place_of(backend, tmp_path, lambda: request.getfixturevalue("postgres")), range(100, 100 + MANY))
