"""A paper that may be empty."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find documents that ask for no field, no issuer and no freshness."""
    for statement in subject.profile.documents:
        if not _WRITTEN & set(statement.document):
            continue
        if not statement.fields and not statement.issuer and statement.valid is None:
            yield Found(
                message=f"`{statement.id}` is met by a paper in which nothing is filled in",
                span=where(statement, "document"),
                help="say under `fields` what it must name, or under `from` who issues it",
            )


# Papers that somebody writes for the purpose; what an office issues has a form of its own.
_WRITTEN = frozenset({"written_request", "attestation", "sworn_statement", "records_request", "consent"})

RULE = Rule("document-without-fields", "a document of which nothing has to be filled in", check, level=Level.INFO)
