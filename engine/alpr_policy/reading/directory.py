"""A directory from a YAML file, a folder of CSV tables, rows of any other table, or plain data; all errors at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from alpr_policy.durations import instant
from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.model.directory import Absence, Agency, Directory, Holding, Period, Person, overlapping
from alpr_policy.reading.directory_shape import ABSENCE, AGENCY, BODY, DIRECTORY, HEAD, PARTS, PERSON
from alpr_policy.reading.directory_tables import Row, csv_rows, tree_of
from alpr_policy.reading.groups import Record
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.shapes import Notes
from alpr_policy.reading.text_files import Limits, read_text
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.reading.yaml_tree import MappingNode, SequenceNode
from alpr_policy.source import NOWHERE, SourceFile, Span
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY

LIMITS = Limits(max_bytes=10_000_000, max_nodes=2_000_000)
MAX_PERSONS = 50_000
MAX_EACH = 500
HEAD_FILE = "directory.yaml"
_HEAD = Record(dict, (*HEAD, *BODY[:1]), "the head of a directory")


class DirectoryError(PolicyError):
    """A directory cannot be used."""


def read_directory(path: Path) -> Directory:
    """Read a YAML file, or a folder with `directory.yaml` and CSV tables; raises DirectoryError with all faults."""
    return _read_folder(path) if path.is_dir() else _read_file(path)


def read_directory_data(data: Mapping[str, Any], name: str = "<directory>") -> Directory:
    """Read plain data, such as `directory_to_wire` gives; raises DirectoryError."""
    try:
        text = json.dumps(data, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise DirectoryError([Diagnostic("directory-data", f"this is not plain data: {error}")]) from None
    node, found = parse(SourceFile(name, text), LIMITS)
    return directory_of(node, found, name)


def directory_to_wire(directory: Directory) -> dict[str, Any]:
    """Return a directory as plain JSON data, which `read_directory_data` reads back."""
    told = {} if directory.absences is None else {"absences": [ABSENCE.write(one) for one in directory.absences]}
    return {
        "directory": 1,
        "timezone": directory.zone.key,
        "agencies": [AGENCY.write(one) for one in directory.agencies],
        "persons": [PERSON.write(one) for one in directory.persons],
        **told,
    }


def read_tables(
    head: MappingNode, tables: Mapping[str, Iterable[Row]], name: str, found: list[Diagnostic]
) -> Directory:
    """Read rows of tables, each cell a text, under a head with `directory` and `timezone`; raises DirectoryError.

    A table that is there tells its part in full: a person without a row in `roles` holds none.
    """
    tree, problems = tree_of(head, tables, PARTS)
    return directory_of(tree, [*found, *problems], name)


def directory_of(node: MappingNode | None, found: list[Diagnostic], name: str) -> Directory:
    """Make a directory of a tree; raises DirectoryError with what was found before and all that is wrong now."""
    notes = Notes([*found])
    values = DIRECTORY.read(node, notes) if node is not None else None
    zone = _zone(values["timezone"], notes, node) if isinstance(values, dict) and node is not None else None
    if isinstance(values, dict) and zone is not None and node is not None:
        complete = dict.fromkeys(values.get("complete", ()), ())
        directory = Directory(
            zone=zone,
            persons=tuple(_completed(person, complete) for person in values["persons"]),
            absences=values.get("absences"),
            agencies=values.get("agencies", ()),
            name=name,
        )
        notes.found += _faults(directory, _Named(_ids(node, "persons"), _ids(node, "agencies")))
        if not any(d.is_error for d in notes.found):
            return directory
    raise DirectoryError(notes.found)


def _read_file(path: Path) -> Directory:
    source, found = read_text(path, LIMITS)
    node, problems = parse(source, LIMITS) if source is not None else (None, [])
    return directory_of(node, [*found, *problems], str(path))


def _read_folder(path: Path) -> Directory:
    source, found = read_text(path / HEAD_FILE)
    node, problems = parse(source) if source is not None else (None, [])
    found = [*found, *problems]
    if node is not None:
        notes = Notes(found)
        _HEAD.read(node, notes)
    tables, wrong = csv_rows(path, LIMITS)
    found = [*found, *wrong]
    if node is None or any(d.is_error for d in found):
        raise DirectoryError(found)
    return read_tables(node, tables, str(path), found)


def _completed(person: Person, complete: Mapping[str, tuple[()]]) -> Person:
    missing = {part: none for part, none in complete.items() if getattr(person, part) is None}
    if not missing:
        return person
    fields = {name: getattr(person, name) for name in person.__dataclass_fields__}
    return Person(**{**fields, **missing})


def _zone(name: str, notes: Notes, node: MappingNode) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        help = did_you_mean(name, available_timezones()) or "write it as America/New_York"
        place = node.get("timezone")
        notes.fault("unknown-timezone", f"`{name}` is not a time zone", place.span if place else node.span, help)
        return None


class _Named(NamedTuple):
    """The ids that stand in the text: an entry that cannot be read is there all the same."""

    persons: frozenset[str]
    agencies: frozenset[str]


def _ids(node: MappingNode, key: str) -> frozenset[str]:
    listed = node.get(key)
    items = listed.items if isinstance(listed, SequenceNode) else ()
    names = (item.get("id") for item in items if isinstance(item, MappingNode))
    return frozenset(name.text for name in names if isinstance(name, ScalarNode))


def _faults(directory: Directory, named: _Named) -> Iterator[Diagnostic]:
    """Give what is wrong between the parts of a directory."""
    if len(directory.persons) > MAX_PERSONS:
        message = f"there are {len(directory.persons):,} persons; at most {MAX_PERSONS:,} are read"
        yield Diagnostic("directory-too-large", message, directory.persons[MAX_PERSONS].span)
        return
    yield from _twice(directory.persons, "person")
    yield from _twice(directory.agencies, "agency")
    for agency in directory.agencies:
        yield from _overlaps(agency.status or (), directory.zone)
    for person in directory.persons:
        yield from _person(person, directory, named)
    for absence in directory.absences or ():
        yield from _absence(absence, directory, named)


def _twice(all_of: Iterable[Person | Agency], what: str) -> Iterator[Diagnostic]:
    seen: dict[str, Span] = {}
    for one in all_of:
        if one.id in seen:
            message = f"the {what} `{one.id[:60]}` stands twice"
            yield Diagnostic("directory-twice", message, one.span, f"the first is at line {seen[one.id].line}")
        seen.setdefault(one.id, one.span)


def _person(person: Person, directory: Directory, named: _Named) -> Iterator[Diagnostic]:
    known = named.agencies | set(VOCABULARY.lists["agencies"])
    if person.agency is not None and person.agency not in known:
        message = f"no agency is called `{person.agency[:60]}`"
        yield Diagnostic("directory-agency", message, person.span, did_you_mean(person.agency, known))
    parts: list[tuple[Period, ...]] = [person.roles or (), person.credentials or (), person.hours or ()]
    parts += [flag for flag in _flags(person) if isinstance(flag, tuple)]
    parts.append((Period(since=person.since, until=person.until, span=person.span),))
    for periods in parts:
        for period in periods:
            yield from _backwards(period, directory.zone)
    for name in ("roles", "training", "status", "credentials", "hours"):
        if len(getattr(person, name) or ()) > MAX_EACH:
            yield Diagnostic("directory-too-large", f"a person has more than {MAX_EACH} {name}", person.span)
    yield from _overlaps(person.status or (), directory.zone)
    for holding in person.roles or ():
        yield from _of_whom(holding, person, named)


def _flags(person: Person) -> tuple[Any, ...]:
    return person.sworn, person.supervisor, person.employee, person.command_post


def _of_whom(holding: Holding, person: Person, named: _Named) -> Iterator[Diagnostic]:
    if holding.of is None:
        return
    if holding.capacity == "holder":
        yield Diagnostic("directory-of", "a holder fills a role for nobody else", holding.span, "drop `of`")
    elif holding.of == person.id:
        yield Diagnostic("directory-of", "nobody stands in for oneself", holding.span, "name the holder under `of`")
    elif holding.of not in named.persons:
        yield _nobody(holding.of, holding.span, named)


def _absence(absence: Absence, directory: Directory, named: _Named) -> Iterator[Diagnostic]:
    yield from _backwards(absence, directory.zone)
    if (absence.person is None) is (absence.role is None):
        message = "an absence is of a person or of a role"
        yield Diagnostic("directory-absence", message, absence.span, "give one of `person` and `role`")
    if absence.person is not None and absence.person not in named.persons:
        yield _nobody(absence.person, absence.span, named)


def _nobody(name: str, place: Span, named: _Named) -> Diagnostic:
    return Diagnostic(
        "directory-nobody", f"no person is called `{name[:60]}`", place, did_you_mean(name, named.persons)
    )


def _backwards(period: Period, zone: ZoneInfo) -> Iterator[Diagnostic]:
    begins, ends = period.begins(zone), period.ends(zone)
    if begins is not None and ends is not None and instant(begins) > instant(ends):
        yield Diagnostic(
            "directory-backwards", "this ends before it begins", period.span, "turn `from` and `until` round"
        )


def _overlaps(periods: tuple[Any, ...], zone: ZoneInfo) -> Iterator[Diagnostic]:
    for period in periods:
        yield from _backwards(period, zone)
    for one, other in overlapping(periods, zone):
        message = f"`{one.status}` and `{other.status}` hold at the same time"
        help = f"end the first before the second begins; the first is at line {one.span.line}"
        yield Diagnostic("directory-overlap", message, other.span if other.span != NOWHERE else one.span, help)
