"""The hot lists of a command line: each read as its layout says, with what is wrong in it told on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alpr_policy.errors import Diagnostic, in_order
from alpr_policy_adapters.cli.options import UsageError
from alpr_policy_adapters.cli.output import Screen, number, show_diagnostics
from alpr_policy_adapters.hotlists import (
    HotListError,
    HotListStore,
    ListFiles,
    ListSource,
    Loaded,
    Progress,
    load_mapping,
)

PLAIN = "plain_csv"
MOST_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsGiven:
    """The lists as the command line names them: their files, and one mapping for all or one for each in order."""

    paths: tuple[Path, ...] = ()
    mappings: tuple[str, ...] = ()

    def sources(self) -> tuple[ListSource, ...]:
        """Put each list and its mapping together; raises UsageError, and HotListError for a mapping that is none."""
        paths, mappings = self.paths, self.mappings or (PLAIN,)
        if self.mappings and len(mappings) not in (1, len(paths)):
            said = f"{number(len(mappings), '`--mapping`')} for {number(len(paths), '`--hotlist`')}"
            raise _usage(said, "give one for all lists, or one for each in the same order")
        if self.mappings and not paths:
            raise _usage("`--mapping` goes with `--hotlist`")
        if len(set(paths)) != len(paths):
            raise _usage("a hot list is named twice")
        layouts = {one: load_mapping(one) for one in dict.fromkeys(mappings)}
        each = mappings if len(mappings) == len(paths) else mappings * len(paths)
        return tuple(
            ListSource(path=path, mapping=layouts[one], name=str(path)) for path, one in zip(paths, each, strict=True)
        )


@dataclass(slots=True)
class ListsInUse:
    """The lists in use with their files, and how many of their lines were refused when they were loaded."""

    files: ListFiles
    refused: int = 0

    @property
    def store(self) -> HotListStore:
        """Return the lists."""
        return self.files.store


def lists_in_use(given: ListsGiven, screen: Screen) -> ListsInUse:
    """Load the lists and tell what is wrong in them; raises HotListError where one cannot be used at all."""
    made = ListsInUse(ListFiles(HotListStore(), given.sources()))
    with lines_read() as progress:
        outcomes = made.files.load(progress)
    for loaded in outcomes:
        if loaded.current is None or loaded.alarm:
            raise HotListError(loaded.alarm)
        made.refused += loaded.current.refused
        show_some(screen, loaded)
    return made


def show_some(screen: Screen, loaded: Loaded) -> None:
    """Tell what is wrong in the lines of a list; where that is very much, the first of it."""
    ordered = in_order(loaded.report)
    show_diagnostics(screen, ordered[:MOST_TOLD])
    if len(ordered) > MOST_TOLD:
        more = number(len(ordered) - MOST_TOLD, "further line")
        screen.say(f"{more} of `{loaded.list_name}`: `alpr-policy hotlist check` shows them", "bold", wrap=False)


@contextmanager
def lines_read() -> Iterator[Progress | None]:
    """Show on a terminal how many lines of a list have been read, and clear it in the end; give None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return

    def show(lines: int) -> None:
        sys.stderr.write(f"\r{lines:,} lines read")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\x1b[K")


def _usage(message: str, help: str = "") -> UsageError:
    return UsageError([Diagnostic("usage", message, help=help)])
