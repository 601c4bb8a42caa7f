"""Appending to a ledger for many threads, and for a stretch of one thread all at once at its end."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from alpr_policy_adapters.ledger import GroupCommitter, LedgerError, NewRow, Receipt
from alpr_policy_adapters.ledger.writing import Prepared


@dataclass(slots=True)
class Stretch:
    """What one thread holds back, and what became of it: a receipt for each row, in order, once they are written.

    `looked` says that the cases were looked at in it, which is done once; after `failed` nothing of it is tried again.
    """

    rows: list[Prepared] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    looked: bool = False
    failed: LedgerError | None = None

    def hold(self, rows: Iterable[Prepared]) -> tuple[Receipt, ...]:
        """Hold rows back; the n-th of the stretch has the place -n until it is written."""
        before = len(self.receipts) + len(self.rows)
        self.rows += rows
        return tuple([Receipt(-place, "") for place in range(before + 1, len(self.receipts) + len(self.rows) + 1)])

    def receipt(self, held: Receipt) -> Receipt:
        """Return what became of a row that was held back, after the end."""
        return self.receipts[-held.seq - 1]


@dataclass(slots=True)
class Gatherer(GroupCommitter):
    """A group committer in which a thread may hold back what it appends until the end of a stretch."""

    _mine: threading.local = field(default_factory=threading.local)

    @property
    def stretch(self) -> Stretch | None:
        """Return the stretch in which this thread is, if it is in one."""
        return getattr(self._mine, "stretch", None)

    def append(self, rows: Iterable[NewRow]) -> tuple[Receipt, ...]:
        """Write rows, or hold them back inside `together`; what is wrong with a row is told at once."""
        stretch = self.stretch
        if stretch is None:
            return GroupCommitter.append(self, rows)
        return stretch.hold([self.ledger.prepare(row) for row in rows])

    def flush(self) -> None:
        """Write what this thread holds back so far; raises LedgerError, and then it is held back still."""
        stretch = self.stretch
        if stretch is not None:
            self._put(stretch)

    def _put(self, stretch: Stretch) -> None:
        if stretch.failed is not None:  # whoever waits for the database once need not wait for each row
            raise stretch.failed
        if not stretch.rows:
            return
        try:
            (result,) = self.ledger.commit([stretch.rows])
        except LedgerError as error:
            stretch.failed = error
            raise
        if isinstance(result, LedgerError):
            stretch.failed = result
            raise result
        stretch.receipts += result
        stretch.rows.clear()

    @contextmanager
    def together(self) -> Iterator[Stretch]:
        """Hold back what this thread appends, and write it in one transaction at the end.

        Raises LedgerError where it cannot be written: then nothing that was answered meanwhile may be acted on.
        Steps of cases are not for such a stretch, since a step that somebody else takes would undo all of it.
        """
        if self.stretch is not None:
            raise RuntimeError("a stretch lies in another one")
        self._mine.stretch = stretch = Stretch()
        try:
            yield stretch
        finally:
            self._mine.stretch = None
        self._put(stretch)
