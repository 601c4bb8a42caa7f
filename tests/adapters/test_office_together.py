"""Eight processes act on the same cases: no approval is used twice, and nobody's step is lost."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra ledger is not installed")

from tests.adapters.office_kit import village

from alpr_policy_adapters.ledger import Ledger, verify
from alpr_policy_adapters.office import Office

ROOT = Path(__file__).parents[2]
PROCESSES, CASES = 8, 5
WORKER = """
import sys
from tests.adapters.office_kit import village
from alpr_policy_adapters.ledger import Ledger
from alpr_policy_adapters.office import Office
place, number, cases = sys.argv[1], sys.argv[2], int(sys.argv[3])
ledger = Ledger.open(place)
office = Office(village(), ledger)
sys.stdin.readline()
for case in range(cases):
    name = f"s-{case}"
    facts = {"purpose": "criminal_investigation"}
    told = {"kind": "supplied", "by": f"officer-{number}", "facts": facts, "source": f"desk {number}"}
    noted = office.take(name, told)
    print("noted", name, noted.receipt is not None and noted.step.refused is None, flush=True)
    done = office.take(name, {"kind": "done", "by": "officer-7"})
    print("done", name, done.step.done and done.receipt is not None, flush=True)
"""


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


def test_eight_processes_on_the_same_cases_use_each_approval_once(tmp_path: Path) -> None:
    """Each case is acted on exactly once, and every note that was acknowledged is a step of its case."""
    place = str(tmp_path / "ledger.db")
    ledger = prepared(place)
    command = [sys.executable, "-c", WORKER, place]
    workers = [
        subprocess.Popen(
            [*command, str(number), str(CASES)],
            cwd=ROOT,
            env={"PYTHONPATH": "engine:adapters:.", "PATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    for one in workers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [line.split() for one in workers for line in one.communicate(timeout=120)[0].splitlines()]
    assert PROCESSES * CASES * 2 == len(said)
    for case in range(CASES):
        name = f"s-{case}"
        assert 1 == sum(line == ["done", name, "True"] for line in said)
        assert PROCESSES == sum(line == ["noted", name, "True"] for line in said)
        rows = [row for row in ledger.rows() if row.case is not None and row.case[0] == name]
        assert list(range(1, 2 + PROCESSES + 1 + 1)) == [row.case[1] for row in rows if row.case]
    assert verify(ledger).is_whole
