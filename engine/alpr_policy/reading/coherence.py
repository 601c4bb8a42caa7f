"""Whether a profile hangs together: ids, citations, outline, nothing unused (language.md §8, §11)."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from alpr_policy.errors import Diagnostic
from alpr_policy.model.condition import Literal, ParameterRef, Test, tests_of
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import (
    Approval,
    Approver,
    Check,
    Document,
    Duty,
    Hold,
    Permission,
    Prohibition,
    Retention,
    Statement,
)
from alpr_policy.model.words import term_of, words_of
from alpr_policy.reading.entities import entities
from alpr_policy.reading.positions import positions
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean


def coherence(profile: Profile) -> tuple[Diagnostic, ...]:
    """Return everything that does not hang together."""
    checks = (_outline, _terms, _roles, _parameters, _unused_derived)
    return (*soundness(profile), *(found for check in checks for found in check(profile)))


def soundness(profile: Profile) -> tuple[Diagnostic, ...]:
    """Return what is wrong with single parts, whether or not the rest of the file could be read."""
    checks = (_zone, _ids, _shapes, _cycles, _floor, _cited, positions, entities)
    return tuple(found for check in checks for found in check(profile))


def _at(profile: Profile, key: str) -> Span:
    return profile.spans.get(key, profile.spans.get("profile", NOWHERE))


def _zone(profile: Profile) -> Iterator[Diagnostic]:
    try:
        ZoneInfo(profile.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Diagnostic(
            "unknown-timezone",
            f"`{profile.timezone}` is not a time zone",
            profile.spans.get(f"timezone={profile.timezone}", _at(profile, "timezone")),
            did_you_mean(profile.timezone, available_timezones()) or "write it as America/New_York",
        )


def _ids(profile: Profile) -> Iterator[Diagnostic]:
    seen: dict[str, Statement] = {}
    for statement in profile.statements:
        first = seen.setdefault(statement.id, statement)
        if first is not statement:
            yield Diagnostic(
                "duplicate-id",
                f"the id `{statement.id}` is already used in line {first.span.line}",
                statement.spans["id"],
                "give each statement an id of its own",
            )


def _shapes(profile: Profile) -> Iterator[Diagnostic]:
    for statement in profile.statements:
        if isinstance(statement, Permission) and statement.only and statement.when is None:
            yield Diagnostic(
                "only-without-when",
                "`only` without `when` limits nothing",
                statement.spans["only"],
                "say under `when` what alone is allowed",
            )
        if isinstance(statement, Hold) and statement.when is None and statement.basis is None:
            yield Diagnostic(
                "empty-hold", "this hold has neither `when` nor `basis`", statement.span, "say what makes it active"
            )


def citations(profile: Profile) -> dict[str, Span]:
    """Return every clause that something cites, with the first place."""
    found: dict[str, Span] = {}
    parts: list[tuple[tuple[str, ...], Span]] = [
        ((cite,), s.spans.get(f"cite={cite}", s.span)) for s in profile.statements for cite in s.cite
    ]
    parts += [(s.excused_by.cite, s.span) for s in profile.prohibitions if s.excused_by]
    parts += [
        (owner.cite, owner.span)
        for group in (profile.roles, profile.terms, profile.parameters, profile.facts, profile.entities)
        for owner in group.values()
    ]
    parts += [((value.cite,), value.span) for term in profile.terms.values() for value in term.values if value.cite]
    parts += [(n.cite, n.span) for n in profile.not_enforced]
    parts += [
        (owner.cite, _at(profile, key))
        for key, owner in (("override", profile.override), ("matching", profile.matching), ("reasons", profile.reasons))
        if owner
    ]
    parts += [(demand.cite, _at(profile, "demands")) for demand in profile.demands]
    for cites, span in parts:
        for cite in cites:
            found.setdefault(cite, span)
    return found


def _cited(profile: Profile) -> Iterator[Diagnostic]:
    outline = set(profile.outline)
    for cite, span in citations(profile).items():
        if cite not in outline:
            yield Diagnostic(
                "cite-not-in-outline", f"the clause `{cite}` is not in the outline", span, did_you_mean(cite, outline)
            )


def _outline(profile: Profile) -> Iterator[Diagnostic]:
    cited = citations(profile)
    for cite in profile.outline:
        if cite not in cited:
            yield Diagnostic(
                "clause-not-covered",
                f"no statement cites the clause `{cite}`",
                profile.spans.get(f"outline={cite}", _at(profile, "outline")),
                "cite it in a statement, or list it under `not_enforced` with the reason",
            )
    if len(set(profile.outline)) < len(profile.outline):
        twice = sorted({cite for cite in profile.outline if profile.outline.count(cite) > 1})
        yield Diagnostic(
            "duplicate-clause",
            f"the outline lists `{twice[0]}` twice",
            _at(profile, "outline"),
            "list each clause once",
        )


def _tests(profile: Profile) -> Iterator[Test]:
    for s in profile.statements:
        later = getattr(s, "or_afterwards", None)
        parts = [s.when, s.unless, getattr(s, "must", None), later.when if later else None, getattr(s, "until", None)]
        if isinstance(s, Retention):
            parts += [s.keep_until, s.purge_when]
        for part in parts:
            yield from tests_of(part)


def _terms(profile: Profile) -> Iterator[Diagnostic]:
    used = {term_of(matcher, profile) for test in _tests(profile) for matcher in test.matchers}
    for name, term in profile.terms.items():
        if name not in used:
            yield Diagnostic(
                "unused-term", f"nothing uses the term `{name}`", term.span, "use it in a condition, or drop it"
            )


def _approvers(profile: Profile) -> Iterator[Approver]:
    for s in profile.statements:
        match s:
            case Approval():
                for step in (s.by, *s.then):
                    yield from step
            case Check() | Hold() | Duty():
                yield from s.by
            case Prohibition() if s.excused_by:
                yield from s.excused_by.by
    if profile.override:
        yield from profile.override.by


def _roles(profile: Profile) -> Iterator[Diagnostic]:
    used = {s.answerable for s in profile.statements} | {p.set_by for p in profile.parameters.values()}
    used |= {str(p.value) for p in profile.parameters.values() if p.type == "role"}
    used |= {profile.override.review_by} if profile.override else set()
    for approver in _approvers(profile):
        used |= {approver.role if isinstance(approver.role, str) else None, approver.if_absent}
    facts = words_of(profile).facts
    for test in _tests(profile):
        if test.fact in facts and facts[test.fact].list_name == "roles":
            used |= {str(c.value) for m in test.matchers for c in m.values if isinstance(c, Literal)}
    used |= {fact.role for fact in profile.facts.values()}
    for name, role in profile.roles.items():
        if name not in used:
            yield Diagnostic(
                "unused-role", f"nothing names the role `{name}`", role.span, "name it in a statement, or drop it"
            )


def _parameters(profile: Profile) -> Iterator[Diagnostic]:
    used = {a.role.name for a in _approvers(profile) if isinstance(a.role, ParameterRef)}
    if isinstance(profile.policy.effective, ParameterRef):
        used.add(profile.policy.effective.name)
    for test in _tests(profile):
        used |= {test.fact.removeprefix("parameter.")} if test.fact.startswith("parameter.") else set()
        used |= {c.name for m in test.matchers for c in m.values if isinstance(c, ParameterRef)}
    for s in profile.statements:
        used |= {
            v.name
            for key in ("at_least", "at_most", "every", "within", "late_after")
            for holder in (s, getattr(s, "or_afterwards", None))
            if isinstance(v := getattr(holder, key, None), ParameterRef)
        }
    for name, parameter in profile.parameters.items():
        if name not in used:
            yield Diagnostic(
                "unused-parameter",
                f"nothing reads the parameter `{name}`",
                parameter.span,
                "read it in a statement, or drop it",
            )


def _unused_derived(profile: Profile) -> Iterator[Diagnostic]:
    read = {test.fact for test in _tests(profile)}
    for s in profile.statements:
        if isinstance(s, Approval | Check | Document) and not s.gate:
            name = f"{type(s).__name__.lower()}.{s.id}"
            if name not in read:
                yield Diagnostic(
                    "unused-statement",
                    f"nothing reads `{name}`, and `gate: false` asks for nothing",
                    s.span,
                    "read it in a requirement",
                )


def _cycles(profile: Profile) -> Iterator[Diagnostic]:
    """A `when` that reads a state whose own statement reads this one back has no meaning."""
    reads = {
        f"{type(s).__name__.lower()}.{s.id}": {t.fact for part in (s.when, s.unless) for t in tests_of(part)}
        for s in profile.statements
        if isinstance(s, Approval | Check | Document)
    }
    for name, direct in reads.items():
        seen: set[str] = set()
        todo = list(direct & reads.keys())
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += list(reads[one] & reads.keys())
        if name in seen:
            statement = next(s for s in profile.statements if name == f"{type(s).__name__.lower()}.{s.id}")
            yield Diagnostic(
                "state-cycle", f"`{name}` depends on itself", statement.span, "break the circle of conditions"
            )


def _floor(profile: Profile) -> Iterator[Diagnostic]:
    if profile.floor == profile.profile:
        help = "leave `floor` out, or name the profile that binds this one"
        yield Diagnostic("floor-of-itself", "a profile cannot be its own floor", _at(profile, "floor"), help)
    if profile.demands and profile.silence.otherwise != "allow":
        yield Diagnostic(
            "floor-silence", "a floor sets `silence: allow`", _at(profile, "silence"), "silence in a floor never counts"
        )
