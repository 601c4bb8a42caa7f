"""A comparison of two texts in words and as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.model.wire import plain
from alpr_policy.questions.compare import Comparison, Relation, Side
from alpr_policy.questions.differing import sentence
from alpr_policy.questions.sides import TextError
from alpr_policy.suggest import did_you_mean

SAID = {
    Relation.EQUIVALENT: "{second} and {first} come to the same on {act}",
    Relation.STRICTER: "{second} is stricter than {first} on {act}, and nowhere laxer",
    Relation.LAXER: "{second} is laxer than {first} on {act}, and nowhere stricter",
    Relation.BOTH: "{second} is stricter than {first} in some cases of {act}, and laxer in others",
    Relation.UNDECIDED: "how {second} stands to {first} on {act} is not decided",
}


def acts_named(sides: tuple[Side, Side], names: Iterable[str]) -> tuple[str, ...]:
    """Return the acts that are named, groups taken apart; raises TextError for one that neither text knows."""
    known = {act for side in sides for act in side.rulesets[0].vocabulary.actions}
    groups = sides[0].rulesets[0].vocabulary.groups
    asked = tuple(dict.fromkeys(act for name in names for act in groups.get(name, (name,))))
    for name in asked:
        if name not in known:
            help = did_you_mean(name, [*known, *groups])
            raise TextError([Diagnostic("usage", f"`{name[:60]}` is no act of either text", help=help)])
    return asked


def headline(found: Comparison, *, floor: bool) -> str:
    """Say in one sentence how the second text stands to the first."""
    if floor:
        laxer = found.relation in (Relation.LAXER, Relation.BOTH)
        return f"{found.second} is {'laxer than its floor' if laxer else 'nowhere laxer than the floor'} {found.first}"
    return SAID[found.relation].format(first=found.first, second=found.second, act="the acts asked about")


def comparison_data(found: Comparison, first: Side, second: Side) -> dict[str, Any]:
    """Return a comparison as JSON data, each difference with its sentence."""
    acts = []
    for act in found.acts:
        differences = [
            {**plain(one), "laxer": one.laxer, "sentence": sentence(one, first, second)} for one in act.differences
        ]
        acts.append({"action": act.action, "relation": act.relation.value, "differences": differences,
                     "undecided": list(act.undecided), "bounded": list(act.bounded)})  # fmt: skip
    return {
        "first": _named(first),
        "second": _named(second),
        "relation": found.relation.value,
        "acts": acts,
        "not_covered": list(found.not_covered),
    }


def _named(side: Side) -> dict[str, str]:
    one = side.profile
    return {"name": side.name, "profile": one.profile, "version": one.version, "content_hash": one.content_hash}
