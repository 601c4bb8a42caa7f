"""What a directory says of whoever asks, as columns of a table: the facts that `filling.fill` gives a request.

Of each person the facts change at few instants. What holds between two of them is worked out once, by the same code
that fills a request, and joined to the acts of that person by when each was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from alpr_policy.durations import EARLIEST, LATEST
from alpr_policy.evaluators.columnar.naming import held
from alpr_policy.model.directory import Directory, Period, Person
from alpr_policy.questions.filling import ROSTER, held_of_requester
from alpr_policy.questions.replay_parts import TableEngine
from alpr_policy.vocabulary import HUMAN_ACTIONS, VOCABULARY, Fact, FactKind
from alpr_policy_adapters.tables.encoding import cell_of
from alpr_policy_adapters.tables.filling import KNOWN, Found, key_of, put, refused, state_of
from alpr_policy_adapters.tables.stretches import AT, LAST, ROW, dated, moment_in, moment_text, stretches

Frame = Any
Expr = Any
TICK: Final = dt.timedelta(microseconds=1)
DAY: Final = dt.timedelta(days=1)
PERSON: Final = "requester.id"
# Who is on duty changes twice a day and is not worked out here.
FACTS: Final = (
    "requester.agency",
    "agency.status",
    "requester.roles",
    "requester.designee_of",
    "requester.acting_as",
    "requester.sworn",
    "requester.supervisor",
    "requester.status",
    "requester.designated_on",
    "requester.trained_on",
)
_ABSENT, _NULL, _VALUE = "absent", "null", "value"
_SINCE, _WHO = "r since", "r who"


def with_directory(frame: Frame, engine: TableEngine, directory: Directory) -> Frame:
    """Return a table of acts with what a directory says of the requester at each act; contradictions are unknown.

    Of persons in no directory nothing is said. Who is on duty, and in which roles those decided who are named in
    records, is left as it is. Raises HistoryError where the table states a time in another form than the directory.
    """
    frame = _with_persons(frame, engine, directory)
    return _with_absent_roles(frame, engine, directory)


def _with_persons(frame: Frame, engine: TableEngine, directory: Directory) -> Frame:
    import narwhals as nw

    told = [(person.id, since, facts) for person in directory.persons for since, facts in intervals(directory, person)]
    names = [name for name in FACTS if any(name in facts for _, _, facts in told)]
    if not names:
        return frame
    sorts = {name: _sort(name, [facts[name] for _, _, facts in told if name in facts]) for name in names}
    columns: dict[str, list[Any]] = {_WHO: [who for who, _, _ in told], _SINCE: [moment_text(at) for _, at, _ in told]}
    for number, name in enumerate(names):
        columns[f"r state {number}"] = [_state(facts, name) for _, _, facts in told]
        columns[f"r value {number}"] = [_text(facts.get(name), sorts[name]) for _, _, facts in told]
    small = engine.small(columns)
    small = small.with_columns(moment_in(small, _SINCE).alias(_SINCE))
    schema = frame.collect_schema()
    fact = VOCABULARY.facts[PERSON]
    keyed = frame.filter(~nw.col(AT).is_null() & (state_of(fact, VOCABULARY, schema) == KNOWN))
    rows = keyed.select(ROW, AT, key_of(fact, schema).alias(_WHO))
    which = stretches(rows, small.select(_WHO, nw.col(_SINCE).alias(AT)), [_WHO], [LAST]).select(
        ROW, nw.col(LAST).alias(_SINCE)
    )
    which = which.filter(~nw.col(_SINCE).is_null()).join(rows.select(ROW, _WHO), on=ROW, how="inner")
    found = which.join(small, on=[_WHO, _SINCE], how="inner").drop(_WHO, _SINCE)
    result = frame.join(found, on=ROW, how="left")
    for number, name in enumerate(names):
        state, value = nw.col(f"r state {number}"), f"r value {number}"
        result = _filled(result, schema, name, sorts[name], state, value)
    return result.drop(*[name for name in columns if name not in (_WHO, _SINCE)])


def _with_absent_roles(frame: Frame, engine: TableEngine, directory: Directory) -> Frame:
    """Add which roles have nobody present; that changes for all rows at once."""
    import narwhals as nw

    steps = _roles_away(directory)
    if not steps:
        return frame

    def told(day: dt.date) -> list[tuple[dt.datetime, str]]:
        first = dt.datetime.combine(day, dt.time.min)
        before = [roles for at, roles in steps if at <= first]
        return [(first, before[-1]), *[(at, roles) for at, roles in steps if first < at < first + DAY]]

    schema = frame.collect_schema()
    result = frame.join(dated(frame, engine, told, "r value 0"), on=ROW, how="left")
    state = nw.when(nw.col("r value 0").is_null()).then(nw.lit(_ABSENT)).otherwise(nw.lit(_VALUE))
    return _filled(result, schema, ROSTER, "text", state, "r value 0").drop("r value 0")


def _filled(frame: Frame, schema: Mapping[str, Any], name: str, sort: str, state: Expr, value: str) -> Frame:
    """Put a fact of the directory beside what the table states, on the acts to which it belongs."""
    import narwhals as nw

    fact = VOCABULARY.facts[name]
    if sort in ("time", "day", "text") and fact.kind is FactKind.TIME:
        stated = schema.get(held(name))
        if stated is not None and (sort != "time" or stated == nw.Date or not isinstance(stated, nw.Datetime)):
            told = f"`{name}` is in the table, and the directory tells it in another form"
            raise refused(told, "leave it out of one of the two, or give instants in both")
    told_value = nw.col(value)
    if sort == "bool":
        told_value = nw.col(value) == "true"
    elif sort in ("time", "day"):
        told_value = moment_in(frame, value) if sort == "time" else moment_in(frame, value).dt.date()
    known = state.is_in([_NULL, _VALUE]).fill_null(False)
    found = Found(
        fact=fact,
        value=told_value,
        asked=known & _belongs(fact),
        known=known,
        null=(state == _NULL).fill_null(False),
        firm=False,
        kind={"day": nw.Date, "text": nw.String}.get(sort),
    )
    return put(frame, found, VOCABULARY)


def _belongs(fact: Fact) -> Expr:
    """Say on which rows a fact belongs to the act; what every act of a person has, acts of profiles have too."""
    import narwhals as nw

    action = nw.col("action")
    if fact.actions >= HUMAN_ACTIONS:
        return action.is_in(sorted(fact.actions)) | ~action.is_in(sorted(VOCABULARY.actions))
    return action.is_in(sorted(fact.actions))


# What holds from when on


def intervals(directory: Directory, person: Person) -> list[tuple[dt.datetime, Mapping[str, Any]]]:
    """Return from which instant on which facts hold of a person, from the beginning of time, each until the next."""
    found: list[tuple[dt.datetime, Mapping[str, Any]]] = []
    for at in sorted({EARLIEST, *_instants(directory, person)}):
        facts = {name: value for name, value in held_of_requester(directory, person, at) if name in FACTS}
        if not found or found[-1][1] != facts:
            found.append((at, facts))
    return found


def _instants(directory: Directory, person: Person) -> Iterator[dt.datetime]:
    """Yield every instant at which what is told of a person can change."""
    agency = directory.agency(person.agency) if person.agency is not None else None
    backers = [directory.person(one.of) for one in person.roles or () if one.of is not None]
    periods: list[Period] = [Period(since=one.since, until=one.until) for one in (person, *backers) if one is not None]
    for one in (person, *[backer for backer in backers if backer is not None]):
        periods += one.roles or ()
    for flag in (person.sworn, person.supervisor):
        periods += flag if isinstance(flag, tuple) else ()
    periods += person.status or ()
    periods += (agency.status or ()) if agency is not None else ()
    yield from _edges(directory, periods)
    for training in person.training or ():
        first, last = directory.stretch(training.completed)
        yield from (first, last)
        if training.expires is not None:
            yield directory.stretch(training.expires)[1] + TICK


def _edges(directory: Directory, periods: Sequence[Period]) -> Iterator[dt.datetime]:
    for period in periods:
        begins, ends = period.begins(directory.zone), period.ends(directory.zone)
        if begins is not None:
            yield begins
        if ends is not None and ends < LATEST:
            yield ends + TICK


def _roles_away(directory: Directory) -> list[tuple[dt.datetime, str]]:
    """Return from when on which roles are absent, as the column holds them; nothing where it is not told."""
    if directory.absences is None:
        return []
    periods: list[Period] = [*directory.absences]
    for person in directory.persons:
        periods += [Period(since=person.since, until=person.until), *(person.roles or ())]
    found: list[tuple[dt.datetime, str]] = []
    for at in sorted({EARLIEST, *_edges(directory, periods)}):
        roles = directory.absent_roles(at)
        if roles is None:
            return []
        told = cell_of(roles, FactKind.SET)
        if told is None:
            return []
        if not found or found[-1][1] != told:
            found.append((at.replace(tzinfo=None), told))
    return found


# As a small frame holds it


def _state(facts: Mapping[str, Any], name: str) -> str:
    if name not in facts:
        return _ABSENT
    value = facts[name]
    if isinstance(value, frozenset) and cell_of(value, FactKind.SET) is None:
        return _ABSENT  # a name with a bar in it, that no column can hold
    return _NULL if value is None else _VALUE


def _sort(name: str, values: Sequence[Any]) -> str:
    """Return as what a fact is held: instants, days, or texts where there are both."""
    kind = VOCABULARY.facts[name].kind
    if kind is FactKind.BOOL:
        return "bool"
    days = {isinstance(one, dt.date) and not isinstance(one, dt.datetime) for one in values if one is not None}
    return "text" if kind is not FactKind.TIME or len(days) > 1 else "day" if True in days else "time"


def _text(value: Any, sort: str) -> str:
    if value is None:
        return moment_text(dt.datetime(1, 1, 1)) if sort in ("time", "day") else ""
    if sort == "bool":
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        utc = value.astimezone(dt.UTC)
        return moment_text(utc) if sort == "time" else utc.isoformat()
    if isinstance(value, dt.date):
        return moment_text(dt.datetime.combine(value, dt.time.min)) if sort == "day" else value.isoformat()
    return cell_of(value, FactKind.SET) or "" if isinstance(value, frozenset) else str(value)
