"""What one written word of YAML means: a text, an integer, a boolean, null or a date, and never a guess.

Readers of YAML 1.1, 1.2 and JSON disagree on words such as `on`, `12:30` or `10.05`; those are refused, not chosen.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum

from alpr_policy.source import Span

MAX_DIGITS = 18
SHOWN = 60


class ScalarKind(StrEnum):
    """What a scalar is once read."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    NULL = "null"
    DATE = "date"


ScalarValue = str | int | bool | None | datetime.date


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """One word or text: its value, and `text` as written (without quotes; escapes and folded lines resolved).

    `quoted` is true for everything but plain words, so also for block texts (`|`, `>`). A word that was refused keeps
    its likeliest meaning, so that the reader of the tree does not complain a second time.
    """

    value: ScalarValue
    text: str
    span: Span
    quoted: bool
    kind: ScalarKind


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a plain word is refused: a stable code, a sentence, and what to write instead."""

    code: str
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a plain word means; with a fault the value is only the likeliest."""

    value: ScalarValue
    kind: ScalarKind
    fault: Fault | None = None


_TRUE = Meaning(True, ScalarKind.BOOLEAN)
_FALSE = Meaning(False, ScalarKind.BOOLEAN)
_NULL = Meaning(None, ScalarKind.NULL)
_WORDS = {"true": _TRUE, "false": _FALSE, "null": _NULL, "~": _NULL, "": _NULL}
_DOUBTFUL = {"yes": True, "no": False, "on": True, "off": False, "y": True, "n": False}

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?")
_DECIMAL = re.compile(
    r"[-+]?(?:(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:e[-+]?[0-9]+)?|[0-9][0-9_]*e[-+]?[0-9]+|\.(?:inf|nan))",
    re.IGNORECASE | re.ASCII,
)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_ODD_NUMBER = re.compile(
    r"[-+]?(?:0x[0-9a-f_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*_[0-9_]*)|\+[0-9]+", re.IGNORECASE | re.ASCII
)


def shown(text: str) -> str:
    """Shorten a person's own text for a message, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def meaning(text: str) -> Meaning:
    """Say what a plain (unquoted) word means."""
    known = _WORDS.get(text)
    if known is not None:
        return known
    if text[0] in "0123456789+-.":
        return _number_or_date(text)
    return _word(text)


def _text(text: str, code: str, message: str, help: str) -> Meaning:
    """Keep a refused word as text."""
    return Meaning(text, ScalarKind.TEXT, Fault(code, message, help))


def _word(text: str) -> Meaning:
    """Say what a word that does not look like a number means."""
    lowered = text.lower()
    if lowered in _DOUBTFUL:
        fault = Fault(
            "yaml-boolean-word",
            f"`{text}` is a word to some readers of YAML and a boolean to others",
            f'write `true` or `false`, or put quotes round the word: `"{text}"`',
        )
        return Meaning(_DOUBTFUL[lowered], ScalarKind.BOOLEAN, fault)
    if lowered in ("true", "false", "null"):
        kept = _WORDS[lowered]
        fault = Fault(
            "yaml-boolean-word",
            f"`{text}` is written with capital letters",
            f'write `{lowered}`, or put quotes round the word: `"{text}"`',
        )
        return Meaning(kept.value, kept.kind, fault)
    if text != text.strip():
        return _text(
            text,
            "yaml-space",
            f"a space that is not an ordinary one stands beside `{shown(text)}`",
            "delete it and type an ordinary space; such spaces come from word processors and web pages",
        )
    return Meaning(text, ScalarKind.TEXT)


def _number_or_date(text: str) -> Meaning:
    """Say what a word that starts like a number means."""
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _DATE.fullmatch(text):
        return _date(text)
    quote_it = f'put quotes round it: `"{shown(text)}"`'
    if_text = f"if it is a text, {quote_it}"
    if _SEXAGESIMAL.fullmatch(text):
        message = f"`{shown(text)}` is a number in base sixty to some readers of YAML"
        return _text(text, "yaml-sexagesimal", message, quote_it)
    if _LEADING_ZERO.fullmatch(text):
        message = f"`{shown(text)}` starts with a zero, and readers of YAML disagree on what number that is"
        return _text(text, "yaml-leading-zero", message, f"{if_text}; if a number, leave the zeros out")
    if _ODD_NUMBER.fullmatch(text):
        message = f"`{shown(text)}` is a number in a form that this language does not have"
        return _text(text, "yaml-number", message, f"{if_text}; if a number, write plain digits")
    if _DECIMAL.fullmatch(text):
        message = f"`{shown(text)}` is a decimal number, and this language has none"
        return _text(text, "yaml-decimal", message, f"section and policy numbers are texts: {quote_it}")
    return _word(text)


def _integer(text: str) -> Meaning:
    """Read an integer of at most 18 digits."""
    if len(text.lstrip("-")) > MAX_DIGITS:
        message = f"`{shown(text)}` has more than {MAX_DIGITS} digits"
        return _text(text, "yaml-integer-size", message, "put quotes round it if it is a text")
    return Meaning(int(text), ScalarKind.INTEGER)


def _date(text: str) -> Meaning:
    """Read a date, year-month-day."""
    try:
        return Meaning(datetime.date.fromisoformat(text), ScalarKind.DATE)
    except ValueError:
        return _text(text, "yaml-date", f"there is no day `{text}` in the calendar", "dates are written year-month-day")
