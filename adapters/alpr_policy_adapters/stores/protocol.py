"""What every store of records can do, and what goes wrong with one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from importlib import import_module
from typing import Protocol

from alpr_policy.errors import ExitCode, MissingExtraError, PolicyError
from alpr_policy.questions.disposal import StoredRecord

BATCH = 500
"""How many records are judged again and deleted together, where a store has no reason for more."""


class StoreError(PolicyError):
    """A store or its mapping cannot be used."""

    exit_code = ExitCode.BAD_INPUT


class Store(Protocol):
    """Records that can be read, marked and deleted by their keys. A key names all that is kept under it."""

    @property
    def name(self) -> str:
        """Return the name of the mapping."""

    @property
    def batch(self) -> int:
        """Return how many records are best judged again and deleted together."""

    def records(self, batch: int = BATCH) -> Iterator[StoredRecord]:
        """Yield every record, read in batches; raises StoreError."""

    def fetch(self, keys: Collection[str]) -> Iterator[StoredRecord]:
        """Yield the records under these keys as they are now, every one of several under one key."""

    def mark(self, keys: Collection[str], purge_id: str | None) -> None:
        """Note in the store, where it has a place for it, that these are about to go; None: they stay. StoreError."""

    def delete(self, keys: Collection[str]) -> None:
        """Delete what is kept under these keys; what is gone already is no error. Raises StoreError."""

    def still_there(self, keys: Collection[str]) -> set[str]:
        """Return those of the keys under which anything is left."""


def require(what: str, *modules: str, extra: str = "stores") -> None:
    """Import `modules` or raise MissingExtraError saying that `what` needs the extra."""
    for name in modules:
        try:
            import_module(name)
        except ImportError as error:
            raise MissingExtraError(what, extra) from error


def chunks(keys: Iterable[str], size: int = BATCH) -> Iterator[list[str]]:
    """Yield keys in lists of bounded length."""
    found: list[str] = []
    for key in keys:
        found.append(key)
        if len(found) == size:
            yield found
            found = []
    if found:
        yield found
