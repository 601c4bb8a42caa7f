"""Words in which a letter of another alphabet looks like one of the others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Reads, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find words that mix Latin letters with Greek, Cyrillic or other letters that pass for them."""
    for number, line in enumerate(subject.lines, start=1):
        if line.isascii():
            continue
        for word in _WORD.finditer(line):
            odd = [sign for sign in word[0] if not sign.isascii() and _alphabet(sign) in ALIKE]
            if odd and any(_alphabet(sign) == "LATIN" for sign in word[0]):
                column = word.start() + word[0].index(odd[0]) + 1
                yield Found(
                    message=f"`{odd[0]}` in `{word[0]}` is {unicodedata.name(odd[0]).lower()}, among Latin letters",
                    span=subject.place(number, column),
                    help="type the word anew: a name with such a letter is another name than the one it looks like",
                )


# Alphabets with letters that pass for Latin ones.
ALIKE = frozenset(
    {"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "DESERET", "FULLWIDTH", "GREEK", "LISU", "MATHEMATICAL", "OSAGE"}
)
_WORD = re.compile(r"[^\W\d_]+")


def _alphabet(sign: str) -> str:
    """Return the alphabet of a letter by the first word of its name."""
    return unicodedata.name(sign, "").partition(" ")[0]


RULE = Rule(
    "confusable-characters",
    "a word that mixes letters of alphabets that look alike",
    check,
    level=Level.ERROR,
    reads=Reads.TEXT,
)
