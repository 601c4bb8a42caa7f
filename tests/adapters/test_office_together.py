"""Eight processes act on the same cases: no approval is used twice, and nobody's step is lost; a server that stops."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra ledger is not installed")

from tests.adapters.ledger_kit import in_child, place_of
from tests.adapters.office_kit import village
from tests.adapters.postgres_server import Postgres

from alpr_policy_adapters.ledger import Ledger, verify
from alpr_policy_adapters.office import Office

PROCESSES, CASES = 8, 5


def _at_work(place: str, number: int, begin: int, write: int) -> None:
    """Note something in each case and do what is asked for there, once all are ready; tell what came of it."""
    office = Office(village(), Ledger.open(place, wait=60))
    os.read(begin, 1)
    for case in range(CASES):
        name = f"s-{case}"
        facts = {"purpose": "criminal_investigation"}
        told = {"kind": "supplied", "by": f"officer-{number}", "facts": facts, "source": f"desk {number}"}
        noted = office.take(name, told)
        kept = noted.receipt is not None and noted.step.refused is None
        done = office.take(name, {"kind": "done", "by": "officer-7"})
        acted = done.step.done and done.receipt is not None
        os.write(write, f"noted {name} {kept}\ndone {name} {acted}\n".encode())


def prepared(place: str) -> Ledger:
    """Open cases with one grant each."""
    ledger = Ledger.open(place, create=True)
    start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    office = Office(village(), ledger, clock=lambda: start)
    for case in range(CASES):
        facts = {"purpose": "criminal_investigation", "plate.number": "TEST01"}
        office.take(
            f"s-{case}",
            {"kind": "opened", "action": "search.run", "by": "officer-7", "departments": ["village"], "facts": facts},
        )
        grant = {"kind": "approval", "decision": "granted", "by": "chief-1", "role": "chief", "scope": {}}
        office.take(f"s-{case}", grant | {"scope": {"plate.number": "TEST01"}})
    return ledger


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_eight_processes_on_the_same_cases_use_each_approval_once(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Each case is acted on exactly once, and every note that was acknowledged is a step of its case."""
    place = place_of(backend, tmp_path, lambda: request.getfixturevalue("postgres"))
    ledger = prepared(place)
    begin, go = os.pipe()
    workers = [
        in_child(lambda write, number=number: _at_work(place, number, begin, write))  # type: ignore[misc]
        for number in range(PROCESSES)
    ]
    os.write(go, b"!" * PROCESSES)
    said = []
    for child, pipe in workers:
        with os.fdopen(pipe, "r") as lines:
            said += [line.split() for line in lines]
        assert 0 == os.waitpid(child, 0)[1]
    os.close(begin)
    os.close(go)
    assert PROCESSES * CASES * 2 == len(said)
    for case in range(CASES):
        name = f"s-{case}"
        assert 1 == sum(line == ["done", name, "True"] for line in said)
        assert PROCESSES == sum(line == ["noted", name, "True"] for line in said)
        rows = [row for row in ledger.rows() if row.case is not None and row.case[0] == name]
        assert list(range(1, 2 + PROCESSES + 1 + 1)) == [row.case[1] for row in rows if row.case]
    assert verify(ledger).is_whole


def test_a_step_that_somebody_else_overtakes_is_not_out_of_order(tmp_path: Path) -> None:
    """An event without a time that begins before another person's step and is taken after it has a time after it."""
    place = str(tmp_path / "ledger.db")
    ledger = prepared(place)
    mine, others = Office(village(), ledger), [Office(village(), Ledger.open(place))]
    renew = mine.book.renew
    told = {"kind": "supplied", "facts": {"purpose": "criminal_investigation"}, "source": "desk 1"}

    def after_somebody_else() -> None:
        while others:
            others.pop().take("s-0", told | {"by": "officer-2"})
        renew()

    mine.book.renew = after_somebody_else  # type: ignore[method-assign]  # what another process does in that moment
    taken = mine.take("s-0", told | {"by": "officer-1"})

    assert taken.step.refused is None
    assert taken.receipt is not None


def test_while_the_server_is_stopped_nothing_is_done_and_then_things_go_on(postgres: Postgres) -> None:
    """Decisions are denied and events not taken, with the reason; when the server is back the same office goes on."""
    ledger = prepared(postgres.database())
    office = Office(village(), ledger)
    asked = {"action": "stop.start", "at": dt.datetime.now(dt.UTC), "facts": {"purpose": "stolen_property"}}
    done = {"kind": "done", "by": "officer-7"}
    before = office.decide(asked, departments=["village"])
    postgres.stop()
    try:
        gone = office.decide(asked, departments=["village"])
        untaken = office.take("s-0", done)
    finally:
        postgres.start()
    after, taken, again = (
        office.decide(asked, departments=["village"]),
        office.take("s-0", done),
        office.take("s-0", done),
    )

    assert ("deny", "not_recorded") == (gone.outcome, gone.reasons[0].rule)
    assert "the ledger cannot be used now" in gone.reasons[0].text
    assert (None, False, "ledger-unavailable") == (
        untaken.receipt,
        untaken.step.done,
        untaken.step.refused and untaken.step.refused.code,
    )
    assert untaken.step.decision is not None and "deny" == untaken.step.decision.outcome
    assert before == after
    assert (True, False) == (taken.step.done, again.step.done)
    assert verify(ledger).is_whole
    ledger.close()
