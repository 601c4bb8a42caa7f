"""Whether a decision, or the standing of a duty, is what was expected; and in what it differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alpr_policy.model.decision import Decision, Need, NeedKind
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.schedule import duty_named, duty_state
from alpr_policy.questions.suites import Case, DutyCase

# A case that meets one of these says nothing about the policy: its own words are wrong.
MISTAKES = ("bad_request", "no_department", "unknown_profile", "unknown_action")


def differences(expect: Mapping[str, Any], decision: Decision) -> list[str]:
    """Return in what a decision differs from what was expected; empty when it agrees."""
    found: list[str] = []

    def compare(what: str, wanted: object, got: object) -> None:
        if wanted != got:
            found.append(f"{what}: expected {wanted}, got {got}")

    compare("outcome", str(expect["outcome"]), decision.outcome.value)
    cited = {cite for reason in decision.reasons for cite in reason.cite}
    missing = [cite for cite in expect.get("cites", []) if cite not in cited]
    if missing:
        found.append(f"cites: {missing} not among {sorted(cited)}")
    if "rules" in expect:
        compare("rules", sorted(expect["rules"]), sorted({reason.rule for reason in decision.reasons}))
    if "silent" in expect:
        compare("silent", expect["silent"], decision.silent)
    if "standing" in expect:
        compare("standing", expect["standing"], decision.standing)
    if "obligations" in expect:
        compare("obligations", sorted(expect["obligations"]), sorted({o.task for o in decision.obligations}))
    if "needs" in expect and not _all_match(expect["needs"], decision.needs):
        found.append(f"needs: expected {_plain(expect['needs'])}, got {[short(need) for need in decision.needs]}")
    for key, items in (("warnings", decision.warnings), ("may_also_need", decision.may_also_need)):
        here = {cite for item in items for cite in item.cite}
        if key in expect and not set(expect[key]) <= here:
            found.append(f"{key}: expected {list(expect[key])}, got {sorted(here)}")
    return found + _mistakes(expect, decision)


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
        return "one_of " + str([[short(n) for n in group] for group in need.one_of])
    return (
        f"{need.kind} {need.name} {'/'.join(need.roles)} {','.join(need.parts + need.fields)} {need.expected}".strip()
    )


def _plain(wanted: Any) -> Any:
    if isinstance(wanted, Mapping):
        return {key: _plain(value) for key, value in wanted.items()}
    return [_plain(one) for one in wanted] if isinstance(wanted, tuple | list) else wanted


def case_differences(case: Case, pdp: PolicyDecisionPoint) -> list[str]:
    """Ask for the decision of a case and return in what it differs from the one expected."""
    return differences(case.expect, pdp.decide(case.request, as_if=case.as_if))


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
