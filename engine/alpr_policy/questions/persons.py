"""What a directory says of a department's persons on a day, and where it does not fit the profile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.model.directory import Directory, Person, Training
from alpr_policy.model.duty_hours import on_duty
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Moment
from alpr_policy.model.statements import Approval, Approver, Check, Document, Hold, Prohibition
from alpr_policy.model.values import Unknown
from alpr_policy.model.wire import plain
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not wrong in itself and that somebody should look at; `code` is stable."""

    code: str
    message: str
    role: str | None = None
    person: str | None = None
    help: str = ""
    span: Span = field(default=NOWHERE, compare=False)

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        told = {"code": self.code, "message": self.message, "role": self.role, "person": self.person, "help": self.help}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A person at an instant: what the directory knows of them then. None is not told."""

    person: str
    at: dt.datetime
    belongs: bool
    agency: str | None = None
    kind: str | None = None
    status: str | None = None
    flags: tuple[tuple[str, bool], ...] = ()
    roles: tuple[tuple[str, str], ...] | None = None
    away: bool | None = None
    on_duty: bool | None = None
    designated: Moment | None = None
    designation_told: bool = False
    trainings: tuple[Training, ...] | None = None
    logins: tuple[str, ...] | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        told = {
            name: plain(getattr(self, name))
            for name in ("person", "at", "belongs", "agency", "kind", "status", "away", "on_duty")
            if getattr(self, name) is not None
        }
        told |= dict(self.flags)
        if self.roles is not None:
            told["roles"] = [{"role": role, "capacity": capacity} for role, capacity in self.roles]
        if self.designation_told:
            told["designated_on"] = plain(self.designated)
        if self.trainings is not None:
            told["training"] = [{n: v for n, v in plain(one).items() if n != "span"} for one in self.trainings]
        return told | ({} if self.logins is None else {"logins": list(self.logins)})


FLAGS = ("sworn", "supervisor", "employee", "command_post")


def standing_of(directory: Directory, person: Person, at: dt.datetime) -> Standing:
    """Return what is known of a person at an instant, as `fill` would use it."""
    roles = directory.roles(person, at)
    flags = ((name, directory.flag(person, name, at)) for name in FLAGS)
    logins = [one.login for one in person.credentials or () if one.holds(at, at, directory.zone)]
    told = not isinstance(person.designated, Unknown)
    return Standing(
        person=person.id,
        at=at,
        belongs=directory.belongs(person, at),
        agency=person.agency,
        kind=person.kind,
        status=directory.status(person.status, at),
        flags=tuple((name, value) for name, value in flags if value is not None),
        roles=None if roles is None else tuple(roles.pairs()),
        away=directory.is_away(person, at),
        on_duty=on_duty(directory, person, at),
        designated=None if isinstance(person.designated, Unknown) else person.designated,
        designation_told=told,
        trainings=directory.trainings(person, at),
        logins=None if person.credentials is None else tuple(logins),
    )


def findings(directory: Directory, at: dt.datetime, profile: Profile | None = None) -> tuple[Finding, ...]:
    """Return what should be looked at on a day: trainings that ran out, designations without a holder, and with a
    profile the roles that it names and nobody can fill.
    """
    found = [*_persons(directory, at)]
    if profile is not None:
        found += _strange_roles(directory, profile)
        found += _roles(directory, at, profile)
    return tuple(found)


def note(
    code: str, message: str, *, role: str | None = None, person: str | None = None, help: str = "", span: Span = NOWHERE
) -> Finding:
    """Return a finding under its code."""
    return Finding(code=code, message=message, role=role, person=person, help=help, span=span)


def _persons(directory: Directory, at: dt.datetime) -> Iterator[Finding]:
    for person in directory.persons:
        if not directory.belongs(person, at):
            continue
        status = directory.status(person.status, at)
        trainings = directory.trainings(person, at)
        if trainings == () and person.training:
            message = f"no training of `{person.id[:60]}` counts on that day"
            yield note("directory-training-past", message, person=person.id, span=person.span)
        elif trainings == () and status == "active":
            message = f"`{person.id[:60]}` has access and never was trained"
            yield note("directory-untrained", message, person=person.id, span=person.span)
        for holding in person.roles or ():
            if holding.of is None or holding.capacity != "designee" or not holding.holds(at, at, directory.zone):
                continue
            if holding.of not in {holder.id for holder in directory.holders(holding.role, at)}:
                message = f"`{person.id[:60]}` is designee of `{holding.of[:60]}`, who does not hold `{holding.role}`"
                yield note(
                    "directory-designation-lapsed",
                    message,
                    role=holding.role,
                    person=person.id,
                    help="such a designation does not count",
                    span=holding.span,
                )


def _strange_roles(directory: Directory, profile: Profile) -> Iterator[Finding]:
    seen: set[str] = set()
    for person in directory.persons:
        for holding in person.roles or ():
            if holding.role not in profile.roles and holding.role not in seen:
                seen.add(holding.role)
                yield note(
                    "directory-role-unknown",
                    f"`{profile.profile}` knows no role `{holding.role}`",
                    role=holding.role,
                    help=did_you_mean(holding.role, profile.roles),
                    span=holding.span,
                )


def _roles(directory: Directory, at: dt.datetime, profile: Profile) -> Iterator[Finding]:
    stand_ins = _stand_ins(profile)
    for name, role in sorted(profile.roles.items()):
        holders = directory.holders(name, at)
        open_to = [c for c, allowed in (("designee", role.designee), ("acting", role.acting)) if allowed]
        present = any(_fills(directory, person, name, open_to, at) for person in directory.persons)
        present = present or any(_present(directory, other, at) for other in stand_ins.get(name, ()))
        if not holders:
            message = f"`{profile.profile}` names the role `{name}`, and nobody holds it"
            help = "somebody stands in for it" if present else "what only this role may decide cannot be decided"
            yield note("directory-role-unheld", message, role=name, help=help)
        elif all(directory.is_away(person, at) for person in holders) and not present:
            message = f"every holder of `{name}` is away, and nobody stands in"
            yield note("directory-no-stand-in", message, role=name, person=holders[0].id, span=holders[0].span)


def _fills(directory: Directory, person: Person, role: str, capacities: list[str], at: dt.datetime) -> bool:
    if directory.is_away(person, at):
        return False
    held = directory.roles(person, at)
    return held is not None and any(role in held.of(capacity) for capacity in capacities)


def _present(directory: Directory, role: str, at: dt.datetime) -> bool:
    return any(not directory.is_away(person, at) for person in directory.holders(role, at))


def _stand_ins(profile: Profile) -> dict[str, set[str]]:
    """Return the roles that some statement names in place of one whose holder is absent."""
    found: dict[str, set[str]] = {}
    for one in _approvers(profile):
        if isinstance(one.role, str) and one.if_absent is not None:
            found.setdefault(one.role, set()).add(one.if_absent)
    return found


def _approvers(profile: Profile) -> Iterator[Approver]:
    for statement in profile.statements:
        match statement:
            case Approval(by=by, then=then):
                yield from by
                for step in then:
                    yield from step
            case Prohibition(excused_by=excuse) if excuse is not None:
                yield from excuse.by
            case Check(by=by) | Hold(by=by):
                yield from by
            case Document():
                continue
