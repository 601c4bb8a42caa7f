"""Which rules judge a request: those of every text that binds, and of the floors under them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alpr_policy.errors import UnknownProfileError
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.meaning.records import telling_words
from alpr_policy.model.request import Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.texts import BindingText


@dataclass(frozen=True, slots=True)
class Judging:
    """The rules that judge one request, and the words that records may hold for one text and another does not know."""

    rulesets: tuple[Ruleset, ...]
    elsewhere: frozenset[str] = frozenset()


def judging(
    pdp: PolicyDecisionPoint, request: Request, departments: Iterable[str] = (), as_if: Iterable[str] = ()
) -> Judging:
    """Return the rules under which `pdp` judges a request; a text that is not there judges nothing and denies."""
    supposed = tuple(dict.fromkeys(as_if))
    names = supposed or tuple(dict.fromkeys((*request.departments, *departments)))
    find = pdp.texts.supposed if supposed else pdp.texts.binding
    found: list[BindingText] = []
    for name in names if not request.fatal else ():
        try:
            text = find(name, request.at)
        except UnknownProfileError:
            continue
        found += [text] if isinstance(text, BindingText) else []
    words = frozenset(word for text in found for word in telling_words(text.own.vocabulary))
    return Judging(tuple(rules for text in found for rules in text.rulesets), words if len(found) > 1 else frozenset())
