"""The two texts of a replay: who decides under each, and what of a table can matter to it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alpr_policy.durations import instant
from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.model.decision import Decision
from alpr_policy.model.request import Request
from alpr_policy.questions.check import catalog_with
from alpr_policy.questions.decide import Evaluator, PolicyDecisionPoint
from alpr_policy.questions.sides import FILES, TextError
from alpr_policy.questions.texts import BindingText
from alpr_policy.reading.catalog import Catalog, in_force
from alpr_policy.vocabulary import FactKind

_MOMENT = dt.timedelta(microseconds=1)


class ReplayError(PolicyError):
    """A log cannot be replayed as asked."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class ReplaySide:
    """One text: the point that knows it, its name there, and whether it is taken as if it were in force."""

    name: str
    text: str
    point: PolicyDecisionPoint
    as_if: bool

    @classmethod
    def of(cls, pdp: PolicyDecisionPoint, word: str, *, as_if: bool = False, extra: Iterable[Path] = ()) -> ReplaySide:
        """Return the text that a word names: `NAME`, a file with a draft, or, as if in force, `NAME@DATE`.

        Raises UnknownProfileError, ProfileError, TextError.
        """
        if word.endswith(FILES):
            catalog, profiles = catalog_with([Path(word)], extra)
            if len({profile.profile for profile in profiles}) != 1:
                told = f"`{word}` holds no profile by itself"
                raise TextError([Diagnostic("compare-text", told, help="name one profile")])
            return cls(Path(word).name, profiles[-1].profile, PolicyDecisionPoint(catalog), as_if)
        name, dated, _ = word.partition("@")
        pdp.catalog.get(name)
        if dated and not as_if:
            told = (
                f"`{word}` names the text of one day, and a log is replayed under the text in force on each of its days"
            )
            raise TextError([Diagnostic("compare-text", told, help=f"write `{name}`, or ask with `--as-if`")])
        side = cls(word, word, pdp, as_if)
        if dated:
            side.rulesets_at(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        return side

    def decide(self, request: Request | Mapping[str, Any]) -> Decision:
        """Decide a request under this text."""
        if self.as_if:
            return self.point.decide(request, as_if=(self.text,))
        return self.point.decide(request, departments=(self.text,))

    def by_reference(self) -> ReplaySide:
        """Return the same text, decided by the reference evaluator."""
        point = PolicyDecisionPoint(self.point.catalog, evaluator=Evaluator.REFERENCE)
        return dataclasses.replace(self, point=point)

    def rulesets_at(self, at: dt.datetime) -> tuple[Ruleset, ...]:
        """Return the rules that decide at an instant; none where no text binds. Raises TextError for a bad day."""
        texts = self.point.texts
        found = texts.supposed(self.text, at) if self.as_if else texts.binding(self.text, at)
        if isinstance(found, BindingText):
            return found.rulesets
        if self.as_if:
            raise TextError([Diagnostic("compare-text", found.text or "there is no such text")])
        return ()

    def boundaries(self) -> frozenset[dt.datetime]:
        """Return the instants at which another version of the text, or of a floor of it, begins to bind."""
        return frozenset(_changes(self.point.catalog, self.text.partition("@")[0], frozenset()))

    def rulesets(self) -> tuple[Ruleset, ...]:
        """Return all rules that decide at some time."""
        first = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
        found = (one for at in (first, *sorted(self.boundaries())) for one in self.rulesets_at(at))
        return tuple({id(one): one for one in found}.values())

    def sets(self) -> frozenset[str]:
        """Return the facts that are sets."""
        facts = (fact for one in self.rulesets() for fact in one.vocabulary.facts.values())
        return frozenset(fact.name for fact in facts if fact.kind is FactKind.SET)


def _changes(catalog: Catalog, name: str, seen: frozenset[str]) -> Iterator[dt.datetime]:
    if name in seen or name not in catalog.versions:
        return
    for profile in catalog.get(name):
        begins, ends = in_force(profile)
        if begins is not None:
            yield instant(begins)
        if ends is not None:
            yield instant(ends) + _MOMENT
        if profile.floor:
            yield from _changes(catalog, profile.floor, seen | {name})
