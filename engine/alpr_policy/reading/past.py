"""Reading what happened and what was done, and a plain list of persons: from data, YAML, JSON or JSON Lines."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.model.past import Doing, Happening, ListedPerson, Past
from alpr_policy.model.request import Moment
from alpr_policy.model.values import Gap, Unknown, is_text
from alpr_policy.reading.documents import read_document_file
from alpr_policy.reading.json_lines import is_lines, read_json_lines
from alpr_policy.reading.records import (
    MAX_WORD,
    UNTOLD,
    Kind,
    MalformedError,
    group_of,
    read_moment,
    read_record,
    shown_key,
)
from alpr_policy.reading.text_files import Limits
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean

People = tuple[tuple[ListedPerson, ...], tuple[Diagnostic, ...]]
MAX_ITEMS, MAX_FACTS, MAX_WORDS = 1_000_000, 500, 100
LIMITS = Limits(max_bytes=20_000_000, max_nodes=2_000_000)
KEYS = ("events", "doings", "facts")


def _word(raw: Any, key: str) -> str:
    if not is_text(raw, MAX_WORD) or not raw:
        raise MalformedError(f"`{key}` must be a short text")
    return raw


def _maybe(raw: Any, key: str) -> str | None:
    return None if isinstance(raw, str) and raw in UNTOLD else _word(raw, key)


def _end(raw: Any, key: str) -> Moment | Unknown | None:
    return Unknown(Gap.WITHHELD) if isinstance(raw, str) and raw in UNTOLD else read_moment(raw, key)


def _words(raw: Any, key: str) -> tuple[str, ...] | None:
    if isinstance(raw, str):
        return None if raw in UNTOLD else (_word(raw, key),)
    if not isinstance(raw, list | tuple) or len(raw) > MAX_WORDS:
        raise MalformedError(f"`{key}` must be a list of at most {MAX_WORDS} names")
    return tuple(dict.fromkeys(_word(one, key) for one in raw))


def _facts(raw: Any, key: str) -> Mapping[str, Any]:
    group = group_of(raw, MAX_FACTS)
    if group is None or not all(is_text(name, MAX_WORD) for name in group):
        raise MalformedError(f"`{key}` must be a group of at most {MAX_FACTS} facts")
    return group


def _flag(raw: Any, key: str) -> bool:
    if not isinstance(raw, bool):
        raise MalformedError(f"`{key}` must be true or false")
    return raw


def _day(raw: Any, key: str) -> dt.date:
    moment = read_moment(raw, key)
    if moment is None or isinstance(moment, dt.datetime):
        raise MalformedError(f"`{key}` must be a day, such as 2026-05-01")
    return moment


def _outcome(raw: Any, key: str) -> str:
    if raw not in ("allow", "deny", "needs"):
        raise MalformedError(f"`{key}` must be one of allow, deny, needs")
    return str(raw)


def _moments(raw: Any, key: str) -> tuple[Moment, ...]:
    several = raw if isinstance(raw, list | tuple) else [raw]
    if len(several) > MAX_WORDS:
        raise MalformedError(f"`{key}` must be a list of at most {MAX_WORDS} times")
    return tuple(moment for one in several if (moment := read_moment(one, key)) is not None)


HAPPENING = Kind(
    Happening,
    {
        "event": _word,
        "of": _maybe,
        "at": read_moment,
        "ends": _end,
        "reference": _maybe,
        "outcome": _outcome,
        "facts": _facts,
    },
    ("event",),
)
DOING = Kind(
    Doing,
    {
        "task": _word,
        "of": _maybe,
        "at": read_moment,
        "by": _maybe,
        "roles": _words,
        "covers": _words,
        "reference": _maybe,
        "accepted": _flag,
        "facts": _facts,
    },
    ("task",),
)
PERSON = Kind(ListedPerson, {"id": _word, "trained": _moments, "since": _day, "until": _day}, ("id",))


def read_past(raw: Any, place: Span = NOWHERE) -> tuple[Past, tuple[Diagnostic, ...]]:
    """Read `{events, doings, facts}`; a record that cannot be used is left out and reported, with its number.

    Events that are not given are unknown, and an empty list of them is known to be empty. Where a record of an event
    could not be read, the events are still taken as given, and the report says that they are not all.
    """
    found: list[Diagnostic] = []
    group = group_of(raw, len(KEYS))
    if group is None:
        help = "it has the keys `events`, `doings` and `facts`"
        return Past(), (Diagnostic("past-shape", "this is not a record of what happened", place, help),)
    for key in group:
        if key not in KEYS:
            message = f"`{shown_key(key)}` is not a key of a record of what happened"
            found.append(Diagnostic("past-shape", message, place, did_you_mean(shown_key(key), KEYS)))
    events = group.get("events")
    read = None if events is None else _several(events, "events", HAPPENING, place, found)
    doings = _several(group.get("doings") or [], "doings", DOING, place, found)
    facts: Mapping[str, Any] = {}
    if group.get("facts") is not None:
        try:
            facts = _facts(group["facts"], "facts")
        except MalformedError as error:
            found.append(Diagnostic("past-shape", str(error), place))
    return Past(events=read, doings=doings, facts=facts), tuple(found)


def read_past_file(path: Path) -> tuple[Past, tuple[Diagnostic, ...]]:
    """Read a file of what happened: YAML or JSON as one group, or JSON Lines with an event or a doing on each.

    In JSON Lines a line with `event` is an event, one with `task` a doing; a file without events says there were none.
    """
    place = Span(str(path), 0, 1)
    if not is_lines(path):
        source, value, faults = read_document_file(path, LIMITS)
        if source is None or any(d.is_error for d in faults):
            return Past(), tuple(faults)
        past, found = read_past(value, place)
        return past, (*faults, *found)
    events: list[Happening] = []
    doings: list[Doing] = []
    wrong: list[Diagnostic] = []
    for number, value, faults_ in read_json_lines(path):
        wrong += faults_
        if faults_:
            if number == 0:
                return Past(), tuple(wrong)
            continue
        try:
            is_doing = isinstance(value, Mapping) and "task" in value
            (doings if is_doing else events).append(read_record(DOING if is_doing else HAPPENING, value))
        except MalformedError as error:
            wrong.append(Diagnostic("past-record", f"this line is left out: {error}", Span(str(path), number, 1)))
    return Past(events=tuple(events), doings=tuple(doings)), tuple(wrong)


def read_people(raw: Any, timezone: str, place: Span = NOWHERE) -> People:
    """Read a list of persons `{id, trained, since, until}`, or a group with the key `persons` that holds one.

    Days are those of `timezone`. A person that stands twice is reported, and the first is taken.
    """
    group = group_of(raw, 1)
    listed = group.get("persons") if group is not None else raw
    found: list[Diagnostic] = []
    persons: dict[str, ListedPerson] = {}
    for one in _several(listed, "persons", PERSON, place, found):
        if one.id in persons:
            found.append(Diagnostic("past-record", f"the person `{one.id[:60]}` stands here twice", place))
        persons.setdefault(one.id, dataclasses.replace(one, timezone=timezone))
    return tuple(persons.values()), tuple(found)


def read_people_file(path: Path, timezone: str) -> People:
    """Read a file of persons in YAML or JSON; see `read_people`."""
    source, value, faults = read_document_file(path, LIMITS)
    if source is None or any(d.is_error for d in faults):
        return (), tuple(faults)
    persons, found = read_people(value, timezone, Span(str(path), 0, 1))
    return persons, (*faults, *found)


def _several(raw: Any, key: str, kind: Kind, place: Span, found: list[Diagnostic]) -> tuple[Any, ...]:
    """Read a list of records of one kind; each that cannot be read is one diagnostic."""
    if not isinstance(raw, list | tuple) or len(raw) > MAX_ITEMS:
        found.append(Diagnostic("past-shape", f"`{key}` is a list of at most {MAX_ITEMS:,} records", place))
        return ()
    return tuple(_each(raw, key, kind, place, found))


def _each(raw: Iterable[Any], key: str, kind: Kind, place: Span, found: list[Diagnostic]) -> Iterable[Any]:
    for number, one in enumerate(raw, 1):
        try:
            yield read_record(kind, one)
        except MalformedError as error:
            found.append(Diagnostic("past-record", f"record {number} of `{key}` is left out: {error}", place))
