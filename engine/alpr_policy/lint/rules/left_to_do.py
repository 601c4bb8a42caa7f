"""A mark that something is still to be done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Reads, Rule
from alpr_policy.lint.subject import Subject

# What `from-portal` writes above each line that it had to guess.
GUESS = r"# review:"


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find the usual marks in capital letters, in texts and comments alike, and a draft's guesses (`# review:`)."""
    words = options["words"]
    usual = "|".join(map(re.escape, words if isinstance(words, tuple) else ()))
    marks = re.compile(rf"{GUESS}|\b(?:{usual})\b" if usual else GUESS)
    if not marks.search(subject.source.text):
        return
    for number, line in enumerate(subject.lines, start=1):
        for mark in marks.finditer(line):
            yield Found(
                message=f"`{mark[0]}` says that something is still to be done here",
                span=subject.place(number, mark.start() + 1, len(mark[0])),
                help="do it before the profile serves, or take the mark out",
            )


RULE = Rule(
    "left-to-do",
    "a mark that something is still to be done",
    check,
    reads=Reads.TEXT,
    options={"words": ("TODO", "FIXME", "XXX", "TBD")},
)
