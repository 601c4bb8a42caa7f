"""Reads expected answers (tests/policies) and the corpus (tests/cases), and compares decisions with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from alpr_policy.model.decision import Decision, Need, NeedKind

PARTS = ("approvals", "checks", "documents", "holds", "events")
KEYS = {"name", "clause", "use", "action", "at", "facts", "expect", "departments", *PARTS}
EXPECT = {"outcome", "cites", "silent", "needs", "may_also_need", "obligations", "standing", "warnings", "rules"}


@dataclass(frozen=True)
class Case:
    """One sentence with its request and the answer expected."""

    name: str
    request: Mapping[str, Any]
    expect: Mapping[str, Any]
    clause: tuple[str, ...] = ()


def load_suite(path: Path) -> list[Case]:
    """Read the cases of one file; an unknown key or a case without expectation is an error."""
    suite = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [_case(raw, suite, path.name) for raw in suite.get("cases", [])]


def _case(raw: Mapping[str, Any], suite: Mapping[str, Any], where: str) -> Case:
    unknown = (set(raw) - KEYS) | (set(raw.get("expect", {})) - EXPECT)
    if unknown or not raw.get("expect", {}).get("outcome"):
        raise ValueError(f"{where}: {raw.get('name')}: {sorted(unknown) or 'no expected outcome'}")
    facts: dict[str, Any] = {}
    request: dict[str, Any] = {"departments": raw.get("departments", [suite["profile"]])}
    for part in (*(suite["base"][name] for name in raw.get("use", [])), raw):
        facts |= part.get("facts", {})
        request |= {key: part[key] for key in PARTS if key in part}
    request |= {"action": raw["action"], "at": raw.get("at", suite.get("at")), "facts": facts}
    return Case(raw["name"], request, raw["expect"], tuple(raw.get("clause", ())))


def differences(expect: Mapping[str, Any], decision: Decision) -> list[str]:
    """Return in what a decision differs from what was expected; empty when it agrees."""
    found: list[str] = []

    def compare(what: str, wanted: object, got: object) -> None:
        if wanted != got:
            found.append(f"{what}: expected {wanted}, got {got}")

    compare("outcome", expect["outcome"], decision.outcome.value)
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
        found.append(f"needs: expected {expect['needs']}, got {[short(need) for need in decision.needs]}")
    for key, items in (("warnings", decision.warnings), ("may_also_need", decision.may_also_need)):
        here = {cite for item in items for cite in item.cite}
        if key in expect and not set(expect[key]) <= here:
            found.append(f"{key}: expected {expect[key]}, got {sorted(here)}")
    return found


def _all_match(wanted: list[Any], got: tuple[Need, ...]) -> bool:
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
