"""A hold that can never end."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find holds whose `until` can never be true, and holds by condition that is always true."""
    for hold in subject.profile.holds:
        applies = subject.applies(hold)
        if hold.until is not None and not subject.regions.together(subject.lowered(hold.until)):
            message, key = f"`{hold.id}` can never end: its `until` contradicts itself", "until"
        elif hold.until is None and hold.basis is None and subject.regions.always(applies):
            message, key = f"`{hold.id}` can never end: its condition is always true", "when"
        else:
            continue
        yield Found(message=message, span=where(hold, key), help="say what ends it, or keep the data by `retention`")


RULE = Rule("endless-hold", "a hold that can never end", check, level=Level.ERROR)
