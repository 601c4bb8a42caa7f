"""Appending to a ledger for many threads, and for a stretch of one thread all at once at its end."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from alpr_policy_adapters.ledger import GroupCommitter, LedgerError, NewRow, Receipt
from alpr_policy_adapters.ledger.writing import Prepared

LATER = Receipt(0, "")
"""Stands for a row that is written at the end of the stretch."""


@dataclass(slots=True)
class Gatherer(GroupCommitter):
    """A group committer in which a thread may hold back what it appends until the end of a stretch."""

    _mine: threading.local = field(default_factory=threading.local)

    def append(self, rows: Iterable[NewRow]) -> tuple[Receipt, ...]:
        """Write rows, or hold them back inside `together`; what is wrong with a row is told at once."""
        held: list[Prepared] | None = getattr(self._mine, "rows", None)
        if held is None:
            return GroupCommitter.append(self, rows)
        prepared = [self.ledger.prepare(row) for row in rows]
        held += prepared
        return (LATER,) * len(prepared)

    def flush(self) -> None:
        """Write what this thread holds back so far; raises LedgerError, and then it is held back still."""
        held: list[Prepared] | None = getattr(self._mine, "rows", None)
        if held:
            self._put(held)
            held.clear()

    def _put(self, held: list[Prepared]) -> None:
        (result,) = self.ledger.commit([held])
        if isinstance(result, LedgerError):
            raise result

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold back what this thread appends, and write it in one transaction at the end.

        Raises LedgerError where it cannot be written: then nothing that was answered meanwhile may be acted on.
        Steps of cases are not for such a stretch, since a step that somebody else takes would undo all of it.
        """
        if getattr(self._mine, "rows", None) is not None:
            raise RuntimeError("a stretch lies in another one")
        self._mine.rows = []
        try:
            yield
            held = self._mine.rows
        finally:
            self._mine.rows = None
        if held:
            self._put(held)
