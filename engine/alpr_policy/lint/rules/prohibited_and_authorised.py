"""A value that is both listed as allowed and listed as forbidden."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject
from alpr_policy.model.condition import Test, tests_of
from alpr_policy.model.statements import Statement
from alpr_policy.model.words import constants


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find values that a permission and a prohibition without exception both list for one fact of one act."""
    for ban in subject.profile.prohibitions:
        if ban.excused_by is not None or ban.force != "must":
            continue
        for permission in subject.profile.permissions:
            if not subject.acts(ban) & subject.acts(permission):
                continue
            allowed = _listed(subject, permission)
            for fact, values in sorted(_listed(subject, ban).items()):
                twice = sorted(values & allowed.get(fact, frozenset()))
                if twice:
                    message = f"{', '.join(f'`{one}`' for one in twice)} of `{fact}` is forbidden here and allowed by "
                    yield Found(
                        message=message + f"`{permission.id}` in line {permission.span.line}",
                        span=ban.spans.get(f"when={fact}", ban.span),
                        help="the prohibition wins; take the value out of one of the two lists",
                    )


def _listed(subject: Subject, statement: Statement) -> dict[str, frozenset[str]]:
    """Return the values that alone decide whether a statement applies, by fact."""
    if statement.unless is not None or not isinstance(statement.when, Test):
        return {}
    found: dict[str, frozenset[str]] = {}
    for test in tests_of(statement.when):
        for matcher in test.matchers:
            if matcher.op in ("is", "in", "has", "has_any"):
                values = constants(matcher, subject.profile)
                found[test.fact] = frozenset(value for value in values if isinstance(value, str))
    return found


RULE = Rule("prohibited-and-authorised", "a value that one statement lists as allowed and another as forbidden", check)
