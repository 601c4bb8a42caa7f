"""Facts that are worked out for a table, put beside what it states: absent ones are filled, contradictions are unknown.

The same as `questions/history.py` and `questions/filling.py` do with one request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.evaluators.columnar.naming import held
from alpr_policy.meaning.typed import MAX_COUNT, MAX_TEXT
from alpr_policy.vocabulary import Fact, FactKind, Vocabulary

Frame = Any
Expr = Any
NONE, WITHHELD = "none", "withheld"
KNOWN, NULL, ABSENT, UNREADABLE = 0, 1, 2, 3
_MARKS: Final = ("unknown", "withheld")


class HistoryError(PolicyError):
    """A table, or one beside it, does not hold what working out its history takes."""

    exit_code = ExitCode.BAD_INPUT


def refused(message: str, help: str = "") -> HistoryError:
    """Return the error for a column that cannot be used."""
    return HistoryError([Diagnostic("history-column", message, help=help)])


def named(column: str, name: str) -> Expr:
    """Say whether a name stands in a column of names, such as `none`."""
    import narwhals as nw

    return nw.col(column).str.contains(rf"(^|\s){re.escape(name)}(\s|$)").fill_null(False)


def state_of(fact: Fact, words: Vocabulary, schema: Mapping[str, Any]) -> Expr:
    """Return how a fact stands in each row: known, null, absent, or told as nothing that it can be or withheld."""
    import narwhals as nw

    column = held(fact.name)
    missing = nw.when(named(NONE, fact.name)).then(nw.lit(NULL)) if NONE in schema else None
    if WITHHELD in schema:
        withheld = nw.when(named(WITHHELD, fact.name)).then(nw.lit(UNREADABLE)).otherwise(nw.lit(ABSENT))
    else:
        withheld = nw.lit(ABSENT)
    untold = withheld if missing is None else missing.otherwise(withheld)
    if column not in schema:
        return untold
    value = nw.col(column)
    good = _is_good(fact, words, schema[column]).fill_null(False)
    marked = _is_mark(column, schema[column])
    kept = nw.when(good).then(nw.lit(KNOWN)).otherwise(nw.lit(UNREADABLE))
    if marked is not None and fact.kind is not FactKind.SET:
        kept = nw.when(value == "unknown").then(nw.lit(ABSENT)).otherwise(kept)
    return nw.when(_is_nothing(value, schema[column])).then(untold).otherwise(kept)


def key_of(fact: Fact, schema: Mapping[str, Any]) -> Expr:
    """Return the value of a fact as a text that is equal for equal values."""
    import narwhals as nw

    column = held(fact.name)
    if column not in schema:
        return nw.lit("")
    value, kind = nw.col(column), schema[column]
    if kind.is_float():
        value = nw.when(nw.col(column).is_nan()).then(nw.lit(None)).otherwise(nw.col(column)).cast(nw.Int64)
    return (value if kind == nw.String else value.cast(nw.String)).fill_null("")


def _is_nothing(value: Expr, kind: Any) -> Expr:
    return value.is_null() | value.is_nan() if kind.is_float() else value.is_null()


def _is_mark(column: str, kind: Any) -> Expr | None:
    import narwhals as nw

    return nw.col(column).is_in(list(_MARKS)) if kind == nw.String else None


def _is_good(fact: Fact, words: Vocabulary, kind: Any) -> Expr:
    """Say whether the value in a column is one that its fact can have, as `read_value` does."""
    import narwhals as nw

    column = nw.col(held(fact.name))
    match fact.kind:
        case FactKind.BOOL:
            return nw.lit(kind == nw.Boolean)
        case FactKind.COUNT:
            if kind.is_float():
                return (column == column.round(0)) & (column >= 0) & (column <= MAX_COUNT)
            return (column >= 0) & (column <= MAX_COUNT) if kind.is_integer() else nw.lit(False)
        case FactKind.TIME:
            if kind == nw.Date or isinstance(kind, nw.Datetime) or kind == nw.Datetime:
                return (column.dt.year() >= 1900) & (column.dt.year() <= 2200)
        case FactKind.ENUM | FactKind.TEXT | FactKind.SET:
            return _is_good_text(fact, words, column) if kind == nw.String else nw.lit(False)
    raise refused(f"`{fact.name}` is a column of texts here, by which no history can be told", "write instants")


def _is_good_text(fact: Fact, words: Vocabulary, column: Expr) -> Expr:
    import narwhals as nw

    short = column.str.len_chars() <= MAX_TEXT
    known = sorted(words.values_of(fact)) if fact.list_name != "roles" else []
    if fact.kind is FactKind.SET:
        one = "(" + "|".join(re.escape(word) for word in known) + ")" if known else None
        return column.str.contains(rf"^({one}(\|{one})*)?$") if one else nw.lit(True)
    unmarked = ~column.is_in(list(_MARKS))
    return short & unmarked & column.is_in(known) if known and fact.kind is FactKind.ENUM else short & unmarked


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was worked out of one fact: its value in a column, where it is asked, known, and known to be nothing.

    `agrees` says of a stated value where it is what was worked out, if that is more than to be equal;
    `firm` that a stated value gives way to an unknown one, and `kind` as what the column is held.
    """

    fact: Fact
    value: Expr
    asked: Expr
    known: Expr
    null: Expr
    firm: bool
    agrees: Callable[[Expr], Expr] | None = None
    kind: Any = None


def put(frame: Frame, found: Found, words: Vocabulary) -> Frame:
    """Return the table with a fact that was worked out; its columns stay in their places."""
    import narwhals as nw

    schema = frame.collect_schema()
    name, column = found.fact.name, held(found.fact.name)
    state = state_of(found.fact, words, schema)
    empty = nw.lit(None).cast(found.kind or _kind_of(found.fact))
    stated, agrees = empty, nw.lit(False)
    if column in schema and _holds(found.fact, schema[column]):
        stated = nw.col(column)
        agrees = (stated == found.value if found.agrees is None else found.agrees(stated)).fill_null(False)
    untold, null, told = (state == one for one in (ABSENT, NULL, KNOWN))
    fill = found.known & ~found.null & untold
    # A stated value falls to one that disagrees, and to a question whose answer is open.
    falls = (told & found.known & (found.null | ~agrees)) | (told & ~found.known if found.firm else nw.lit(False))
    value = nw.when(found.asked & fill).then(found.value).when(found.asked & falls).then(empty).otherwise(stated)
    nothing = found.asked & found.known & found.null & untold
    something = found.asked & null & ((found.known & ~found.null) | (~found.known if found.firm else nw.lit(False)))
    none = nw.col(NONE).fill_null("") if NONE in schema else nw.lit("")
    without = none.str.replace_all(rf"(^|\s){re.escape(name)}(\s|$)", " ").str.strip_chars()
    added = nw.concat_str([none, nw.lit(name)], separator=" ").str.strip_chars()
    frame = frame.with_columns(
        fill_flag=nothing.fill_null(False),
        drop_flag=something.fill_null(False),
        filled=value,
    )
    listed = nw.when(nw.col("fill_flag")).then(added).when(nw.col("drop_flag")).then(without).otherwise(none)
    return frame.with_columns(listed.alias(NONE), nw.col("filled").alias(column)).drop(
        "fill_flag", "drop_flag", "filled"
    )


def _holds(fact: Fact, kind: Any) -> bool:
    """Say whether a column is of the type that a fact's values have; anything else in it is nothing that it can be."""
    import narwhals as nw

    match fact.kind:
        case FactKind.BOOL:
            return bool(kind == nw.Boolean)
        case FactKind.COUNT:
            return bool(kind.is_integer())
        case FactKind.TIME:
            return isinstance(kind, nw.Datetime) or bool(kind == nw.Datetime)
    return bool(kind == nw.String)


def _kind_of(fact: Fact) -> Any:
    import narwhals as nw

    match fact.kind:
        case FactKind.BOOL:
            return nw.Boolean
        case FactKind.COUNT:
            return nw.Int64
        case FactKind.TIME:
            return nw.Datetime("us")
    return nw.String
