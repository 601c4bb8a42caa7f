"""The cases of a ledger: each as it stands after its last event, kept up to date from the rows that were added."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from alpr_policy.errors import Diagnostic
from alpr_policy.evaluators.stateful import Case, CaseError, Subject, read_case
from alpr_policy_adapters.ledger import Ledger, Row

CASE = "/case"
"""Where in a row the case stands as the event left it: a personal value, which goes when the row is purged."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A case as its last row left it; `case` of None was purged, or cannot be read."""

    id: str
    revision: int
    row: int
    case: Case | None
    purged: bool = False


class Casebook:
    """Reads the last row of each case, once. Threads may share it; others' rows are seen at the next look."""

    def __init__(self, ledger: Ledger) -> None:
        """Read nothing yet."""
        self.ledger = ledger
        self._lock = threading.Lock()
        self._seen = 0
        self._kept: dict[str, Kept] = {}
        self._exceptions: tuple[Case, ...] = ()

    def renew(self) -> None:
        """Take up the rows that were added since the last look; raises LedgerError."""
        with self._lock:
            size, rows = self.ledger.steps(self._seen)
            if rows:
                # A new one, and not the old one altered: another thread may be looking through it.
                self._kept = self._kept | {row.case[0]: _kept(row) for row in rows if row.case is not None}
                self._exceptions = tuple([one for one in self.open() if one.subject is Subject.EXCEPTION])
            self._seen = size

    def get(self, name: str) -> Kept | None:
        """Return a case as of the last look."""
        return self._kept.get(name)

    def case(self, name: str) -> Case | None:
        """Return a case, None for one that nobody opened; raises CaseError for one that was purged."""
        kept = self._kept.get(name)
        if kept is None or kept.case is not None:
            return kept.case if kept is not None else None
        what = "was purged" if kept.purged else "cannot be read from the ledger"
        raise CaseError([Diagnostic("case-gone", f"the case `{name}` {what}")])

    def all(self) -> Iterator[Kept]:
        """Yield the cases, in the order of their last rows."""
        return iter(sorted(self._kept.values(), key=lambda one: one.row))

    def open(self) -> list[Case]:
        """Return the cases that are not over."""
        return [one.case for one in self.all() if one.case is not None and not one.case.over]

    def exceptions(self, *, over: bool = False) -> list[Case]:
        """Return the exceptions that are not over, or all of them."""
        if not over:
            return list(self._exceptions)
        cases = [one.case for one in self.all() if one.case is not None]
        return [one for one in cases if one.subject is Subject.EXCEPTION]


def _kept(row: Row) -> Kept:
    assert row.case is not None
    name, revision = row.case
    held = row.personal.get(CASE)
    if held is None:
        return Kept(name, revision, row.seq, None, CASE in row.purged)
    try:
        return Kept(name, revision, row.seq, read_case(held.value))
    except CaseError:
        return Kept(name, revision, row.seq, None)
