"""The rows of some acts in a replay: grouped by what their rules can tell apart, one of each group decided."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from alpr_policy.errors import Diagnostic
from alpr_policy.evaluators.columnar import Face, Keys
from alpr_policy.evaluators.columnar.naming import held
from alpr_policy.questions.replay_rows import RowReader
from alpr_policy.questions.replay_sides import ReplayError

Frame = Any
Progress = Callable[[str, int, int], None]
Pair = tuple[int, int]
# Reads a request; what it gives judges that under the first or the second text, and returns the answer's number.
Judge = Callable[[Mapping[str, Any]], Callable[[int], int]]
BATCH: Final = 10_000
# The keys of groups that hold one odd row alone, and what stands in theirs for rows that are not odd.
ODD, NOT_ODD, MONTH = "odd row", -(2**62), "month"


class TableEngine(Protocol):
    """What works out expressions over tables: DuckDB, Polars, Spark. Frames are lazy frames of Narwhals."""

    name: str

    def kept(self, frame: Frame) -> Frame:
        """Work a frame out once and return it as one that is read again."""

    def aside(self, frame: Frame) -> Frame:
        """Return rows that are few among many as a frame of their own, where that is cheaper to read again."""

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

    def reader(self) -> RowReader:
        """Return what reads a row, given by the columns it is decided by, as a request."""
        return RowReader(self.read, self.sets)


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


class _Told:
    """What one text tells apart: a number for each face, and the number of the answer to it."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.numbers: dict[tuple[Any, ...], int] = {}
        # The row that stands for each face, and the answer.
        self.examples: dict[int, int] = {}
        self.answers = array("q")
        # Of each group the number of its face.
        self.groups = array("q")

    def place(self, keys: Sequence[Any]) -> tuple[Any, ...]:
        """Return the face of a group's keys; an odd row has but its number."""
        return self.face.of(keys) if keys[-1] == NOT_ODD else (ODD, keys[-1])

    def add(self, keys: Sequence[Any], example: int) -> None:
        """Take in a group, of which one row is given."""
        number = self.numbers.setdefault(self.place(keys), len(self.answers))
        if number == len(self.answers):
            self.answers.append(-1)
            self.examples[example] = number
        self.groups.append(number)

    def answer(self, keys: Sequence[Any]) -> int:
        """Return the answer to a row with certain keys."""
        return self.answers[self.numbers[self.place(keys)]]


class Part:
    """The rows of some acts: their keys, their groups, and the answers to one row of each group."""

    def __init__(
        self, engine: TableEngine, frame: Frame, keys: Keys, faces: tuple[Face, Face], columns: Columns
    ) -> None:
        """Look at the rows of `frame`, all of which have a time and an act, as two texts see them."""
        import narwhals as nw

        self.nw, self.engine, self.frame, self.keys, self.columns = nw, engine, frame, keys, columns
        self.by = (*keys.names, ODD)
        self.decided = self.odd = 0
        # The rows of the sample, with the answers that their groups have, in order of their numbers.
        self.sampled: list[tuple[dict[str, Any], Pair]] = []
        self.groups: Frame = None
        self.signatures: Frame = None
        self._told: tuple[_Told, ...] = tuple(_Told(face) for face in faces)
        self._examples = array("q")
        self._varied: tuple[str, ...] = ()
        self._each = (array("q"), array("q"), array("q"))

    def keyed(self, frame: Frame) -> Frame:
        """Add the keys and the month; an odd row has its own number among its keys."""
        nw = self.nw
        keys = [column.expression.alias(column.name) for column in self.keys.columns]
        odd = nw.when(self.keys.odd()).then(nw.col("row")).otherwise(nw.lit(NOT_ODD)).alias(ODD)
        month = (nw.col("at").dt.year() * 100 + nw.col("at").dt.month()).alias(MONTH)
        return frame.with_columns(*keys, odd, month)

    def group(self) -> None:
        """Have the engine group the rows by their keys, and by what they are counted by."""
        nw = self.nw
        by = (*self.by, *self.columns.dims, MONTH)
        told = (nw.len().cast(nw.Int64).alias("rows"), nw.col("row").min().alias("example"))
        span = (nw.col("at").min().alias("first"), nw.col("at").max().alias("last"))
        groups = self.keyed(self.frame).group_by(*by).agg(*told, *span)
        self.groups = self.engine.kept(groups.select(*by, "rows", "example", "first", "last"))
        apart = self.groups.group_by(*self.by).agg(nw.col("example").min().alias("example"))
        self.signatures = self.engine.kept(apart.select(*self.by, "example"))

    def read_groups(self, most: int, progress: Progress) -> bool:
        """Read the keys of the groups; say whether they are at most so many.

        Raises ReplayError where a row has no number.
        """
        seen: list[set[Any]] = [set() for _ in self.by]
        for batch in self.engine.rows(self.signatures, BATCH):
            for *keys, example in batch:
                if example is None or keys[-1] is None:
                    raise _not_told_apart()
                self._examples.append(example)
                for told in self._told:
                    told.add(keys, example)
            for values, column in zip(seen, zip(*batch, strict=True), strict=False):
                if len(values) < 2:
                    values.update(column)
            if len(self._examples) > most:
                return False
            progress("grouping", len(self._examples), 0)
        # A key that is the same for all rows tells none from another. A table is joined by one column at least.
        self._varied = tuple(name for name, values in zip(self.by, seen, strict=True) if len(values) > 1) or self.by[:1]
        return True

    def picked(self, rows: Iterable[int]) -> Frame:
        """Return the rows with certain numbers."""
        return self.frame.join(self.engine.small({"row": list(rows)}), on="row", how="inner")

    def decide(self, judge: Judge, sample: Collection[int], progress: Progress) -> None:
        """Decide one row for each face that a text sees; keep those of a sample, with the answers of their groups.

        Raises ReplayError where the numbers of rows do not tell them apart.
        """
        wanted = {row for told in self._told for row in told.examples}
        self.odd = sum(face[0] == ODD for face in self._told[0].numbers)
        number, drawn = 0, frozenset(sample)
        every, reader = self.columns.every, self.columns.reader()
        place, width = every.index("row"), len(every)
        frame = self.keyed(self.picked(wanted | drawn)).select(*map(held, every), *self.by)
        kept = []
        for batch in self.engine.rows(frame, BATCH) if wanted else ():
            for values in batch:
                row = values[place]
                if row in drawn:
                    kept.append(values)
                if row in wanted:
                    self._decide(row, judge(reader.request(values)))
                    number += 1
            progress("deciding", number, len(wanted))
        if number != len(wanted):
            raise _not_told_apart()
        self.decided = number
        self.sampled = [
            (dict(zip(every, values, strict=False)), self._pair(values[width:]))
            for values in sorted(kept, key=lambda values: values[place])
        ]

    def _decide(self, row: int, judge: Callable[[int], int]) -> None:
        for side, told in enumerate(self._told):
            number = told.examples.get(row)
            if number is not None:
                told.answers[number] = judge(side)

    def _pair(self, keys: Sequence[Any]) -> Pair:
        before, after = (told.answer(keys) for told in self._told)
        return before, after

    def _grouped(self) -> tuple[Sequence[int], list[int], list[int]]:
        """Return a row of each group, and both answers to all of it."""
        before, after = ([told.answers[number] for number in told.groups] for told in self._told)
        return self._examples, before, after

    def count(self, counted: Counted) -> None:
        """Add the rows of each group to what is counted."""
        if not self._examples:
            return
        nw = self.nw
        answers = self._with_answers(dict(zip(("example", "before", "after"), self._grouped(), strict=True)))
        by = ("before", "after", self.by[0], *self.columns.dims, MONTH)
        told = (nw.col("rows").sum().alias("rows"), nw.col("example").min().alias("example"))
        span = (nw.col("first").min().alias("first"), nw.col("last").max().alias("last"))
        cells = self.groups.join(answers, on=list(self._varied), how="inner").group_by(*by).agg(*told, *span)
        for batch in self.engine.rows(cells.select(*by, "rows", "example", "first", "last"), BATCH):
            for before, after, *cell, rows, example, first, last in batch:
                counted.add((before, after, tuple(cell)), int(rows), example)
                counted.span(first, last)

    def _with_answers(self, told: Mapping[str, Sequence[int]]) -> Frame:
        """Return the keys of some groups, of each of which one row is given, with what is told of them."""
        names = [name for name in told if name != "example"]
        rows = self.signatures.select(*self._varied, "example").join(self.engine.small(told), on="example", how="inner")
        return self.engine.kept(rows.select(*self._varied, *names))

    def decide_each(self, judge: Judge, sample: Collection[int], counted: Counted, progress: Progress) -> int:
        """Decide each row by itself, where grouping saves nothing; return how many."""
        number = 0
        self.groups = self.signatures = None
        self._told = ()
        every, reader, drawn = self.columns.every, self.columns.reader(), frozenset(sample)
        for batch in self.engine.rows(self.frame.select(*map(held, every)), BATCH):
            for values in batch:
                row = dict(zip(every, values, strict=True))
                dims = tuple(row[name] for name in self.columns.dims)
                cell = (row["action"], *dims, row["at"].year * 100 + row["at"].month)
                decided = judge(reader.request(values))
                pair = decided(0), decided(1)
                counted.add((*pair, cell), 1, row["row"])
                counted.span(row["at"], row["at"])
                if row["row"] in drawn:
                    self.sampled.append((row, pair))
                for kept, value in zip(self._each, (row["row"], *pair), strict=True):
                    kept.append(value)
                number += 1
            progress("deciding row by row", number, 0)
        self.sampled.sort(key=lambda one: one[0]["row"])
        return number

    def pairs(self) -> set[Pair]:
        """Return all pairs of answers that rows have."""
        _, before, after = self._each if self.groups is None else self._grouped()
        return set(zip(before, after, strict=True))

    def answered(self, numbers: Mapping[Pair, int]) -> Frame | None:
        """Return the rows with certain pairs of answers, with a number for each pair; None where there are none."""
        rows: list[int] = []
        pairs: list[int] = []
        for row, before, after in zip(*(self._each if self.groups is None else self._grouped()), strict=True):
            number = numbers.get((before, after))
            if number is not None:
                rows.append(row)
                pairs.append(number)
        if not rows:
            return None
        shown = ("row", "at", "action", *self.columns.dims, "pair")
        if self.groups is None:
            small = self.engine.small({"row": rows, "pair": pairs})
            return self.frame.join(small, on="row", how="inner").select(*shown)
        groups = self._with_answers({"example": rows, "pair": pairs})
        return self.keyed(self.frame).join(groups, on=list(self._varied), how="inner").select(*shown)


def _not_told_apart() -> ReplayError:
    told = "the column `row` does not tell each row from every other"
    return ReplayError([Diagnostic("replay-rows", told, help="number the rows, or leave the column out")])
