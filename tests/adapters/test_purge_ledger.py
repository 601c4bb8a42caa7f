"""`retention purge --apply --ledger`: the proof in the ledger, whole also where the purge was killed in the middle."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.adapters.cli_kit import environment, run
from tests.adapters.ledger_kit import opened, place_of
from tests.adapters.retention_kit import NOW, keys_in, shipped, table

from alpr_policy.errors import ExitCode
from alpr_policy.questions.disposal import Course, weigh
from alpr_policy_adapters.ledger import Kind, Ledger, Wanted, verify
from alpr_policy_adapters.office import Office
from alpr_policy_adapters.office.journal import LedgerJournal
from alpr_policy_adapters.stores import StoreError, open_store

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
BACKENDS = ("sqlite", "postgresql")
PURGES = Wanted(kinds=frozenset({Kind.PURGE}))
# As the command does it, with small batches, so that there is a middle in which it can be killed.
PURGE = """
import datetime as dt, sys
from pathlib import Path
from alpr_policy import PolicyDecisionPoint
from alpr_policy_adapters.ledger import Ledger
from alpr_policy_adapters.office import Office
from alpr_policy_adapters.office.journal import LedgerJournal
from alpr_policy_adapters.stores import open_store
from alpr_policy_adapters.stores.purge import PurgeOrder, purge
folder, pdp = Path(sys.argv[1]), PolicyDecisionPoint.load()
order = PurgeOrder(pdp=pdp, department="cambridge", stores=[open_store(folder / "vendor.yaml")],
                   holds=lambda: (), clock=lambda: dt.datetime.now(dt.UTC), batch=2)
purge(order, LedgerJournal(Office(pdp, Ledger.open(str(folder / "ledger.db"))), "cambridge"))
"""


# Has the turn until it is killed.
HOLD = """
import sys, time
from alpr_policy import PolicyDecisionPoint
from alpr_policy_adapters.ledger import Ledger
from alpr_policy_adapters.office import Office
from alpr_policy_adapters.office.journal import LedgerJournal
journal = LedgerJournal(Office(PolicyDecisionPoint.load(), Ledger.open(sys.argv[1])), sys.argv[2])
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a folder with a table of reads up to now, and a new ledger."""
    table(tmp_path, 300, dt.datetime.now(dt.UTC).replace(microsecond=0))
    Ledger.open(str(tmp_path / "ledger.db"), create=True).close()
    return tmp_path


def doomed(folder: Path) -> set[str]:
    """Return the keys of what must go now."""
    pdp, now = shipped(), dt.datetime.now(dt.UTC)
    records = open_store(folder / "vendor.yaml").records()
    return {one.key for one in records if weigh(pdp, "cambridge", one, (), now).course is Course.MUST_GO}


def applied(folder: Path, *words: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it said."""
    place = ("-D", "cambridge", "--no-holds", "--apply", "--ledger", str(folder / "ledger.db"))
    found = run("retention", "purge", str(folder / "vendor.yaml"), *place, *words)
    assert "" == found.stderr
    return found.exit_code, found.stdout


def noted(folder: Path, phase: str) -> list[str]:
    """Return the keys that the ledger names in one phase, as often as it names them."""
    told = Ledger.open(str(folder / "ledger.db")).rows(PURGES)
    rows = [row.whole["store_purge"] for row in told if "store_purge" in row.body]
    return [key for one in rows if one["phase"] == phase for _, key in one.get("keys", ())]


def test_a_purge_is_proven_in_the_ledger(desk: Path) -> None:
    """What must go is noted, judged again and gone; each step has its clauses, and a second run finds nothing."""
    must, before = doomed(desk), keys_in(desk)
    code, said = applied(desk, "--json")
    again = applied(desk)
    ledger = Ledger.open(str(desk / "ledger.db"))
    (begin,) = [row for row in ledger.rows(PURGES) if row.body["store_purge"]["phase"] == "begin"]

    assert (ExitCode.OK, len(must)) == (code, json.loads(said)["deleted"])
    assert before - must == keys_in(desk)
    assert all(sorted(must) == sorted(noted(desk, phase)) for phase in ("begin", "going", "deleted"))
    assert ["III.I", "IV.F.1-s2"] == begin.body["cite"]
    assert ("cambridge",) == begin.departments
    assert (ExitCode.OK, "0 records deleted\n") == again
    assert verify(ledger).is_whole


def test_a_search_tells_the_steps(desk: Path) -> None:
    """A search of the ledger shows of each step what it is, how many records it is about, and under which clauses."""
    must = len(doomed(desk))
    applied(desk)
    said = run("ledger", "search", "--ledger", str(desk / "ledger.db"), "--kind", "purge").stdout

    assert f"begin: {must} records under III.I, IV.F.1-s2, cambridge" in said
    assert f"deleted: {must} records, cambridge" in said
    assert "done: 0 records, cambridge" in said


def test_killed_in_the_middle_it_is_finished_by_the_next_run(desk: Path) -> None:
    """Killed between two batches, the purge is finished by the command, and the proof names each record once."""
    must, before = doomed(desk), keys_in(desk)
    process = subprocess.Popen([sys.executable, "-c", PURGE, str(desk)], env=environment())
    ends = time.monotonic() + 60
    while len(noted(desk, "deleted")) < 4 and process.poll() is None and time.monotonic() < ends:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    left = keys_in(desk) & must
    code, said = applied(desk)

    assert -signal.SIGKILL == process.returncode
    assert 0 < len(left) < len(must)
    assert ExitCode.OK == code
    assert said.startswith("a purge that was begun before was finished first\n")
    assert before - must == keys_in(desk)
    assert sorted(must) == sorted(noted(desk, "deleted"))
    assert must == set(noted(desk, "going"))
    assert verify(Ledger.open(str(desk / "ledger.db"))).is_whole


@contextmanager
def holding(place: str, department: str) -> Iterator[subprocess.Popen[str]]:
    """Let another process have the turn of a department, until it is killed."""
    words = [sys.executable, "-c", HOLD, place, department]
    with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "held\n" == process.stdout.readline()
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_purges_of_a_department_are_kept_apart(backend: str, desk: Path, request: pytest.FixtureRequest) -> None:
    """While a purge is under way another one of the department does nothing and says so; after a crash it may begin."""
    place = place_of(backend, desk, lambda: request.getfixturevalue("postgres"))
    opened(place).close()
    store, before, must = str(desk / "vendor.yaml"), keys_in(desk), doomed(desk)
    words = ("retention", "purge", store, "-D", "cambridge", "--no-holds", "--apply", "--ledger", place)
    with holding(place, "cambridge") as other:
        refused = run(*words)
        kept = keys_in(desk)
        other.kill()
        other.wait()
        done = run(*words)

    assert (ExitCode.BAD_INPUT, before) == (refused.exit_code, kept)
    assert "another purge of `cambridge` is under way in this ledger [journal-busy]" in refused.stderr
    assert (ExitCode.OK, before - must) == (done.exit_code, keys_in(desk))


@pytest.mark.parametrize("backend", BACKENDS)
def test_another_department_has_a_turn_of_its_own(backend: str, desk: Path, request: pytest.FixtureRequest) -> None:
    """A purge of one department keeps none of another out, and no two of one department in one process."""
    place = place_of(backend, desk, lambda: request.getfixturevalue("postgres"))
    office = Office(shipped(), opened(place))
    with holding(place, "billerica"), LedgerJournal(office, "cambridge") as journal:
        assert journal.unfinished() is None
        for department in ("cambridge", "billerica"):
            with pytest.raises(StoreError, match="another purge"):
                LedgerJournal(office, department)
    with LedgerJournal(office, "cambridge") as journal:
        journal.done("none", NOW.isoformat())


def test_a_turn_that_was_lost_lets_nothing_be_noted(desk: Path, request: pytest.FixtureRequest) -> None:
    """Where the connection that keeps others out is cut, nothing more is noted and so nothing more goes."""
    import sqlalchemy as sa

    office = Office(shipped(), opened(place_of("postgresql", desk, lambda: request.getfixturevalue("postgres"))))
    journal = LedgerJournal(office, "cambridge")
    with office.ledger.database.engine.connect() as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        connection.execute(sa.text(cut))
    with pytest.raises(StoreError, match="was lost meanwhile"):
        journal.done("none", NOW.isoformat())
    journal.close()


def test_a_record_that_may_not_go_is_refused_and_nothing_is_noted(desk: Path) -> None:
    """A record below its floor stays though it is asked for by key, and the ledger tells of no purge."""
    code, said = applied(desk, "--key", "2")

    assert ExitCode.DENY == code
    assert "1 record of vendor_reads stays: may not go yet, under III.I, IV.F.1-s2: 2" in said
    assert [] == list(Ledger.open(str(desk / "ledger.db")).rows(PURGES))


def test_the_keys_can_be_purged_and_the_proof_stays(desk: Path) -> None:
    """The keys in the proof are personal values: purged in their turn, the counts, clauses and the chain stay."""
    applied(desk)
    ledger = Ledger.open(str(desk / "ledger.db"))
    rows = [row for row in ledger.rows(PURGES) if "/store_purge/keys" in row.commitments]
    ledger.purge([row.seq for row in rows], cite=["IV.F.1-s2"], by="clerk-2", at=NOW)
    (begin,) = [row for row in ledger.rows(PURGES) if row.body.get("store_purge", {}).get("phase") == "begin"]

    assert [] == noted(desk, "deleted")
    assert len(keys_in(desk)) == 300 - begin.body["store_purge"]["count"]
    assert verify(ledger).is_whole


@pytest.mark.parametrize("words", [("--journal", "j.jsonl", "--ledger", "l.db"), ()])
def test_there_is_one_place_for_the_proof(desk: Path, words: tuple[str, ...]) -> None:
    """A purge for real is noted in a journal or in a ledger, not in both and not in none."""
    place = (str(desk / "vendor.yaml"), "-D", "cambridge", "--no-holds", "--apply")

    assert ExitCode.USAGE == run("retention", "purge", *place, *words).exit_code
    assert 300 == len(keys_in(desk))
