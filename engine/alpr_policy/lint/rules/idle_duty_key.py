"""A key of a duty that its trigger never reads."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find keys that only count with another trigger than the duty has."""
    for duty in subject.profile.duties:
        trigger = "every" if duty.every else "on_date" if duty.on_date else "after"
        idle = {
            "every": ("within", "early", "late_after", "outcome"),
            "on_date": ("within", "late_after", "outcome", "counted", "first_period"),
            "after": ("counted", "first_period"),
        }[trigger]
        rolling = trigger == "every" and duty.counted == "rolling"
        for key in (*idle, *(("first_period",) if rolling else ())):
            if key in duty.spans:
                yield Found(
                    message=f"`{key}` says nothing on `{duty.id}`, which falls due by `{trigger}`",
                    span=where(duty, key),
                    help="`first_period` needs `counted: calendar`" if key == "first_period" and rolling else "drop it",
                )


RULE = Rule("idle-duty-key", "a key of a duty that says nothing with its trigger", check)
