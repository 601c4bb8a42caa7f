"""Where a parser is, and where and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """A line and a column of a file, both from 0, in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where the parser stopped and what it said; `begun` is where the thing that it was reading began."""

    problem: str
    context: str
    at: Place
    begun: Place | None


class StoppedError(Exception):
    """The parser cannot go on."""

    def __init__(self, stop: Stop) -> None:
        """Keep where and why."""
        self.stop = stop
        super().__init__(stop.problem)
