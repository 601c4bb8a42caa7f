"""The facts of one request for generated code: what it does not read by itself, and what is wrong with the request."""

from __future__ import annotations

from typing import Any, Final

from alpr_policy.ir.nodes import Cond, Ruleset
from alpr_policy.meaning.facts import DERIVE, Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.needs import Asker
from alpr_policy.meaning.records import known_words
from alpr_policy.meaning.truth import Truth, truth
from alpr_policy.meaning.typed import MAX_MEMBERS, read_value
from alpr_policy.model.request import Request
from alpr_policy.model.values import ABSENT, Gap, Unknown, Value

RECORD_LISTS: Final = ("approvals", "checks", "holds", "events")


class Lookup(Facts):
    """Facts that remember whether anything about them was wrong; generated code types the plain ones by itself."""

    def __init__(self, request: Request, ruleset: Ruleset, elsewhere: frozenset[str] = frozenset()) -> None:
        """Look at `request` with the words of `ruleset`; `elsewhere` are words of other profiles that judge it."""
        super().__init__(request, ruleset, elsewhere)
        self.doubtful = False

    def odd(self, name: str, raw: Any) -> Value:
        """Type a value that generated code did not recognise at once, and note where it cannot be relied on."""
        value = read_value(self.ruleset.vocabulary.facts[name], raw, self.ruleset.vocabulary)
        self._known[name] = value
        if value.__class__ is Unknown and value.gap in (Gap.INVALID, Gap.CONFLICT):
            self.doubtful = True
        return value

    def members(self, name: str, raw: Any, known: frozenset[str]) -> Value:
        """Type a set whose members are among those known, or pass it on to where any value is typed."""
        if (raw.__class__ is list or raw.__class__ is tuple) and len(raw) <= MAX_MEMBERS:
            try:
                found = frozenset(raw)
            except TypeError:
                return self.odd(name, raw)
            if found <= known:
                return found
        return self.odd(name, raw)

    def truth(self, cond: Cond) -> Truth:
        """Return the truth of a condition that is not among those already worked out."""
        return truth(cond, lambda atom: matches(atom, self.value(atom.fact)))

    def asker(self) -> Asker:
        """Return what asks for facts, steps and records."""
        return Asker(self.ruleset, self, self.truth)


class Screen:
    """Says quickly that nothing is wrong with a request's facts and records; in doubt it says that something may be."""

    def __init__(self, ruleset: Ruleset, read: frozenset[str]) -> None:
        """Screen with the words of `ruleset`; `read` are the plain facts that generated code types anyway."""
        words = ruleset.vocabulary
        self.facts = words.facts
        self.typed = read
        self.derived = frozenset(DERIVE) | frozenset(ruleset.specs)
        self.words = known_words(words)

    def may_be_wrong(self, lookup: Lookup) -> bool:
        """Say whether the faults of a request have to be looked for."""
        request = lookup.request
        for name in request.facts.keys() - self.typed:
            if name not in self.facts:
                continue
            if name in self.derived:
                value = lookup.value(name)
            else:
                value = lookup.odd(name, request.facts[name])
            if value.__class__ is Unknown and value.gap in (Gap.INVALID, Gap.CONFLICT):
                return True
        return lookup.doubtful or self._strange(request)

    def _strange(self, request: Request) -> bool:
        words = self.words
        for record in request.approvals or ():
            if record.scope or record.topic not in words["topic"]:
                return True
        for check in request.checks or ():
            if check.check not in words["check"] or (check.part is not None and check.part not in words["part"]):
                return True
        for hold in request.holds or ():
            if hold.scope or hold.basis not in words["basis"]:
                return True
        return any(event.event not in words["event"] for event in request.events or ())


__all__ = ["ABSENT", "Lookup", "Screen"]
