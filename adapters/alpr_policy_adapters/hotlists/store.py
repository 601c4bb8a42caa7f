"""Several hot lists at once, renewed while they are used: a reader sees the old list or the new one, never a mix."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.source import Span
from alpr_policy_adapters.hotlists.entries import CATEGORIES, DEFAULT_LIMITS, HotListError, HotListLimits, now
from alpr_policy_adapters.hotlists.loading import PLAIN, HotList, LoadMode, Progress, load_list
from alpr_policy_adapters.hotlists.mapping import ListMapping
from alpr_policy_adapters.hotlists.match import Hit, Matcher, ReadLike, in_order
from alpr_policy_adapters.hotlists.table import EntryTable, Key

MOST_LOST = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of a load. `alarm` says why the last good list was kept; empty where the file was taken.

    `current` is the list in use afterwards, None if there is none. `report` is about the lines of the file.
    """

    list_name: str
    mode: LoadMode
    at: datetime
    current: HotList | None
    report: tuple[Diagnostic, ...] = ()
    alarm: tuple[Diagnostic, ...] = ()
    added: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def accepted(self) -> bool:
        """Say whether the file was taken."""
        return not self.alarm


@dataclass(slots=True)
class _Applied:
    table: EntryTable
    problems: list[Diagnostic] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    removed: int = 0


class HotListStore:
    """The lists in use, by name. Loads take turns; matching waits for none of them.

    A load that fails in any way leaves the list as it was and hands an alarm to `on_alarm`. `most_lost` is the part of
    its entries that a list may lose in one load, unless that load says `allow_shrink`.
    """

    def __init__(
        self,
        *,
        most_lost: float = MOST_LOST,
        limits: HotListLimits = DEFAULT_LIMITS,
        categories: Collection[str] = CATEGORIES,
        on_alarm: Callable[[Loaded], None] | None = None,
    ) -> None:
        """Begin without a list."""
        self._most_lost = most_lost
        self._limits = limits
        self._categories = categories
        self._on_alarm = on_alarm
        self._loading = threading.Lock()
        self._differences: set[int] = set()
        # INVARIANT: replaced as a whole and never altered, so that whoever took it may go on reading it.
        self._lists: Mapping[str, HotList] = MappingProxyType({})

    @property
    def lists(self) -> Mapping[str, HotList]:
        """Return the lists in use at this moment, by name."""
        return self._lists

    def load(
        self,
        path: Path | str,
        mapping: ListMapping | str = PLAIN,
        *,
        name: str = "",
        mode: LoadMode = LoadMode.COMPLETE,
        allow_shrink: bool = False,
        loaded_at: datetime | None = None,
        issued_at: datetime | None = None,
        progress: Progress | None = None,
    ) -> Loaded:
        """Load a file as the list `name`, by default that of the file; never raises for what the file holds."""
        called, at = name or Path(path).name, loaded_at or now()
        with self._loading:
            before = self._lists.get(called)
            try:
                made = load_list(
                    path, mapping, name=called, limits=self._limits, categories=self._categories, loaded_at=at,
                    issued_at=issued_at, progress=progress, mode=mode,
                )  # fmt: skip
                outcome = self._outcome(called, mode, before, made, allow_shrink)
            except HotListError as error:
                outcome = Loaded(list_name=called, mode=mode, at=at, current=before, alarm=error.diagnostics)
            except Exception as error:  # whatever a new file does, the list in use stays, and whoever renews it goes on
                alarm = _error("hotlist-unreadable", f"the file cannot be loaded: {type(error).__name__}", called)
                outcome = Loaded(list_name=called, mode=mode, at=at, current=before, alarm=(alarm,))
            if outcome.accepted and outcome.current is not None:
                for differences in self._differences:
                    outcome.current.entries.prepare(differences)
                self._lists = MappingProxyType({**self._lists, called: outcome.current})
        if outcome.alarm and self._on_alarm is not None:
            self._on_alarm(outcome)
        return outcome

    def _outcome(self, name: str, mode: LoadMode, before: HotList | None, made: HotList, shrink: bool) -> Loaded:
        """Work out the new list, and whether it may take the place of the old one."""
        if mode is LoadMode.COMPLETE:
            applied = _Applied(made.entries, added=len(made.entries))
        elif before is None:
            alarm = _error("hotlist-no-base", "there is no list yet that this file could change", made.file)
            raise HotListError([alarm])
        else:
            applied = _apply(before.entries, made)
        alarms = [] if shrink else self._shrunk(before, applied.table, made.file)
        report = (*made.report, *applied.problems)
        current = before if alarms else _with_table(made, applied.table, report)
        return Loaded(
            list_name=name, mode=mode, at=made.loaded_at or now(), current=current, report=report, alarm=tuple(alarms),
            added=applied.added, changed=applied.changed, removed=applied.removed,
        )  # fmt: skip

    def _shrunk(self, before: HotList | None, table: EntryTable, file: str) -> list[Diagnostic]:
        had, has = len(before.entries) if before is not None else 0, len(table)
        help_line = "allow it to shrink if that is right"
        if not has:
            return [_error("hotlist-empty", "after this file the list would have no entry", file, help_line)]
        if had - has > had * self._most_lost:
            message = f"after this file the list would have {has:,} of its {had:,} entries"
            return [_error("hotlist-shrunk", message, file, help_line)]
        return []

    def drop(self, name: str) -> None:
        """Take a whole list out of use; nothing happens if there is none of that name."""
        with self._loading:
            self._lists = MappingProxyType({known: one for known, one in self._lists.items() if known != name})

    def matcher(self, *, look_alikes: int = 0, differences: int = 0) -> StoreMatcher:
        """Return a matcher over all lists that are in use when a read comes, within a tolerance."""
        self._differences |= {differences} if differences else set()
        return StoreMatcher(self, look_alikes, differences)


class StoreMatcher:
    """Compares reads with all lists of a store; each read with the lists of one moment."""

    def __init__(self, store: HotListStore, look_alikes: int, differences: int) -> None:
        """Keep the tolerance; ValueError for one below zero."""
        self._store = store
        self._tolerance = {"look_alikes": look_alikes, "differences": differences}
        self._made: tuple[Mapping[str, HotList] | None, tuple[Matcher, ...]] = (None, ())
        Matcher((), **self._tolerance)

    def match(self, read: ReadLike, *, at: datetime | None = None) -> tuple[Hit, ...]:
        """Give the hits of a read on every list, exact ones first."""
        (known, matchers), lists = self._made, self._store.lists
        if known is not lists:
            matchers = tuple(Matcher(one.entries, **self._tolerance) for one in lists.values())
            self._made = (lists, matchers)
        return in_order(hit for matcher in matchers for hit in matcher.match(read, at=at))


def _apply(base: EntryTable, made: HotList) -> _Applied:
    """Carry out the changes of a file in the order of its lines; what refers to no known entry is reported."""
    old: dict[Key, list[int]] = {}
    for row in range(len(base)):
        old.setdefault(base.key(row), []).append(row)
    keep, new = bytearray(b"\1") * len(base), bytearray(b"\0") * len(made.entries)
    fresh: dict[Key, int] = {}
    done = _Applied(base)
    for change in made.changes:
        there = change.key in old or change.key in fresh
        if (change.what == "add" and there) or (change.what in ("change", "remove") and not there):
            word = "is on the list already" if there else "is not on the list"
            message = f"the entry to {change.what} {word}"
            span = Span(made.file, change.line, 1)
            done.problems.append(Diagnostic("hotlist-unknown-entry", message, span, "load the complete list"))
            continue
        for row in old.pop(change.key, ()):
            keep[row] = 0
        if (earlier := fresh.pop(change.key, -1)) >= 0:
            new[earlier] = 0
        if change.row >= 0:
            new[change.row], fresh[change.key] = 1, change.row
            done.changed, done.added = done.changed + there, done.added + (not there)
        else:
            done.removed += 1
    done.table = base.joined(map(bool, keep), made.entries, map(bool, new))
    return done


def _with_table(made: HotList, table: EntryTable, report: tuple[Diagnostic, ...]) -> HotList:
    values: dict[str, Any] = {name: getattr(made, name) for name in HotList.__dataclass_fields__}
    return HotList(**values | {"entries": table, "report": report, "changes": ()})


def _error(code: str, message: str, file: str, help: str = "") -> Diagnostic:
    return Diagnostic(code, message, Span(file, 0, 0), help, Severity.ERROR)
