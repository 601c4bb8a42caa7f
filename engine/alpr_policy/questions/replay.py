"""A log replayed under two texts: rows that no rule can tell apart are decided once (docs/replay.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.errors import Diagnostic
from alpr_policy.evaluators.columnar import Face, Keys, Plan, plan_of
from alpr_policy.evaluators.columnar.keys import DEFECTS, DEFECTS_OF_CASE
from alpr_policy.evaluators.columnar.naming import held, told_schema
from alpr_policy.meaning.reasons import defects_of_text, looks_like_plate
from alpr_policy.questions.replay_gists import Gists, gist_of
from alpr_policy.questions.replay_parts import BATCH, Columns, Counted, Frame, Part, Progress, TableEngine
from alpr_policy.questions.replay_result import Cell, Effort, Gist, Mismatch, ReplayResult, Sample
from alpr_policy.questions.replay_rows import TIMES
from alpr_policy.questions.replay_sides import ReplayError, ReplaySide
from alpr_policy.reading.requests import read_request
from alpr_policy.suggest import did_you_mean

# With more groups than this, and with more than one for so many rows, grouping saves nothing.
MOST_GROUPS: Final = 5_000_000
ROWS_A_GROUP, FEW_ROWS = 5, 200_000
# An act with at least this share of the rows is grouped apart, since few of the keys matter to it.
OFTEN: Final = 1 / 8
# Acts with at most this share are written aside, since they are looked at several times.
FEW_OF_MANY: Final = 1 / 5
NEEDED: Final = ("row", "at", "action")
NO_TIME, NO_ACT = "no time", "no act"


def _rules(gist: Gist) -> str:
    return "; ".join(f"{r.rule} ({', '.join(r.cite)})" if r.cite else r.rule for r in gist.reasons)


def _needs(gist: Gist) -> str:
    return "; ".join(need.name or str(need.kind) for need in gist.needs)


# What is written of an answer beside each row.
TOLD: Final[dict[str, Callable[[Gist], str]]] = {
    "outcome": lambda gist: str(gist.outcome.value) if gist.in_force else "no text in force",
    "rules": _rules,
    "needs": _needs,
}


def silent(step: str, done: int, whole: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """How to replay: rows checked by the reference, rows shown with both decisions, and the seed of the draw."""

    checked: int = 1_000
    shown: int = 12
    seed: int = 0
    progress: Progress = silent


class Replay:
    """One replay of one table. `run` does it; `flips` gives the rows that came out otherwise, afterwards."""

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
        self._plans = tuple(plan_of(side.rulesets(), side.boundaries()) for side in self.sides)
        schema = told_schema(table)
        _check_columns(schema)
        self.schema, self.table = schema, table
        dims = tuple(name for name in ("agency", "unit") if name in schema)
        read = tuple(name for name in schema if name in self._read(schema))
        self.columns = Columns(read, dims, before.sets() | after.sets())
        self._gists = Gists()
        self.gists = self._gists.numbers
        self.parts: list[Part] = []
        self.unreplayable: dict[str, int] = {}
        self.rows = self.alone = 0
        self.fallback: str | None = None
        self._acts: dict[str, int] = {}
        self._sample: Sequence[int] = ()

    def _read(self, schema: Mapping[str, Any]) -> frozenset[str]:
        """Return the columns that a row is decided by."""
        more = {*NEEDED, "none", "withheld", "requester.id", *TIMES}
        return (self.plan.every.columns() | more) & schema.keys()

    def run(self) -> ReplayResult:
        """Replay the table."""
        begun, cpu = time.perf_counter(), time.process_time()
        counted = Counted()
        self._divide()
        for part in self.parts:
            self._replay(part, counted)
        gists, cells = self._in_order(counted)
        checked, mismatches = self._check()
        absent = {name for part in self.parts for name in part.keys.absent}
        return ReplayResult(
            baseline=self.sides[0].name,
            proposed=self.sides[1].name,
            as_if=self.sides[0].as_if,
            rows=self.rows,
            unreplayable=self.unreplayable,
            gists=gists,
            cells=cells,
            samples=tuple(self._samples(gists, cells)),
            checked=checked,
            mismatches=mismatches,
            absent=tuple(sorted(absent)),
            effort=Effort(
                engine=self.engine.name,
                groups=sum(part.decided - part.odd for part in self.parts),
                decided=sum(part.decided for part in self.parts) + self.alone,
                odd=sum(part.odd for part in self.parts),
                seconds=time.perf_counter() - begun,
                cpu_seconds=time.process_time() - cpu,
                fallback=self.fallback,
            ),
            first_at=_text(counted.first),
            last_at=_text(counted.last),
        )

    def group(self) -> None:
        """Group the table and decide nothing: what `run` begins with, by itself, to be measured."""
        self._divide()
        for part in self.parts:
            part.group()

    # Parts of the table

    def _divide(self) -> None:
        """Count the rows, draw those that are checked, and divide the table by frequent acts."""
        often, seldom = self._count_rows()
        if self.options.checked > 0 and self.rows:
            self._sample = self.engine.sample(self._playable(), self.options.checked, self.options.seed)
        table = self._with_reasons(self.table)
        self.parts = [self._part(table, (act,), self._acts[act], None) for act in often]
        if seldom:
            rest = self.rows - sum(self.unreplayable.values()) - sum(self._acts[act] for act in often)
            self.parts.append(self._part(table, seldom, rest, often))

    def _count_rows(self) -> tuple[list[str], list[str]]:
        """Count the rows of each act and those that cannot be replayed; return the frequent acts and the others."""
        nw = self.nw
        told = (nw.len().alias("rows"), nw.col("at").count().alias("timed"))
        by_act = self.table.select("action", "at").group_by("action").agg(*told)
        acts: dict[str, int] = {}
        missing = {NO_TIME: 0, NO_ACT: 0}
        for batch in self.engine.rows(by_act, BATCH):
            for act, rows, timed in batch:
                self.rows += rows
                missing[NO_TIME] += rows - timed
                if act is None:
                    missing[NO_ACT] += timed
                elif timed:
                    acts[act] = timed
        self.unreplayable = {why: rows for why, rows in missing.items() if rows}
        known = {act: rows for act, rows in acts.items() if act in self.plan.acts}
        often = sorted(act for act, rows in known.items() if rows >= OFTEN * self.rows)
        self._acts = {act: acts[act] for act in sorted(known)}
        return often, [act for act in self._acts if act not in often] + ([""] if acts.keys() - known.keys() else [])

    def _part(self, table: Frame, acts: Sequence[str], rows: int, others: Sequence[str] | None) -> Part:
        """Return the part of one frequent act, or, beside others, of whatever is none of them."""
        nw = self.nw
        frame = table.filter(~nw.col("at").is_null() & ~nw.col("action").is_null())
        if others is None:
            frame = frame.filter(nw.col("action") == acts[0])
        for act in others or ():
            frame = frame.filter(nw.col("action") != act)
        if rows <= FEW_OF_MANY * self.rows:
            known = {*self.columns.every, DEFECTS, DEFECTS_OF_CASE}
            frame = self.engine.aside(frame.select([held(name) for name in told_schema(frame) if name in known]))
        typed = frame.implementation.is_polars()
        keys = Keys(self.plan.only(acts), told_schema(frame), typed=typed)
        before, after = (Face(keys, plan) for plan in self._plans)
        return Part(self.engine, frame, keys, (before, after), self.columns)

    def _replay(self, part: Part, counted: Counted) -> None:
        progress = self.options.progress
        progress("grouping", 0, 0)
        part.group()
        few = max(FEW_ROWS, self.rows // ROWS_A_GROUP)
        if part.read_groups(min(few, MOST_GROUPS), progress):
            part.decide(self._judge, self._sample, progress)
            part.count(counted)
            return
        acts = ", ".join(act for act in part.keys.plan.acts if act)
        self.fallback = f"more groups than a fifth of the rows, so each row was decided by itself ({acts})"
        self.alone += part.decide_each(self._judge, self._sample, counted, progress)

    # Word lists

    def _with_reasons(self, table: Frame) -> Frame:
        """Join what the word lists say of each distinct reason, and of the look of each distinct case number."""
        lists = sorted(self.plan.only(self._acts).every.reasons, key=repr)
        if not lists:
            return table
        says: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
            ("reason.text", DEFECTS, lambda text: tuple(defects_of_text(text, one) for one in lists)),
            ("case.number", DEFECTS_OF_CASE, looks_like_plate),
        )
        for column, said, say in says:
            if column in self.schema and self.schema[column] == self.nw.String:
                table = self._with_classes(table, column, said, say)
        return table

    def _with_classes(self, table: Frame, column: str, said: str, say: Callable[[str], Any]) -> Frame:
        nw = self.nw
        texts: list[str] = []
        numbers: list[int] = []
        classes: dict[Any, int] = {}
        name = held(column)
        distinct = self.table.select(name).filter(~nw.col(name).is_null()).unique()
        for batch in self.engine.rows(distinct, BATCH):
            for (text,) in batch:
                texts.append(text)
                numbers.append(classes.setdefault((not text.strip(), say(text)), len(classes)))
            self.options.progress("reading reasons", len(texts), 0)
        if not texts:
            return table
        return table.join(self.engine.small({name: texts, held(said): numbers}), on=name, how="left")

    # Deciding

    def _judge(self, request: Mapping[str, Any]) -> Callable[[int], int]:
        """Read a request, to be judged under the first or the second text."""
        asked = read_request(request)
        return lambda side: self._gists.number(self.sides[side].decide(asked))

    def _in_order(self, counted: Counted) -> tuple[tuple[Gist, ...], tuple[Cell, ...]]:
        """Return the answers and the counts of their pairs, in an order that hangs on nothing but themselves."""
        told = sorted(self.gists, key=repr)
        place = {self.gists[gist]: number for number, gist in enumerate(told)}
        cells = []
        for cell, rows in counted.rows.items():
            before, after, (action, *dims, month) = cell
            named = dict(zip(self.columns.dims, dims, strict=True))
            cells.append(
                Cell(
                    action=action,
                    agency=named.get("agency"),
                    unit=named.get("unit"),
                    month=f"{month // 100:04}-{month % 100:02}",
                    before=place[before],
                    after=place[after],
                    rows=rows,
                    example=counted.examples[cell],
                )
            )
        return tuple(told), tuple(sorted(cells, key=_order))

    # Row by row, afterwards

    def answers(self, wanted: Callable[[Gist, Gist], bool] | None = None) -> Frame | None:
        """Return rows with both answers in columns; those that `wanted` takes, else all. None where there are none."""
        gists = tuple(self.gists)
        every = sorted({pair for part in self.parts for pair in part.pairs()})
        chosen = [(one, other) for one, other in every if wanted is None or wanted(gists[one], gists[other])]
        numbers = {pair: number for number, pair in enumerate(chosen)}
        found = [frame for part in self.parts if (frame := part.answered(numbers)) is not None]
        if not found:
            return None
        rows = found[0] if len(found) == 1 else self.nw.concat(found, how="vertical")
        told: dict[str, list[Any]] = {"pair": list(range(len(chosen)))}
        for place, side in enumerate(("before", "after")):
            for part, tell in TOLD.items():
                told[f"{side}_{part}"] = [tell(gists[pair[place]]) for pair in chosen]
        rows = rows.join(self.engine.small(told), on="pair", how="inner")
        return rows.select("row", "at", "action", *self.columns.dims, *(name for name in told if name != "pair"))

    def flips(self) -> Frame | None:
        """Return the rows whose outcome differs, with both answers; None where there are none."""
        return self.answers(lambda one, other: one.outcome is not other.outcome and one.in_force and other.in_force)

    # Checking and showing

    def _check(self) -> tuple[int, tuple[Mismatch, ...]]:
        """Decide the rows drawn at random again, each by itself and by the reference."""
        sampled = [one for part in self.parts for one in part.sampled]
        gists, reader = tuple(self.gists), self.columns.reader()
        found: list[Mismatch] = []
        for number, (row, pair) in enumerate(sampled, start=1):
            request = reader.request([row[name] for name in self.columns.read])
            for place, side in enumerate(self.references):
                grouped, alone = gists[pair[place]], gist_of(side.decide(request))
                if grouped != alone:
                    found.append(Mismatch(row=row["row"], text=side.name, grouped=grouped, alone=alone))
            if number % 100 == 0:
                self.options.progress("checking", number, len(sampled))
        return len(sampled), tuple(found)

    def _playable(self) -> Frame:
        nw = self.nw
        return self.table.filter(~nw.col("at").is_null() & ~nw.col("action").is_null())

    def _samples(self, gists: Sequence[Gist], cells: Sequence[Cell]) -> Iterator[Sample]:
        """Yield rows of the most frequent flips of an outcome, each with both decisions."""
        flips: dict[tuple[str, int, int], Cell] = {}
        for cell in sorted(cells, key=lambda one: (-one.rows, one.example)):
            before, after = gists[cell.before], gists[cell.after]
            if before.outcome is not after.outcome and before.in_force and after.in_force:
                flips.setdefault((cell.action, cell.before, cell.after), cell)
        wanted = [cell.example for cell in list(flips.values())[: self.options.shown]]
        every, reader = self.columns.every, self.columns.reader()
        place = every.index("row")
        found = {
            values[place]: reader.request(values)
            for part in (self.parts if wanted else ())
            for batch in self.engine.rows(part.picked(wanted).select(*map(held, every)), BATCH)
            for values in batch
        }
        for row in wanted:
            request = found[row]
            one, other = (side.decide(request) for side in self.sides)
            yield Sample(row=row, request=request, before=one, after=other)


def _order(cell: Cell) -> tuple[Any, ...]:
    return cell.action, cell.agency or "", cell.unit or "", cell.month, cell.before, cell.after


def _text(moment: Any) -> str | None:
    return None if moment is None else f"{moment.isoformat()}Z"


def _check_columns(schema: Mapping[str, Any]) -> None:
    missing = [name for name in NEEDED if name not in schema]
    if missing:
        told = "a table of acts needs the columns " + ", ".join(f"`{name}`" for name in missing)
        raise ReplayError([Diagnostic("replay-columns", told, help=did_you_mean(missing[0], schema))])
