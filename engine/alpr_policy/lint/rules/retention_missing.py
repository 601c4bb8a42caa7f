"""A profile that lets plates be read and says nothing of how long reads stay."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find profiles that permit `read.capture` or searches and have no retention statement about reads."""
    acts = {"read.capture", "search.run"}
    permitted = [one for one in subject.profile.permissions if acts & subject.acts(one)]
    about = [one for one in subject.profile.retention if not one.data or {"read", "bulk"} & set(one.data)]
    if permitted and not about:
        yield Found(
            message="plates may be read or searched here, and nothing says how long reads stay",
            span=permitted[0].spans.get("id", permitted[0].span),
            help="add a statement under `retention` for `read`, `at_least: indefinite` if the text sets no end",
        )


RULE = Rule("retention-missing", "reading is allowed, and nothing says how long reads stay", check)
