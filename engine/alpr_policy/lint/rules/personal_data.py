"""A text that holds what points to a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Reads, Rule
from alpr_policy.lint.subject import Subject, scalars_in


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find addresses, telephone numbers, and words after "plate" that look like one, in the texts of a profile."""
    for _, node in scalars_in(subject.tree):
        if node.kind != "text" or (len(node.text) < 7 or not _MAYBE.search(node.text)):
            continue
        for what, pattern in _PATTERNS:
            if pattern.search(node.text):
                yield Found(
                    message=f"this text seems to hold {what}",
                    span=node.span,
                    help="a profile is read by many: name offices instead of persons, and no vehicle",
                )
                break


_MAYBE = re.compile(r"@|\d{3}")
_PATTERNS = (
    ("an e-mail address", re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)),
    ("a telephone number", re.compile(r"(?<![\w.-])(?:\+1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])")),
    (
        "a plate",
        re.compile(r"\bplate (?:number )?(?=[A-Z0-9 -]*\d)(?=[A-Z0-9 -]*[A-Z])[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,4}\b"),
    ),
)


RULE = Rule("personal-data", "an e-mail address, telephone number or plate in a text", check, reads=Reads.TEXT)
