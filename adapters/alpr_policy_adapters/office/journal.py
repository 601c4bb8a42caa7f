"""The journal of a purge in the ledger: what is to go, what went and what was spared, each with its clauses.

The keys of records may name somebody (a picture called by its plate), so they are personal values and can be purged in
their turn; how many there were, under which clauses, stays.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from alpr_policy.durations import instant, parse_moment
from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy_adapters.ledger import Kind, NewRow, PersonalValue, Row, Wanted
from alpr_policy_adapters.ledger.alone import Turn
from alpr_policy_adapters.office.office import Office
from alpr_policy_adapters.stores import StoreError
from alpr_policy_adapters.stores.journal import Doomed, Name, Spared, Unfinished

BATCH: Final = 1_000


class LedgerJournal:
    """Where a purge of stored records is written down; one purge of a department at a time, and one thread."""

    def __init__(self, office: Office, department: str) -> None:
        """Write to the ledger of `office`; raises StoreError where another purge of the department is under way."""
        self.office, self.department = office, department
        self._turn = Turn(office.ledger.database, f"purge of {department}")
        try:
            free = self._turn.take()
        except PolicyError as error:
            raise StoreError(error.diagnostics) from error
        if not free:
            raise self._busy(f"another purge of `{department[:60]}` is under way in this ledger")

    def close(self) -> None:
        """Let the next purge in."""
        self._turn.end()

    def __enter__(self) -> LedgerJournal:
        """Give the journal."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the next purge in."""
        self.close()

    def begin(self, plan: str, at: str, keys: Sequence[Doomed]) -> None:
        """Note what is to go, all of it in one transaction."""
        parts = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
        rows = [self._row("begin", plan, at, part) for part in parts]
        self._append([*rows, self._row("begun", plan, at, ())])

    def going(self, plan: str, at: str, keys: Sequence[Doomed]) -> None:
        """Note what goes now."""
        self._append([self._row("going", plan, at, keys)])

    def deleted(self, plan: str, at: str, keys: Sequence[Name]) -> None:
        """Note what is gone."""
        named = [Doomed(store, key, "", (), ()) for store, key in keys]
        self._append([self._row("deleted", plan, at, named)])

    def spared(self, plan: str, at: str, keys: Sequence[Spared]) -> None:
        """Note what stays."""
        self._append([self._row("spared", plan, at, keys)])

    def done(self, plan: str, at: str) -> None:
        """Note that nothing is left to do."""
        self._append([self._row("done", plan, at, ())])

    def unfinished(self) -> Unfinished | None:
        """Return the purge of this department that was begun and is not done; raises StoreError."""
        plan, complete, left = "", False, dict[Name, None]()
        try:
            for row in self.office.ledger.rows(Wanted(kinds=frozenset({Kind.PURGE}), department=self.department)):
                told = row.body.get("store_purge")
                if not isinstance(told, dict):
                    continue
                phase, names = told.get("phase"), _names(row)
                if phase == "begin" and told["plan"] != plan:
                    plan, complete, left = told["plan"], False, {}
                if phase == "begin":
                    left.update(dict.fromkeys(names))
                elif phase == "begun":
                    complete = True
                elif phase in ("deleted", "spared"):
                    for name in names:
                        left.pop(name, None)
                elif phase == "done":
                    plan, complete, left = "", False, {}
        except PolicyError as error:
            raise StoreError(error.diagnostics) from error
        return Unfinished(plan, tuple(left), complete) if plan else None

    def _row(self, phase: str, plan: str, at: str, keys: Iterable[Doomed | Spared]) -> NewRow:
        listed = list(keys)
        clauses = Counter((one.course, one.rules, one.cite) for one in listed)
        told: dict[str, Any] = {"phase": phase, "plan": plan, "count": len(listed)}
        told["under"] = [
            {"course": course, "rules": [*rules], "cite": [*cite], "count": count}
            for (course, rules, cite), count in sorted(clauses.items())
        ]
        cite = sorted({clause for one in listed for clause in one.cite})
        keys_wire = [[one.store, one.key] for one in listed]
        return NewRow(
            kind=Kind.PURGE,
            happened=_instant(at),
            body={"store_purge": told, "cite": cite, "purged": []},
            personal={"/store_purge/keys": PersonalValue(keys_wire)} if listed else {},
            departments=(self.department,),
        )

    def _busy(self, message: str) -> StoreError:
        return StoreError([Diagnostic("journal-busy", message, help="wait until it is done, then run this again")])

    def _append(self, rows: list[NewRow]) -> None:
        if not self._turn.is_held():
            raise self._busy("the ledger was lost meanwhile, so that another purge may have begun")
        try:
            self.office.appender.append(rows)
        except PolicyError as error:
            raise StoreError(error.diagnostics) from error


def _names(row: Row) -> list[Name]:
    held = row.personal.get("/store_purge/keys")
    return [(str(store), str(key)) for store, key in held.value] if held is not None else []


def _instant(at: str) -> dt.datetime:
    moment = parse_moment(at)
    assert isinstance(moment, dt.datetime)
    return instant(moment)
