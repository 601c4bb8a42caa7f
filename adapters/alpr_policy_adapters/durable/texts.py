"""Which rules judge a request: those of every text that binds, and of the floors under them."""

from __future__ import annotations

from collections.abc import Iterable

from alpr_policy.errors import UnknownProfileError
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.model.request import Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.texts import BindingText


def judging(
    pdp: PolicyDecisionPoint, request: Request, departments: Iterable[str] = (), as_if: Iterable[str] = ()
) -> tuple[Ruleset, ...]:
    """Return the rules under which `pdp` judges a request; a text that is not there judges nothing and denies."""
    supposed = tuple(dict.fromkeys(as_if))
    names = supposed or tuple(dict.fromkeys((*request.departments, *departments)))
    find = pdp.texts.supposed if supposed else pdp.texts.binding
    found: list[Ruleset] = []
    for name in names if not request.fatal else ():
        try:
            text = find(name, request.at)
        except UnknownProfileError:
            continue
        found += text.rulesets if isinstance(text, BindingText) else ()
    return tuple(found)
