"""What a replay counts, in words that the terminal, the page and a pull request share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from alpr_policy.model.decision import NeedKind
from alpr_policy.questions.own_words import plainly
from alpr_policy.questions.replay_flips import Change, When
from alpr_policy.questions.replay_load import Load, Owed
from alpr_policy.questions.replay_summary import Direction, RuleFlips, Tally
from alpr_policy.vocabulary.phrases import TASKS

SILENCE: Final = "silence"
DOES: Final = {"forbid": "forbids", "require": "asks"}
CHANGES: Final = {
    Change.OUTCOME: "",
    Change.NEEDS: "other things are asked",
    Change.STANDING: "other time to keep",
    Change.OBLIGATIONS: "other things must follow",
    Change.REASONS: "for other reasons",
    Change.NOTHING: "nothing differs",
}
KINDS: Final = {"fact": "a fact", "one_of": "one of several", "check": "a check", "document": "a document"}
CLASHING: Final = "{count:,} of {checked:,} rows that were decided again came out otherwise: a defect, please report it"
GRANTED: Final = (
    "Rows that cannot go on without it. What the log shows as given is asked for no more; what was given and stands in "
    "no column cannot be seen, and counts as asked for."
)


def share(count: int, of: int) -> str:
    """Return a part of a whole in percent; what is there is never shown as nothing, nor what lacks as all."""
    if not of or not count:
        return "0%"
    if count == of:
        return "100%"
    part = 100 * count / of
    if part < 0.1:
        return "<0.1%"
    return ">99.9%" if part > 99.9 else f"{part:.1f}%"


def direction_words(one: Direction) -> str:
    """Say from which outcome to which, and what differs where the outcome does not."""
    if one.change is Change.OUTCOME:
        return f"{one.before} → {one.after}"
    return f"{one.before}, {CHANGES[one.change]}"


def rule_words(one: RuleFlips) -> str:
    """Say which rule made the difference, of whom and on which clause, and what decides instead."""
    cited = f" ({one.profile} {', '.join(one.cite)})" if one.cite else f" ({one.profile})" if one.profile else ""
    name, does = _named(one.rule), DOES.get(one.effect, "stands in the way")
    if one.side == When.AFTER:
        return f"{name}{cited} {does}"
    instead = " and ".join(_named(name) for name in one.instead[:2])
    return f"{name}{cited} {does} no longer" + (f"; decided by {instead}" if instead else "")


def _named(rule: str) -> str:
    return SILENCE if rule == SILENCE else f"`{rule}`"


def who(roles: Iterable[str], nobody: str = "anybody") -> str:
    """Name the roles of which any one will do."""
    found = [plainly(role) for role in roles]
    return f"{', '.join(found[:-1])} or {found[-1]}" if len(found) > 1 else "".join(found) or nobody


def load_words(one: Load) -> str:
    """Say what is asked for: an approval, or which check or paper."""
    if one.kind == NeedKind.DOCUMENT and one.name:
        return plainly(one.name)
    return plainly(f"{one.name} {one.kind}") if one.name else plainly(one.kind)


def owed_words(one: Owed) -> str:
    """Say what must follow."""
    return TASKS.get(one.task, plainly(one.task))


def ranked(tallies: Iterable[Tally], most: int) -> tuple[list[Tally], list[Tally]]:
    """Return the tallies with most that differs, in that order, and those left out, of which some may differ too."""
    found = sorted(tallies, key=lambda one: (-one.flips, -(one.stricter + one.laxer + one.both), -one.rows, one.name))
    return found[:most], found[most:]
