"""Purging: two phases, judged again at the last moment, stopped anywhere and run again."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.adapters.cli_kit import environment
from tests.adapters.retention_kit import NOW, CrashError, Fuse, Memory, Notebook, keys_in, record, shipped, table

from alpr_policy.model.request import HoldRecord
from alpr_policy.questions.disposal import Course, weigh
from alpr_policy_adapters.stores import StoreError, open_store
from alpr_policy_adapters.stores.journal import Doomed, FileJournal
from alpr_policy_adapters.stores.purge import PurgeOrder, PurgeReport, purge, select

PDP = shipped()


def order(store: Memory, **more: object) -> PurgeOrder:
    """Return an order to purge what Cambridge says must go."""
    given: dict[str, object] = {"holds": lambda: (), "clock": lambda: NOW, "batch": 7, **more}
    return PurgeOrder(pdp=PDP, department="cambridge", stores=(store,), **given)  # type: ignore[arg-type]


def memory(count: int = 300) -> Memory:
    """Return a store in memory with invented reads."""
    return Memory({str(n): record(n) for n in range(count)})


def must_go(store: Memory) -> set[str]:
    """Return the keys of what must go, each record asked about alone."""
    records = store.held.items()
    return {key for key, one in records if weigh(PDP, "cambridge", one, (), NOW).course is Course.MUST_GO}


def test_what_must_go_goes_and_nothing_else() -> None:
    """A purge deletes just the records of which the decision point says that they must go."""
    store, journal = memory(), Notebook()
    everything, expected = set(store.held), must_go(store)
    report = purge(order(store), journal)

    assert expected == set(journal.names("deleted")) == set(journal.names("going"))
    assert everything - expected == set(store.held)
    assert 60 < len(expected) == report.deleted


def test_a_second_purge_does_nothing() -> None:
    """Run again, a purge finds nothing to do and writes nothing."""
    store, journal = memory(), Notebook()
    purge(order(store), journal)
    left, lines = dict(store.held), len(journal.lines)
    report = purge(order(store), journal)

    assert (0, left, lines) == (report.deleted, store.held, len(journal.lines))


def test_a_dry_run_deletes_nothing() -> None:
    """To say what would go touches no record."""
    store = memory()
    before, found = dict(store.held), select(order(store))

    assert before == store.held
    assert must_go(store) == {one.key for one in found.doomed}
    assert {("III.I", "IV.F.1-s2")} == {one.cite for one in found.doomed}


def test_a_record_that_changed_meanwhile_stays() -> None:
    """What became evidence of a case between the two phases is judged again, stays, and is noted as spared."""
    store = memory()
    hit = next(key for key in sorted(must_go(store), key=int))
    changed = record(int(hit), **{"data.classes": ["read", "bulk", "alert"], "record.case": "open"})

    class Meanwhile(Notebook):
        def begin(self, plan: str, at: str, keys: object) -> None:
            super().begin(plan, at, keys)  # type: ignore[arg-type]
            store.held[hit] = changed

    journal = Meanwhile()
    report = purge(order(store), journal)

    assert [hit] == journal.names("spared") == [one.key for one in report.spared]
    assert ("held", ("III.I", "IV.B.1.a.2")) == (report.spared[0].course, report.spared[0].cite)
    assert changed == store.held[hit]
    assert hit not in store.marked


def test_a_hold_placed_meanwhile_wins() -> None:
    """A hold placed after the first phase keeps every record that it covers."""
    bases = {"data.classes": ["read"], "record.evidence": "none", "record.demand": "none"}
    store = Memory({str(n): record(n, **bases) for n in range(200)})
    placed: list[HoldRecord] = []

    class Meanwhile(Notebook):
        def begin(self, plan: str, at: str, keys: object) -> None:
            super().begin(plan, at, keys)  # type: ignore[arg-type]
            placed.append(HoldRecord(basis="evidence", by="chief-1", placed=NOW - dt.timedelta(hours=1)))

    journal = Meanwhile()
    given = PurgeOrder(pdp=PDP, department="billerica", stores=(store,), holds=lambda: tuple(placed), clock=lambda: NOW)
    report = purge(given, journal)

    assert (0, 200) == (report.deleted, len(store.held))
    assert {"held"} == {one.course for one in report.spared}
    assert 0 < len(report.spared) == len(journal.names("begin"))


def test_deletion_below_a_floor_is_refused_with_the_clause() -> None:
    """Asked for by its key, a record that must still be kept is refused with the clause; one that may go goes."""
    store = memory()
    early, later = "3", "80"
    report = purge(order(store, keys=frozenset((early, later, "nobody"))), Notebook())

    assert [(early, "must_stay", ("III.I", "IV.F.1-s2"))] == [(one.key, one.course, one.cite) for one in report.spared]
    assert (1, True, False) == (report.deleted, early in store.held, later in store.held)


def test_what_is_not_known_stays() -> None:
    """A record whose age, class or place nobody knows is never purged, whoever asks for it."""
    old = record(298)
    unknown = [
        old._replace(key="no time", moments={}),
        old._replace(key="odd time", moments={"record.captured": "some day"}),
        old._replace(key="no class", facts={"data.custodian": "vendor"}),
        old._replace(key="no place", facts={**old.facts, "data.custodian": "unknown"}),
    ]
    store = Memory({one.key: one for one in unknown})
    report = purge(order(store, keys=frozenset(store.held)), Notebook())

    assert (0, 4, {"unknown"}) == (report.deleted, len(store.held), {one.course for one in report.spared})


def test_unknown_holds_keep_everything_that_a_hold_could() -> None:
    """Where nobody says which holds there are, nothing goes that one of them might keep."""
    store = Memory({str(n): record(n, **{"record.evidence": "none", "record.demand": "none"}) for n in range(200)})
    given = PurgeOrder(pdp=PDP, department="billerica", stores=(store,), holds=lambda: None, clock=lambda: NOW)

    assert (0, 200) == (purge(given, Notebook()).deleted, len(store.held))


def test_records_that_share_a_key_go_together_or_not_at_all() -> None:
    """Where one of two records under a key must stay, the key is not deleted."""
    old, young = record(299), record(1)._replace(key="299")

    class Both(Memory):
        def records(self, batch: int = 500) -> object:  # type: ignore[override]
            yield from (old, young)

    store = Both({"299": old})

    assert [] == select(order(store)).doomed


def run_until_done(store: Memory, journal: Notebook, fuses: list[int]) -> PurgeReport:
    """Run a purge, killed after so many steps, again and again until one run comes to its end."""
    for left in [*fuses, 10**9]:
        store.fuse = journal.fuse = Fuse(left)
        try:
            report = purge(order(store), journal)
        except CrashError:
            continue
    return report


def test_killed_at_every_step_it_ends_the_same() -> None:
    """Killed after any number of steps and run again, a purge ends in the same state with the same proof."""
    whole, proof = memory(220), Notebook()
    run_until_done(whole, proof, [])
    for steps in range(0, 60):
        store, journal = memory(220), Notebook()
        run_until_done(store, journal, [steps, steps // 2])

        assert whole.held == store.held
        assert sorted(proof.names("deleted")) == sorted(journal.names("deleted"))
        assert set(journal.names("deleted")) <= set(journal.names("going")) <= set(journal.names("begin"))
        assert journal.unfinished() is None


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """Return a folder with a table that is old enough to be purged as of now."""
    table(tmp_path, 400, dt.datetime.now(dt.UTC).replace(microsecond=0))
    return tmp_path


PURGE = """
import datetime as dt, sys
from pathlib import Path
from alpr_policy import PolicyDecisionPoint
from alpr_policy_adapters.stores import open_store
from alpr_policy_adapters.stores.journal import FileJournal
from alpr_policy_adapters.stores.purge import PurgeOrder, purge
folder = Path(sys.argv[1])
order = PurgeOrder(pdp=PolicyDecisionPoint.load(), department="cambridge", stores=[open_store(folder / "vendor.yaml")],
                   holds=lambda: (), clock=lambda: dt.datetime.now(dt.UTC), batch=3)
print("ready", flush=True)
with FileJournal(folder / "journal.jsonl") as journal:
    purge(order, journal)
"""


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 40))])
def test_killed_for_real_it_ends_the_same(killed: Path, seed: int) -> None:
    """Killed by the system at random moments and run again, a purge of a table ends with a complete proof."""
    pdp, now, draw = PDP, dt.datetime.now(dt.UTC), random.Random(seed)
    records = list(open_store(killed / "vendor.yaml").records())
    doomed = {one.key for one in records if weigh(pdp, "cambridge", one, (), now).course is Course.MUST_GO}
    program = [sys.executable, "-c", PURGE, str(killed)]
    for _ in range(2):
        process = subprocess.Popen(program, env=environment(), stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(draw.random() * 0.25)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    subprocess.run(program, env=environment(), check=True, capture_output=True, timeout=60)
    lines = [json.loads(line) for line in (killed / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    said = {
        event: [k for line in lines if line["event"] == event for k in line["keys"]] for event in ("going", "deleted")
    }

    assert {one.key for one in records} - doomed == keys_in(killed)
    assert sorted(doomed) == sorted(key for _, key in said["deleted"])
    assert doomed == {one["key"] for one in said["going"]}
    assert {"III.I"} <= set(said["going"][0]["cite"])


def doom(key: str) -> Doomed:
    """Return a record that is to go."""
    return Doomed("s", key, "must_go", ("town/rule",), ("I.a",))


def test_a_line_that_was_cut_off_is_taken_away(tmp_path: Path) -> None:
    """A last line that a crash cut off is as good as not written, and the next line stands by itself."""
    path = tmp_path / "journal.jsonl"
    with FileJournal(path) as journal:
        journal.begin("p", "now", [doom("a"), doom("b")])
    with path.open("ab") as file:
        file.write(b'{"event":"deleted","plan":"p","keys":[["s","a"]')
    with FileJournal(path) as journal:
        left = journal.unfinished()
        journal.deleted("p", "now", [("s", "a")])
    with FileJournal(path) as journal:
        then = journal.unfinished()

    assert left is not None and then is not None
    assert ((("s", "a"), ("s", "b")), True) == (left.left, left.complete)
    assert (("s", "b"),) == then.left


@pytest.mark.parametrize("line", ["{", "[]", '{"event": 1}', '{"event":"deleted","plan":"p","keys":[7]}', "[" * 5000])
def test_a_journal_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    """A file with a line that no purge wrote is refused by its number."""
    path = tmp_path / "journal.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(StoreError) as refused:
        FileJournal(path)

    assert ["journal-unusable"] == [d.code for d in refused.value.diagnostics]


def test_two_purges_do_not_share_a_journal(tmp_path: Path) -> None:
    """While one purge holds the journal, another is refused."""
    with FileJournal(tmp_path / "j"), pytest.raises(StoreError) as refused:
        FileJournal(tmp_path / "j")

    assert ["journal-busy"] == [d.code for d in refused.value.diagnostics]


def test_an_unfinished_purge_of_another_store_is_not_forgotten(tmp_path: Path) -> None:
    """A purge that was begun on a store that is not named now is refused, and not taken for done."""
    journal = Notebook()
    journal.begin("p", "now", [doom("a")])
    with pytest.raises(StoreError) as refused:
        purge(order(memory(3)), journal)

    assert ["purge-store"] == [d.code for d in refused.value.diagnostics]


def test_a_database_that_refuses_leaves_what_is_true(tmp_path: Path) -> None:
    """Where the database refuses to delete, the purge ends with its words, and says of nothing that it is gone."""
    table(tmp_path, 300)
    with sqlite3.connect(tmp_path / "reads.db") as con:
        con.execute("create trigger never before delete on reads begin select raise(abort, 'not today'); end")
    con.close()
    store, journal = open_store(tmp_path / "vendor.yaml"), Notebook()
    given = PurgeOrder(pdp=PDP, department="cambridge", stores=(store,), holds=lambda: (), clock=lambda: NOW)
    with pytest.raises(StoreError) as refused:
        purge(given, journal)

    assert "not today" in str(refused.value)
    assert ([], 300) == (journal.names("deleted"), len(keys_in(tmp_path)))
