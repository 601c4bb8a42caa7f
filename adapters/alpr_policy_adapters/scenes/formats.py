"""How serials are laid out: the usual passenger layouts of each state as patterns, and serials invented in them.

In a pattern `#` is a digit, `@` a letter, and a capital letter or a digit is itself. `{@@}` holds two or three small
characters, one above the other. Between the characters stand a space, `-`, `.` (a raised dot) or `*` (a small sign or
sticker); none of these is part of the number.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from alpr_policy_adapters.registration import normalise

# Layouts that passenger plates in use have had, newest and older ones, as the states and collectors publish them. The
# list is for drawing, not for judging: a serial that fits none of these may still be a plate.
_TABLE = """
AL ##@##@#|#@##@##|#@####@|##@###@
AK @@@ ###
AZ @@@####|@@@ ####|###*@@@
AR ### @@@|@@@ ##@|@@@ ###
CA #@@@###|#@#####|#####@#
CO ###-@@@|@@@-###|@@@-@##
CT @@.#####|###.@@@|#@@.@@#
DC @@-####|@@ ####
DE ######|#####
FL @@@*@##|@##*@@@|@@@ @##
GA @@@####|@@@ ####|### @@@
HI @@@ ###
IA @@@ ###|### @@@
ID #@ @####|#@ #####|#@ @@###
IL @@ #####|@## ####|### ####
IN ###@|###@@|###@@@
KS ### @@@|@@@ ###
KY ### @@@|@#@ ###
LA @@@ ###|### @@@
MA #@@@ ##|### @@#|#@@ ###|##@ @##|#### @@|###.@@@|###.###
MD #@@####|@@@ ###|#@@@##
ME #### @@|### @@@
MI @@@ ####|#@@ @##
MN ###-@@@|@@@-###|### @@@
MO @@#*@#@|@@# @#@|### @@@
MS @@@ ###|@@@ ####
MT #-#####@|##-####@
NC @@@-####
ND @@@ ###|### @@@
NE @@@ ###|#-@####|##-@###
NH ### ####|### ###
NJ @##*@@@|@##-@@@|@@@ ##@
NM ###*@@@|@@@*###|###-@@@
NV ###*@@@|##@.###|###.@##
NY @@@-####|@@@ ####
OH @@@ ####|@@##@@
OK @@@-###|### @@@
OR ### @@@|@@@ ###
PA @@@-####|@@@*####
RI @@-###|###-###|#####
SC @@@ ###|#### @@
SD #@@ ###|##@ ###|##@ @##
TN @##-##@|### @@@|@@@ ####
TX @@@-####|@@@*####|@@#*@###|@##-@@@
UT @## #@@|### @@@
VA @@@-####|@@@ ####
VT @@@ ###|###@###
WA @@@####|###-@@@|### @@@
WI ###-@@@|@@@-####
WV #@@ ###|#@ ####
WY #*#####|##*####|##*###@
"""

FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {line[:2]: tuple(line[3:].split("|")) for line in _TABLE.strip().splitlines()}
)
"""The usual passenger layouts of every state and the federal district, by postal code; the commonest first."""

SPECIAL: tuple[str, ...] = (
    "{@@}####",
    "{@@} ####",
    "{@@}###@",
    "####{@@}",
    "#####{@@}",
    "###@{@@}",
    "@@###{@@}",
    "{@@@}####",
    "*####{@@}",
    "*#### @",
    "@@@@@@@",
    "@@@@@@",
    "@@@@@",
    "@@@@",
    "@@@@##",
    "@@@@@#",
    "#@@@@@",
    "#####",
    "####",
    "###",
)
"""Layouts of plates for a cause, an office or a wish, which many states have in common: stacked letters, words."""

PLAIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""The letters of an invented serial: without those that plates draw like digits."""

ALL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SEPARATORS = " -.*"
MAX_MARKS = 8
_PATTERN = re.compile(r"(?:[#@A-Z0-9 \-.*]|\{[#@A-Z0-9]{2,3}\})+")


def check_layout(layout: str) -> None:
    """Accept a pattern with one to eight characters of a serial; ValueError for anything else."""
    if not _PATTERN.fullmatch(layout) or not 1 <= len(marks(layout)) <= MAX_MARKS:
        raise ValueError(f"`{layout[:40]}` is no layout of a serial")


def marks(layout: str) -> str:
    """Give the pattern's characters alone, without separators and braces."""
    return "".join(c for c in layout if c not in SEPARATORS and c not in "{}")


def cells(serial: str, layout: str) -> Iterator[tuple[str, bool]]:
    """Walk a serial as its layout writes it: a character, a stacked group or a separator, and whether it is stacked."""
    letters = iter(normalise(serial))
    for part in re.findall(r"\{[^}]*\}|.", layout):
        if part[0] == "{":
            yield "".join(next(letters) for _ in part[1:-1]), True
        else:
            yield (part if part in SEPARATORS else next(letters)), False


def suits(serial: str, layout: str) -> bool:
    """Say whether a serial is arranged as the pattern asks; separators in either do not count."""
    plain, wanted = normalise(serial), marks(layout)
    return len(plain) == len(wanted) and all(
        c.isdigit() if mark == "#" else c.isalpha() if mark == "@" else c == mark
        for c, mark in zip(plain, wanted, strict=True)
    )


def invent_serial(layout: str, seed: int, *, all_letters: bool = False) -> str:
    """Make up a serial for a pattern, separators left out; the same seed gives the same one.

    With `all_letters`, I, O and Q may come too, which many states avoid. ValueError if the pattern is none.
    """
    check_layout(layout)
    chance = random.Random(seed)
    letters = ALL_LETTERS if all_letters else PLAIN_LETTERS
    return "".join(
        chance.choice(letters) if c == "@" else chance.choice("0123456789") if c == "#" else c for c in marks(layout)
    )
