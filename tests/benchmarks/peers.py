"""Other engines on the same requests, for scale: Cambridge's rules on the three acts as their expressions.

They give less: an outcome and the ids of the rules it rests on. What an expression cannot do well is worked out for
them beforehand by the functions of the decision by hand, and counted: moments, checks, what came of exceptions.
"""

from __future__ import annotations

import datetime as dt
import importlib
import re
from collections.abc import Callable
from typing import Any

from tests.benchmarks.by_hand import words as w
from tests.benchmarks.by_hand.exceptions import exception
from tests.benchmarks.by_hand.stops import checked
from tests.benchmarks.by_hand.values import had_come
from tests.benchmarks.deciding import HAND, OURS, contenders, figures, measured
from tests.benchmarks.mix import REQUESTS, Raw
from tests.benchmarks.timing import say, table

from alpr_policy import PolicyDecisionPoint
from alpr_policy.model.decision import Decision

ROUNDS = 5
PREPARING = "of which what is worked out for them"
Answer = tuple[str, list[str]]
Test = Callable[[dict[str, Any]], bool]
# The modules, by the name of the package that brings them.
PACKAGES = {"rule-engine": "rule_engine", "common-expression-language": "cel"}


def _listed(words: Any) -> str:
    return "[" + ", ".join(f'"{word}"' for word in sorted(words)) + "]"


_CLOSED = 'excused in ["none", "ended", "out_of_scope", "refused", "wrong_purpose"]'
# Of each act: what bars it, what may bar it, and what it requires; every value is a word, and `unknown` is one of them.
BARS = {
    "search.run": {
        "official-use": f'purpose != "unknown" and not (purpose in {_listed(w.OFFICIAL)})',
        "department-operators": 'agency != "unknown" and agency != "own"',
        "search-procedures-bar": 'finding == "forbids"',
    },
    "alert.deliver": {
        "alert-recipients": 'agency != "unknown" and agency != "own"'
        ' and originator != "unknown" and originator != "true"',
        "barred-alerts": f"ANY({_listed(w.BARRED)}) and " + _CLOSED,
        "unlisted-alerts": f"not ANY({_listed(w.BARRED)}) and OUTSIDE({_listed([*w.LISTED, 'unknown'])})"
        " and " + _CLOSED,
        "immigration-warrants": 'ANY(["warrant"]) and matter == "immigration" and ' + _CLOSED,
    },
    "stop.start": {
        "visual": 'basis == "hit" and visual == "failed"',
        "status": 'basis == "hit" and status == "failed"',
    },
}
REQUIRES = {
    "search.run": {
        "official-use": 'purpose != "unknown"',
        "department-operators": 'agency != "unknown"',
        "designated-and-trained": 'designated == "true" and trained == "true"',
        "ground": f'ground == "court_order" or (ground == "specific_facts" and concerns in {_listed(w.WEIGHTY)})',
        "alert-profile": 'profile_set == "true" or profile_excused == "granted"',
        "search-procedures": 'finding == "allows" or finding == "null"',
        "search-reason": 'reason == "true"',
    },
    "alert.deliver": {
        "alert-recipients": 'agency == "own" or originator == "true"',
        "barred-alerts": f'not ANY({_listed([*w.BARRED, "unknown"])}) or excused == "granted"',
        "immigration-warrants": 'not ANY(["warrant"]) or matter == "ordinary" or matter == "null"'
        ' or excused == "granted"',
        "alerted-users": '(agency != "own" and agency != "unknown") or (designated == "true" and trained == "true")',
    },
    "stop.start": {
        "visual": 'basis == "independent" or basis == "null" or visual == "passed"',
        "status": 'basis == "independent" or basis == "null" or status == "passed"'
        ' or (status == "not_done" and prevented == "true")',
    },
}
PERMITS = {
    "search.run": {"official-use": f"purpose in {_listed(w.OFFICIAL)}"},
    "alert.deliver": {
        "listed-alerts": f"ANY({_listed(w.LISTED)})",
        "alert-recipients": 'agency == "own" or originator == "true"',
    },
    "stop.start": {"stops-on-a-hit": 'basis == "hit"'},
}


def prepared(raw: Raw) -> dict[str, Any]:
    """Return the words that an act's expressions read."""
    facts, at = raw["facts"], dt.datetime.fromisoformat(raw["at"])

    def word(name: str) -> str:
        value = facts.get(name, "unknown")
        return value if value.__class__ is str else "null" if value is None else str(value).lower()

    if raw["action"] == "stop.start":
        _, visual, status = checked(raw, at)
        known = {"basis": word("stop.basis"), "prevented": word("status.prevented")}
        return {**known, "visual": str(visual), "status": str(status)}
    common = {
        "agency": word("requester.agency"),
        "designated": _told(had_come(facts.get("requester.designated_on", "unknown"), at)),
        "trained": _told(had_come(facts.get("requester.trained_on", "unknown"), at)),
    }
    if raw["action"] == "alert.deliver":
        excused = exception(raw, facts, at, "alert_exception")
        alert = {"originator": word("alert.to_originator"), "matter": word("alert.matter"), "excused": str(excused)}
        return {**common, **alert, "categories": facts.get("alert.categories", ["unknown"]) or []}
    return {
        **common,
        "purpose": word("purpose"),
        "finding": word("procedure.finding"),
        "ground": word("basis.kind"),
        "concerns": word("basis.concerns"),
        "profile_set": word("alert_profile.set"),
        "profile_excused": str(exception(raw, facts, at, "profile_exception")),
        "reason": word("reason.recorded"),
    }


def _told(value: Any) -> str:
    return "true" if value is True else "false" if value is False else "unknown"


def load(package: str) -> Callable[[Raw], Answer] | None:
    """Return what decides with a package; None where it is not installed."""
    try:
        module = importlib.import_module(PACKAGES[package])
    except ImportError:
        return None
    make = {"rule-engine": _with_rule_engine, "common-expression-language": _with_cel}[package]
    return _decides(lambda expression: make(module, expression))


_SOME = re.compile(r"ANY\((\[[^]]*\])\)")
_OUTSIDE = re.compile(r"OUTSIDE\((\[[^]]*\])\)")


def _with_rule_engine(module: Any, expression: str) -> Test:
    text = _SOME.sub(r"$any([c in \1 for c in categories])", expression)
    text = _OUTSIDE.sub(r"$any([not (c in \1) for c in categories])", text)
    matches: Test = module.Rule(text).matches
    return matches


def _with_cel(module: Any, expression: str) -> Test:
    text = _OUTSIDE.sub(r"categories.exists(c, !(c in \1))", expression)
    text = _SOME.sub(r"categories.exists(c, c in \1)", text)
    for ours, theirs in ((" and ", " && "), (" or ", " || "), ("not ", "!")):
        text = text.replace(ours, theirs)
    execute: Test = module.compile(text).execute
    return execute


def _decides(make: Callable[[str], Test]) -> Callable[[Raw], Answer]:
    def made(table: dict[str, dict[str, str]]) -> dict[str, list[tuple[str, Test]]]:
        return {act: [(rule, make(text)) for rule, text in rules.items()] for act, rules in table.items()}

    bars, requires, permits = made(BARS), made(REQUIRES), made(PERMITS)

    def decide(raw: Raw) -> Answer:
        act, words = raw["action"], prepared(raw)
        barring = [rule for rule, holds in bars[act] if holds(words)]
        if barring:
            return "deny", barring
        lacking = [rule for rule, holds in requires[act] if not holds(words)]
        if lacking:
            return "needs", lacking
        return "allow", [rule for rule, holds in permits[act] if holds(words)] or ["silence"]

    return decide


def agreement(decide: Callable[[Raw], Answer], ours: Callable[[Raw], Decision]) -> tuple[int, int]:
    """Return on how many requests of the mix a peer gives the same outcome, and the same rules with it."""
    outcomes = rules = 0
    for raw in REQUESTS.values():
        said, (outcome, ids) = ours(raw), decide(raw)
        outcomes += said.outcome.value == outcome
        rules += said.outcome.value == outcome and {reason.rule for reason in said.reasons} == set(ids)
    return outcomes, rules


def run(pdp: PolicyDecisionPoint) -> dict[str, Any]:
    """Measure, print, and return the figures."""
    todo = {name: one for name, one in contenders(pdp).items() if name in (OURS, HAND)}
    notes: list[str] = []
    for package in PACKAGES:
        decide = load(package)
        if decide is None:
            notes.append(f"{package}: skipped, since it is not installed (`pip install {package}`)")
            continue
        outcomes, rules = agreement(decide, pdp.decide)
        notes.append(f"{package}: same outcome on {outcomes}, same rules on {rules} of {len(REQUESTS)} requests")
        todo[package] = (decide, _as_it_comes)
    if len(todo) > 2:
        todo[PREPARING] = (prepared, _as_it_comes)
        say(f"peers: {ROUNDS} rounds")
    found = figures(measured(todo, ROUNDS), list(REQUESTS)) if len(todo) > 2 else {}
    ours = found.get(OURS, {}).get("p50", 1.0)
    table(
        "Peers, for scale: the same requests; outcome and ids of rules only, states and moments worked out for them",
        ("", "p50 µs", "p99 µs", "× by hand", "× decide"),
        [(name, one["p50"], one["p99"], one["ratio"], one["p50"] / ours) for name, one in found.items()],
        notes,
    )
    return {"figures": found, "notes": notes}


def _as_it_comes(raw: Raw) -> Raw:
    return raw
