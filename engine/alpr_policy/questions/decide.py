"""The policy decision point: one request, every department that binds it, one decision (design.md §5)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpr_policy.errors import ProfileError, UnknownProfileError
from alpr_policy.evaluators.reference import judge
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.meaning.judge import Judgement
from alpr_policy.meaning.records import telling_words
from alpr_policy.model.decision import Decision, Reason
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.joining import joined, of_one, system_reason
from alpr_policy.questions.texts import BindingText, Texts
from alpr_policy.reading.catalog import Catalog, folders, load_catalog
from alpr_policy.reading.requests import read_closely, read_plain
from alpr_policy.suggest import did_you_mean

if TYPE_CHECKING:
    from alpr_policy.questions.weakening import Weakening

NO_WORDS: frozenset[str] = frozenset()


class Evaluator(StrEnum):
    """Which evaluator decides: they agree, and the reference is slower by far and can be read in one sitting."""

    COMPILED = "compiled"
    REFERENCE = "reference"


class PolicyDecisionPoint:
    """Answers requests under the profiles of a catalog. Deciding is pure: it writes nothing and keeps no case."""

    def __init__(self, catalog: Catalog, *, evaluator: Evaluator = Evaluator.COMPILED) -> None:
        """Use the profiles of `catalog`; each is lowered when first asked for."""
        self.catalog = catalog
        self.evaluator = evaluator
        self.texts = Texts(catalog)

    @classmethod
    def load(cls, *extra: str | Path) -> PolicyDecisionPoint:
        """Load the shipped profiles, those of ALPR_POLICIES and of `extra` folders; raises ProfileError."""
        pdp = cls(load_catalog(folders(Path(p) for p in extra)))
        floored = [profile for profile in pdp.catalog.profiles if profile.floor]
        weaker = [d for profile in floored for d in pdp.held_against_floor(profile).diagnostics]
        if weaker:
            raise ProfileError(weaker)
        return pdp

    def held_against_floor(self, profile: Profile) -> Weakening:
        """Return where a profile is laxer than its floor, and what could not be compared."""
        from alpr_policy.questions.weakening import Weakening, weakening

        if not profile.floor:
            return Weakening((), ())
        return weakening(profile, self.ruleset(profile), self.ruleset(self.catalog.latest(profile.floor)))

    def decide(
        self,
        request: Request | Mapping[str, Any],
        *,
        departments: Iterable[str] = (),
        mode: Mode = Mode.ENFORCE,
        as_if: str | Iterable[str] = (),
        trace: bool = False,
    ) -> Decision:
        """Judge one request under the text in force at its time, for each department that binds it.

        `departments` adds to those the request names. `as_if` names texts to judge under instead, though they did not
        bind: `leicester` (its newest version, in force or not) or `leicester@2024-03-01` (the one in force on that
        day); the decision says so. Never raises for what a request holds: what is wrong with it is said in `faults`,
        and what cannot be judged is denied.
        """
        plain = read_plain(request) if request.__class__ is dict else None
        if plain is not None:
            asked, at = plain
        else:
            asked, at = request if isinstance(request, Request) else read_closely(request), ""
        supposed = () if as_if == () else tuple(dict.fromkeys((as_if,) if isinstance(as_if, str) else as_if))
        names = supposed or asked.departments
        if not supposed and (departments != () or len(names) > 1):
            names = tuple(dict.fromkeys((*names, *departments)))
        if len(names) == 1 and not (supposed or trace or asked.fatal):
            alone = self._alone(names[0], asked)
            if alone is not None:
                return of_one(asked, mode, alone, at or asked.at.isoformat())
        found = self._binding(asked, names, bool(supposed))
        if isinstance(found, Reason):
            return joined(asked, mode, [], [found], supposed)
        texts = [one for one in found if isinstance(one, BindingText)]
        reasons = [one for one in found if isinstance(one, Reason)]
        judgements: list[Judgement] = []
        elsewhere = _words(texts) if len(texts) > 1 else NO_WORDS
        for text in texts:
            said = self._safely(text, asked, elsewhere, trace)
            if isinstance(said, Reason):
                reasons.append(said)
            else:
                judgements += said
        return joined(asked, mode, judgements, reasons, supposed)

    def decide_all(
        self,
        requests: Iterable[Request | Mapping[str, Any]],
        *,
        departments: Iterable[str] = (),
        mode: Mode = Mode.ENFORCE,
        as_if: str | Iterable[str] = (),
    ) -> Iterator[Decision]:
        """Judge requests one after the other, as they are asked for; one that cannot be read is denied like any."""
        names = tuple(departments)
        supposed = as_if if isinstance(as_if, str) else tuple(as_if)
        return (self.decide(request, departments=names, mode=mode, as_if=supposed) for request in requests)

    def active(self, department: str, at: dt.datetime | None = None) -> Profile | None:
        """Return a department's text in force at a time, or now; None where there is none.

        Raises UnknownProfileError.
        """
        return self.catalog.active(department, at or dt.datetime.now(dt.UTC))

    def _alone(self, name: str, request: Request) -> Judgement | None:
        """Judge under the one text that binds; None wherever more has to be said than what that text says."""
        try:
            text = self.texts.binding(name, request.at)
            if not isinstance(text, BindingText) or len(text.compiled) > 1:
                return None
            if self.evaluator is Evaluator.REFERENCE or request.action not in text.own.vocabulary.actions:
                return None
            return text.compiled[0].judge(request)
        except Exception:  # asked once more, and whatever is wrong is put into words
            return None

    def _binding(self, request: Request, names: tuple[str, ...], supposed: bool) -> list[BindingText | Reason] | Reason:
        """Return each text that binds, or why there is none; a single reason where the question itself is wrong."""
        if request.fatal:
            told = "; ".join(d.message for d in request.faults)
            return system_reason("", "bad_request", f"the request cannot be read: {told}")
        if not names:
            hint = did_you_mean("", self.catalog.names)
            return system_reason("", "no_department", f"the request names no department: {hint}")
        find = self.texts.supposed if supposed else self.texts.binding
        found: list[BindingText | Reason] = []
        for name in names:
            try:
                found.append(find(name, request.at))
            except UnknownProfileError as error:
                unknown = error.diagnostics[0]
                return system_reason(name, "unknown_profile", "; ".join(filter(None, (unknown.message, unknown.help))))
            except Exception as error:  # a defect must deny and say so, whatever it is
                found.append(_defect(name, error))
        return found

    def _safely(
        self, text: BindingText, request: Request, elsewhere: frozenset[str], trace: bool
    ) -> list[Judgement] | Reason:
        try:
            known = text.own.vocabulary.actions
            if request.action not in known:
                hint = did_you_mean(request.action, known)
                told = f"`{request.action[:60]}` is not an action" + (f"; {hint}" if hint else "")
                return system_reason(text.name, "unknown_action", told)
            if trace or self.evaluator is Evaluator.REFERENCE:
                return _walked(text, request, elsewhere, trace)
            first, *floors = (one.judge(request, elsewhere) for one in text.compiled)
            return [first, *(_without_silence(one) for one in floors)] if floors else [first]
        except Exception as error:  # a defect must deny and say so, whatever it is
            return _defect(text.name, error)

    def ruleset(self, profile: Profile) -> Ruleset:
        """Return a profile lowered."""
        return self.texts.ruleset(profile)


def _defect(name: str, error: Exception) -> Reason:
    return system_reason(name, "error", f"the rules could not be evaluated: {type(error).__name__}")


def _words(texts: list[BindingText]) -> frozenset[str]:
    """Return the words that records may hold for one of several departments and that another does not know."""
    return frozenset(word for text in texts for word in telling_words(text.own.vocabulary))


def _walked(text: BindingText, request: Request, elsewhere: frozenset[str], trace: bool) -> list[Judgement]:
    """Judge by the reference, under one department's text and under its floors'."""
    first = judge(text.rulesets[0], request, elsewhere=elsewhere, trace=trace)
    floors = [
        judge(floor, request, with_lifecycle=False, elsewhere=elsewhere, trace=trace) for floor in text.rulesets[1:]
    ]
    return [first, *(_without_silence(one) for one in floors)]


def _without_silence(judgement: Judgement) -> Judgement:
    """A floor's silence never counts, so it is no reason either."""
    spoken = tuple(reason for reason in judgement.reasons if reason.kind != "silence")
    return dataclasses.replace(judgement, reasons=spoken)
