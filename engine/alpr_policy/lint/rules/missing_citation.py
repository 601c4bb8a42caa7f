"""A named thing that no clause is given for."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject
from alpr_policy.source import Span


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find roles, terms, parameters, the override and the tolerance of matching that cite no clause."""
    profile = subject.profile
    groups = (("role", profile.roles), ("term", profile.terms), ("parameter", profile.parameters))
    for what, group in groups:
        for name, one in group.items():
            cites = [value.cite for value in getattr(one, "values", ()) if value.cite]
            if not one.cite and not cites:
                yield _found(f"the {what} `{name}` cites no clause", one.span)
    if profile.override is not None and not profile.override.cite:
        yield _found("the override cites no clause", subject.at("override"))
    if profile.matching is not None and not profile.matching.cite:
        yield _found("the tolerance of matching cites no clause", subject.at("matching"))


def _found(message: str, span: Span) -> Found:
    return Found(message=message, span=span, help="give it `cite` with the clause that it comes from")


RULE = Rule("missing-citation", "a role, term, parameter or setting without `cite`", check, level=Level.INFO)
