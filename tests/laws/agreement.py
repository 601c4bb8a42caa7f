"""Do the evaluators agree? Draws requests under every profile and compares every field of the decisions.

    python -m tests.laws.agreement [REQUESTS] [PROFILE...]

`make agreement` asks about a million requests per profile; `make test-all` about fewer.
"""

from __future__ import annotations

import dataclasses
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.laws.strategies import SHIPPED, Drawing, Raw, Subject, small

from alpr_policy import Decision, PolicyDecisionPoint, read_request
from alpr_policy.questions.decide import Evaluator

# From each drawn request a walk sets out, one change a step: drawing takes longer than deciding.
STEPS = 15
CHUNK = 10_000


def drawn(subject: Subject, rng: random.Random, count: int) -> Iterator[Raw]:
    """Draw requests, and from each walk on to others, changing a fact or dropping a record list at every step."""
    drawing = Drawing(subject, rng)
    request: Raw = {}
    for number in range(count):
        request = neighbour(subject, rng, request) if number % (1 + STEPS) else drawing.request(None)
        yield request


def neighbour(subject: Subject, rng: random.Random, request: Raw) -> Raw:
    """Return a request that differs in one fact, or lacks one of its record lists."""
    lists = [name for name in ("approvals", "checks", "documents", "holds", "events") if name in request]
    if lists and rng.randrange(6) == 0:
        gone = rng.choice(lists)
        return {name: value for name, value in request.items() if name != gone}
    names = sorted(subject.text.read_on(request["action"]) & subject.text.rules.vocabulary.facts.keys())
    facts = dict(request["facts"])
    if names:
        name = rng.choice(names)
        near, other = subject.text.palette(name, request["at"])
        if (near or other) and rng.randrange(5):
            facts[name] = rng.choice([*near, *other])
        else:
            facts.pop(name, None)
    return {**request, "facts": facts}


def points(subject: Subject) -> tuple[PolicyDecisionPoint, PolicyDecisionPoint]:
    """Return two decision points over a profile: one compiled, one that goes by the reference."""
    catalog = subject.text.catalog
    return PolicyDecisionPoint(catalog), PolicyDecisionPoint(catalog, evaluator=Evaluator.REFERENCE)


def differing(one: Decision, other: Decision) -> list[str]:
    """Return the fields in which two decisions differ."""
    return [f.name for f in dataclasses.fields(one) if getattr(one, f.name) != getattr(other, f.name)]


def disagreements(subject: Subject, seed: int, count: int) -> tuple[list[tuple[list[str], Raw]], Counter[str]]:
    """Return the requests on which the evaluators differ, with the fields, and how often each outcome came."""
    compiled, reference = points(subject)
    found: list[tuple[list[str], Raw]] = []
    outcomes: Counter[str] = Counter()
    for request in drawn(subject, random.Random(seed), count):
        # As it came on the one side, so that its short way of reading is compared too.
        one, other = compiled.decide(request), reference.decide(read_request(request))
        outcomes[other.outcome.value] += 1
        if one != other:
            found.append((differing(one, other), request))
    return found, outcomes


def _chunk(name: str, seed: int, count: int) -> tuple[str, list[tuple[list[str], Raw]], Counter[str]]:
    subject = small(seed % 120) if name == "small" else SHIPPED[name]
    return name, *disagreements(subject, seed, count)


def main(count: int, names: list[str]) -> int:
    """Ask about `count` requests under each profile, on every core; print what came out."""
    wanted = names or [*SHIPPED, "small"]
    began, wrong = time.monotonic(), 0
    total: dict[str, Counter[str]] = {name: Counter() for name in wanted}
    with ProcessPoolExecutor() as pool:
        jobs = [
            pool.submit(_chunk, name, seed, min(CHUNK, count - seed * CHUNK))
            for name in wanted
            for seed in range(-(-count // CHUNK))
        ]
        for number, job in enumerate(as_completed(jobs), start=1):
            name, found, outcomes = job.result()
            total[name] += outcomes
            wrong += len(found)
            for fields, request in found[:3]:
                print(f"\n{name}: {fields} differ on {request}")
            print(f"\r{number} of {len(jobs)} chunks, {wrong} disagreements", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for name, outcomes in total.items():
        told = ", ".join(f"{outcome} {outcomes[outcome]:,}" for outcome in ("allow", "needs", "deny"))
        print(f"{name}: {outcomes.total():,} requests ({told})")
    print(f"{wrong} disagreements in {time.monotonic() - began:,.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    numbers = [int(word.replace("_", "")) for word in sys.argv[1:] if word[0].isdigit()]
    sys.exit(main(numbers[0] if numbers else 1_000_000, [word for word in sys.argv[1:] if not word[0].isdigit()]))
