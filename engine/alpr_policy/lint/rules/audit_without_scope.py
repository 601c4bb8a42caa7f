"""An audit that does not say what it covers."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find duties with the task `audit` and without `covers`; what is audited by order the order says."""
    for duty in subject.profile.duties:
        if duty.task == "audit" and not duty.covers and duty.within != "as_ordered":
            yield Found(
                message=f"`{duty.id}` asks for an audit and does not say of what",
                span=where(duty, "task"),
                help="list under `covers` what it looks at: `access`, `hits`, `search_records` and so on",
            )


RULE = Rule("audit-without-scope", "an audit that does not say what it covers", check)
