"""Values of facts as stories hold them, and how the settings write them."""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from alpr_policy.vocabulary import FactKind

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SPAN = re.compile(r"([0-9]{1,6})([smhd])\.\.([0-9]{1,6})([smhd])", re.ASCII)
_NUMBERS = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})", re.ASCII)
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Band:
    """A moment that lies from `least` to `greatest` seconds before the act; `kept` takes the person's own."""

    least: int
    greatest: int
    kept: bool = False

    def at(self, share: float) -> int:
        """Return the age some share into the band, in seconds."""
        return round(self.least + share * (self.greatest - self.least))


@dataclass(frozen=True, slots=True)
class Numbers:
    """A whole number from `least` to `greatest`."""

    least: int
    greatest: int

    def at(self, share: float) -> int:
        """Return the number some share into the range."""
        return round(self.least + share * (self.greatest - self.least))


Value = str | int | bool | None | tuple[str, ...] | Band | Numbers


def read_value(word: Any, kind: FactKind) -> Value:
    """Read a value as settings write it; raises ValueError."""
    text = {True: "true", False: "false"}.get(word, str(word)) if isinstance(word, bool) else str(word)
    if word is None:
        return None
    if text == UNKNOWN:
        return UNKNOWN
    match kind:
        case FactKind.BOOL:
            if text not in ("true", "false"):
                raise ValueError(f"`{text[:40]}` is neither true nor false")
            return text == "true"
        case FactKind.SET:
            return tuple(sorted(one for one in text.split("|") if one))
        case FactKind.TIME:
            if found := _SPAN.fullmatch(text):
                return Band(int(found[1]) * _UNITS[found[2]], int(found[3]) * _UNITS[found[4]])
            raise ValueError(f"`{text[:40]}` is no stretch of time such as 2h..30d")
        case FactKind.COUNT:
            if found := _NUMBERS.fullmatch(text):
                return Numbers(int(found[1]), int(found[2]))
            if text.isascii() and text.isdigit():
                return int(text)
            raise ValueError(f"`{text[:40]}` is no whole number")
        case _:
            return text


def drawn(weights: Mapping[Any, float], rng: random.Random) -> Any:
    """Draw a key by its weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def spread(weights: Mapping[str, float], share: float) -> str:
    """Return the key some share, from 0 to 1, into all weights: evenly spread shares give each key its weight."""
    ends = list(accumulate(weights.values()))
    return list(weights)[min(bisect_right(ends, share * ends[-1]), len(ends) - 1)]


def shuffled(values: Sequence[Any], rng: random.Random) -> list[Any]:
    """Return values in an order of chance."""
    return rng.sample(list(values), len(values))
