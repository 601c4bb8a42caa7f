"""A turn that one process at a time has in a ledger, such as the purge of a department; it ends with the process.

In PostgreSQL it is an advisory lock of a connection of its own, in SQLite the lock of an empty file beside the ledger,
which stays. Neither holds up whoever writes rows.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any

from alpr_policy_adapters.ledger.database import Database
from alpr_policy_adapters.ledger.errors import LedgerUnavailableError


class Turn:
    """The turn under a name in one ledger. `take` it, ask `is_held` before each step, and `end` it."""

    def __init__(self, database: Database, name: str) -> None:
        """Take nothing yet; the name is told to the database and to the file system as a digest alone."""
        self.database = database
        self._digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        self._connection: Any = None
        self._file: int | None = None
        self._taken = False

    def take(self) -> bool:
        """Take the turn, and say whether it was free; raises LedgerUnavailableError. Nobody is waited for."""
        self._taken = self._take_file() if self.database.is_sqlite else self._take_lock()
        return self._taken

    def is_held(self) -> bool:
        """Say whether the turn is still held: a connection that broke has lost it."""
        if self._connection is None:
            return self._taken
        try:
            with self.database.failures():
                self._connection.exec_driver_sql("SELECT 1")
        except LedgerUnavailableError:
            return False
        return True

    def end(self) -> None:
        """Let the next one have it; nothing where it is not held."""
        self._taken = False
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def _take_lock(self) -> bool:
        import sqlalchemy as sa

        number = int.from_bytes(self._digest[:8], "big", signed=True)
        with self.database.failures():
            connection = self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                # Taken out of the pool, so that closing it ends the session and with it the lock.
                connection.detach()
                taken = connection.execute(sa.text("SELECT pg_try_advisory_lock(:number)"), {"number": number})
                is_taken = bool(taken.scalar())
            except BaseException:
                connection.close()
                raise
        if is_taken:
            self._connection = connection
        else:
            connection.close()
        return is_taken

    def _take_file(self) -> bool:
        try:
            import fcntl
        except ImportError:  # a system without it has one user
            return True
        path = f"{self._ledger_file()}.turn-{self._digest[:6].hex()}"
        with self.database.failures():
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        except OSError as error:
            os.close(handle)
            raise LedgerUnavailableError((error.strerror or "the system refused").lower()) from error
        self._file = handle
        return True

    def _ledger_file(self) -> str:
        named = str(self.database.url.database)
        # Two ways to one file are one ledger.
        return os.path.realpath(named.removeprefix("file:") if self.database.is_uri else named)
