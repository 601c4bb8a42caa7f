"""The purge: mark and note what must go, judge each record again, delete it, look that it is gone, note that.

It can be stopped anywhere and run again: what was begun is finished first. Nothing goes that the decision point does
not let go at that very moment, whoever asks.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from alpr_policy.errors import Diagnostic
from alpr_policy.model.request import HoldRecord
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.disposal import Course, Stand
from alpr_policy.questions.disposal_groups import Disposal
from alpr_policy_adapters.stores.journal import Doomed, Name, PurgeJournal, Spared, names_of
from alpr_policy_adapters.stores.protocol import Store, StoreError

Holds = tuple[HoldRecord, ...] | None
Progress = Callable[[str, int], None]
"""Is told now and then what is done and how often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeOrder:
    """What to purge. `holds` and `clock` are asked again before each deletion; holds None: nobody knows them.

    Without `keys` all that must go goes, and with `may_go` what may go too; with `keys` these alone, if they may go.
    `batch` overrules that of the stores.
    """

    pdp: PolicyDecisionPoint
    department: str
    stores: Sequence[Store]
    holds: Callable[[], Holds]
    clock: Callable[[], dt.datetime]
    may_go: bool = False
    keys: frozenset[str] | None = None
    batch: int | None = None

    def lets_go(self, stand: Stand) -> bool:
        """Say whether a record of which this holds goes."""
        wider = self.may_go or self.keys is not None
        return stand.course is Course.MUST_GO or (wider and stand.course is Course.MAY_GO)

    def disposal(self) -> Disposal:
        """Return what judges now, under the holds of now."""
        now = self.clock()
        return Disposal(self.pdp, self.department, at=now, until=now, holds=self.holds())


@dataclass(slots=True)
class PurgeReport:
    """What a purge did: how many went, which stay though they were to go, and whether an earlier purge was finished."""

    plan: str = ""
    deleted: int = 0
    resumed: bool = False
    spared: list[Spared] = field(default_factory=list)


@dataclass(slots=True)
class Selection:
    """What would go; of the keys that were asked for, what is refused, with the clauses, and which are no records."""

    doomed: list[Doomed] = field(default_factory=list)
    refused: list[Spared] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def plan(self) -> str:
        """Return the fingerprint of what would go and why."""
        text = json.dumps(sorted(self.doomed), separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def select(order: PurgeOrder, progress: Progress | None = None) -> Selection:
    """Find what would go now, deleting nothing; raises StoreError."""
    found, disposal, count = Selection(), order.disposal(), 0
    seen: set[str] = set()
    for store in order.stores:
        # Of several records under one key each must go, or none does.
        doomed: dict[str, Stand] = {}
        staying: set[str] = set()
        records = store.records() if order.keys is None else store.fetch(sorted(order.keys))
        for record in records:
            count += 1
            if progress is not None and count % 20_000 == 0:
                progress("records looked at", count)
            stand = disposal.stand(record)
            if order.lets_go(stand) and record.key:
                doomed[record.key] = stand
            else:
                staying.add(record.key)
                if order.keys is not None:
                    found.refused.append(Spared(*_told(store.name, record.key, stand)))
        found.doomed += [Doomed(*_told(store.name, key, one)) for key, one in doomed.items() if key not in staying]
        seen |= (doomed.keys() | staying) if order.keys is not None else set()
    found.missing = sorted((order.keys or frozenset()) - seen)
    return found


def purge(order: PurgeOrder, journal: PurgeJournal, progress: Progress | None = None) -> PurgeReport:
    """Finish what was begun, then purge what must go; raises StoreError. What was done until then is in the journal."""
    report = PurgeReport()
    begun = journal.unfinished()
    if begun is not None and begun.complete:
        report.resumed = True
        _finish(order, journal, begun.plan, list(begun.left), report, progress)
    elif begun is not None:
        # It was stopped before all was noted, so nothing went.
        journal.done(begun.plan, _now(order))
    selection = select(order, progress)
    report.plan = selection.plan
    if selection.doomed:
        at = _now(order)
        # Each run is one plan of its own, so that the same records may be asked about twice.
        plan = f"{selection.plan}@{at}"
        report.plan = plan
        journal.begin(plan, at, selection.doomed)
        _finish(order, journal, plan, names_of(selection.doomed), report, progress)
    report.spared += selection.refused
    return report


def _finish(
    order: PurgeOrder,
    journal: PurgeJournal,
    plan: str,
    left: list[Name],
    report: PurgeReport,
    progress: Progress | None,
) -> None:
    """Do the second phase for what is left of a plan."""
    stores = {store.name: store for store in order.stores}
    unknown = sorted({name for name, _ in left} - stores.keys())
    if unknown:
        message = f"a purge of the store `{unknown[0][:60]}` was begun and is not done"
        raise StoreError([Diagnostic("purge-store", message, help="name this store too, so that it is finished")])
    for name, keys in _batches(left, {name: order.batch or store.batch for name, store in stores.items()}):
        _batch(order, journal, plan, stores[name], keys, report)
        if progress is not None:
            progress("records deleted", report.deleted)
    journal.done(plan, _now(order))


def _batch(
    order: PurgeOrder, journal: PurgeJournal, plan: str, store: Store, keys: list[str], report: PurgeReport
) -> None:
    """Judge some records again, delete those that still must go, and look that they are gone."""
    store.mark(keys, plan)
    disposal = order.disposal()
    going: dict[str, Doomed] = {}
    staying: dict[str, Spared] = {}
    for record in store.fetch(keys):
        stand = disposal.stand(record)
        if order.lets_go(stand):
            going[record.key] = Doomed(*_told(store.name, record.key, stand))
        else:
            staying[record.key] = Spared(*_told(store.name, record.key, stand))
    now = _now(order)
    if staying:
        store.mark(sorted(staying), None)
        journal.spared(plan, now, list(staying.values()))
        report.spared += staying.values()
    doomed = [one for key, one in going.items() if key not in staying]
    if doomed:
        journal.going(plan, now, doomed)
        store.delete([one.key for one in doomed])
    gone = [key for key in keys if key not in staying]
    there = store.still_there(gone)
    if there:
        message = f"`{store.name}` still has {len(there):,} records that were deleted"
        raise StoreError([Diagnostic("purge-left", message, help="look at the rights of this user, and run it again")])
    if gone:
        journal.deleted(plan, _now(order), [(store.name, key) for key in gone])
        report.deleted += len(gone)


def _batches(left: list[Name], sizes: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    by_store: dict[str, list[str]] = {}
    for store, key in left:
        by_store.setdefault(store, []).append(key)
    for store, keys in by_store.items():
        for start in range(0, len(keys), sizes[store]):
            yield store, keys[start : start + sizes[store]]


def _told(store: str, key: str, stand: Stand) -> tuple[str, str, str, tuple[str, ...], tuple[str, ...]]:
    rules = tuple(dict.fromkeys(f"{ground.profile}/{ground.rule}" for ground in stand.grounds))
    return store, key, str(stand.course), rules, stand.cite


def _now(order: PurgeOrder) -> str:
    return order.clock().isoformat()
