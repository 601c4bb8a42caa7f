"""What the tests of comparisons share: texts as sides, and an answer by trying every class instead of searching."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tests.laws.strategies import SHIPPED, Subject, extended, generic, small
from tests.laws.subjects import Text

from alpr_policy.evaluators.compiled import Compiled
from alpr_policy.evaluators.symbolic.classes import Space
from alpr_policy.evaluators.symbolic.duel import Ground
from alpr_policy.evaluators.symbolic.gates import gates
from alpr_policy.evaluators.symbolic.parts import NOTHING, request_of, united
from alpr_policy.questions.compare import USUAL_TIME, Comparison, Side, compare
from alpr_policy.questions.proving import Finding
from alpr_policy.questions.verify import claim_of, verify
from alpr_policy.reading.profiles import content_hash, parse_profile

# Seeds that give pairs of policies about other things.
OTHER_THINGS = range(1_000, 1_016)
ASKING = ("requirements", "approvals", "checks", "documents")


def side(subject: Subject, name: str) -> Side:
    """Return a drawn or shipped text as one that is compared."""
    text = subject.text
    return Side.of(name, text.profile, text.pdp.texts.bound(text.profile, USUAL_TIME))


def relisted(seed: int) -> Subject:
    """Return a policy about other things with the lists of another one."""
    profile = generic(seed).text.profile
    other = dataclasses.replace(profile, entities=generic(seed + 7).text.profile.entities)
    return Subject(Text.alone(dataclasses.replace(other, content_hash=content_hash(other))))


def neighbours(seed: int) -> tuple[Subject, Subject]:
    """Return a small text, and another: one of its own, or the same with more asked or more banned and permitted."""
    if seed in OTHER_THINGS:
        return generic(seed), relisted(seed) if seed % 4 else generic(seed + 1)
    first = small(seed)
    others = (
        small(seed + 1),
        extended(first, seed % 24, ASKING),
        extended(first, seed % 24, ("prohibitions", "permissions")),
    )
    return first, others[seed % 3]


@lru_cache(maxsize=200)
def compared(seed: int) -> tuple[Side, Side, Comparison]:
    """Return two neighbouring texts and how they stand to each other."""
    first, second = neighbours(seed)
    one, other = side(first, "first"), side(second, "second")
    return one, other, compare(one, other)


def shipped_side(name: str) -> Side:
    """Return a shipped text as one that is compared."""
    return side(SHIPPED[name], name)


def permitting() -> Iterator[Subject]:
    """Yield the small texts that have a permission that bans nothing."""
    return (small(seed) for seed in range(120) if any(not p.only for p in small(seed).text.profile.permissions))


def without_permission(one: Side) -> Side:
    """Return a text without its first permission that bans nothing."""
    gone = next(p for p in one.profile.permissions if not p.only)
    first, *rest = one.rulesets
    rules = tuple(rule for rule in first.rules if rule.origin.id != gone.id)
    return dataclasses.replace(one, name="without", rulesets=(dataclasses.replace(first, rules=rules), *rest))


def by_trying_all(one: Side, other: Side, action: str, most: int) -> tuple[bool, bool] | None:
    """Say whether the second is ever laxer and ever stricter, by deciding a request of every combination of classes.

    None where there are more than `most`, or where a combination makes no one request.
    """
    start = len(one.rulesets)
    both = (*gates(one.rulesets, action, 0), *gates(other.rulesets, action, start))
    ground = Ground(Space((*one.rulesets, *other.rulesets), USUAL_TIME), both, action)
    clusters = [group.cluster for group in ground.groups]
    if any(c.doubtful or c.cut for c in clusters) or math.prod(len(c.classes) for c in clusters) > most:
        return None
    compiled = [
        [Compiled(ruleset, with_lifecycle=n == 0) for n, ruleset in enumerate(text.rulesets)] for text in (one, other)
    ]
    laxer = stricter = False
    for chosen in itertools.product(*(cluster.classes for cluster in clusters)):
        whole = NOTHING
        for part in (value.part for value in chosen if value.part is not None):
            joined = united(whole, part)
            if joined is None:
                return None
            whole = joined
        request = request_of(action, USUAL_TIME, whole)
        first, second = (max(text.judge(request).outcome.strictness for text in texts) for texts in compiled)
        laxer, stricter = laxer or second < first, stricter or second > first
    return laxer, stricter


HEAD = """\
language: 1
profile: {name}
department: {name}
policy: {{title: Invented, number: "1", effective: 2020-01-01}}
timezone: America/New_York
silence: deny
roles: {{chief: {{title: Chief}}, deputy: {{title: Deputy}}}}
permissions:
  - {{id: searching, cite: a, action: search.run, when: {{purpose: [criminal_investigation, warrant]}}}}
  - {{id: sharing, cite: a, action: data.share}}
requirements:
  - {{id: reason, cite: a, action: search.run, must: {{reason.recorded: true}}}}
{more}
outline: [a, b]
not_enforced: [{{cite: b, why: background, note: x}}]
"""
ROLES = "roles: {chief: {title: Chief}, deputy: {title: Deputy}}\n"


def made(name: str, more: str = "") -> Side:
    """Return a text of that name, by itself."""
    text = HEAD.format(name=name, more=more)
    used = [role for role in ("chief", "deputy") if f"role: {role}" in more]
    roles = f"roles: {{{', '.join(f'{role}: {{title: {role}}}' for role in used)}}}\n" if used else ""
    alone = Text.alone(parse_profile(text.replace(ROLES, roles), f"{name}.yaml"))
    return Side.of(name, alone.profile, alone.pdp.texts.bound(alone.profile, USUAL_TIME))


def of(first: str, second: str, **options: Any) -> Comparison:
    """Compare two texts, the first called `one` and the second `two`."""
    return compare(made("one", first), made("two", second), **options)


def proven(more: str, **claims: list[str]) -> list[Finding]:
    """Verify a text with some claims."""
    side = made("one", more)
    pdp = Text.alone(side.profile).pdp
    told = [claim_of(kind, text, side.profile) for kind, several in claims.items() for text in several]
    return list(verify(pdp, side, told).findings)
