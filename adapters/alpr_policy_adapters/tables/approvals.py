"""Approvals and trainings from tables of their own, joined to a table of acts by what both are about and by when.

No act is paired with more approvals than it gets: those of one key are numbered in order of time, and each act takes
the numbers that lie in its stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan
from alpr_policy.evaluators.columnar.naming import held
from alpr_policy.questions.replay_parts import TableEngine
from alpr_policy.reading.records import UNTOLD
from alpr_policy.vocabulary import VOCABULARY, FactKind
from alpr_policy_adapters.tables.encoding import OTHER, REQUESTER, SIGN
from alpr_policy_adapters.tables.filling import KNOWN, Found, key_of, put, refused, state_of
from alpr_policy_adapters.tables.stretches import AT, LAST, NUMBER, ROW, UPTO, stretches, with_start

Frame = Any
Expr = Any
# An act with more approvals than this in its stretch has a list that is unknown.
MOST: Final = 20
LIST: Final = "approvals"
PERSON: Final = "requester.id"
TEXTS: Final = ("by", "capacity", "decision", "purpose", "role", "topic")
NEEDED: Final = (AT, "topic", "decision")
TRAINED: Final = "requester.trained_on"
# Whole days from 1 January of the year 1 are counted from parts of a date: no engine's session has a say in those.
_YEAR, _DAY = 365, 86_400


def with_approvals(
    frame: Frame,
    engine: TableEngine,
    approvals: Frame,
    *,
    same: Sequence[str],
    within: CalendarSpan | None = None,
    zone: ZoneInfo | None = None,
    scoped: bool = True,
) -> Frame:
    """Return a table of acts in which each act has the approvals on record about the same, decided by then.

    `approvals` has the columns `at`, `topic`, `decision`, those of `same` (facts that are texts, such as
    `case.number`), and any of `by`, `role`, `capacity`, `purpose`. It is taken to be whole: an act about which there
    are none has none. A row whose approvals are told already is left alone, and one that does not say what it is
    about too. With `within`, by the calendar of `zone`, older ones are left out. `scoped` writes into each approval
    what it is about, which matters to approvals that a policy asks for `each` time; without it rows group better.
    Raises HistoryError.
    """
    import narwhals as nw

    keys = [f"key {number}" for number in range(len(same))]
    records = _checked(approvals, engine, same, keys)
    schema = frame.collect_schema()
    known = ~nw.col(AT).is_null()
    if LIST in schema:
        known = known & nw.col(LIST).is_null()
    made = []
    for key, name in zip(keys, same, strict=True):
        known = known & (state_of(VOCABULARY.facts[name], VOCABULARY, schema) == KNOWN)
        made.append(key_of(VOCABULARY.facts[name], schema).alias(key))
    asks = nw.col(held(PERSON)) if held(PERSON) in schema else nw.lit(None).cast(nw.String)
    acts = frame.filter(known).select(ROW, AT, *made, asks.alias("asks"))
    rows = acts.select(ROW, AT, *keys)
    if within is not None:
        rows = with_start(rows, engine, within, zone or ZoneInfo("UTC"))
    counted = stretches(rows, records.select(AT, *keys), keys, [UPTO]).join(acts.drop(AT), on=ROW, how="inner")
    few = engine.small({"i": list(range(MOST))})
    places = counted.filter(nw.col(NUMBER) <= MOST).join(few, how="cross").filter(nw.col("i") < nw.col(NUMBER))
    places = places.with_columns((nw.col(UPTO) - nw.col("i")).alias("number in order"))
    pairs = places.join(records, on=[*keys, "number in order"], how="inner")
    told = _written(pairs, dict(zip(keys, same, strict=True)) if scoped else {})
    none = counted.filter(nw.col(NUMBER) == 0).select(ROW, nw.lit("[]").alias("a text"))
    found = nw.concat([told, none.with_columns(_no_time("a first"), _no_time("a last"))], how="vertical")
    return _put_list(frame.join(found, on=ROW, how="left"), schema)


def with_trainings(frame: Frame, engine: TableEngine, trainings: Frame) -> Frame:
    """Return a table of acts with `requester.trained_on`: the latest training of the requester that lies before each.

    `trainings` has the columns `requester.id` and `at`, an instant. Whoever is in it and had no training by then is
    known to have had none; of anybody else nothing is said. Raises HistoryError.
    """
    import narwhals as nw

    schema, side = frame.collect_schema(), trainings.collect_schema()
    _has(side, (AT, PERSON), "trainings")
    if held(TRAINED) in schema and schema[held(TRAINED)] == nw.Date:
        raise refused(f"`{TRAINED}` is a bare date in the table, and an instant among the trainings")
    person = VOCABULARY.facts[PERSON]
    rows = frame.filter(~nw.col(AT).is_null() & (state_of(person, VOCABULARY, schema) == KNOWN))
    rows = rows.select(ROW, AT, key_of(person, schema).alias("who"))
    done = trainings.select(nw.col(held(PERSON)).alias("who"), AT).filter(~nw.col("who").is_null())
    listed = rows.join(done.select("who").unique(), on="who", how="inner")
    latest = stretches(listed, done.filter(~nw.col(AT).is_null()), ["who"], [LAST])
    latest = latest.select(ROW, nw.col(LAST).alias("t value"), nw.lit(True).alias("t known"))
    fact = VOCABULARY.facts[TRAINED]
    known = nw.col("t known").fill_null(False)
    found = Found(
        fact=fact,
        value=nw.col("t value"),
        asked=known & nw.col("action").is_in(sorted(fact.actions)),
        known=known,
        null=nw.col("t value").is_null(),
        firm=False,
    )
    return put(frame.join(latest, on=ROW, how="left"), found, VOCABULARY).drop("t value", "t known")


def _has(schema: Any, names: Sequence[str], what: str) -> None:
    import narwhals as nw

    for name in names:
        if held(name) not in schema:
            raise refused(f"the table of {what} has no column `{name}`")
    if schema[AT] != nw.Datetime and not isinstance(schema[AT], nw.Datetime):
        raise refused(f"`at` of the {what} is no column of instants", "write instants in UTC")


def _checked(approvals: Frame, engine: TableEngine, same: Sequence[str], keys: Sequence[str]) -> Frame:
    """Return the approvals with their keys, numbered in order of time for each key; raises HistoryError."""
    import narwhals as nw

    schema = approvals.collect_schema()
    for name in same:
        if name not in VOCABULARY.facts or VOCABULARY.facts[name].kind not in (FactKind.TEXT, FactKind.ENUM):
            raise refused(f"`{name}` is no fact by which approvals can be joined", "give facts that are texts")
    _has(schema, [*NEEDED, *same], LIST)
    allowed = {AT, ROW, "id", *TEXTS, *map(held, same)}
    for name in schema:
        if name not in allowed:
            told = f"the table of approvals has a column `{name}`, which would be lost"
            raise refused(told, f"known are {', '.join(sorted({*TEXTS, AT, *same}))}")
    for name in (*TEXTS, *map(held, same)):
        if name in schema and schema[name] != nw.String:
            raise refused(f"`{name}` of the approvals is no column of texts")
    bad = nw.col(AT).is_null() | (nw.col(AT).dt.microsecond() != 0)
    for name in same:
        bad = bad | nw.col(held(name)).is_null()
    if any(batch for batch in engine.rows(approvals.filter(bad.fill_null(True)).select(AT).head(1), 1)):
        told = "an approval lacks its time to the second, or what it is about, so it could be about any act"
        raise refused(told, "complete it or leave it out")
    named = approvals.with_columns(*[nw.col(held(n)).alias(key) for n, key in zip(same, keys, strict=True)])
    missing = [nw.lit(None).cast(nw.String).alias(name) for name in TEXTS if name not in schema]
    named = named.with_columns(*missing, nw.lit(1).alias("one")).select(AT, *TEXTS, *keys, "one")
    order = {"order_by": [AT, *TEXTS]}
    number = nw.col("one").cum_sum().over(*keys, **order).alias("number in order")
    return named.with_columns(number).drop("one")


def _written(pairs: Frame, scope: dict[str, str]) -> Frame:
    """Return for each act its approvals as JSON, relative to the newest, and when the oldest and the newest were."""
    import narwhals as nw

    pairs = pairs.with_columns(
        nw.col(AT).max().over(ROW).alias("a last"),
        nw.col(AT).min().over(ROW).alias("a first"),
        nw.col("i").min().over(ROW, "by").alias("who"),
        _looks_like_sign("by", "asks").alias("odd"),
    )
    pairs = pairs.with_columns(_seconds("a last").alias("s last"), _seconds(AT).alias("s at"))
    others = nw.concat_str([nw.lit("@"), (nw.col("who") + 1).cast(nw.String)])
    person = nw.when(nw.col("by") == nw.col("asks")).then(nw.lit(REQUESTER)).otherwise(others)
    nobody = nw.col("by").is_null() | nw.col("by").is_in(sorted(UNTOLD))
    sign = nw.when(nobody).then(nw.lit(None).cast(nw.String)).otherwise(person)
    # An empty name is none that a record can have, and is handed on as it is.
    pairs = pairs.with_columns(nw.when(nw.col("by") == "").then(nw.lit("")).otherwise(sign).alias("sign"))
    earlier = (nw.col("s last") - nw.col("s at")).cast(nw.String)
    parts = {name: _member(name, nw.col("sign" if name == "by" else name)) for name in TEXTS}
    parts["earlier"] = nw.concat_str([nw.lit('"earlier":'), earlier])
    if scope:
        members = [_member(name, nw.col(key)) for key, name in sorted(scope.items(), key=lambda pair: pair[1])]
        inside = nw.concat_str(members, separator=",")
        parts["scope"] = nw.concat_str([nw.lit('"scope":{'), inside, nw.lit("}")])
    ordered = [part.alias(f"p {name}") for name, part in sorted(parts.items())]
    pairs = pairs.with_columns(*ordered)
    inside = nw.concat_str([nw.col(f"p {name}") for name in sorted(parts)], separator=",", ignore_nulls=True)
    pairs = pairs.with_columns(nw.concat_str([nw.lit("{"), inside, nw.lit("}")]).alias("json"))
    slots = [nw.when(nw.col("i") == number).then(nw.col("json")).alias(f"j {number}") for number in range(MOST)]
    grouped = (
        pairs.with_columns(*slots)
        .group_by(ROW)
        .agg(
            *[nw.col(f"j {number}").max() for number in range(MOST)],
            nw.col("a first").min(),
            nw.col("a last").max(),
            nw.col("odd").max(),
        )
    )
    listed = nw.concat_str([nw.col(f"j {number}") for number in range(MOST)], separator=",", ignore_nulls=True)
    text = nw.concat_str([nw.lit("["), listed, nw.lit("]")])
    return grouped.filter(nw.col("odd") == 0).select(ROW, text.alias("a text"), "a first", "a last")


def _member(name: str, value: Expr) -> Expr:
    """Return `"name":"value"` as JSON; null where the value is. What JSON cannot hold so makes the list unreadable."""
    import narwhals as nw

    escaped = value.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return nw.concat_str([nw.lit(f'"{name}":"'), escaped, nw.lit('"')])


def _looks_like_sign(*columns: str) -> Expr:
    """Return 1 where a name could be taken for a sign that stands for a person."""
    import narwhals as nw

    found = nw.lit(False)
    for column in columns:
        for sign in (SIGN, OTHER):
            found = found | nw.col(column).str.starts_with(sign).fill_null(False)
    return nw.when(found).then(nw.lit(1)).otherwise(nw.lit(0))


def _seconds(column: str) -> Expr:
    """Return the whole seconds from the year 1 on, worked out from the parts of an instant."""
    import narwhals as nw

    part = nw.col(column).dt
    before = part.year().cast(nw.Int64) - 1
    days = before * _YEAR + before // 4 - before // 100 + before // 400 + part.ordinal_day().cast(nw.Int64)
    clock = part.hour().cast(nw.Int64) * 3_600 + part.minute().cast(nw.Int64) * 60 + part.second().cast(nw.Int64)
    return days * _DAY + clock


def _no_time(name: str) -> Expr:
    import narwhals as nw

    return nw.lit(None).cast(nw.Datetime("us")).alias(name)


def _put_list(frame: Frame, schema: Any) -> Frame:
    """Put what was found into the columns of the list, beside what is told already."""
    import narwhals as nw

    columns = {LIST: "a text", held(f"{LIST}.first"): "a first", held(f"{LIST}.last"): "a last"}
    put_ = [
        (nw.coalesce(nw.col(name), nw.col(found)) if name in schema else nw.col(found)).alias(name)
        for name, found in columns.items()
    ]
    return frame.with_columns(*put_).drop(*columns.values())
