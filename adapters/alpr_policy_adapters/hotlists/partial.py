"""Partial plates: patterns with wildcards, as a witness saw them or as a list of another system has them.

`?` one character, `*` up to seven (none included), `@` a letter, `#` a digit, `[38B]` one of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.hotlists.align import fold
from alpr_policy_adapters.hotlists.entries import MAX_PLATE, SEPARATORS, WILDCARDS, HotListError, shown
from alpr_policy_adapters.registration import normalise

MANY = 7
AREA_FIXED = 3
MAX_PATTERN = 40
LETTERS, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_SIGNS = {"?": LETTERS + DIGITS, "@": LETTERS, "#": DIGITS}


class HasPlate(Protocol):
    """Anything that has a normalised plate."""

    @property
    def plate(self) -> str:
        """Give the characters."""


P = TypeVar("P", bound=HasPlate)


@dataclass(frozen=True)
class PartialPlate:
    """A pattern, ready to be compared. `text` is its one way of writing, `atoms` what each place takes."""

    text: str
    atoms: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> PartialPlate:
        """Read a pattern; HotListError with what is wrong with it."""
        atoms = _atoms(text)
        if isinstance(atoms, str):
            help_line = "`?` one character, `*` several, `@` a letter, `#` a digit, `[38B]` one of these"
            raise HotListError([Diagnostic("partial-plate", f"`{shown(text)}` {atoms}", help=help_line)])
        return cls(_written(atoms), tuple(atoms))

    @cached_property
    def fixed(self) -> int:
        """Count the characters that are known outright."""
        return sum(len(atom) == 1 and atom != "*" for atom in self.atoms)

    @property
    def area_search(self) -> bool:
        """Say whether so little is known that this finds every car of an area rather than one."""
        return self.fixed < AREA_FIXED

    @cached_property
    def _shape(self) -> re.Pattern[str]:
        """Return what a folded plate must look like at least, to find the few that are worth a closer look."""
        parts = [f".{{0,{MANY}}}" if a == "*" else f"[{''.join(sorted({fold(c) for c in a}))}]" for a in self.atoms]
        return re.compile("".join(parts))

    def look_alikes(self, plate: str) -> int | None:
        """Count how many characters must be taken for a look-alike so that the plate fits; None when it does not."""
        if len(plate) > 2 * MAX_PLATE or not self._shape.fullmatch(fold(plate)):
            return None
        # fewest[j]: the fewest look-alikes with which the pattern so far takes the first j characters.
        fewest: list[int | None] = [0, *([None] * len(plate))]
        for atom in self.atoms:
            if atom == "*":
                reach = [[n for n in fewest[max(0, j - MANY) : j + 1] if n is not None] for j in range(len(fewest))]
                fewest = [min(some) if some else None for some in reach]
            else:
                before = [None, *fewest[:-1]]
                costs = [None, *(_cost(atom, c) for c in plate)]
                fewest = [
                    n + c if n is not None and c is not None else None for n, c in zip(before, costs, strict=True)
                ]
        return fewest[-1]

    def matches(self, plate: str, *, look_alikes: int = 0) -> bool:
        """Say whether a normalised plate fits with at most so many look-alikes."""
        needed = self.look_alikes(plate)
        return needed is not None and needed <= look_alikes


def find_reads(pattern: PartialPlate | str, reads: Iterable[P], *, look_alikes: int = 0) -> Iterator[P]:
    """Yield the reads whose plate fits a pattern, which is a search and has to be judged as one (`search.run`).

    Ask `area_search` of the pattern first: below three known characters it is a search of an area.
    """
    partial = PartialPlate.parse(pattern) if isinstance(pattern, str) else pattern
    return (read for read in reads if partial.matches(read.plate, look_alikes=look_alikes))


def has_wildcard(text: str) -> bool:
    """Say whether a text holds any of the wildcards."""
    return not WILDCARDS.isdisjoint(text)


def _cost(atom: str, character: str) -> int | None:
    if character in atom:
        return 0
    return 1 if any(fold(character) == fold(c) for c in atom) else None


def _atoms(text: str) -> list[str] | str:
    """Return what each place takes, or what is wrong as the rest of a sentence."""
    if len(text) > MAX_PATTERN:
        return f"is longer than {MAX_PATTERN} characters"
    atoms: list[str] = []
    left = text
    while left:
        sign, left = left[0], left[1:]
        if sign == "[":
            inside, bracket, left = left.partition("]")
            chosen = "".join(sorted(set(normalise(inside))))
            if not bracket or not chosen or len(normalise(inside)) != len(inside):
                return "has a bracket without letters or digits in it"
            atoms.append(chosen)
        elif sign == "*":
            if atoms[-1:] != ["*"]:
                atoms.append(sign)
        elif sign in _SIGNS:
            atoms.append(_SIGNS[sign])
        elif normalise(sign):
            atoms += normalise(sign)
        elif sign not in SEPARATORS:
            return "is no partial plate"
    places = sum(atom != "*" for atom in atoms)
    if places > MAX_PLATE:
        return f"has more than {MAX_PLATE} places"
    return atoms if any(len(a) == 1 and a != "*" for a in atoms) else "has no character that is known"


def _written(atoms: Iterable[str]) -> str:
    signs = {value: sign for sign, value in _SIGNS.items()}
    return "".join(atom if len(atom) == 1 else signs.get(atom) or f"[{atom}]" for atom in atoms)
