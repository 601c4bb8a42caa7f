"""What it takes to hold two texts against each other: any two of the five, and invented ones of many rules."""

from __future__ import annotations

import importlib.util
import itertools
import random
import statistics
from functools import partial
from typing import Any

from tests.benchmarks.timing import goal, once, say, table

from alpr_policy import PolicyDecisionPoint
from alpr_policy.evaluators.symbolic.duel import Solver
from alpr_policy.model.profile import Profile
from alpr_policy.questions.compare import USUAL_TIME, Comparison, Side, compare
from alpr_policy.questions.pairs import ranking
from alpr_policy.questions.proving import Verdict
from alpr_policy.questions.verify import Verified, verify
from alpr_policy.reading.catalog import build
from alpr_policy.reading.profiles import load_source
from alpr_policy.source import SourceFile

ROUNDS, LARGE_ROUNDS = 5, 4
RULES = (40, 100, 200, 400)
GOAL_MS, GOAL_LARGE_MS = 50, 2_000
HEAD = """\
language: 1
profile: measured
department: Measured Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: deny
permissions:
  - {id: all-of-it, cite: "1", action: search.run}
requirements:
  - {id: reason, cite: "1", action: search.run, must: {reason.recorded: true}}
"""
FACTS = {
    "purpose": ("personal", "harassment", "commercial", "research", "warrant", "audit", "training"),
    "requester.agency": ("own", "vendor", "other_police", "federal", "company"),
    "requester.status": ("active", "suspended", "withdrawn"),
    "basis.kind": ("specific_facts", "court_order", "policy_duty", "none"),
    "basis.concerns": ("safety", "wrongdoing", "criminal_investigation", "other"),
    "case.state": ("none", "open", "closed"),
    "data.custodian": ("department", "vendor", "device", "backup", "mobile_terminal"),
    "beneficiary.agency": ("own", "none", "federal", "prosecutor", "other_police"),
    "requester.sworn": ("true", "false"),
    "requester.supervisor": ("true", "false"),
    "purpose.contradicted": ("true", "false"),
}


def written(rules: int, rng: random.Random, edits: int = 0) -> str:
    """Write a text with so many bans on one act, each of three facts; `edits` of them say something else."""
    drawn = random.Random(rules)
    bans = [_ban(drawn) for _ in range(rules)]
    for place in rng.sample(range(rules), edits):
        bans[place] = _ban(rng)
    lines = [f"  - {{id: b{n}, cite: '1', action: search.run, when: {{{ban}}}}}" for n, ban in enumerate(bans)]
    return HEAD + "prohibitions:\n" + "\n".join(lines) + '\noutline: ["1"]\n'


def _ban(rng: random.Random) -> str:
    return ", ".join(f"{name}: {rng.choice(FACTS[name])}" for name in rng.sample(list(FACTS), 3))


def _side(text: str, name: str) -> Side:
    loaded = load_source(SourceFile(f"{name}.yaml", text))
    if loaded.profile is None:
        raise ValueError(str(loaded.errors[0]))
    return _of(PolicyDecisionPoint(build([loaded])), name, loaded.profile)


def _of(pdp: PolicyDecisionPoint, name: str, profile: Profile) -> Side:
    return Side.of(name, profile, pdp.texts.bound(profile, USUAL_TIME))


def _solver() -> Solver | None:
    if importlib.util.find_spec("z3") is None:
        return None
    from alpr_policy.evaluators.symbolic.solver import solve

    return solve


def _shipped(pdp: PolicyDecisionPoint) -> dict[str, Any]:
    sides = [_of(pdp, name, pdp.catalog.latest(name)) for name in sorted(pdp.catalog.names)]
    found: dict[str, Any] = {}
    for each, label in ((False, "how they stand on each act, with a request"), (True, "every difference, by rule")):
        say(f"comparing: {label}")
        pairs = list(itertools.permutations(sides, 2))
        works = [partial(compare, a, b, each=each) for a, b in pairs]
        times = [statistics.median(once(work) for _ in range(ROUNDS)) for work in works]
        undecided = sum(bool(act.undecided) for a, b in pairs for act in compare(a, b, each=each).acts)
        found[label] = {"median": statistics.median(times), "most": max(times), "undecided": undecided}
    return found


def _together(pdp: PolicyDecisionPoint) -> dict[str, Any]:
    """Measure what takes all shipped texts at once, or one of them by itself."""
    sides = [_of(pdp, name, pdp.catalog.latest(name)) for name in sorted(pdp.catalog.names)]
    say("comparing: all pairs")
    found: dict[str, Any] = {"all pairs on all acts": {"seconds": once(lambda: ranking(sides)) / 1_000}}
    for side in sides:
        say(f"comparing: verify {side.name}")
        kept: list[Verified] = []
        taken = once(partial(_verified, pdp, side, kept))
        undecided = sum(one.verdict is Verdict.UNDECIDED for one in kept[0].findings)
        found[f"verify {side.name}"] = {"seconds": taken / 1_000, "undecided": undecided}
    return found


def _verified(pdp: PolicyDecisionPoint, side: Side, kept: list[Verified]) -> None:
    kept.append(verify(pdp, side, solver=_solver()))


def _large() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for rules in RULES:
        say(f"comparing: {rules} rules")
        rng, times, undecided = random.Random(1), [], 0
        for number in range(LARGE_ROUNDS):
            one, other = (_side(written(rules, rng, edits), "m") for edits in (0, rules // 10 * (number > 0)))
            taken, kept = _timed(one, other)
            times.append(taken)
            undecided += sum(bool(act.undecided) for act in kept.acts)
        found[f"{rules} rules"] = {"median": statistics.median(times), "most": max(times), "undecided": undecided}
    return found


def _timed(one: Side, other: Side) -> tuple[float, Comparison]:
    kept: list[Comparison] = []
    taken = once(lambda: kept.append(compare(one, other, actions=["search.run"], seconds=2, solver=_solver())))
    return taken, kept[0]


def run(pdp: PolicyDecisionPoint) -> dict[str, Any]:
    """Measure, print, and return the figures."""
    shipped, together, large = _shipped(pdp), _together(pdp), _large()
    verdict = next(iter(shipped.values()))
    table(
        "Any two of the shipped texts, both ways round",
        ("", "median ms", "most ms", "acts not decided"),
        [(label, one["median"], one["most"], one["undecided"]) for label, one in shipped.items()],
        (goal(f"median at most {GOAL_MS} ms", verdict["median"] <= GOAL_MS),),
    )
    table(
        "All shipped texts against each other, and everything that is asked of one",
        ("", "seconds", "not decided"),
        [(label, f"{one['seconds']:.1f}", one.get("undecided", "")) for label, one in together.items()],
        (),
    )
    table(
        "Two invented texts with so many bans on one act, the same or a tenth of them others",
        ("", "median ms", "most ms", "not decided"),
        [(label, one["median"], one["most"], one["undecided"]) for label, one in large.items()],
        (goal(f"400 rules in {GOAL_LARGE_MS} ms, or the solver", large["400 rules"]["most"] <= GOAL_LARGE_MS),),
    )
    return {"shipped": shipped, "together": together, "large": large}
