"""What each statement of one text says of a row of a log, and which facts it would have to know to say more.

A row is told apart by the truths of the comparisons alone, since nothing else decides a statement. Rows of a log come
in few such patterns, so each pattern is worked out once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alpr_policy.ir.nodes import (
    All,
    Any,
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    DerivedSpec,
    DocumentSpec,
    Forbid,
    HoldSpec,
    Hole,
    Not,
    Origin,
    Permit,
    Require,
    Rule,
    Ruleset,
    Sure,
)
from alpr_policy.meaning.facts import AGE_OF, DAY_AGE_OF, EVENT, Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.truth import Truth, U, all3, not3, truth
from alpr_policy.model.request import Request
from alpr_policy.model.values import Gap, PartialSet, Unknown
from alpr_policy.source import NOWHERE
from alpr_policy.vocabulary import STORED

SILENCE: Final = "silence"
PATTERNS_KEPT: Final = 50_000
_LISTS: Final = {ApprovalSpec: "approvals", CheckSpec: "checks", DocumentSpec: "documents", HoldSpec: "holds"}
_RECORDS: Final = frozenset({"approvals", "checks", "documents", "holds", "events"})


class Stand(StrEnum):
    """What a statement says of a row.

    `review`: by what the log says, the statement speaks against it. `undecided`: that hangs on what the log does not
    say. `clear`: it applies, or might have, and is met. `elsewhere`: it does not apply.
    """

    REVIEW = "review"
    UNDECIDED = "undecided"
    CLEAR = "clear"
    ELSEWHERE = "elsewhere"


Lack = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one statement says of a row. `lacks` are the facts that would settle it, each with why it is not known."""

    origin: Origin
    stand: Stand
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    """The rules of one statement on one act, and all facts that they compare."""

    origin: Origin
    rules: tuple[Rule, ...]


class _Act:
    """The statements of one text on one act, its comparisons, and the facts on which these rest."""

    def __init__(self, ruleset: Ruleset, action: str, same: Mapping[str, tuple[str, ...]]) -> None:
        found: dict[str, list[Rule]] = {}
        for rule in ruleset.rules:
            if action in rule.actions and isinstance(rule, Permit | Forbid | Require):
                found.setdefault(rule.origin.id, []).append(rule)
        self.ruleset = ruleset
        self.groups = tuple(_Group(rules[0].origin, tuple(rules)) for rules in found.values())
        # Of stored data its periods speak, and no permission is needed beside them.
        self.refuses_silence = action not in ruleset.silence_allows and action not in STORED
        conds = [cond for group in self.groups for rule in group.rules for cond in _conds(rule)]
        self.atoms = tuple(dict.fromkeys(atom for cond in conds for atom in _atoms(cond)))
        self.sources = {atom.fact: same.get(atom.fact) or sources(atom.fact, ruleset) for atom in self.atoms}
        self.watched = tuple(sorted({name for several in self.sources.values() for name in several}))
        self.known: dict[tuple[object, ...], tuple[Said, ...]] = {}


class TextRules:
    """Answers for one ruleset what each of its statements says of a row."""

    def __init__(
        self, ruleset: Ruleset, *, floor: bool = False, same: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """Ask `ruleset`; of a `floor` only what forbids and asks counts, since its permissions open nothing above.

        `same` names for each count over several rows the facts by which it takes rows together.
        """
        self.ruleset = ruleset
        self._same = same or {}
        self.floor = floor
        self._acts: dict[str, _Act] = {}

    def facts_read(self, action: str) -> Mapping[str, tuple[str, ...]]:
        """Return the facts that each statement on an act compares, by its id."""
        return {
            group.origin.id: tuple(sorted({a.fact for rule in group.rules for c in _conds(rule) for a in _atoms(c)}))
            for group in self._act(action).groups
        }

    def said(self, request: Request, facts: Facts, status: Mapping[str, str]) -> tuple[Said, ...]:
        """Return what each statement on the act of a request says of it; `status` is that of each field of its row."""
        act = self._act(request.action)
        truths = tuple([matches(atom, facts.value(atom.fact)) for atom in act.atoms])
        gaps = tuple([_why(name, facts, status) for name in act.watched])
        key = (truths, gaps)
        found = act.known.get(key)
        if found is None:
            if len(act.known) >= PATTERNS_KEPT:
                act.known.clear()
            found = act.known[key] = tuple(_Reader(act, self.floor, truths, gaps).read())
        return found

    def _act(self, action: str) -> _Act:
        if action not in self._acts:
            self._acts[action] = _Act(self.ruleset, action, self._same)
        return self._acts[action]


class _Reader:
    """Works out one pattern."""

    def __init__(self, act: _Act, floor: bool, truths: tuple[Truth, ...], gaps: tuple[str, ...]) -> None:
        self.act, self.floor = act, floor
        self.truths = dict(zip(act.atoms, truths, strict=True))
        self.gaps = dict(zip(act.watched, gaps, strict=True))

    def read(self) -> Iterator[Said]:
        permits = {id(r): self.truth(r.applies) for g in self.act.groups for r in g.rules if isinstance(r, Permit)}
        opened = self.floor or not self.act.refuses_silence or any(one is True for one in permits.values())
        for group in self.act.groups:
            yield self._group(group, opened)
        if not opened and all(one is False for one in permits.values()):
            yield Said(origin=silence_of(self.act.ruleset), stand=Stand.REVIEW)

    def _group(self, group: _Group, opened: bool) -> Said:
        stands: list[Stand] = []
        lacks: dict[Lack, None] = {}
        for rule in group.rules:
            stand, conds = self._rule(rule, opened)
            stands.append(stand)
            if stand is Stand.UNDECIDED:
                lacks |= {lack: None for cond in conds for lack in self._lacks(cond)}
        stand = next((one for one in Stand if one in stands), Stand.ELSEWHERE)
        return Said(origin=group.origin, stand=stand, lacks=tuple(sorted(lacks)) if stand is Stand.UNDECIDED else ())

    def _rule(self, rule: Rule, opened: bool) -> tuple[Stand, tuple[Cond, ...]]:
        applies = self.truth(rule.applies)
        match rule:
            case Permit():
                hangs = applies is U and not opened
                stand = Stand.UNDECIDED if hangs else Stand.CLEAR if applies is True else Stand.ELSEWHERE
            case Require():
                against = all3([applies, not3(self.truth(rule.met)), not3(self.truth(rule.excused))])
                if against is U:
                    return Stand.UNDECIDED, (rule.applies, rule.met, rule.excused)
                fine = Stand.ELSEWHERE if applies is False else Stand.CLEAR
                stand = Stand.REVIEW if against is True else fine
            case _:
                # That an approval was not refused says nothing; the side that asks for it does.
                fine = Stand.ELSEWHERE if rule.origin.kind == "approval" else Stand.CLEAR
                stand = Stand.UNDECIDED if applies is U else Stand.REVIEW if applies is True else fine
        return stand, (rule.applies,)

    def truth(self, cond: Cond) -> Truth:
        return truth(cond, self.truths.__getitem__)

    def _lacks(self, cond: Cond) -> Iterator[Lack]:
        """Give the facts on which an unknown condition hangs; a part that is known hangs on nothing."""
        if self.truth(cond) is not U:
            return
        match cond:
            case Atom(fact=fact):
                names = [name for name in self.act.sources[fact] if self.gaps[name]]
                told = [name for name in names if name != fact] or names
                yield from ((name, self.gaps[name]) for name in told)
                if not told:
                    yield fact, "unsettled"
            case Hole(parameter=parameter):
                yield f"parameter {parameter}", "not set"
            case All(of=parts) | Any(of=parts):
                for part in parts:
                    yield from self._lacks(part)
            case Not(of=part) | Sure(of=part):
                yield from self._lacks(part)


def silence_of(ruleset: Ruleset) -> Origin:
    """Return what stands for a text that allows nothing it does not mention, and mentions nothing that fits."""
    told = "No clause allows it, and the text refuses what it does not mention."
    return Origin(profile=ruleset.profile, id=SILENCE, kind=SILENCE, cite=(), place=NOWHERE, text=told)


def sources(name: str, ruleset: Ruleset) -> tuple[str, ...]:
    """Return what a fact rests on: itself, the facts that it is worked out from, or a list of records."""
    for prefix in (AGE_OF, DAY_AGE_OF):
        if name.startswith(prefix):
            return sources(name.removeprefix(prefix), ruleset)
    if name.startswith(EVENT):
        return ("events",)
    spec = ruleset.specs.get(name)
    if isinstance(spec, DerivedSpec):
        return (name,) if spec.supplied else tuple(dict.fromkeys(s for one in spec.of for s in _below(one, ruleset)))
    if spec is not None:
        return (_LISTS[type(spec)],)
    fact = ruleset.vocabulary.facts.get(name)
    below = fact.derived_from if fact is not None else ()
    return tuple(dict.fromkeys((name, *below)))


def _below(name: str, ruleset: Ruleset) -> tuple[str, ...]:
    fact = ruleset.vocabulary.facts.get(name)
    return (name,) if fact is not None and not fact.derived_from else sources(name, ruleset) if fact else ("events",)


def _why(name: str, facts: Facts, status: Mapping[str, str]) -> str:
    """Say why a fact is not known, by what its row says of it; nothing where it is known."""
    if name in _RECORDS:
        given = facts.records(name)
        return (status.get(name) or "absent") if isinstance(given, Unknown) else ""
    value = facts.value(name)
    if isinstance(value, PartialSet):
        return "partly"
    if not isinstance(value, Unknown):
        return ""
    told = status.get(name, "")
    if told and told != "present":
        return told
    return "absent" if value.gap is Gap.ABSENT else "unclear" if value.gap is Gap.UNSTATED else value.gap.value


def _conds(rule: Rule) -> tuple[Cond, ...]:
    return (rule.applies, rule.met, rule.excused) if isinstance(rule, Require) else (rule.applies,)


def _atoms(cond: Cond) -> Iterator[Atom]:
    match cond:
        case Atom():
            yield cond
        case All(of=parts) | Any(of=parts):
            for part in parts:
                yield from _atoms(part)
        case Not(of=part) | Sure(of=part):
            yield from _atoms(part)
