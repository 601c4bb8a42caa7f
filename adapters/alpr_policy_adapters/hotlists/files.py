"""The files of lists in use: loaded once at the start, and again whenever one of them has changed and come to rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alpr_policy_adapters.hotlists.loading import Progress
from alpr_policy_adapters.hotlists.mapping import ListMapping
from alpr_policy_adapters.hotlists.store import HotListStore, Loaded

LOOK = 1.0
"""Seconds between two looks at the files. A file counts as changed once it looks the same at two of them."""

Mark = tuple[int, int, int, int]
NEVER: Mark = (-1, -1, -1, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """A file, how it is laid out, and the name of the list that it holds in the store."""

    path: Path
    mapping: ListMapping | str
    name: str


class ListFiles:
    """Keeps a store as new as the files of its lists.

    A file that cannot be taken, and one that has gone, leave the list as it was; the outcome has an alarm, once for
    each state of the file. `behind` names the lists whose file is there and was not taken: something newer exists.
    """

    def __init__(self, store: HotListStore, sources: Sequence[ListSource]) -> None:
        """Look at no file yet; ValueError where two lists have one name."""
        if len({one.name for one in sources}) != len(sources):
            raise ValueError("two lists have the same name")
        self.store = store
        self.behind: frozenset[str] = frozenset()
        self._sources = tuple(sources)
        self._taken: dict[str, Mark] = {}
        self._seen: dict[str, Mark] = {}

    def load(self, progress: Progress | None = None) -> list[Loaded]:
        """Load every file as it is now."""
        return [self._load(one, _mark(one.path), progress) for one in self._sources]

    def look(self) -> list[Loaded]:
        """Load the files that differ from what was loaded last and look as they did a look ago."""
        found: list[Loaded] = []
        for one in self._sources:
            mark = _mark(one.path)
            if mark != self._taken.get(one.name) and mark == self._seen.get(one.name):
                found.append(self._load(one, mark))
            self._seen[one.name] = mark
        return found

    def watch(self, closing: threading.Event, told: Callable[[Loaded], None], *, every: float | None = None) -> None:
        """Look every so many seconds until `closing` is set, and tell what came of each load; for a thread."""
        while not closing.wait(LOOK if every is None else every):
            for loaded in self.look():
                told(loaded)

    def _load(self, one: ListSource, mark: Mark, progress: Progress | None = None) -> Loaded:
        # The mark is older than what is read, so a file that changes meanwhile is loaded once more.
        self._taken[one.name] = self._seen[one.name] = mark
        loaded = self.store.load(one.path, one.mapping, name=one.name, progress=progress)
        newer = not loaded.accepted and mark is not NEVER
        self.behind = self.behind | {one.name} if newer else self.behind - {one.name}
        return loaded


def _mark(path: Path) -> Mark:
    """Give what differs once a file has been written, replaced or made readable."""
    try:
        about = path.stat()
    except (OSError, ValueError):
        return NEVER
    return (about.st_ino, about.st_mtime_ns, about.st_ctime_ns, about.st_size)
