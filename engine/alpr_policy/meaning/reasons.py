"""What is wrong with a typed reason, by the profile's word lists and by shapes: the fact `reason.defects`.

Only shapes are known here: letters and digits, the look of a plate, of a case number and of a section of law. What is
generic, a filler, too short or another agency's name is each profile's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from alpr_policy.model.profile import ReasonWords
from alpr_policy.model.values import PartialSet, Unknown, Value
from alpr_policy.model.words import REASON_INPUTS

if TYPE_CHECKING:
    from alpr_policy.meaning.facts import Facts

# A case number: a year or prefix and a serial number, or one long number.
_CASE = re.compile(r"(?:[a-z]{1,4}-?)?[0-9]{2,4}-[0-9]{3,8}|[a-z]{0,4}-?[0-9]{6,12}", re.ASCII)
# A section of law: a number with its subdivisions, and the letters of its code.
_SECTION = re.compile(r"§?[0-9]{2,5}(?:\.[0-9]{1,3})?(?:\([a-z0-9]{1,3}\))*[a-z]{0,4}|[0-9]{1,2}", re.ASCII)
_CODE_LETTERS = re.compile(r"[a-z&]{1,3}", re.ASCII)
# A plate: letters in one run of three, digits before or after them or both, six or seven signs in all.
_PLATE = re.compile(r"(?=[a-z0-9]{6,7}\Z)[0-9]{0,4}[a-z]{3}[0-9]{0,4}", re.ASCII)
_WORD = re.compile(r"[^\W_]", re.UNICODE)
_EDGES = re.compile(r"^[\W_]+|[\W_]+$", re.UNICODE)
_BETWEEN = re.compile(r"[\s,;/+]+", re.UNICODE)


def reason_defects(words: ReasonWords, facts: Facts) -> Value:
    """Return the defects of the reason of a request; null where no reason was typed in.

    Strict: that no reason was recorded settles it, and so does an empty text; otherwise both have to be known, and with
    the case's field unknown the set is known in part.
    """
    text, recorded, case = (facts.value(name) for name in REASON_INPUTS)
    if recorded is False or text is None or (isinstance(text, str) and not text.strip()):
        return None
    for value in (recorded, text):
        if isinstance(value, Unknown):
            return value
    found = defects_of_text(str(text), words)
    if isinstance(case, Unknown):
        return PartialSet(found) if found else case
    return found | {"plate_in_case"} if isinstance(case, str) and looks_like_plate(case) else found


@lru_cache(maxsize=4096)
def defects_of_text(text: str, words: ReasonWords) -> frozenset[str]:
    """Return what is wrong with the text of a reason by itself."""
    whole = _folded(text)
    parts = [part for part in (_part(one) for one in _BETWEEN.split(whole)) if part]
    cases = [part for part in parts if _CASE.fullmatch(part)]
    said = _said([part for part in parts if not _CASE.fullmatch(part)])
    fillers = {_folded(one) for one in words.placeholders}
    telling = not _is_made_of(said, (*words.generic, *words.placeholders))
    return frozenset(
        name
        for name, holds in (
            ("placeholder", whole in fillers or not _WORD.search(whole)),
            ("too_short", len(whole) < words.min_length),
            ("generic", bool(said) and _is_made_of(said, words.generic)),
            ("code_only", not said and len(parts) > len(cases)),
            ("case_in_reason", bool(cases) and not (said and telling)),
            ("for_other_agency", any(_names(parts, agency) for agency in words.agencies)),
        )
        if holds
    )


def looks_like_plate(text: str) -> bool:
    """Say whether what was typed as a case number has the look of a plate and not that of a case number."""
    joined = re.sub(r"[\s-]", "", _folded(text))
    return bool(_PLATE.fullmatch(joined)) and any(c.isdigit() for c in joined) and not _CASE.fullmatch(_folded(text))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _part(text: str) -> str:
    """Return a word without the signs round it, but with the bracket that ends a section."""
    bare = _EDGES.sub("", text)
    return f"{bare})" if bare.count("(") > bare.count(")") and f"{bare})" in text else bare


def _said(parts: list[str]) -> list[str]:
    """Return the words that are neither a section of law nor the letters of the code that it stands in."""
    said: list[str] = []
    after_section = False
    for part in parts:
        is_section = _SECTION.fullmatch(part) is not None
        if not is_section and not (after_section and _CODE_LETTERS.fullmatch(part)):
            said.append(part)
        after_section = is_section
    return said


def _is_made_of(said: list[str], phrases: Iterable[str]) -> bool:
    """Say whether words are nothing but phrases of a list, one after the other; no words are."""
    known = [_parts(phrase) for phrase in phrases]
    reached = {0}
    for at in range(len(said)):
        if at in reached:
            reached |= {at + len(one) for one in known if one and tuple(said[at : at + len(one)]) == one}
    return len(said) in reached


def _names(parts: list[str], phrase: str) -> bool:
    wanted = _parts(phrase)
    return bool(wanted) and any(tuple(parts[at : at + len(wanted)]) == wanted for at in range(len(parts)))


@lru_cache(maxsize=4096)
def _parts(phrase: str) -> tuple[str, ...]:
    return tuple(part for part in (_part(one) for one in _BETWEEN.split(_folded(phrase))) if part)
