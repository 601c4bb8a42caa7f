"""The rows of some acts in a replay: grouped by what their rules can tell apart, one of each group decided."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from alpr_policy.evaluators.columnar import Keys
from alpr_policy.evaluators.columnar.naming import held
from alpr_policy.questions.replay_rows import RowReader, request_of

Frame = Any
Progress = Callable[[str, int, int], None]
Pair = tuple[int, int]
BATCH: Final = 10_000
# The keys of groups that hold one odd row alone, and what stands in theirs for rows that are not odd.
ODD, NOT_ODD, MONTH = "odd row", -1, "month"


class TableEngine(Protocol):
    """What works out expressions over tables: DuckDB, Polars, Spark. Frames are lazy frames of Narwhals."""

    name: str

    def kept(self, frame: Frame) -> Frame:
        """Work a frame out once and return it as one that is read again."""

    def rows(self, frame: Frame, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a frame in batches."""

    def small(self, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Return a frame of columns given as whole numbers or texts, none of them null."""

    def sample(self, frame: Frame, count: int, seed: int) -> list[int]:
        """Return the column `row` of some rows drawn at random; the same for the same seed and table."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What is read of a table: the columns that a row is decided by, those it is counted by, and which are sets."""

    read: tuple[str, ...]
    dims: tuple[str, ...]
    sets: frozenset[str]

    @property
    def every(self) -> tuple[str, ...]:
        """Return all of them, those that a row is decided by first."""
        return tuple(dict.fromkeys((*self.read, *self.dims)))

    def requests(self, engine: TableEngine, frame: Frame) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield the rows of a frame with their requests."""
        every, reader = self.every, RowReader(self.read, self.sets)
        for batch in engine.rows(frame.select(*map(held, every)), BATCH):
            for values in batch:
                yield dict(zip(every, values, strict=True)), reader.request(values)

    def request(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request that a row is."""
        return request_of({name: row[name] for name in self.read}, self.sets)


@dataclass(slots=True)
class Counted:
    """Cells by act, dimensions and month, with the numbers of both answers; and a row of each."""

    rows: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    examples: dict[tuple[Any, ...], int] = field(default_factory=dict)
    first: Any = None
    last: Any = None

    def add(self, cell: tuple[Any, ...], rows: int, example: int) -> None:
        """Count rows of a cell."""
        self.rows[cell] += rows
        self.examples[cell] = min(example, self.examples.get(cell, example))

    def span(self, first: Any, last: Any) -> None:
        """Note between which times rows lie."""
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)


class Part:
    """The rows of some acts: their keys, their groups, and the answers to one row of each group."""

    def __init__(self, engine: TableEngine, frame: Frame, keys: Keys, columns: Columns) -> None:
        """Look at the rows of `frame`, all of which have a time and an act."""
        import narwhals as nw

        self.nw, self.engine, self.frame, self.keys, self.columns = nw, engine, frame, keys, columns
        self.by = (*keys.names, ODD)
        self.pairs: dict[tuple[Any, ...], Pair] = {}
        self.odd = 0
        self.groups: Frame = None
        self._examples: dict[tuple[Any, ...], int] = {}
        # Of each group the numbers of its signature and its dimensions, its rows, and one of them: 32 bytes a group.
        self._waiting = (array("q"), array("q"), array("q"), array("q"))
        self._keys: dict[tuple[Any, ...], int] = {}
        self._dims: dict[tuple[Any, ...], int] = {}
        self._span = Counted()
        self._each = (array("q"), array("q"), array("q"))

    def keyed(self, frame: Frame) -> Frame:
        """Add the keys and the month; an odd row has its own number among its keys."""
        nw = self.nw
        keys = [column.expression.alias(column.name) for column in self.keys.columns]
        odd = nw.when(self.keys.odd()).then(nw.col("row")).otherwise(nw.lit(NOT_ODD)).alias(ODD)
        month = (nw.col("at").dt.year() * 100 + nw.col("at").dt.month()).alias(MONTH)
        return frame.with_columns(*keys, odd, month)

    def group(self) -> None:
        """Have the engine group the rows."""
        nw = self.nw
        by = (*self.by, *self.columns.dims, MONTH)
        told = (nw.len().alias("rows"), nw.col("row").min().alias("example"))
        span = (nw.col("at").min().alias("first"), nw.col("at").max().alias("last"))
        groups = self.keyed(self.frame).group_by(*by).agg(*told, *span)
        self.groups = self.engine.kept(groups.select(*by, "rows", "example", "first", "last"))

    def read_groups(self, most: int, progress: Progress) -> bool:
        """Read the groups; say whether they are at most so many."""
        width, seen = len(self.by), 0
        for batch in self.engine.rows(self.groups, BATCH):
            seen += len(batch)
            for row in batch:
                key = self.signature(row[:width])
                example = row[-3]
                self._examples.setdefault(key, example)
                dims = (row[0], *row[width:-4])
                told = (
                    self._keys.setdefault(key, len(self._keys)),
                    self._dims.setdefault(dims, len(self._dims)),
                    row[-4],
                    example,
                )
                for kept, value in zip(self._waiting, told, strict=True):
                    kept.append(value)
            self._span.span(min(row[-2] for row in batch), max(row[-1] for row in batch))
            if seen > most:
                return False
            progress("grouping", seen, 0)
        return True

    def signature(self, told: Sequence[Any]) -> tuple[Any, ...]:
        """Return of a group's keys those that its act looks at; an odd row has but its number."""
        if told[-1] != NOT_ODD:
            return (ODD, told[-1])
        return tuple([told[place] for place in self.keys.of(told[0])])

    def picked(self, rows: Iterable[int]) -> Frame:
        """Return the rows with certain numbers."""
        return self.frame.join(self.engine.small({"row": list(rows)}), on="row", how="inner")

    def decide(self, decide: Callable[[Mapping[str, Any]], Pair], progress: Progress) -> None:
        """Decide one row of each signature."""
        wanted = {example: key for key, example in self._examples.items()}
        self.odd = sum(key[0] == ODD for key in self._examples)
        if not wanted:
            return
        for number, (row, request) in enumerate(self.columns.requests(self.engine, self.picked(wanted)), start=1):
            self.pairs[wanted[row["row"]]] = decide(request)
            if number % 500 == 0:
                progress("deciding", number, len(wanted))

    def count(self, counted: Counted) -> None:
        """Add the rows of each group to what is counted."""
        pairs, several = [self.pairs[key] for key in self._keys], tuple(self._dims)
        for key, dims, rows, example in zip(*self._waiting, strict=True):
            counted.add((*pairs[key], several[dims]), rows, example)
        if self._span.first is not None:
            counted.span(self._span.first, self._span.last)

    def decide_each(self, decide: Callable[[Mapping[str, Any]], Pair], counted: Counted, progress: Progress) -> int:
        """Decide each row by itself, where grouping saves nothing; return how many."""
        number = 0
        self.groups = None
        for number, (row, request) in enumerate(self.columns.requests(self.engine, self.frame), start=1):
            dims = (row["action"], *(row[name] for name in self.columns.dims), row["at"].year * 100 + row["at"].month)
            pair = decide(request)
            counted.add((*pair, dims), 1, row["row"])
            counted.span(row["at"], row["at"])
            for kept, value in zip(self._each, (row["row"], *pair), strict=True):
                kept.append(value)
            if number % BATCH == 0:
                progress("deciding row by row", number, 0)
        return number

    def answered(self, wanted: Callable[[Pair], bool]) -> Frame | None:
        """Return the rows with certain answers, with the numbers of both; None where there are none."""
        if self.groups is None:
            return self._each_answered(wanted)
        chosen = {key: pair for key, pair in self.pairs.items() if wanted(pair)}
        found: tuple[list[int], list[int], list[int]] = ([], [], [])
        width = len(self.by)
        for batch in self.engine.rows(self.groups.select(*self.by, "example"), BATCH) if chosen else ():
            for *told, example in batch:
                pair = chosen.get(self.signature(told[:width]))
                for kept, value in zip(found, (example, *pair) if pair else (), strict=False):
                    kept.append(value)
        if not found[0]:
            return None
        small = self.engine.small({"example": found[0], "before": found[1], "after": found[2]})
        groups = self.groups.select(*self.by, "example").join(small, on="example", how="inner")
        groups = self.engine.kept(groups.select(*self.by, "before", "after").unique())
        rows = self.keyed(self.frame).join(groups, on=list(self.by), how="inner")
        return rows.select("row", "at", "action", *self.columns.dims, "before", "after")

    def _each_answered(self, wanted: Callable[[Pair], bool]) -> Frame | None:
        flips = [(row, pair) for row, *pair in zip(*self._each, strict=True) if wanted((pair[0], pair[1]))]
        if not flips:
            return None
        columns = {
            "row": [row for row, _ in flips],
            "before": [p[0] for _, p in flips],
            "after": [p[1] for _, p in flips],
        }
        rows = self.frame.join(self.engine.small(columns), on="row", how="inner")
        return rows.select("row", "at", "action", *self.columns.dims, "before", "after")
