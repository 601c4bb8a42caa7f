"""What a profile would be without one thing that a clause is cited for: a statement, a listed value, a role's rule.

Where some expected answer fails without it, the answers prove that the clause is enforced and not merely cited.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from alpr_policy.durations import CalendarSpan, Unit
from alpr_policy.model.condition import Plain
from alpr_policy.model.profile import Parameter, Profile
from alpr_policy.model.statements import Approver
from alpr_policy.reading.grammar import KINDS

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Removal:
    """A profile without one thing: `name` says what is gone, `cite` which clauses it stood for."""

    name: str
    cite: tuple[str, ...]
    profile: Profile


def removals(profile: Profile) -> Iterator[Removal]:
    """Yield the profile without each thing that cites a clause; several may share a name."""
    yield from _statements(profile)
    yield from _terms(profile)
    yield from _roles(profile)
    yield from _parameters(profile)
    for key in ("override", "matching", "reasons"):
        owner = getattr(profile, key)
        if owner is not None and owner.cite:
            yield _without(profile, key, owner.cite, **{key: None})
    for index, demand in enumerate(profile.demands):
        if demand.cite:
            rest = (*profile.demands[:index], *profile.demands[index + 1 :])
            yield _without(profile, f"demand of {demand.state}", demand.cite, demands=rest)
    for name, fact in profile.facts.items():
        if fact.cite:
            others = {key: one for key, one in profile.facts.items() if key != name}
            yield _without(profile, f"fact {name}", fact.cite, facts=others)


def _without(profile: Profile, name: str, cite: tuple[str, ...], **changes: Any) -> Removal:
    # Another content, so another hash: nobody may take the one profile for the other.
    changed = dataclasses.replace(profile, **changes, content_hash=f"{profile.content_hash} without {name}")
    return Removal(name, cite, changed)


def _statements(profile: Profile) -> Iterator[Removal]:
    for kind in KINDS:
        statements = getattr(profile, kind)
        for index, statement in enumerate(statements):
            rest = (*statements[:index], *statements[index + 1 :])
            yield _without(profile, statement.id, statement.cite, **{kind: rest})
            excuse = getattr(statement, "excused_by", None)
            if excuse is not None and excuse.cite:
                bare = dataclasses.replace(statement, excused_by=None)
                changed = (*statements[:index], bare, *statements[index + 1 :])
                yield _without(profile, f"{statement.id} (exception)", excuse.cite, **{kind: changed})


def _terms(profile: Profile) -> Iterator[Removal]:
    """A value with a clause of its own goes alone; what the clauses of a whole list stand for is the whole list."""
    for name, term in profile.terms.items():
        for value in term.values:
            if value.cite:
                rest = tuple(one for one in term.values if one is not value)
                terms = {**profile.terms, name: dataclasses.replace(term, values=rest)}
                yield _without(profile, f"{name}: {value.value}", (value.cite,), terms=terms)
        if term.cite:
            emptied = dataclasses.replace(term, values=())
            yield _without(profile, f"{name}: all", term.cite, terms={**profile.terms, name: emptied})


def _roles(profile: Profile) -> Iterator[Removal]:
    """What a role's clause can say: who may stand in for its holder, and that it is this office that decides."""
    for name, role in profile.roles.items():
        if not role.cite:
            continue
        for changed in (
            dataclasses.replace(role, designee=not role.designee),
            dataclasses.replace(role, acting=not role.acting),
        ):
            yield _without(profile, f"role {name}", role.cite, roles={**profile.roles, name: changed})
        vacant = {kind: tuple(_vacated(statement, name) for statement in getattr(profile, kind)) for kind in KINDS}
        yield _without(profile, f"role {name}", role.cite, **vacant)


def _vacated(value: Any, role: str) -> Any:
    """Return statements in which nobody holds a role wherever an approver is named."""
    if isinstance(value, Approver):
        named = NOBODY if value.role == role else value.role
        return dataclasses.replace(value, role=named, if_absent=NOBODY if value.if_absent == role else value.if_absent)
    if isinstance(value, tuple):
        return tuple(_vacated(one, role) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {
            key: _vacated(getattr(value, key), role)
            for key in ("by", "then", "excused_by")
            if getattr(value, key, None)
        }
        return dataclasses.replace(value, **found) if found else value
    return value


def _parameters(profile: Profile) -> Iterator[Removal]:
    """A filled parameter left open, an open one filled: where its value matters, an answer changes."""
    for name, parameter in profile.parameters.items():
        if not parameter.cite:
            continue
        for value in (None,) if parameter.value is not None else _values(parameter):
            changed = dataclasses.replace(parameter, value=value)
            yield _without(
                profile, f"parameter {name}", parameter.cite, parameters={**profile.parameters, name: changed}
            )


def _values(parameter: Parameter) -> tuple[Plain | CalendarSpan, ...]:
    match parameter.type:
        case "span":
            return (CalendarSpan(1, Unit.day), CalendarSpan(10, Unit.year))
        case "date":
            return (dt.date(2000, 1, 1),)
        case "count":
            return (0, 1_000_000)
        case "choice":
            return parameter.choices
        case _:
            return (NOBODY,)
