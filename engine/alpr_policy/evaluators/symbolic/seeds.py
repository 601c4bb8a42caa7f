"""Records from which every state of approvals, checks, documents and holds can be put together.

A seed is one record, or all that makes one thing complete; unions of seeds give the other states.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, subtract
from alpr_policy.evaluators.symbolic.parts import REQUESTER, Part, Raw
from alpr_policy.ir.nodes import ApprovalSpec, CheckSpec, Decider, DocumentSpec, HoldSpec

RecordSpec = ApprovalSpec | CheckSpec | DocumentSpec | HoldSpec
HOUR = dt.timedelta(hours=1)
OTHER_ROLE = Decider(role="nobody_special")


def seeds(specs: Iterable[RecordSpec], at: dt.datetime, zone: ZoneInfo) -> list[Part]:
    """Return the records worth trying for specs that read the same sort of record, at an instant."""
    found = tuple(specs)
    made: Iterator[Part]
    match found[0]:
        case ApprovalSpec():
            made = _approvals([s for s in found if isinstance(s, ApprovalSpec)], at, zone)
        case CheckSpec():
            made = _checks([s for s in found if isinstance(s, CheckSpec)], at)
        case DocumentSpec():
            made = _documents([s for s in found if isinstance(s, DocumentSpec)], at, zone)
        case HoldSpec():
            made = _holds([s for s in found if isinstance(s, HoldSpec)], at)
    return list(made)


def _apart(sets: Iterable[frozenset[str]], other: str | None = None) -> list[str]:
    """Return one member for each combination of sets that members lie in."""
    several = list(sets)
    told: dict[tuple[bool, ...], str] = {}
    for member in sorted({one for several_of in several for one in several_of}):
        told.setdefault(tuple(member in one for one in several), member)
    if other is not None:
        told.setdefault(tuple(False for _ in several), other)
    return list(told.values())


def _roles(deciders: Iterable[Decider]) -> list[tuple[str, str, frozenset[str]]]:
    """Return who may be tried as the one who decides: role, capacity, and whose holder is away for it."""
    found: dict[tuple[str, str, frozenset[str]], None] = {}
    for one in deciders:
        found[one.role, "holder", frozenset()] = None
        if one.designee:
            found[one.role, "designee", frozenset()] = None
        if one.acting:
            found[one.role, "acting", frozenset()] = None
        if one.if_absent is not None:
            found[one.if_absent.role, "holder", frozenset()] = None
            found[one.if_absent.role, "holder", frozenset({one.role})] = None
    return list(found) or [(OTHER_ROLE.role, "holder", frozenset())]


def _ages(spans: Iterable[CalendarSpan | None], at: dt.datetime, zone: ZoneInfo) -> list[dt.datetime]:
    """Return a moment just before the act, and one after which each time of validity is over."""
    limits = [subtract(at, span, zone) - HOUR for span in dict.fromkeys(spans) if span is not None]
    return [at - HOUR, *sorted(limits, reverse=True)]


def _approvals(specs: list[ApprovalSpec], at: dt.datetime, zone: ZoneInfo) -> Iterator[Part]:
    topics = _apart(spec.topics for spec in specs)
    purposes: list[str | None] = list(_apart([spec.purposes for spec in specs if spec.purposes], "other_official"))
    deciders = [decider for spec in specs for step in spec.steps for decider in step]
    scopes: list[Raw] = [{}, {"requester.id": REQUESTER}] if any(spec.each for spec in specs) else [{}]
    moments = _ages((spec.valid for spec in specs), at, zone)
    own = [True] if any(spec.by_requester for spec in specs) else []
    people = _roles(deciders)
    ways = list(itertools.product(purposes or [None], scopes, moments, [False, *own]))
    # The plainest first: mostly they bring about all that can be.
    for number, way in enumerate((ways[:1], ways[1:])):
        for topic in topics:
            for (role, capacity, absent), (purpose, scope, moment, is_own) in itertools.product(people, way):
                by = REQUESTER if is_own else f"{role}-1"
                record = _record(topic=topic, decision="granted", by=by, role=role, at=moment, purpose=purpose)
                record |= {"scope": scope} if scope else {}
                yield Part({}, (("approvals", _with_capacity(record, capacity)),), absent)
            yield from () if number else _refusals(topic, people, at)
    for topic in topics:
        yield from _spoilt(topic, deciders, at)
    for spec in specs:
        if len(spec.steps) > 1 and all(spec.steps):
            yield _chain(spec, at)


def _refusals(topic: str, people: Iterable[tuple[str, str, frozenset[str]]], at: dt.datetime) -> Iterator[Part]:
    """Yield refusals before and after any grant, what is waiting, and what does not say when or by whom."""
    several = list(people)
    for moment in (at - HOUR / 2, at - 2 * HOUR):
        for role, capacity, absent in several:
            refused = _record(topic=topic, decision="refused", by=f"{role}-1", role=role, at=moment)
            yield Part({}, (("approvals", _with_capacity(refused, capacity)),), absent)
    yield Part({}, (("approvals", _record(topic=topic, decision="pending", at=at - HOUR)),))
    yield Part({}, (("approvals", _record(topic=topic, decision="granted", role=several[0][0])),))


def _spoilt(topic: str, deciders: list[Decider], at: dt.datetime) -> Iterator[Part]:
    """Yield what the states are called after that no condition but an author's own tells apart."""
    role = (deciders or [OTHER_ROLE])[0].role
    granted = _record(topic=topic, decision="granted", by=f"{role}-1", role=role, at=at - HOUR)
    for change in (
        {"role": OTHER_ROLE.role, "by": "somebody-1"},
        {"by": REQUESTER},
        {"scope": {"requester.id": "officer-2"}},
        {"ended": True},
    ):
        yield Part({}, (("approvals", granted | change),))


def _chain(spec: ApprovalSpec, at: dt.datetime) -> Part:
    """Return a grant by each step's first decider, in order and by different persons."""
    records = []
    for number, step in enumerate(spec.steps):
        moment = at - HOUR + dt.timedelta(minutes=number + 1)
        purpose = min(spec.purposes) if spec.purposes else None
        record = _record(
            topic=min(spec.topics),
            decision="granted",
            by=f"{step[0].role}-{number + 1}",
            role=step[0].role,
            at=moment,
            purpose=purpose,
        )
        records.append(("approvals", record | ({"scope": {"requester.id": REQUESTER}} if spec.each else {})))
    return Part({}, tuple(records))


def _checks(specs: list[CheckSpec], at: dt.datetime) -> Iterator[Part]:
    check = specs[0].check
    sources: list[str | None] = list(_apart([s.sources for s in specs if s.sources], "hotlist")) or [None]
    deciders = [decider for spec in specs for decider in spec.by]
    people: list[tuple[str | None, str, frozenset[str]]] = [*_roles(deciders)] if deciders else []
    people += [("officer", "holder", frozenset())]
    own = any(spec.not_by_requester for spec in specs)
    parts = sorted({part for spec in specs for part in spec.parts})
    wholes = list(dict.fromkeys(spec.parts for spec in specs if spec.parts))
    named: list[tuple[str | None, ...]] = [*wholes, *((part,) for part in parts)]
    named += [(None,)] if any(not spec.parts for spec in specs) else []
    for several, source, (role, capacity, absent), by in itertools.product(
        named, sources, people, ["colleague-1", *([REQUESTER] if own else [])]
    ):
        made = [
            _record(check=check, part=part, result="pass", source=source, by=by, role=role, at=at - HOUR)
            for part in several
        ]
        yield Part({}, tuple(("checks", _with_capacity(record, capacity)) for record in made), absent)
    for part, result in itertools.product([*parts, None], ("fail", "unclear", "doubtful")):
        record = _record(check=check, part=part, result="pass" if result == "doubtful" else result)
        yield Part({}, (("checks", record if result == "doubtful" else record | {"at": (at - HOUR).isoformat()}),))


def _documents(specs: list[DocumentSpec], at: dt.datetime, zone: ZoneInfo) -> Iterator[Part]:
    kinds = _apart(spec.kinds for spec in specs)
    fields = {tuple(sorted(spec.fields)) for spec in specs} | {()}
    fields.add(tuple(sorted({one for several in fields for one in several})))
    fields |= {tuple(f for f in longest if f != left) for longest in list(fields) for left in longest}
    issuers: list[str | None] = list(_apart([s.issuers for s in specs if s.issuers], "somebody_else")) or [None]
    for kind, filled, issuer, moment in itertools.product(
        kinds, sorted(fields), issuers, _ages((spec.valid for spec in specs), at, zone)
    ):
        record = _record(kind=kind, fields=list(filled), issued_by=issuer, at=moment)
        yield Part({}, (("documents", record),))
    for kind in kinds:
        yield Part({}, (("documents", {"kind": kind, "fields": []}),))
        expired = _record(kind=kind, fields=[], at=at - 2 * HOUR, expires=at - HOUR)
        yield Part({}, (("documents", expired),))


def _holds(specs: list[HoldSpec], at: dt.datetime) -> Iterator[Part]:
    basis = specs[0].basis
    for role, capacity, absent in [
        *_roles(d for spec in specs for d in spec.by),
        ("nobody_special", "holder", frozenset[str]()),
    ]:
        placed = _record(basis=basis, by=f"{role}-1", role=role, placed=at - HOUR)
        yield Part({}, (("holds", _with_capacity(placed, capacity)),), absent)
    yield Part({}, (("holds", {"basis": basis}),))
    yield Part({}, (("holds", _record(basis=basis, placed=at - 2 * HOUR, ends=at - HOUR)),))


def _record(**fields: Any) -> Raw:
    written = {key: value.isoformat() if isinstance(value, dt.datetime) else value for key, value in fields.items()}
    return {key: value for key, value in written.items() if value is not None}


def _with_capacity(record: Raw, capacity: str) -> Raw:
    return record if capacity == "holder" else record | {"capacity": capacity}
