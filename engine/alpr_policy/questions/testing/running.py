"""Running suites: each test with what came of it, in sentences, with the places of the test and of what decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from alpr_policy.ir.nodes import Ruleset
from alpr_policy.model.decision import Decision, Reason
from alpr_policy.model.request import Request
from alpr_policy.questions.answers import Mismatch, duty_differences, mismatches
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.schedule import duty_named
from alpr_policy.questions.stories import Story, told
from alpr_policy.questions.suites import Case, DutyCase, Suite
from alpr_policy.questions.testing.reach import Reach, reach
from alpr_policy.questions.texts import BindingText
from alpr_policy.reading.requests import read_request
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean

Asked = Case | DutyCase | Story
NOT_DECIDING = "did not decide"


class Status(StrEnum):
    """What came of a test.

    `idle`: its answer is right, though what it is about never applied. `proposed`: it was not run, since nobody has
    accepted it.
    """

    PASSED = "passed"
    IDLE = "idle"
    FAILED = "failed"
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A statement that decided: whose, which, on which clauses, where it stands (NOWHERE: silence, or no text)."""

    profile: str
    rule: str
    cite: tuple[str, ...]
    does: str
    place: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One test with what came of it. `reach` is how far it came with its clauses; None where that is not asked."""

    kind: str
    name: str
    profile: str
    place: Span
    status: Status
    clause: tuple[str, ...] = ()
    problems: tuple[Mismatch, ...] = ()
    decided: tuple[Decided, ...] = ()
    reach: Reach | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """All tests that ran; `left_out` counts those that the filter kept out."""

    results: tuple[Result, ...]
    left_out: int = 0

    def count(self, status: Status) -> int:
        """Return how many tests ended so."""
        return sum(one.status is status for one in self.results)

    @property
    def passed(self) -> bool:
        """Say whether tests ran and none failed."""
        return self.count(Status.PROPOSED) < len(self.results) and not self.count(Status.FAILED)


def run(
    pdp: PolicyDecisionPoint,
    suites: Iterable[Suite],
    *,
    profiles: Iterable[str] = (),
    text: str = "",
    watch: Callable[[Result], None] = lambda result: None,
    ask: Callable[[Asked], Result] | None = None,
) -> Ran:
    """Run suites; only tests about `profiles`, if any, and with `text` in their name or clause. Reads no clock.

    `watch` is told of each result as it comes; `ask` runs a test, by default `outcome_of`.
    """
    results: list[Result] = []
    left_out = 0
    # What a template says is tested by those who adopt it.
    names = frozenset(name for one in profiles for name in (one, *pdp.catalog.adopters(one)))
    for one, suite in ((one, each) for each in suites for one in tests_of(each)):
        if not _wanted(one, suite, names, text.casefold()):
            left_out += 1
            continue
        result = ask(one) if ask is not None else outcome_of(one, pdp)
        watch(result)
        results.append(result)
    return Ran(results=tuple(results), left_out=left_out)


def tests_of(suite: Suite) -> Iterator[Asked]:
    """Yield the tests of a suite: cases, duties and stories."""
    yield from suite.cases
    yield from suite.duties
    yield from suite.stories


def _wanted(one: Asked, suite: Suite, names: frozenset[str], text: str) -> bool:
    if names and not names & {suite.profile, *_departments(one)}:
        return False
    cited = (one.duty,) if isinstance(one, DutyCase) else one.clause
    return not text or text in one.name.casefold() or text in (cite.casefold() for cite in cited)


def _departments(one: Asked) -> tuple[str, ...]:
    match one:
        case Case():
            return tuple(one.request["departments"])
        case Story():
            return one.departments
    return (one.profile,)


def outcome_of(one: Asked, pdp: PolicyDecisionPoint) -> Result:
    """Run one test."""
    match one:
        case Case():
            return _case(one, pdp)
        case Story():
            return _story(one, pdp)
    return _duty(one, pdp)


def _case(case: Case, pdp: PolicyDecisionPoint) -> Result:
    if case.proposed:
        name = case.request["departments"][0]
        status = Status.PROPOSED
        return Result(kind="case", name=case.name, profile=name, place=case.place, status=status, clause=case.clause)
    request = read_request(case.request)
    decision = pdp.decide(request, as_if=case.as_if)
    found = mismatches(case.expect, decision, strict=case.strict)
    texts = texts_of(pdp, request, case.as_if)
    found += _clauses(case.clause, [one for text in texts for one in text.rulesets], pdp)
    reached = None
    if case.clause and texts:
        reached = reach([one for text in texts for one in text.rulesets], request, case.clause)
        found += _reached(case, reached)
    idle = reached in (Reach.BESIDE, Reach.ELSEWHERE) and case.reaches
    return Result(
        kind="case",
        name=case.name,
        profile=case.request["departments"][0],
        place=case.place,
        status=Status.FAILED if found else Status.IDLE if idle else Status.PASSED,
        clause=case.clause,
        problems=tuple(found),
        decided=(*decided_by(decision, texts), *_expected(case, decision, texts)) if found else (),
        reach=reached,
    )


def _reached(case: Case, reached: Reach) -> list[Mismatch]:
    """Return in what a case is wrong about whether the statements it is about apply."""
    about = ", ".join(case.clause)
    if not case.reaches and reached in (Reach.APPLIED, Reach.OPEN):
        return [Mismatch("reaches", f"reaches: false is listed, and statements on {about} {_may(reached)}")]
    if case.strict and case.reaches and reached in (Reach.BESIDE, Reach.ELSEWHERE):
        told = f"the statements on {about} {reached}, so they were not tested; `reaches: false` would say that"
        return [Mismatch("reaches", f"reaches: {told}")]
    return []


def _may(reached: Reach) -> str:
    return "apply" if reached is Reach.APPLIED else "may apply"


def _clauses(clauses: Sequence[str], rulesets: Sequence[Ruleset], pdp: PolicyDecisionPoint) -> list[Mismatch]:
    """Return the clauses that are in the outline of no text that was asked."""
    known = {cite for one in rulesets for text in pdp.catalog.versions.get(one.profile, ()) for cite in text.outline}
    return [
        Mismatch("clause", f"clause: `{cite}` is in no outline; {did_you_mean(cite, known)}".rstrip("; "))
        for cite in clauses
        if rulesets and cite not in known
    ]


def texts_of(pdp: PolicyDecisionPoint, request: Request, as_if: Sequence[str]) -> list[BindingText]:
    """Return the texts that judge a request; none for a department that is not known or has no text then."""
    find = pdp.texts.supposed if as_if else pdp.texts.binding
    names = [name for name in as_if or request.departments if name.partition("@")[0] in pdp.catalog.versions]
    found = () if request.fatal else (find(name, request.at) for name in names)
    return [one for one in found if isinstance(one, BindingText)]


def decided_by(decision: Decision, texts: Iterable[BindingText]) -> tuple[Decided, ...]:
    """Return what decided, with whole places."""
    places = places_of(texts)
    found: dict[tuple[str, str], Decided] = {}
    for one in (_decided(reason, places) for reason in decision.reasons):
        before = found.get((one.profile, one.rule))
        # One statement may decide in two ways, such as a permission with `only`.
        found[one.profile, one.rule] = replace(one, does=f"{before.does} and {one.does}") if before else one
    return tuple(found.values())


def _expected(case: Case, decision: Decision, texts: Iterable[BindingText]) -> tuple[Decided, ...]:
    """Return the statements that were to decide and did not, with their places."""
    missing = set(case.expect.get("rules", ())) - {reason.rule for reason in decision.reasons}
    found: dict[tuple[str, str], Decided] = {}
    for origin in (rule.origin for text in texts for one in text.rulesets for rule in (*one.rules, *one.keeps)):
        if origin.id in missing:
            key = (origin.profile, origin.id)
            found[key] = Decided(
                profile=origin.profile, rule=origin.id, cite=origin.cite, does=NOT_DECIDING, place=origin.place
            )
    return tuple(found.values())


def _decided(reason: Reason, places: Mapping[tuple[str, str], Span]) -> Decided:
    from alpr_policy.questions.tracing import says

    return Decided(
        profile=reason.profile,
        rule=reason.rule,
        cite=reason.cite,
        does=says(reason.effect, reason.truth) if reason.kind not in ("system", "silence") else reason.kind,
        place=places.get((reason.profile, reason.rule), NOWHERE),
    )


def places_of(texts: Iterable[BindingText]) -> dict[tuple[str, str], Span]:
    """Return where each statement of some texts stands."""
    return {
        (rule.origin.profile, rule.origin.id): rule.origin.place
        for text in texts
        for ruleset in text.rulesets
        for rule in (*ruleset.rules, *ruleset.keeps, *ruleset.freezes)
    }


def _duty(duty: DutyCase, pdp: PolicyDecisionPoint) -> Result:
    found = tuple(Mismatch("standing", told) for told in duty_differences(duty, pdp))
    profile = pdp.catalog.active(duty.profile, duty.at) if duty.profile in pdp.catalog.versions else None
    stated = duty_named(profile, duty.task, duty.duty) if profile is not None else None
    decided: tuple[Decided, ...] = ()
    if found and stated is not None:
        decided = (
            Decided(profile=duty.profile, rule=stated.id, cite=stated.cite, does="says when", place=stated.span),
        )
    return Result(
        kind="duty",
        name=duty.name,
        profile=duty.profile,
        place=duty.place,
        status=Status.FAILED if found else Status.PASSED,
        clause=(duty.duty,),
        problems=found,
        decided=decided,
    )


def _story(story: Story, pdp: PolicyDecisionPoint) -> Result:
    found: list[Mismatch] = []
    decided: dict[Decided, None] = {}
    for number, step, taken, wrong in told(story, pdp):
        found += [Mismatch(one.part, f"step {number} (line {step.place.line}): {one.text}") for one in wrong]
        if wrong and taken.decision is not None:
            at = dt.datetime.fromisoformat(taken.decision.at)
            request = Request(action=taken.decision.action, at=at, departments=story.departments)
            decided |= dict.fromkeys(decided_by(taken.decision, texts_of(pdp, request, ())))
    return Result(
        kind="story",
        name=story.name,
        profile=story.departments[0],
        place=story.place,
        status=Status.FAILED if found else Status.PASSED,
        clause=story.clause,
        problems=tuple(found),
        decided=tuple(decided),
    )
