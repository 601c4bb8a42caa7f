"""How two answers to the same rows differ: what changed, which way, by which rules, and what is asked anew."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from alpr_policy.model.decision import Need, NeedKind, Outcome
from alpr_policy.questions.explain import need_text
from alpr_policy.questions.replay_result import Gist, GistReason

MOST_INSTEAD = 3


class Change(StrEnum):
    """The gravest thing in which two answers differ, gravest first."""

    OUTCOME = "outcome"
    NEEDS = "needs"
    STANDING = "standing"
    OBLIGATIONS = "obligations"
    REASONS = "reasons"
    NOTHING = "nothing"


class Lean(StrEnum):
    """Which way the proposed text goes: by outcome, and between two answers that ask, by what is asked."""

    STRICTER = "stricter"
    LAXER = "laxer"
    BOTH = "both"
    NEITHER = "neither"


class When(StrEnum):
    """Under which of the two texts something was said."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Asked:
    """A thing that an answer asks for: of which kind, under which name, and in which words; clauses are left out."""

    kind: str
    name: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RuleName:
    """A rule that made a difference, on the side where it speaks. A text's silence is a rule of kind `silence`."""

    side: str
    profile: str
    rule: str
    kind: str
    effect: str
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What differs between two answers. `rules` made the stricter one, by `instead` the other one was decided."""

    before: Outcome
    after: Outcome
    change: Change
    lean: Lean
    asked: tuple[Asked, ...] = ()
    dropped: tuple[Asked, ...] = ()
    rules: tuple[RuleName, ...] = ()
    instead: tuple[str, ...] = ()

    @property
    def newly_allowed(self) -> bool:
        """Say whether it is allowed now and was not."""
        return self.after is Outcome.ALLOW and self.before is not Outcome.ALLOW

    @property
    def newly_denied(self) -> bool:
        """Say whether it is denied now and was not."""
        return self.after is Outcome.DENY and self.before is not Outcome.DENY

    @property
    def newly_needing(self) -> bool:
        """Say whether something is asked now that was not."""
        return bool(self.asked)


def pair_of(before: Gist, after: Gist) -> Pair:
    """Return what differs between two answers; both texts are taken to be in force."""
    first, second = asks(before), asks(after)
    asked, dropped = tuple(sorted(second - first)), tuple(sorted(first - second))
    change = _change(before, after, asks_otherwise=bool(asked or dropped))
    lean = _lean(before.outcome, after.outcome, bool(asked), bool(dropped))
    rules = [
        *_telling(After(after, before), lean, asked),
        *_telling(Before(before, after), lean, dropped),
    ]
    other = before if lean is Lean.STRICTER else after
    instead = tuple(dict.fromkeys(one.rule for one in other.reasons))[:MOST_INSTEAD]
    return Pair(
        before=before.outcome,
        after=after.outcome,
        change=change,
        lean=lean,
        asked=asked,
        dropped=dropped,
        rules=tuple(sorted(set(rules))),
        instead=instead if lean in (Lean.STRICTER, Lean.LAXER) else (),
    )


def asks(gist: Gist) -> Counter[Asked]:
    """Return what an answer asks for, and how often; one that denies or allows asks for nothing."""
    return Counter(asked(need) for need in gist.needs) if gist.outcome is Outcome.NEEDS else Counter()


def asked(need: Need) -> Asked:
    """Return a need as what is asked for, whatever its state and clause; approvals are alike that the same may give."""
    bare = _bare(need)
    name = "" if bare.kind in (NeedKind.ONE_OF, NeedKind.APPROVAL) else bare.name
    return Asked(kind=str(bare.kind), name=name, says=need_text(bare))


def _bare(need: Need) -> Need:
    ways = tuple(tuple(_bare(one) for one in way) for way in need.one_of)
    return dataclasses.replace(need, state="", cite=(), one_of=ways)


def _change(before: Gist, after: Gist, *, asks_otherwise: bool) -> Change:
    if before.outcome is not after.outcome:
        return Change.OUTCOME
    if asks_otherwise:
        return Change.NEEDS
    if before.standing != after.standing:
        return Change.STANDING
    if _owed(before) != _owed(after):
        return Change.OBLIGATIONS
    return Change.NOTHING if before == after else Change.REASONS


def _owed(gist: Gist) -> frozenset[tuple[str, tuple[str, ...]]]:
    return frozenset((one.task, one.by) for one in gist.obligations)


def _lean(before: Outcome, after: Outcome, asked: bool, dropped: bool) -> Lean:
    if before is not after:
        return Lean.STRICTER if after.strictness > before.strictness else Lean.LAXER
    if asked and dropped:
        return Lean.BOTH
    return Lean.STRICTER if asked else Lean.LAXER if dropped else Lean.NEITHER


@dataclass(frozen=True, slots=True)
class _Spoken:
    """One of two answers beside the other."""

    gist: Gist
    other: Gist


class After(_Spoken):
    """The answer under the proposed text; its rules tell where it is the stricter one."""

    side, strict = When.AFTER, Lean.STRICTER


class Before(_Spoken):
    """The answer under the baseline; its rules tell where the proposed text is the laxer one."""

    side, strict = When.BEFORE, Lean.LAXER


def _telling(one: After | Before, lean: Lean, only_here: tuple[Asked, ...]) -> list[RuleName]:
    """Return the rules by which this answer is the stricter one, where it is: those that the other does not name."""
    if lean not in (one.strict, Lean.BOTH):
        return []
    others = {_key(reason) for reason in one.other.reasons}
    own = [reason for reason in one.gist.reasons if _key(reason) not in others]
    if one.gist.outcome is one.other.outcome:
        clauses = {cite for need in one.gist.needs if asked(need) in only_here for cite in need.cite}
        own = [r for r in one.gist.reasons if clauses & set(r.cite)] or own
    return [_named(reason, one.side) for reason in own or one.gist.reasons]


def _key(reason: GistReason) -> tuple[str, str, str]:
    return (reason.profile, reason.rule, reason.effect)


def _named(reason: GistReason, side: When) -> RuleName:
    return RuleName(
        side=str(side),
        profile=reason.profile,
        rule=reason.rule,
        kind=reason.kind,
        effect=reason.effect,
        cite=reason.cite,
    )
