"""Whether a decision costs more because a profile has many rules on other acts, or a catalogue many profiles."""

from __future__ import annotations

import itertools
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.mix import REQUESTS, Raw, variants
from tests.benchmarks.timing import all_of, goal, in_turn, say, table

from alpr_policy import PolicyDecisionPoint
from alpr_policy.reading.catalog import load_catalog

ROUNDS, CALLS = 15, 200
RULES, PROFILES = (25, 250, 3_000), (5, 50, 200)
FLAT = 1.25
HEAD = """\
language: 1
profile: {name}
department: Measured Police Department
policy: {{title: Plate Readers, number: "1", effective: 2025-01-01}}
timezone: America/New_York
silence: {{otherwise: deny, allow: [stop.start]}}
permissions:
  - {{id: stops-on-a-hit, cite: "1", action: stop.start, when: {{stop.basis: hit}}}}
checks:
  - id: visual
    cite: "1"
    action: stop.start
    when: {{stop.basis: hit}}
    check: visual
    compares: [characters, state]
  - id: status
    cite: "1"
    action: stop.start
    when: {{stop.basis: hit}}
    check: status
    sources: [cjis, ncic, rms, mdt, dispatch, other_police]
    or_afterwards: {{when: {{status.prevented: true}}, task: verify_status, within: as_soon_as_practicable}}
prohibitions:
"""
OTHER_ACTS = (
    "search.run",
    "data.use",
    "data.export",
    "data.share",
    "hotlist.add",
    "hotlist.change",
    "deployment.start",
)
PURPOSES = (
    "personal",
    "harassment",
    "intimidation",
    "commercial",
    "research",
    "news",
    "vendor_product",
    "intelligence",
)
AGENCIES = ("vendor", "other_police", "federal", "immigration", "company", "state_cjis", "prosecutor", "other")
CONDITIONS = tuple(itertools.product(PURPOSES, AGENCIES, OTHER_ACTS))


def profile(name: str, statements: int) -> str:
    """Write a profile with Cambridge's statements on stops and so many on other acts."""
    conditions = itertools.islice(itertools.cycle(CONDITIONS), statements)
    extra = [
        f"  - {{id: e{number}, cite: '1', action: {act}, when: {{purpose: {purpose}, requester.agency: {agency}}}}}"
        for number, (purpose, agency, act) in enumerate(conditions)
    ]
    return HEAD.format(name=name) + "\n".join(extra) + '\noutline: ["1"]\n'


def _point(texts: dict[str, str]) -> PolicyDecisionPoint:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
        return PolicyDecisionPoint(load_catalog([Path(folder)]))


def _asked(name: str) -> list[Raw]:
    stops = [raw for raw in REQUESTS.values() if raw["action"] == "stop.start"]
    return [{**one, "departments": [name]} for raw in stops for one in variants(raw, CALLS // len(stops))]


def _compared(points: dict[str, tuple[PolicyDecisionPoint, str]]) -> dict[str, dict[str, float]]:
    todo: dict[str, tuple[Callable[[Raw], object], list[Raw]]] = {}
    for label, (pdp, name) in points.items():
        todo[label] = (pdp.decide, _asked(name))
        all_of(*todo[label])
    found = in_turn(todo, ROUNDS, lambda one: all_of(*one))
    first = next(iter(found.values()))
    return {
        label: {
            "us": statistics.median(times),
            "ratio": statistics.median(one / other for one, other in zip(times, first, strict=True)),
        }
        for label, times in found.items()
    }


def run() -> dict[str, Any]:
    """Measure, print, and return the figures."""
    points: dict[str, tuple[PolicyDecisionPoint, str]] = {}
    for rules in RULES:
        say(f"growth: a profile with {rules} rules")
        pdp = _point({"measured": profile("measured", rules - 6)})
        held = len(pdp.ruleset(pdp.catalog.latest("measured")).rules)
        points[f"{held:,} rules in the profile"] = (pdp, "measured")
    by_rules = _compared(points)
    points = {}
    for number in PROFILES:
        say(f"growth: a catalogue of {number} profiles")
        names = [f"town_{one}" for one in range(number)]
        points[f"{number} profiles in the catalogue"] = (_point({n: profile(n, 19) for n in names}), names[-1])
    by_profiles = _compared(points)
    for title, found in (("rules on other acts", by_rules), ("other profiles", by_profiles)):
        flat = max(one["ratio"] for one in found.values()) <= FLAT
        table(
            f"Growth by {title}: one act (`stop.start`), {ROUNDS} rounds of {CALLS} requests",
            ("", "µs", "× the smallest"),
            [(label, one["us"], one["ratio"]) for label, one in found.items()],
            (goal(f"flat (read here as at most {FLAT} × the smallest)", flat),),
        )
    return {"rules": by_rules, "profiles": by_profiles}
