"""How many acts of the same key lie in a stretch of time before each row, and the outermost two: as running counts.

One sort for each question, however often one key recurs: acts and the two ends of each stretch are put in order of
time, counted through, and the counts at the ends are set against each other. No act is ever paired with another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan
from alpr_policy.questions.replay_parts import TableEngine
from alpr_policy_adapters.tables.calendar import pieces

Frame = Any
Expr = Any
# Stand for no act before, and none after: running minima and maxima pass over nulls differently from engine to engine.
BEFORE: Final = dt.datetime(1, 1, 1)
AFTER: Final = dt.datetime(9999, 12, 31)
START, AT, ROW = "start", "at", "row"
NUMBER, FIRST, LAST, EARLIER, HERE, UPTO = "number", "first", "last", "earlier", "here", "upto"
_SINCE, _EVENT, _UNTIL = 0, 1, 2
_DAY_OF, _PIECE_FROM, _PIECE_TO, _PIECE_BACK, _PIECE_FIXED = "p day", "p from", "p to", "p back", "p fixed"


def moment_in(frame: Frame, column: str) -> Expr:
    """Return a column of texts, such as `small` makes, as instants."""
    import narwhals as nw

    if frame.implementation.is_polars():
        return nw.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f").cast(nw.Datetime("us"))
    return nw.col(column).cast(nw.Datetime("us"))


def constant(frame: Frame, moment: dt.datetime) -> Expr:
    """Return an instant in UTC as an expression: on Spark a plain literal is one of the session's zone."""
    import narwhals as nw

    if frame.implementation.is_polars():
        return nw.lit(moment)
    return nw.lit(moment_text(moment)).cast(nw.Datetime("us"))


def moment_text(moment: dt.datetime) -> str:
    """Return an instant as `moment_in` reads it."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def days_of(frame: Frame, engine: TableEngine, column: str = AT) -> list[dt.date]:
    """Return the UTC days on which the instants of a column lie."""
    import narwhals as nw

    days = frame.filter(~nw.col(column).is_null()).select(nw.col(column).dt.date().alias("d")).unique()
    return sorted(day for batch in engine.rows(days, 10_000) for (day,) in batch)


def with_start(frame: Frame, engine: TableEngine, span: CalendarSpan, zone: ZoneInfo) -> Frame:
    """Add the column `start`: the instant that lies a span before `at`, by the calendar of a zone."""
    import narwhals as nw

    found = pieces(days_of(frame, engine), span, zone)
    if not found:
        return frame.with_columns(nw.lit(None).cast(nw.Datetime("us")).alias(START))
    backs = sorted({piece.back for piece in found if piece.back is not None})
    small = engine.small(
        {
            _DAY_OF: [piece.first.date().isoformat() for piece in found],
            _PIECE_FROM: [moment_text(piece.first) for piece in found],
            _PIECE_TO: [moment_text(piece.end) for piece in found],
            _PIECE_BACK: [-1 if piece.back is None else backs.index(piece.back) for piece in found],
            _PIECE_FIXED: [moment_text(piece.fixed or BEFORE) for piece in found],
        }
    )
    small = small.with_columns(*[moment_in(small, name).alias(name) for name in (_PIECE_FROM, _PIECE_TO, _PIECE_FIXED)])
    columns = list(frame.collect_schema())
    start = nw.col(_PIECE_FIXED)
    for number, back in enumerate(backs):
        start = nw.when(nw.col(_PIECE_BACK) == number).then(nw.col(AT) - back).otherwise(start)
    joined = frame.with_columns(nw.col(AT).dt.date().cast(nw.String).alias(_DAY_OF)).join(
        small, on=_DAY_OF, how="inner"
    )
    inside = joined.filter((nw.col(AT) >= nw.col(_PIECE_FROM)) & (nw.col(AT) < nw.col(_PIECE_TO)))
    return inside.select(*columns, start.alias(START))


def dated(
    frame: Frame, engine: TableEngine, told: Callable[[dt.date], Sequence[tuple[dt.datetime, str]]], column: str
) -> Frame:
    """Return `row` and a column with what held at `at`.

    `told` gives for a UTC day what holds from which instants on (UTC without zone), the first of them its beginning.
    """
    import narwhals as nw

    lines: dict[str, list[Any]] = {_DAY_OF: [], _PIECE_FROM: [], _PIECE_TO: [], column: []}
    for day in days_of(frame, engine):
        steps = told(day)
        ends = [*[at for at, _ in steps[1:]], dt.datetime.combine(day, dt.time.min) + dt.timedelta(days=1)]
        for (begin, value), end in zip(steps, ends, strict=True):
            lines[_DAY_OF].append(day.isoformat())
            lines[_PIECE_FROM].append(moment_text(begin))
            lines[_PIECE_TO].append(moment_text(end))
            lines[column].append(value)
    if not lines[column]:
        return frame.select(ROW, nw.lit(None).cast(nw.String).alias(column))
    small = engine.small(lines)
    small = small.with_columns(*[moment_in(small, name).alias(name) for name in (_PIECE_FROM, _PIECE_TO)])
    rows = frame.filter(~nw.col(AT).is_null()).select(ROW, AT, nw.col(AT).dt.date().cast(nw.String).alias(_DAY_OF))
    inside = rows.join(small, on=_DAY_OF, how="inner")
    inside = inside.filter((nw.col(AT) >= nw.col(_PIECE_FROM)) & (nw.col(AT) < nw.col(_PIECE_TO)))
    return inside.select(ROW, column)


def stretches(rows: Frame, acts: Frame, keys: Sequence[str], wanted: Iterable[str]) -> Frame:
    """Return for each row what lies between its `start` (or ever) and its `at`, both included, of the acts of its key.

    `rows` have `row`, `at`, the keys and perhaps `start`; `acts` have `at` and the keys; no key and no time is null.
    The answer has `row` and `number`, how many acts there are; and where wanted `first` and `last` among them, and
    `earlier` and `here`: the last act before `at`, and how many lie at that very instant; `upto`, how many there
    are up to `at` whenever. What there is not is null.
    """
    import narwhals as nw

    asked = frozenset(wanted)
    bounded = START in rows.collect_schema()
    early, late = constant(rows, BEFORE), constant(rows, AFTER)
    kinds = [
        _events(acts, keys, AT, _EVENT, None),
        _events(rows, keys, AT, _UNTIL, _UNTIL),
        *([_events(rows, keys, START, _SINCE, _SINCE)] if bounded else []),
        *([_events(rows, keys, AT, _SINCE, _EVENT)] if EARLIER in asked else []),
    ]
    act = nw.col("kind") == _EVENT
    line = nw.concat(kinds, how="vertical").with_columns(
        nw.when(act).then(nw.lit(1)).otherwise(nw.lit(0)).alias("n"),
        nw.when(act).then(nw.col("t")).otherwise(early).alias("l"),
        nw.when(act).then(nw.col("t")).otherwise(late).alias("f"),
    )
    window = {"order_by": ["t", "kind"]}
    running = [nw.col("n").cum_sum().over(*keys, **window).alias("n")]
    if asked & {LAST, EARLIER}:
        running.append(nw.col("l").cum_max().over(*keys, **window).alias("l"))
    if FIRST in asked:
        running.append(nw.col("f").cum_min(reverse=bounded).over(*keys, **window).alias("f"))
    told = line.with_columns(*running).filter(~nw.col("end").is_null())
    since, before, until = (nw.col("end") == which for which in (_SINCE, _EVENT, _UNTIL))

    def at_end(which: Expr, column: str, otherwise: Expr) -> Expr:
        return nw.when(which).then(nw.col(column)).otherwise(otherwise)

    told = told.with_columns(
        at_end(until, "n", nw.lit(0)).alias("n until"),
        at_end(since, "n", nw.lit(0)).alias("n since"),
        at_end(before, "n", nw.lit(0)).alias("n before"),
        at_end(until, "l", early).alias("l until"),
        at_end(before, "l", early).alias("l before"),
        at_end(since if bounded else until, "f", late).alias("f since"),
    )
    answers = told.group_by(ROW).agg(
        *[nw.col(name).max() for name in ("n until", "n since", "n before", "l until", "l before")],
        nw.col("f since").min(),
        nw.col("u").max(),
        nw.col("s").min(),
    )
    from_start = nw.col("s") if bounded else early

    def there(column: str, condition: Expr) -> Expr:
        return nw.when(condition).then(nw.col(column)).otherwise(nw.lit(None).cast(nw.Datetime("us")))

    found = {
        NUMBER: nw.col("n until") - nw.col("n since"),
        FIRST: there("f since", nw.col("f since") <= nw.col("u")),
        LAST: there("l until", (nw.col("l until") >= from_start) & (nw.col("l until") > early)),
        EARLIER: there("l before", (nw.col("l before") >= from_start) & (nw.col("l before") > early)),
        HERE: nw.col("n until") - nw.col("n before"),
        UPTO: nw.col("n until"),
    }
    given = {NUMBER} | asked | ({HERE} if EARLIER in asked else set())
    return answers.select(ROW, *[found[name].alias(name) for name in found if name in given])


def _events(frame: Frame, keys: Sequence[str], time: str, kind: int, end: int | None) -> Frame:
    """Return one sort of the events that are put in order: what it is, when, and what it ends for which row."""
    import narwhals as nw

    row = nw.lit(None).cast(nw.Int64) if end is None else nw.col(ROW).cast(nw.Int64)
    start = (
        nw.col(START) if end is not None and START in frame.collect_schema() else nw.lit(None).cast(nw.Datetime("us"))
    )
    until = nw.lit(None).cast(nw.Datetime("us")) if end is None else nw.col(AT)
    return frame.select(
        *keys,
        nw.col(time).alias("t"),
        nw.lit(kind).cast(nw.Int64).alias("kind"),
        nw.lit(end).cast(nw.Int64).alias("end"),
        row.alias(ROW),
        until.alias("u"),
        start.alias("s"),
    )
