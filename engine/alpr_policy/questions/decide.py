"""The policy decision point: one request, every department that binds it, one decision (design.md §5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from alpr_policy.errors import ProfileError, UnknownProfileError
from alpr_policy.evaluators.reference import judge
from alpr_policy.ir.floors import under_floor
from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.meaning.combine import strictest
from alpr_policy.meaning.judge import Judgement
from alpr_policy.meaning.needs import merged
from alpr_policy.meaning.records import telling_words
from alpr_policy.model.decision import Decision, JudgedBy, Outcome, Reason
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.weakening import Weakening, weakening
from alpr_policy.reading.catalog import Catalog, folders, load_catalog
from alpr_policy.reading.requests import read_request
from alpr_policy.suggest import did_you_mean


class PolicyDecisionPoint:
    """Answers requests under the profiles of a catalog. Deciding is pure: it writes nothing and keeps no case."""

    def __init__(self, catalog: Catalog) -> None:
        """Use the profiles of `catalog`; each is lowered when first asked for."""
        self.catalog = catalog
        self._lowered: dict[tuple[str, ...], Ruleset] = {}

    @classmethod
    def load(cls, *extra: str | Path) -> PolicyDecisionPoint:
        """Load the shipped profiles, those of ALPR_POLICIES and of `extra` folders; raises ProfileError."""
        pdp = cls(load_catalog(folders(Path(p) for p in extra)))
        weaker = [d for profile in pdp.catalog.profiles for d in pdp.held_against_floor(profile).diagnostics]
        if weaker:
            raise ProfileError(weaker)
        return pdp

    def held_against_floor(self, profile: Profile) -> Weakening:
        """Return where a profile is laxer than its floor, and what could not be compared."""
        if not profile.floor:
            return Weakening((), ())
        return weakening(profile, self.ruleset(profile), self.ruleset(self.catalog.latest(profile.floor)))

    def decide(
        self, request: Request | Mapping[str, Any], *, departments: Iterable[str] = (), mode: Mode = Mode.ENFORCE
    ) -> Decision:
        """Judge one request under the text in force at its time, for each department that binds it.

        `departments` adds to those the request names. Never raises for what a request holds: what is wrong with it is
        said in `faults`, and what cannot be judged is denied.
        """
        asked = request if isinstance(request, Request) else read_request(request)
        names = tuple(dict.fromkeys((*asked.departments, *departments)))
        refusal = self._refusal(asked, names)
        if refusal is not None:
            return _finished(asked, mode, [], (refusal,), Outcome.DENY)
        judgements: list[Judgement] = []
        reasons: list[Reason] = []
        elsewhere = self._words(names, asked)
        for name in names:
            found = self._safely(name, asked, elsewhere)
            if isinstance(found, Reason):
                reasons.append(found)
            else:
                judgements += found
        outcome = strictest([*(j.outcome for j in judgements), *([Outcome.DENY] if reasons else [])])
        reasons += [r for j in judgements if j.outcome is outcome for r in j.reasons]
        return _finished(asked, mode, judgements, tuple(dict.fromkeys(reasons)), outcome)

    def _words(self, names: tuple[str, ...], request: Request) -> frozenset[str]:
        """Return the words that records may hold for one of several departments and that another does not know."""
        if len(names) < 2:
            return frozenset()
        profiles = [profile for name in names if (profile := self.catalog.active(name, request.at))]
        return frozenset(word for profile in profiles for word in telling_words(self.ruleset(profile).vocabulary))

    def _safely(self, name: str, request: Request, elsewhere: frozenset[str]) -> list[Judgement] | Reason:
        try:
            return self._judge(name, request, elsewhere)
        except Exception as error:  # a defect must deny and say so, whatever it is
            return _system(name, "error", f"the rules could not be evaluated: {type(error).__name__}")

    def ruleset(self, profile: Profile) -> Ruleset:
        """Return a profile lowered."""
        key = (profile.profile, profile.content_hash)
        if key not in self._lowered:
            self._lowered[key] = lower(profile)
        return self._lowered[key]

    def _floor_of(self, ruleset: Ruleset, floor: Profile) -> Ruleset:
        """Return a floor's rules as they bind a profile: its silence never counts, on no act at all."""
        key = (floor.profile, floor.content_hash, ruleset.profile, ruleset.content_hash)
        if key not in self._lowered:
            below = self.ruleset(floor)
            spoken = frozenset({*below.vocabulary.actions, *ruleset.vocabulary.actions})
            self._lowered[key] = dataclasses.replace(below, silence_allows=spoken)
        return self._lowered[key]

    def _refusal(self, request: Request, names: tuple[str, ...]) -> Reason | None:
        """Return why nothing can be judged, if so."""
        if request.fatal:
            return _system(
                "", "bad_request", "the request cannot be read: " + "; ".join(d.message for d in request.faults)
            )
        if not names:
            return _system(
                "", "no_department", "the request names no department: " + did_you_mean("", self.catalog.names)
            )
        for name in names:
            try:
                self.catalog.get(name)
            except UnknownProfileError as error:
                unknown = error.diagnostics[0]
                return _system(name, "unknown_profile", "; ".join(filter(None, (unknown.message, unknown.help))))
        return None

    def _judge(self, name: str, request: Request, elsewhere: frozenset[str]) -> list[Judgement] | Reason:
        """Judge under one department's text in force then, and under its floor's."""
        profile = self.catalog.active(name, request.at)
        if profile is None:
            return _system(name, "no_policy", f"no text of `{name}` was in force at {request.at.isoformat()}")
        ruleset = self.ruleset(profile)
        if request.action not in ruleset.vocabulary.actions:
            hint = did_you_mean(request.action, ruleset.vocabulary.actions)
            return _system(
                name, "unknown_action", f"`{request.action[:60]}` is not an action" + (f"; {hint}" if hint else "")
            )
        return [
            self._evaluated(bound, request, elsewhere, with_lifecycle=number == 0)
            for number, bound in enumerate(self._bound(profile, request))
        ]

    def _bound(self, profile: Profile, request: Request) -> list[Ruleset]:
        """Return the rules that bind: the profile's with the retention of all its floors, and each floor's own."""
        own = self.ruleset(profile)
        floors: list[Ruleset] = []
        below = profile
        while below.floor and (found := self.catalog.active(below.floor, request.at)):
            below = found
            floors.append(self._floor_of(own, below))
        joined = own
        for floor in floors:
            joined = under_floor(joined, floor)
        return [joined, *floors]

    def _evaluated(
        self, ruleset: Ruleset, request: Request, elsewhere: frozenset[str], *, with_lifecycle: bool
    ) -> Judgement:
        found = judge(ruleset, request, with_lifecycle=with_lifecycle, elsewhere=elsewhere)
        if with_lifecycle:
            return found
        # A floor's silence never counts, so it is no reason either.
        return dataclasses.replace(found, reasons=tuple(r for r in found.reasons if r.kind != "silence"))


def _system(profile: str, rule: str, text: str) -> Reason:
    """A reason that rests on no clause: there was nothing to judge by."""
    return Reason(profile=profile, rule=rule, kind="system", effect="forbid", cite=(), truth="true", text=text)


def _finished(
    request: Request, mode: Mode, judgements: list[Judgement], reasons: tuple[Reason, ...], outcome: Outcome
) -> Decision:
    deciding = [j for j in judgements if j.outcome is outcome]
    first = next((j for j in (*deciding, *judgements) if j.standing is not None), None)
    return Decision(
        outcome=outcome,
        action=request.action[:300],
        at=request.at.isoformat() if not request.fatal else "",
        mode=mode.value,
        proceed=outcome is Outcome.ALLOW or mode is Mode.OBSERVE,
        silent=bool(judgements) and all(j.silent for j in judgements),
        judged_by=tuple(_judged(j) for j in judgements),
        reasons=reasons,
        needs=merged(need for j in deciding for need in j.needs),
        may_also_need=tuple(dict.fromkeys(m for j in deciding for m in j.may_also_need)),
        obligations=tuple(dict.fromkeys(o for j in judgements for o in j.obligations[outcome])),
        warnings=tuple(dict.fromkeys(w for j in judgements for w in j.warnings)),
        faults=_faults(request, judgements),
        standing=str(first.standing) if first else None,
        floor_ends=first.floor_ends if first else None,
        ceiling_ends=first.ceiling_ends if first else None,
        override=_override(judgements, reasons, request) if outcome is Outcome.DENY else (),
        request_id=request.id,
        trace=tuple(line for j in judgements for line in j.trace),
    )


def _judged(judgement: Judgement) -> JudgedBy:
    ruleset = judgement.ruleset
    return JudgedBy(
        profile=ruleset.profile,
        version=ruleset.version,
        content_hash=ruleset.content_hash,
        outcome=judgement.outcome,
        silent=judgement.silent,
        standing=str(judgement.standing) if judgement.standing else None,
    )


def _faults(request: Request, judgements: list[Judgement]) -> tuple[str, ...]:
    """Return what was wrong with the request, names that no profile knows included."""
    said = [d.message + (f"; {d.help}" if d.help else "") for d in request.faults]
    if judgements:
        known = {name for j in judgements for name in j.ruleset.vocabulary.facts}
        for name in sorted(set(request.facts) - known):
            hint = did_you_mean(name, known)
            said.append(f"`{name[:60]}` is not a fact" + (f"; {hint}" if hint else ""))
    return tuple(dict.fromkeys([*said, *(fault for j in judgements for fault in j.faults)]))


def _override(judgements: list[Judgement], reasons: tuple[Reason, ...], request: Request) -> tuple[str, ...]:
    """Return who may act against the denial: a policy must have spoken, and all that deny must let them."""
    if any(reason.kind == "system" for reason in reasons):
        return ()
    lists = []
    for ruleset in (j.ruleset for j in judgements if j.outcome is Outcome.DENY):
        override = ruleset.override
        covered = override is not None and request.action in ruleset.vocabulary.expand(override.actions)
        roles = {a.role for a in override.by if isinstance(a.role, str)} if override is not None and covered else set()
        lists.append(roles)
    return tuple(sorted(set.intersection(*lists))) if lists else ()
