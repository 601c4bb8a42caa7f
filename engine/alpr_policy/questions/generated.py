"""The Python that a profile becomes: the source of each act's function, with the constants that it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.evaluators.compiled import Compiled
from alpr_policy.evaluators.compiled.reasons import Seen
from alpr_policy.model.decision import Need
from alpr_policy.model.profile import Profile
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.suggest import did_you_mean

LONGEST = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """One act's function: its source, and each constant as a line of text."""

    action: str
    source: str
    constants: tuple[str, ...]


def generated(pdp: PolicyDecisionPoint, profile: Profile, action: str | None = None) -> tuple[Generated, ...]:
    """Return the functions that judge under a profile, or the one for an act; raises PolicyError for an unknown act."""
    rules = pdp.ruleset(profile)
    if action is not None and action not in rules.vocabulary.actions:
        help = did_you_mean(action, rules.vocabulary.actions) or "see `alpr-policy facts`"
        raise PolicyError([Diagnostic("unknown-action", f"`{action}` is not an action", help=help)])
    compiled = Compiled(rules)
    return tuple(
        Generated(action=one, source=program.source, constants=tuple(_lines(program.constants)))
        for one in ([action] if action else sorted(rules.vocabulary.actions))
        for program in (compiled.program(one),)
    )


def _lines(constants: dict[str, Any]) -> list[str]:
    return [f"{name} = {_shown(value)}" for name, value in constants.items()]


def _shown(value: object) -> str:
    """Show a constant: values as they are, sets in order, and what is made ready by its kind alone."""
    if isinstance(value, frozenset):
        text = "{" + ", ".join(sorted(map(repr, value))) + "}"
    elif isinstance(value, str | tuple | int | bool):
        text = repr(value)
    else:
        text = f"<{_kind(value)}>"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _kind(value: object) -> str:
    """Say what a constant is that is no plain value: what it is for, if it knows, and else its class."""
    if isinstance(value, Seen):
        return f"{value.name} as it is shown"
    if isinstance(value, dict):
        asked = next((one.name for one in value.values() if isinstance(one, Need)), "")
        return f"what to ask about {asked}" if asked else "what is made ready"
    return f"{type(value).__name__} {getattr(value, '__name__', '')}".strip()
