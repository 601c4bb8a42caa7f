"""A statement that no expected answer speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find statements none of whose clauses is cited by an expected answer, where a folder of these is known."""
    tested = subject.tested
    if tested is None or subject.profile.open_parameters:  # the answers of a template are those of its adopters
        return
    for statement in subject.profile.statements:
        if statement.id not in tested and not any(cite in tested for cite in statement.cite):
            yield Found(
                message=f"no expected answer speaks of `{statement.id}` ({', '.join(statement.cite)})",
                span=statement.spans.get("id", statement.span),
                help="write one case that it allows and one that it stops; `coverage` shows what the cases prove",
            )


RULE = Rule("statement-without-test", "a statement of whose clauses no expected answer speaks", check)
