"""Signs that nobody sees and every program reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Reads, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find signs without width: joiners, soft hyphens, marks of direction, tags and variation selectors."""
    for number, line in enumerate(subject.lines, start=1):
        if line.isascii():
            continue
        for column, sign in enumerate(line, start=1):
            if unicodedata.category(sign) == "Cf" or "\ufe00" <= sign <= "\ufe0f":
                span = subject.place(number, column)
                name = unicodedata.name(sign, "a sign without a name").lower()
                yield Found(
                    message=f"a sign that cannot be seen stands here: {name} (U+{ord(sign):04X})",
                    span=span,
                    help="delete it; two texts that look the same are then the same",
                    edits=(subject.edit(span, ""),),
                )


RULE = Rule(
    "invisible-characters",
    "a sign that cannot be seen, or that turns the direction of writing",
    check,
    level=Level.ERROR,
    reads=Reads.TEXT,
)
