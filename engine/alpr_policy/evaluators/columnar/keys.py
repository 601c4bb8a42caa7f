"""The keys by which rows are grouped, as expressions that DuckDB, Polars and Spark work out alike.

A key is never null, so that groups can be joined back by equality. Moments are compared with moments and never turned
into seconds, since that hangs on the time zone of an engine's session. Whatever a key cannot say for sure makes a row
*odd*.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, or_
from typing import Any, Final

from alpr_policy.evaluators.columnar.naming import held
from alpr_policy.evaluators.columnar.shapes import AT, Lapse, Pair, RecordTime, Start, Wants
from alpr_policy.evaluators.columnar.wants import Plan
from alpr_policy.meaning.records import TELLING
from alpr_policy.meaning.typed import MAX_COUNT, MAX_TEXT

Expr = Any
Subject = tuple[Any, ...]
LONGEST_RECORDS: Final = 4_000
# What in a list of records is not relative to the act: a time, an end, a scope, a case, or somebody's name.
ABSOLUTE: Final = r'"(at|placed|scope|expires|ended|ends|of)"\s*:|"by"\s*:\s*"[^@]|"by"\s*:\s*[^"\s]'
SEVERAL: Final = r'(?s)("earlier".*){3}'
# A bare date is the last second of its day somewhere on Earth; as a timestamp it stands at midnight UTC.
DATE_EARLIEST, DATE_LATEST = dt.timedelta(hours=-15), dt.timedelta(hours=39)
# A day that began with a moment ends within this time, also in the night in which the clock is put back.
DAY_LATEST: Final = dt.timedelta(hours=26)
NONE, WITHHELD, ACTION = "none", "withheld", "action"
# Texts that say of any fact why it is not known.
UNTOLD: Final = frozenset({"unknown", "withheld"})
NOTHING: Final = dt.timedelta(0)
EARLIEST, LATEST = dt.datetime(1901, 1, 1), dt.datetime(2199, 1, 1)


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """One key: its column in the table of groups, what it is about, and its expression; `odd` where it is not sure."""

    name: str
    subject: Subject
    expression: Expr
    odd: Expr | None


class Keys:
    """The keys of a plan over a table with certain columns."""

    def __init__(self, plan: Plan, schema: Mapping[str, Any], *, typed: bool = False) -> None:
        """Work out the keys; `schema` gives each column's Narwhals type.

        `typed` says that the engine takes a moment as it is (Polars). Elsewhere it is handed over as text and cast,
        since Spark takes a plain one for a moment of its session's time zone.
        """
        import narwhals as nw

        self.nw = nw
        self.plan = plan
        self.schema = schema
        self.typed = typed
        # Stands for null and for any other text; drawn anew each time, so that no text of a log can be the same. With
        # at most twelve bytes DuckDB holds a text in place, and compares it in one step.
        self.null = f"\x01{secrets.token_urlsafe(8)}"
        self.other = f"\x02{secrets.token_urlsafe(8)}"
        self.absent = tuple(sorted(plan.every.columns() - schema.keys() - _TIMES))
        self.columns: tuple[KeyColumn, ...] = tuple(self._made())

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the key columns."""
        return tuple(column.name for column in self.columns)

    def odd(self) -> Expr:
        """Return the expression that says whether a row stands for itself."""
        parts = [self._where_it_matters(one) for one in self.columns if one.odd is not None]
        parts += [self._alone(column) for column in sorted(self.plan.every.alone) if column in self.schema]
        # A doubt that is null is none: `true or null` is true, and what is null at the end is not taken.
        return reduce(or_, parts, self._far(self.nw.col(AT)))

    def _where_it_matters(self, column: KeyColumn) -> Expr:
        """A key that its act does not look at makes no row odd."""
        acts = sorted(name for name, wants in self.plan.acts.items() if column.subject in subjects_of(wants))
        if len(acts) == len(self.plan.acts) or column.subject[0] not in OFTEN_ODD:
            return column.odd
        return self._is(self._col(ACTION), acts) & column.odd

    def _col(self, name: str) -> Expr:
        return self.nw.col(held(name))

    def _is(self, value: Expr, texts: Iterable[str]) -> Expr:
        """Say whether a text is one of a few; single comparisons are quicker by far than a look into a list."""
        single = [value == text for text in texts]
        return reduce(or_, single) if single else self.nw.lit(False)

    def _alone(self, column: str) -> Expr:
        acts = sorted(name for name, wants in self.plan.acts.items() if column in wants.alone)
        there = ~self._col(column).is_null()
        if column in _RECORD_KINDS:
            there = there & (self._col(column) != "[]")
        return self._is(self._col(ACTION), acts) & there

    def _made(self) -> Iterator[KeyColumn]:
        made = [*self._plain(), *self._measured(), *self._joined()]
        for number, (subject, expression, odd) in enumerate(made):
            yield KeyColumn(f"k{number}", subject, expression, odd)

    # Values

    def _plain(self) -> Iterator[tuple[Subject, Expr, Expr | None]]:
        yield (ACTION,), self._text(ACTION), None
        for name in (NONE, WITHHELD):
            if name in self.schema:
                yield (name,), self._col(name).cast(self.nw.String).fill_null(""), None
        every = self.plan.every
        for name in sorted(every.raw & self.schema.keys()):
            yield ("raw", name), self._whole(name), None
        for kind in sorted(every.records & self.schema.keys()):
            yield ("records", kind), *self._records(kind)
        for name in sorted(every.texts.keys() & self.schema.keys()):
            yield ("text", name), *self._class(name, every.texts[name])
        for name in sorted(every.counts.keys() & self.schema.keys()):
            yield ("count", name), *self._count(name, sorted(every.counts[name]))

    def _text(self, name: str) -> Expr:
        """Keep a value as it is, as text; null has a text of its own."""
        return self._as_text(name).fill_null(self.null)

    def _whole(self, name: str) -> Expr:
        """Keep a value as it is; a truth is quicker as a number."""
        if self.schema[name] != self.nw.Boolean:
            return self._text(name)
        nw, truth = self.nw, self._col(name)
        told = nw.when(truth).then(nw.lit(1)).otherwise(nw.lit(0))
        return nw.when(truth.is_null()).then(nw.lit(-1)).otherwise(told)

    def _as_text(self, name: str) -> Expr:
        return self._col(name) if self.schema[name] == self.nw.String else self._col(name).cast(self.nw.String)

    def _class(self, name: str, constants: set[str]) -> tuple[Expr, Expr]:
        """Tell a text only from the constants that it is held against, and from null."""
        text = self._as_text(name)
        told = sorted({*constants, *UNTOLD})
        seen = self.nw.when(text.is_null()).then(self.nw.lit(self.null)).otherwise(self.nw.lit(self.other))
        odd = text.str.len_chars() > MAX_TEXT
        return self.nw.when(self._is(text, told)).then(text).otherwise(seen), odd

    def _records(self, kind: str) -> tuple[Expr, Expr]:
        nw = self.nw
        text = self._col(kind)
        first, last = self._col(f"{kind}.first"), self._col(f"{kind}.last")
        odd = text.str.contains(ABSOLUTE) | (text.str.len_chars() > LONGEST_RECORDS)
        missing = [one for one in (f"{kind}.first", f"{kind}.last") if one not in self.schema]
        timed = (
            nw.lit(True)
            if missing or not self._is_time(f"{kind}.first") or not self._is_time(f"{kind}.last")
            else first.is_null() | last.is_null()
        )
        return text.fill_null(self.null), odd | (~text.is_null() & (text != "[]") & timed)

    def _count(self, name: str, cuts: list[int]) -> tuple[Expr, Expr]:
        nw, kind = self.nw, self.schema[name]
        number, strange = self._col(name), nw.lit(False)
        if kind.is_float():
            number = nw.when(self._col(name).is_nan()).then(nw.lit(None)).otherwise(self._col(name))
            strange = number != number.round(0)
        elif not kind.is_integer():
            return nw.lit(0), ~self._col(name).is_null()
        strange = strange | (number < 0) | (number > MAX_COUNT)
        return self._step(self._col(name), cuts, number.is_null()), strange

    # Times

    def _measured(self) -> Iterator[tuple[Subject, Expr, Expr | None]]:
        nw, every = self.nw, self.plan.every
        for name in sorted((every.moments.keys() & self.schema.keys()) | {AT}):
            yield ("moment", name), *self._moment(name, sorted(every.moments.get(name, ())))
        for start, whole in sorted({(lapse.start, lapse.whole) for lapse in every.lapses}, key=repr):
            spans = [lapse for lapse in every.lapses if (lapse.start, lapse.whole) == (start, whole)]
            yield from self._lapse(("lapse", start, whole), spans, lambda: nw.col(AT))
        for first, second in sorted({(pair.first, pair.second) for pair in every.pairs}, key=repr):
            pairs = [pair for pair in every.pairs if (pair.first, pair.second) == (first, second)]
            yield from self._pair(("pair", first, second), pairs)

    def _is_time(self, name: str) -> bool:
        return self.schema[name] in (self.nw.Datetime, self.nw.Date)

    def _moment(self, name: str, cuts: list[dt.datetime]) -> tuple[Expr, Expr | None]:
        """Tell on which side of each instant a time lies; a bare date near one is odd."""
        nw = self.nw
        if not self._is_time(name):
            return nw.lit(0), ~self._col(name).is_null()
        instants = [cut.astimezone(dt.UTC).replace(tzinfo=None) for cut in cuts]
        time, dated = self._time(name)
        step = self._step(time, [self._instant(cut) for cut in instants], time.is_null())
        if not dated:
            # What a far time of the act itself comes to is the same for every key, and asked once.
            return step, None if name == AT else self._far(time)
        reach = 2 * DATE_LATEST
        near = [(time > self._instant(cut - reach)) & (time < self._instant(cut + reach)) for cut in instants]
        return step, reduce(or_, near, self._far(time))

    def _far(self, time: Expr) -> Expr:
        """Say whether a time is so long ago, or so far ahead, that a request may not hold it."""
        return (time < self._instant(EARLIEST)) | (time > self._instant(LATEST))

    def _instant(self, moment: dt.datetime) -> Expr:
        nw = self.nw
        if self.typed:
            return nw.lit(moment)
        return nw.lit(moment.isoformat(timespec="microseconds")).cast(nw.Datetime("us"))

    def _time(self, name: str) -> tuple[Expr, bool]:
        """Return a time as a timestamp, and whether it is a bare date."""
        dated = self.schema[name] == self.nw.Date
        return (self._col(name).cast(self.nw.Datetime("us")) if dated else self._col(name)), dated

    def _lapse(
        self, subject: Subject, lapses: list[Lapse], until: Callable[[], Expr]
    ) -> Iterator[tuple[Subject, Expr, Expr | None]]:
        """Tell which spans had passed between a moment and the act; where the calendar decides, the row is odd."""
        start, whole = lapses[0].start, lapses[0].whole
        spans = [lapse.span for lapse in lapses]
        bounds = [(span.shortest, span.longest) if span else (NOTHING, NOTHING) for span in spans]
        for name in _columns(start):
            if name not in self.schema:
                continue
            if not self._is_time(name):
                if isinstance(start, str):
                    yield subject, self.nw.lit(0), ~self._col(name).is_null()
                continue
            time, dated = self._time(name)
            early, late = (DATE_EARLIEST, DATE_LATEST) if dated else (NOTHING, DAY_LATEST if whole else NOTHING)
            yield subject, *self._passed(time, until(), [(a + early, b + late) for a, b in bounds])
        if isinstance(start, RecordTime) and all(
            name in self.schema and self._is_time(name) for name in _columns(start)
        ):
            yield subject, *self._between(start, bounds, until())

    def _between(self, start: RecordTime, bounds: list[tuple[dt.timedelta, dt.timedelta]], until: Expr) -> Any:
        """Of three records the one in the middle is where its neighbours are, or else the row is odd."""
        ends = [self._passed(self._time(name)[0], until, bounds)[0] for name in _columns(start)]
        several = self._col(start.kind).str.contains(SEVERAL) if start.kind in self.schema else self.nw.lit(True)
        return self.nw.lit(0), several & (ends[0] != ends[1])

    def _passed(
        self, start: Expr, until: Expr, bounds: list[tuple[dt.timedelta, dt.timedelta]]
    ) -> tuple[Expr, Expr | None]:
        over, doubts = [], []
        for shortest, longest in sorted(bounds):
            after = start if longest == NOTHING else start + longest
            if shortest == longest == NOTHING:
                over.append(until >= after)
                continue
            before = start if shortest == NOTHING else start + shortest
            over.append(until > after)
            doubts.append((until >= before) & (until <= after))
        return self._bucket(over, start), reduce(or_, doubts) if doubts else None

    def _pair(self, subject: Subject, pairs: list[Pair]) -> Iterator[tuple[Subject, Expr, Expr | None]]:
        second = pairs[0].second
        if second not in self.schema or not any(name in self.schema for name in _columns(pairs[0].first)):
            return
        if not self._is_time(second):
            yield subject, self.nw.lit(0), ~self._col(second).is_null()
            return
        later, dated = self._time(second)
        lapses = [Lapse(pair.first, pair.span) for pair in pairs]
        for one, key, odd in self._lapse(subject, lapses, lambda: later):
            yield one, key, odd
            if dated:
                yield one, self.nw.lit(0), ~self._col(second).is_null()
        # Which of the two is later counts besides by how much, and that they are the same.
        for name in _columns(pairs[0].first):
            if name in self.schema and self._is_time(name):
                yield subject, self._bucket([self._time(name)[0] >= later], self._time(name)[0]), None

    def _step(self, value: Expr, cuts: Sequence[Any], missing: Expr) -> Expr:
        """Count the thresholds that a value has reached, of some in order; what is missing has a number of its own.

        The middle one is asked first, so that of many only a few are looked at.
        """
        nw = self.nw

        def between(low: int, high: int) -> Expr:
            if low == high:
                return nw.lit(low)
            middle = (low + high) // 2
            return nw.when(value < cuts[middle]).then(between(low, middle)).otherwise(between(middle + 1, high))

        return nw.when(missing).then(nw.lit(-1)).otherwise(between(0, len(cuts)))

    def _bucket(self, passed: list[Expr], value: Expr) -> Expr:
        """Count the thresholds that a value has passed; null has a number of its own."""
        nw = self.nw
        if not passed:
            return nw.when(value.is_null()).then(nw.lit(-1)).otherwise(nw.lit(0))
        ones = [nw.when(one).then(nw.lit(1)).otherwise(nw.lit(0)) for one in passed]
        return nw.when(value.is_null()).then(nw.lit(-1)).otherwise(reduce(add, ones))

    # Several columns at once

    def _joined(self) -> Iterator[tuple[Subject, Expr, Expr | None]]:
        nw = self.nw
        for one, other in sorted(self.plan.every.same):
            if one in self.schema and other in self.schema:
                first, second = self._as_text(one), self._as_text(other)
                same = nw.when(first == second).then(nw.lit(1)).otherwise(nw.lit(0))
                known = first.is_null() | second.is_null()
                yield ("same", one, other), nw.when(known).then(nw.lit(-1)).otherwise(same), None
        if self.plan.every.reasons and DEFECTS in self.schema:
            yield ("reasons",), self._col(DEFECTS).fill_null(-1), None
        if self.plan.every.reasons and DEFECTS_OF_CASE in self.schema:
            yield ("reasons",), self._col(DEFECTS_OF_CASE).fill_null(-1), None


# Columns that are joined to the table before it is grouped: what the word lists say of a reason and of a case number.
DEFECTS, DEFECTS_OF_CASE = "reason.text as said", "case.number as said"
_RECORD_KINDS = tuple(TELLING)
_TIMES = frozenset(f"{kind}.{end}" for kind in _RECORD_KINDS for end in ("first", "last"))
# What is odd in so many rows that it is worth asking whether their acts look at it.
OFTEN_ODD: Final = frozenset({"lapse", "pair", "records"})
ALWAYS: Final = frozenset({(ACTION,), (NONE,), (WITHHELD,), ("moment", AT)})


def _columns(start: Start) -> tuple[str, ...]:
    return (f"{start.kind}.first", f"{start.kind}.last") if isinstance(start, RecordTime) else (start,)


def subjects_of(wants: Wants) -> frozenset[Subject]:
    """Return what the keys that matter to an act are about."""
    found: set[Subject] = {("raw", name) for name in wants.raw}
    found |= {("records", kind) for kind in wants.records}
    found |= {("text", name) for name in wants.texts}
    found |= {("count", name) for name in wants.counts}
    found |= {("moment", name) for name in wants.moments}
    found |= {("lapse", lapse.start, lapse.whole) for lapse in wants.lapses}
    found |= {("pair", pair.first, pair.second) for pair in wants.pairs}
    found |= {("same", *pair) for pair in wants.same}
    return frozenset(found | ({("reasons",)} if wants.reasons else set()))
