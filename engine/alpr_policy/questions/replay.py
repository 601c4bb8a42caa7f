"""A log replayed under two texts: rows that no rule can tell apart are decided once (docs/replay.md)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from alpr_policy.errors import Diagnostic
from alpr_policy.evaluators.columnar import Keys, Plan, plan_of
from alpr_policy.evaluators.columnar.keys import DEFECTS, DEFECTS_OF_CASE
from alpr_policy.meaning.reasons import defects_of_text, looks_like_plate
from alpr_policy.questions.replay_gists import gist_of
from alpr_policy.questions.replay_result import Cell, Effort, Gist, Mismatch, ReplayResult, Sample
from alpr_policy.questions.replay_rows import request_of
from alpr_policy.questions.replay_sides import ReplayError, ReplaySide
from alpr_policy.reading.records import RECORDS
from alpr_policy.suggest import did_you_mean

Frame = Any
Progress = Callable[[str, int, int], None]
# With more groups than this, and with more than one for so many rows, grouping saves nothing.
MOST_GROUPS: Final = 5_000_000
ROWS_A_GROUP, FEW_ROWS = 5, 200_000
BATCH: Final = 10_000
NEEDED: Final = ("row", "at", "action")
NO_TIME, NO_ACT = "no time", "no act"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """How to replay: rows checked by the reference, rows shown with both decisions, and the seed of both draws."""

    checked: int = 1_000
    shown: int = 12
    seed: int = 0
    progress: Progress = lambda step, done, whole: None


@dataclass(slots=True)
class _Tally:
    """What is counted: groups by what tells them apart, and cells by the numbers of both gists."""

    groups: dict[tuple[Any, ...], tuple[int, ...]] = field(default_factory=dict)
    cells: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    examples: dict[tuple[Any, ...], int] = field(default_factory=dict)
    unreplayable: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    first: Any = None
    last: Any = None


class Replay:
    """One replay over one table; `run` does it, and `flips` gives the rows that flipped afterwards."""

    def __init__(
        self, table: Frame, engine: TableEngine, before: ReplaySide, after: ReplaySide, options: ReplayOptions
    ) -> None:
        """Look at a table under two texts. Raises ReplayError where a column that a replay needs is missing."""
        import narwhals as nw

        self.nw, self.engine, self.options = nw, engine, options
        self.sides = (before, after)
        self.references = (before.by_reference(), after.by_reference())
        rulesets = {id(one): one for side in self.sides for one in side.rulesets()}
        self.plan: Plan = plan_of(rulesets.values(), before.boundaries() | after.boundaries())
        self.sets = before.sets() | after.sets()
        schema = dict(table.collect_schema())
        _check_columns(schema)
        self.table = self._with_reasons(table, schema)
        self.keys = Keys(self.plan, dict(self.table.collect_schema()))
        self.dims = tuple(name for name in ("agency", "unit") if name in schema)
        self.read = tuple(name for name in schema if name in self._read(schema))
        self.gists: dict[Gist, int] = {}
        self.odd_pairs: dict[int, tuple[int, int]] = {}
        self.pairs: dict[tuple[Any, ...], tuple[int, int]] = {}
        self.tally = _Tally()
        self.fallback: str | None = None
        self._groups: Frame = None

    def _read(self, schema: Mapping[str, Any]) -> frozenset[str]:
        """Return the columns that a row is decided by."""
        times = {f"{kind}.{end}" for kind in RECORDS for end in ("first", "last")}
        more = {*NEEDED, "none", "withheld", "requester.id", *times}
        return (self.plan.every.columns() | more) & schema.keys()

    # Word lists

    def _with_reasons(self, table: Frame, schema: Mapping[str, Any]) -> Frame:
        """Join what the word lists say of each distinct reason, and of the look of each distinct case number."""
        if not self.plan.every.reasons:
            return table
        lists = sorted(self.plan.every.reasons, key=repr)
        says: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
            ("reason.text", DEFECTS, lambda text: tuple(defects_of_text(text, one) for one in lists)),
            ("case.number", DEFECTS_OF_CASE, looks_like_plate),
        )
        for column, said, say in says:
            if column in schema and schema[column] == self.nw.String:
                table = self._with_classes(table, column, said, say)
        return table

    def _with_classes(self, table: Frame, column: str, said: str, say: Callable[[str], Any]) -> Frame:
        nw = self.nw
        texts: list[str] = []
        numbers: list[int] = []
        classes: dict[Any, int] = {}
        distinct = table.select(column).filter(~nw.col(column).is_null()).unique()
        for batch in self.engine.rows(distinct, BATCH):
            for (text,) in batch:
                texts.append(text)
                numbers.append(classes.setdefault((not text.strip(), say(text)), len(classes)))
            self.options.progress("reading reasons", len(texts), 0)
        return table.join(self.engine.small({column: texts, said: numbers}), on=column, how="left")

    # Grouping

    def run(self) -> ReplayResult:
        """Replay the table."""
        begun, cpu = time.perf_counter(), time.process_time()
        self._group()
        if self.fallback is None:
            self._decide_odd(self._odd_rows())
            self._decide_groups()
        else:
            self._decide_odd(self._playable())
        cells = self._cells()
        checked, mismatches = self._check()
        samples = tuple(self._samples(cells))
        effort = Effort(
            engine=self.engine.name,
            groups=len(self.tally.groups),
            decided=len(self.pairs) + len(self.odd_pairs),
            odd=len(self.odd_pairs),
            seconds=time.perf_counter() - begun,
            cpu_seconds=time.process_time() - cpu,
            fallback=self.fallback,
        )
        tally = self.tally
        return ReplayResult(
            baseline=self.sides[0].name,
            proposed=self.sides[1].name,
            as_if=self.sides[0].as_if,
            rows=tally.rows,
            unreplayable=dict(tally.unreplayable),
            gists=tuple(self.gists),
            cells=cells,
            samples=samples,
            checked=checked,
            mismatches=mismatches,
            absent=self.keys.absent,
            effort=effort,
            first_at=tally.first.isoformat() + "Z" if tally.first else None,
            last_at=tally.last.isoformat() + "Z" if tally.last else None,
        )

    def keyed(self, frame: Frame) -> Frame:
        """Add the keys, the month and whether a row is odd to a frame."""
        nw = self.nw
        keys = [column.expression.alias(column.name) for column in self.keys.columns]
        month = (nw.col("at").dt.year() * 100 + nw.col("at").dt.month()).alias("month")
        return frame.with_columns(*keys, month, self.keys.odd().alias("odd"))

    def _playable(self) -> Frame:
        nw = self.nw
        return self.table.filter(~nw.col("at").is_null() & ~nw.col("action").is_null())

    def _group(self) -> None:
        """Group the rows and remember of each group one row; a row without time or act is only counted."""
        nw, tally = self.nw, self.tally
        by = [*self.keys.names, *self.dims, "month"]
        if "month" not in by:
            by.append("month")
        rows = self.keyed(self._playable()).filter(~nw.col("odd"))
        groups = rows.group_by(*by).agg(
            nw.len().alias("rows"),
            nw.col("row").min().alias("example"),
            nw.col("at").min().alias("first"),
            nw.col("at").max().alias("last"),
        )
        self._groups = self.engine.kept(groups.select(*by, "rows", "example", "first", "last"))
        whole = self._count_rows()
        width, action = len(self.keys.columns), self.keys.columns[0].name
        assert self.keys.names[0] == action
        seen = 0
        for batch in self.engine.rows(self._groups, BATCH):
            seen += len(batch)
            for row in batch:
                key = self._signature(row[:width])
                dims = (row[0], *row[width:-4])
                if key not in tally.groups:
                    tally.groups[key] = (row[-3],)
                cell = (key, dims)
                tally.cells[cell] += row[-4]
                tally.examples.setdefault(cell, row[-3])
                self._span(row[-2], row[-1])
            self.options.progress("grouping", seen, 0)
            if seen > MOST_GROUPS or (seen > FEW_ROWS and seen * ROWS_A_GROUP > whole):
                self._give_up(seen, whole)
                return

    def _give_up(self, groups: int, rows: int) -> None:
        self.fallback = f"more than {groups:,} groups of {rows:,} rows: each row was decided by itself"
        kept, self.tally = self.tally, _Tally()
        self.tally.rows, self.tally.unreplayable = kept.rows, kept.unreplayable

    def _count_rows(self) -> int:
        """Count all rows and those that cannot be replayed; return how many can."""
        nw, tally = self.nw, self.tally
        no_time, no_act = nw.col("at").is_null(), nw.col("action").is_null()
        counted = self.table.select(
            nw.len().alias("rows"),
            nw.when(no_time).then(nw.lit(1)).otherwise(nw.lit(0)).sum().alias("no_time"),
            nw.when(~no_time & no_act).then(nw.lit(1)).otherwise(nw.lit(0)).sum().alias("no_act"),
        )
        rows, *missing = next(iter(self.engine.rows(counted, 1)), [(0, 0, 0)])[0]
        tally.rows = int(rows)
        tally.unreplayable = Counter(
            {why: int(count) for why, count in zip((NO_TIME, NO_ACT), missing, strict=True) if count}
        )
        return tally.rows - sum(tally.unreplayable.values())

    def _signature(self, keys: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return of a group's keys those that its act looks at."""
        return tuple([keys[place] for place in self.keys.of(keys[0])])

    def _span(self, first: Any, last: Any) -> None:
        tally = self.tally
        tally.first = first if tally.first is None else min(tally.first, first)
        tally.last = last if tally.last is None else max(tally.last, last)

    # Deciding

    def _odd_rows(self) -> Frame:
        return self.keyed(self._playable()).filter(self.nw.col("odd"))

    def _columns(self) -> list[str]:
        return list(dict.fromkeys([*self.read, *self.dims]))

    def _requests(self, frame: Frame) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield rows with their requests."""
        columns = self._columns()
        for batch in self.engine.rows(frame.select(*columns), BATCH):
            for values in batch:
                row = dict(zip(columns, values, strict=True))
                yield row, request_of({name: row[name] for name in self.read}, self.sets)

    def _decide_odd(self, frame: Frame) -> None:
        tally = self.tally
        for number, (row, request) in enumerate(self._requests(frame), start=1):
            pair = self._pair(request)
            self.odd_pairs[row["row"]] = pair
            month = row["at"].year * 100 + row["at"].month
            cell = (pair, (row["action"], *(row[name] for name in self.dims), month))
            tally.cells[cell] += 1
            tally.examples.setdefault(cell, row["row"])
            self._span(row["at"], row["at"])
            if number % BATCH == 0:
                self.options.progress("deciding single rows", number, 0)

    def _pair(self, request: Mapping[str, Any]) -> tuple[int, int]:
        before, after = (self._number(gist_of(side.decide(request))) for side in self.sides)
        return before, after

    def _number(self, gist: Gist) -> int:
        return self.gists.setdefault(gist, len(self.gists))

    def _picked(self, rows: Iterable[int]) -> Frame:
        """Return the rows of the table with certain numbers."""
        return self.table.join(self.engine.small({"row": list(rows)}), on="row", how="inner")

    def _decide_groups(self) -> None:
        """Decide one row of each signature."""
        examples = {example[0]: key for key, example in self.tally.groups.items()}
        if not examples:
            return
        for number, (row, request) in enumerate(self._requests(self._picked(examples)), start=1):
            self.pairs[examples[row["row"]]] = self._pair(request)
            if number % 1_000 == 0:
                self.options.progress("deciding groups", number, len(examples))

    def _cells(self) -> tuple[Cell, ...]:
        """Return the counts of each pair of gists."""
        joined: Counter[tuple[Any, ...]] = Counter()
        examples: dict[tuple[Any, ...], int] = {}
        for (key, dims), rows in self.tally.cells.items():
            cell = (*(key if key in self._odd_keys() else self.pairs[key]), dims)
            joined[cell] += rows
            example = self.tally.examples[key, dims]
            examples[cell] = min(example, examples.get(cell, example))
        ordered = sorted(joined.items(), key=lambda one: (str(one[0][2]), one[0][:2]))
        return tuple(self._cell(*cell, rows, examples[cell]) for cell, rows in ordered)

    def _odd_keys(self) -> frozenset[tuple[int, int]]:
        return frozenset(self.odd_pairs.values())

    def _cell(self, before: int, after: int, dims: tuple[Any, ...], rows: int, example: int) -> Cell:
        named = dict(zip(self.dims, dims[1:-1], strict=True))
        return Cell(
            action=dims[0],
            agency=named.get("agency"),
            unit=named.get("unit"),
            month=f"{dims[-1] // 100:04}-{dims[-1] % 100:02}",
            before=before,
            after=after,
            rows=rows,
            example=example,
        )

    # Checking and showing

    def _check(self) -> tuple[int, tuple[Mismatch, ...]]:
        """Decide rows drawn at random again, each by itself and by the reference."""
        rows = self.engine.sample(self._playable(), self.options.checked, self.options.seed)
        if not rows:
            return 0, ()
        names, told = self.keys.names, tuple(self.gists)
        columns = self._columns()
        frame = self.keyed(self._picked(rows).filter(~self.nw.col("at").is_null()))
        found: list[Mismatch] = []
        checked = 0
        for batch in self.engine.rows(frame.select(*columns, *names, "odd"), BATCH):
            for values in batch:
                row = dict(zip(columns, values, strict=False))
                single = values[-1] or self.fallback is not None
                keys = values[len(columns) : -1]
                pair = self.odd_pairs.get(row["row"]) if single else self.pairs.get(self._signature(keys))
                request = request_of({name: row[name] for name in self.read}, self.sets)
                for place, side in enumerate(self.references):
                    alone = gist_of(side.decide(request))
                    grouped = told[pair[place]] if pair else None
                    if grouped != alone:
                        found.append(Mismatch(row=row["row"], text=side.name, grouped=grouped or alone, alone=alone))
                checked += 1
            self.options.progress("checking", checked, len(rows))
        return checked, tuple(found)

    def _samples(self, cells: Sequence[Cell]) -> Iterator[Sample]:
        """Yield rows of the most frequent flips, the outcomes of which differ first."""
        gists = tuple(self.gists)

        def rank(cell: Cell) -> tuple[bool, int]:
            return gists[cell.before].outcome is gists[cell.after].outcome, -cell.rows

        flipped: dict[tuple[str, int, int], Cell] = {}
        for cell in sorted(cells, key=rank):
            if gists[cell.before] != gists[cell.after] and gists[cell.before].in_force and gists[cell.after].in_force:
                flipped.setdefault((cell.action, cell.before, cell.after), cell)
        wanted = [cell.example for cell in list(flipped.values())[: self.options.shown]]
        if not wanted:
            return
        found = {row["row"]: request for row, request in self._requests(self._picked(wanted))}
        for row in wanted:
            before, after = (side.decide(found[row]) for side in self.sides)
            yield Sample(row=row, request=found[row], before=before, after=after)


def _check_columns(schema: Mapping[str, Any]) -> None:
    missing = [name for name in NEEDED if name not in schema]
    if missing:
        told = "a table of acts needs the columns " + ", ".join(f"`{name}`" for name in missing)
        raise ReplayError([Diagnostic("replay-columns", told, help=did_you_mean(missing[0], schema))])
