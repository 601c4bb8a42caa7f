"""Group commit: appends of several threads in one transaction, each acknowledged only when it is durable."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from alpr_policy.errors import PolicyError
from alpr_policy_adapters.ledger.errors import LedgerError, LedgerUnavailableError
from alpr_policy_adapters.ledger.ledger import Ledger
from alpr_policy_adapters.ledger.rows import NewRow, Receipt
from alpr_policy_adapters.ledger.writing import Prepared

MOST = 256
"""Calls that are written in one transaction at most."""


@dataclass(slots=True, eq=False)
class _Ticket:
    """One call that waits: its rows, and what became of them."""

    rows: Sequence[Prepared]
    receipts: tuple[Receipt, ...] = ()
    error: BaseException | None = None
    done: bool = False


@dataclass(slots=True)
class GroupCommitter:
    """Appends to a ledger for many threads. There is no thread of its own: whoever comes first writes for all.

    Nothing is kept in memory that was acknowledged, and a failure is told to every caller whose rows were in it.
    """

    ledger: Ledger
    _queue: threading.Lock = field(default_factory=threading.Lock)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _waiting: list[_Ticket] = field(default_factory=list)

    def append(self, rows: Iterable[NewRow]) -> tuple[Receipt, ...]:
        """Write rows as `Ledger.append` does, with the same errors; a conflict of one caller touches no other."""
        ticket = _Ticket([self.ledger.prepare(row) for row in rows])
        with self._queue:
            self._waiting.append(ticket)
        while not ticket.done:
            with self._turn:
                if not ticket.done:
                    self._write()
        if ticket.error is not None:
            # One failure may be told to many callers, and each gets an exception of its own.
            raise _anew(ticket.error) from ticket.error
        return ticket.receipts

    def _write(self) -> None:
        with self._queue:
            batch, self._waiting[:] = self._waiting[:MOST], self._waiting[MOST:]
        try:
            for ticket, result in zip(batch, self.ledger.commit([one.rows for one in batch]), strict=True):
                if isinstance(result, LedgerError):
                    ticket.error = result
                else:
                    ticket.receipts = result
        except BaseException as error:
            for ticket in batch:
                ticket.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            for ticket in batch:
                ticket.done = True


def _anew(error: BaseException) -> BaseException:
    if not isinstance(error, PolicyError):
        return error if isinstance(error, Exception) else LedgerUnavailableError("the writer was interrupted")
    made = error.__class__.__new__(error.__class__)
    made.__dict__.update(error.__dict__)
    made.args = error.args
    return made
