"""Which statements of a profile mean something else than in an earlier text: what they come to, not their lines."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.ir.lower import lower
from alpr_policy.model.profile import Profile


def changed(before: Profile | None, after: Profile) -> frozenset[str]:
    """Return the ids of the statements that are new or come to something else; without an earlier text, all.

    A changed term, role or parameter changes every statement that reads it; comments and order change none.
    """
    now = dict(_meant(after))
    then = dict(_meant(before)) if before is not None else {}
    return frozenset(name for name, meant in now.items() if then.get(name) != meant)


def _meant(profile: Profile) -> Iterator[tuple[str, object]]:
    """Yield each statement's id with all that it is lowered to."""
    rules = lower(profile)
    for one in profile.statements:
        every = (*rules.rules, *rules.keeps, *rules.freezes, *rules.schedules)
        own = tuple(rule for rule in every if rule.origin.id == one.id)
        specs = tuple(spec for name, spec in sorted(rules.specs.items()) if name.partition(".")[2] == one.id)
        yield one.id, (own, specs, one if not own else None)
