"""What a department's rules read, and the values of a fact worth trying.

Nothing here knows a department: everything is made from the vocabulary and from the constants of the text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from alpr_policy.durations import CalendarSpan
from alpr_policy.ir.nodes import (
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    DerivedSpec,
    DocumentSpec,
    HoldSpec,
    Require,
    Ruleset,
    Spec,
)
from alpr_policy.meaning.facts import AGE_OF, DAY_AGE_OF, EVENT
from alpr_policy.vocabulary import Fact, FactKind
from alpr_policy_adapters.scenarios.settings import settings
from alpr_policy_adapters.scenarios.words import Band, Numbers, Value, read_value

LIST_OF = {ApprovalSpec: "approvals", CheckSpec: "checks", DocumentSpec: "documents", HoldSpec: "holds"}
KEEPING = ("data.store", "data.purge")
DAY = 86_400
# So near to a threshold the calendar may fall on either side: within this share of it, and of whole days within one.
MARGIN = 0.02
DAYLONG = 26 * 3_600
MOST_VALUES = 40


class Palette:
    """The facts that the rules of one text, and of its floors, read on each act, and their values worth trying."""

    def __init__(self, rulesets: Iterable[Ruleset]) -> None:
        """Read the rules of all texts that bind together; the first is the department's own."""
        self.rulesets = tuple(rulesets)
        self.words = self.rulesets[0].vocabulary
        self.specs: dict[str, Spec] = {name: spec for rules in self.rulesets for name, spec in rules.specs.items()}
        self._constants: dict[str, dict[Atom, None]] = defaultdict(dict)
        self._read: dict[str, dict[str, None]] = defaultdict(dict)
        for rules in self.rulesets:
            for acts, cond in _conditions(rules):
                for atom in _atoms(cond):
                    self._note(acts, atom)

    def _note(self, acts: Iterable[str], atom: Atom) -> None:
        for name in self.sources(atom.fact):
            self._constants[name][atom] = None
            for act in acts:
                self._read[act][name] = None
        if type(self.specs.get(atom.fact)) in LIST_OF:
            for act in acts:
                self._read[act][atom.fact] = None

    def sources(self, name: str) -> tuple[str, ...]:
        """Return what somebody records for a fact: itself, or what it is worked out from."""
        spec = self.specs.get(name)
        if isinstance(spec, DerivedSpec):
            if spec.function in ("count", "any", "first", "latest"):
                return (name,) if spec.supplied else ("events",)
            return tuple(one for source in spec.of for one in self.sources(source))
        for prefix in (DAY_AGE_OF, AGE_OF):
            if name.startswith(prefix):
                return self.sources(name.removeprefix(prefix))
        if name.startswith(EVENT):
            return ("events",)
        fact = self.words.facts.get(name)
        if fact is None or name == "at" or type(spec) in LIST_OF:
            return ()
        inputs = [one for one in fact.derived_from if one != "at"]
        return tuple(one for source in inputs for one in self.sources(source)) or (name,)

    def facts_on(self, action: str) -> tuple[Fact, ...]:
        """Return the facts that somebody records on an act, by name."""
        known = (fact for fact in self.words.facts_on(action) if fact.name != "at" and fact.name not in self.specs)
        return tuple(fact for fact in known if not fact.derived_from)

    def reads(self, action: str, name: str) -> bool:
        """Say whether a rule on the act reads a fact or a state."""
        return name in self._read[action]

    def states_on(self, action: str) -> tuple[tuple[str, Spec], ...]:
        """Return what approvals, checks, documents and holds the rules on an act read, by name."""
        names = sorted(name for name in self._read[action] if type(self.specs.get(name)) in LIST_OF)
        return tuple((name, self.specs[name]) for name in names)

    def limit(self, fact: str, otherwise: int) -> int:
        """Return the shortest span with which the age of a moment is compared, in seconds."""
        spans = [value for value in self._of(fact) if isinstance(value, CalendarSpan)]
        return min((int(span.shortest.total_seconds()) for span in spans), default=otherwise)

    def values(self, fact: Fact) -> Sequence[Value]:
        """Return the values worth trying: those the text names, then others."""
        match fact.kind:
            case FactKind.BOOL:
                return [True, False, None]
            case FactKind.ENUM:
                return [*self._texts(fact.name), *sorted(self.words.values_of(fact)), None][:MOST_VALUES]
            case FactKind.SET:
                return self._sets(fact)
            case FactKind.TIME:
                return [*self.bands(fact.name), None]
            case FactKind.COUNT:
                return self._numbers(fact.name)
            case FactKind.AGE:
                spans = [str(value) for value in self._of(fact.name) if isinstance(value, CalendarSpan)]
                return [*dict.fromkeys((*spans, *_usual(fact.name))), None]
            case _:
                return [*self._texts(fact.name), f"{fact.name.replace('.', '-')}-1", None]

    def bands(self, name: str) -> list[Band]:
        """Return stretches of age between the thresholds of the text, the newest first."""
        spans = {value for value in self._of(name) if isinstance(value, CalendarSpan)}
        edges = sorted(_edges(span) for span in spans)
        usual = [one for one in _usual(name) if isinstance(one, Band)]
        start = min((one.least for one in usual), default=3_600)
        found: list[Band] = []
        for end, next_start in edges:
            if end > start:
                found.append(Band(start, end))
            start = max(start, next_start)
        last = max(2 * start, max((one.greatest for one in usual), default=30 * DAY))
        return [*found, Band(start, last)]

    def within(self, name: str, band: Band) -> list[Band]:
        """Cut a stretch at the thresholds of the text, so that every moment of a part is judged alike."""
        spans = {value for value in self._of(name) if isinstance(value, CalendarSpan)}
        start, found = band.least, []
        for low, high in sorted(_edges(span) for span in spans):
            if start < low < band.greatest:
                found.append(Band(start, low))
            if high > start and low < band.greatest:
                start = high
        return [*found, Band(start, band.greatest)] if start < band.greatest else found or [band]

    def _of(self, name: str) -> list[object]:
        found: dict[object, None] = {}
        for atom in self._constants.get(name, ()):
            listed = sorted(atom.value, key=str) if isinstance(atom.value, frozenset) else [atom.value]
            found |= dict.fromkeys(listed)
        return list(found)

    def _texts(self, name: str) -> list[str]:
        return [value for value in self._of(name) if isinstance(value, str)]

    def _sets(self, fact: Fact) -> Sequence[Value]:
        atoms = self._constants.get(fact.name, ())
        wholes = [tuple(sorted(map(str, a.value))) for a in atoms if isinstance(a.value, frozenset)]
        usual = [one for one in _usual(fact.name) if isinstance(one, tuple)]
        singles = [(one,) for one in (*self._texts(fact.name), *sorted(self.words.values_of(fact)))]
        return list(dict.fromkeys([*usual, *wholes, *singles, ()]))[:MOST_VALUES]

    def _numbers(self, name: str) -> list[Value]:
        cuts = sorted({value for value in self._of(name) if isinstance(value, int) and not isinstance(value, bool)})
        usual = [one for one in _usual(name) if isinstance(one, Numbers)]
        top = max((one.greatest for one in usual), default=max(cuts, default=0) + 10)
        starts = [0, *(cut for cut in cuts if cut > 0), *(cut + 1 for cut in cuts)]
        starts = sorted(dict.fromkeys(one for one in starts if one <= top))
        return [*(Numbers(a, b - 1) for a, b in zip(starts, [*starts[1:], top + 1], strict=True) if b > a), None]


def _edges(span: CalendarSpan) -> tuple[int, int]:
    """Return the ages in seconds that are surely below a threshold, and surely above it."""
    low, high = span.shortest.total_seconds(), span.longest.total_seconds()
    beside = max(MARGIN * high, DAYLONG if low >= 3 * DAY else 0)
    return int(low - beside), int(high + beside)


def _usual(name: str) -> list[Value]:
    from alpr_policy.vocabulary import VOCABULARY

    fact = VOCABULARY.facts.get(name)
    weights = settings("ordinary")["facts"].get(name, {})
    return [read_value(one, fact.kind) for one in weights] if fact is not None else []


def _conditions(rules: Ruleset) -> Iterator[tuple[Iterable[str], Cond]]:
    for rule in rules.rules:
        yield rule.actions, rule.applies
        if isinstance(rule, Require):
            yield from ((rule.actions, cond) for cond in (rule.met, rule.excused))
    for keep in rules.keeps:
        yield from ((KEEPING, cond) for cond in (keep.applies, keep.unreached, keep.passed))
    yield from ((KEEPING, freeze.active) for freeze in rules.freezes)


def _atoms(cond: Cond) -> Iterator[Atom]:
    if isinstance(cond, Atom):
        yield cond
    inside = getattr(cond, "of", ())
    for part in inside if isinstance(inside, tuple) else (inside,):
        yield from _atoms(part)
