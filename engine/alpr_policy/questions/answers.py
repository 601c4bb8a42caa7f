"""Whether a decision, or the standing of a duty, is what was expected; and in what it differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alpr_policy.model.decision import Decision, Need, NeedKind
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.schedule import duty_named, duty_state
from alpr_policy.questions.suites import Case, DutyCase

# A case that meets one of these says nothing about the policy: its own words are wrong.
MISTAKES = ("bad_request", "no_department", "unknown_profile", "unknown_action")


# What a strict case expects of each part that it does not list: nothing.
LISTED = ("needs", "obligations", "warnings")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One way in which an answer is not the one expected: in which part of it, and a sentence that says so."""

    part: str
    text: str


def differences(expect: Mapping[str, Any], decision: Decision, *, strict: bool = False) -> list[str]:
    """Return in what a decision differs from what was expected; empty when it agrees."""
    return [one.text for one in mismatches(expect, decision, strict=strict)]


def mismatches(expect: Mapping[str, Any], decision: Decision, *, strict: bool = False) -> list[Mismatch]:
    """Return each way in which a decision differs from what was expected; `strict`: also in what was not listed."""
    if strict:
        expect = {**dict.fromkeys(LISTED, ()), **expect}
    found: list[Mismatch] = []
    if str(expect["outcome"]) != decision.outcome.value:
        told = f"outcome: expected {expect['outcome']}, and it is {decision.outcome.value}"
        found.append(Mismatch("outcome", told))
    cited = {cite for reason in decision.reasons for cite in reason.cite}
    found += [
        Mismatch("cites", f"cites: {cite} is not among the clauses that decided ({_listed(cited)})")
        for cite in expect.get("cites", ())
        if cite not in cited
    ]
    if "rules" in expect:
        found += _sets("rules", expect["rules"], {reason.rule for reason in decision.reasons}, "decides")
    for part, got in (("silent", decision.silent), ("standing", decision.standing)):
        if part in expect and expect[part] != got:
            found.append(Mismatch(part, f"{part}: expected {str(expect[part]).lower()}, and it is {str(got).lower()}"))
    if "obligations" in expect:
        found += _sets("obligations", expect["obligations"], {o.task for o in decision.obligations}, "is owed")
    if "needs" in expect:
        found += _needs(expect["needs"], decision.needs)
    return found + _beside(expect, decision, strict=strict)


def _beside(expect: Mapping[str, Any], decision: Decision, *, strict: bool) -> list[Mismatch]:
    """Compare what stands beside the answer: warnings, what may be asked for, and what is wrong with the request."""
    found: list[Mismatch] = []
    warned = {cite for item in decision.warnings for cite in item.cite}
    asked = {cite for item in decision.may_also_need for cite in item.cite}
    for part, here in (("warnings", warned), ("may_also_need", asked)):
        for cite in sorted(set(expect.get(part, ())) - here):
            found.append(Mismatch(part, f"{part}: {cite} is expected and is not among {_listed(here)}"))
    for one in decision.warnings if strict else ():
        if not set(one.cite) & set(expect["warnings"]):
            told = f"warnings: `{one.rule}` ({', '.join(one.cite)}) is {one.message}, and is not listed"
            found.append(Mismatch("warnings", told))
    if expect.get("faults", bool(decision.faults) and not strict) != bool(decision.faults):
        said = decision.faults or ("nothing is wrong with the request, and something should be",)
        found += [Mismatch("faults", f"faults: {told}") for told in said]
    return found + [Mismatch("request", told) for told in _mistakes(expect, decision)]


def _sets(part: str, wanted: Sequence[str], got: set[str], verb: str) -> list[Mismatch]:
    """Say what is expected and not there, and what is there and not listed."""
    missing = [f"{part}: `{one}` is listed, and is not what {verb}" for one in sorted(set(wanted) - got)]
    return [Mismatch(part, text) for text in missing] + [
        Mismatch(part, f"{part}: `{one}` {verb}, and is not listed") for one in sorted(got - set(wanted))
    ]


def _needs(wanted: Sequence[Any], got: Sequence[Need]) -> list[Mismatch]:
    """Say which needs are expected and not there, and which are there and not listed."""
    left, missing = list(got), []
    for one in wanted:
        match = next((need for need in left if matches(one, need)), None)
        if match is None:
            missing.append(one)
        else:
            left.remove(match)
    return [Mismatch("needs", f"needs: {_told(one)} is listed, and is not asked for") for one in missing] + [
        Mismatch("needs", f"needs: {short(need)} is asked for, and is not listed") for need in left
    ]


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "none"


def _mistakes(expect: Mapping[str, Any], decision: Decision) -> list[str]:
    """Return what is wrong with the question rather than with the answer."""
    said = [str(r.text) for r in decision.reasons if r.rule in MISTAKES and r.rule not in expect.get("rules", ())]
    return said + [fault for fault in decision.faults if "` is not a fact" in fault]


def _all_match(wanted: Sequence[Any], got: Sequence[Need]) -> bool:
    left = list(got)
    for one in wanted:
        match = next((need for need in left if matches(one, need)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def matches(wanted: Mapping[str, Any], need: Need) -> bool:
    """Say whether a need is the one described."""
    if "one_of" in wanted:
        groups = [list(group) for group in wanted["one_of"]]
        if need.kind is not NeedKind.ONE_OF or len(groups) != len(need.one_of):
            return False
        return all(any(_all_match(group, other) for other in need.one_of) for group in groups)
    kind = next(key for key in ("fact", "approval", "check", "document", "parameter", "exception") if key in wanted)
    if need.kind.value != kind:
        return False
    named = wanted[kind]
    here = need.roles if kind in ("approval", "exception") else (need.name, *need.name.split(" or "))
    if named not in here:
        return False
    return all(set(wanted[key]) == set(getattr(need, key)) for key in ("parts", "fields") if key in wanted)


def short(need: Need) -> str:
    """Show a need briefly."""
    if need.kind is NeedKind.ONE_OF:
        return "one of " + ", or ".join(" and ".join(short(n) for n in group) for group in need.one_of)
    words = (need.kind, need.name, "/".join(need.roles), ",".join(need.parts + need.fields), need.expected)
    return " ".join(word for word in words if word)


def _told(wanted: Mapping[str, Any]) -> str:
    """Show a need that was expected briefly."""
    groups = [" and ".join(_told(one) for one in group) for group in wanted.get("one_of", ())]
    if groups:
        return "one of " + ", or ".join(groups)
    return ", ".join(f"{key} {value if isinstance(value, str) else ', '.join(value)}" for key, value in wanted.items())


def case_differences(case: Case, pdp: PolicyDecisionPoint) -> list[str]:
    """Ask for the decision of a case and return in what it differs from the one expected."""
    return differences(case.expect, pdp.decide(case.request, as_if=case.as_if), strict=case.strict)


def duty_differences(case: DutyCase, pdp: PolicyDecisionPoint) -> list[str]:
    """Ask where the duty of a case stands and return in what that differs from what is expected."""
    profile = pdp.catalog.active(case.profile, case.at)
    if profile is None:
        return [f"no text of `{case.profile}` was in force at {case.at.isoformat()}"]
    duty = duty_named(profile, case.task, case.duty)
    if duty is None:
        return [f"`{case.profile}` has no duty `{case.task}` under {case.duty}"]
    state = duty_state(profile, duty, case.events, case.done, case.at)
    agree = state.standing is case.expect
    return [] if agree else [f"expected {case.expect}, got {state.standing}: {state.why}"]
