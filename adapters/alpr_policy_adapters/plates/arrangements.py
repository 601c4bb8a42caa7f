"""How states arrange their serials, and how much less a text is worth that no state arranges so.

The table is common knowledge about passenger series in use, put together by hand from what the states publish; it is
not complete and need not be: vanity, dealer and older plates exist, so an unusual text is doubted, never refused, and
no text is changed to fit. No state is inferred from it, since most arrangements belong to several states.
"""

from __future__ import annotations

UNUSUAL = 0.7
"""What a read counts whose text has no usual arrangement: about one plate in ten has none, and most misreads."""

WORD = 0.7
"""What a read counts, once more, that is a word: without a digit, or with five letters in a row, which no state issues.

It may be a wish plate, and is as often a sign or a sticker. So a word never makes a read of a half or more.
"""

LONG = 0.5
"""What a read counts, once more, with eight characters: hardly a state issues them, and a bolt or an edge makes one."""

_TABLE = """
AL #@##@##|##@##@#|#@####@|##@###@
AK @@@###
AR ###@@@|@@@##@
AZ @@@####|###@@@
CA #@@@###|#@#####|#####@#
CO ###@@@|@@@###|@@@@##
CT ###@@@|#@@@@#|@@#####
DC @@####
DE ######|#####
FL @@@@##|@##@@@|@@@##@|@###@@|##@@##
GA @@@####|####@@@
HI @@@###
IA @@@###|###@@@
ID #@@####|#@#####|#@@@###|@######
IL @@#####|@######|@#####|######|#######
IN ###@|###@@|###@@@
KS ###@@@|####@@@|@@@###
KY ###@@@|@#@###
LA @@@###|###@@@
MA #@@@##|###@@#|#@@###|##@@##|####@@|######
MD #@@####|@@@###|#@@@##
ME ####@@|###@@
MI @@@####|#@@@##
MN ###@@@|@@@###
MO @@#@#@|###@@@
MS @@@####|@@@###
MT ######@|#######
NC @@@####
ND ###@@@|@@@###
NE @@@###|#@####|##@###
NH #######|######
NJ @##@@@|@@@##@
NM ###@@@|@@@###|@@@@##
NV ###@@@|##@###|###@##
NY @@@####
OH @@@####|@@##@@
OK @@@###|###@@@
OR ###@@@|@@@###
PA @@@####
RI ######|#####|@@###|#@@###
SC @@@###|###@@@|####@@
SD #@@###|##@@##|##@###
TN @####@|###@@@|@@@####
TX @@@####|@@#@###|###@@@|@@@###|@##@@@
UT @###@@|###@@@
VA @@@####
VT @@@###|###@###
WA @@@####|###@@@
WI ###@@@|@@@####
WV #@@###|#@####
WY ######|##@###
"""

USUAL = frozenset(shape for line in _TABLE.split() for shape in line.split("|") if len(shape) > 2)


def arrangement(plate: str) -> str:
    """Write `#` for each digit of a normalised text and `@` for each letter."""
    return "".join("#" if c.isdigit() else "@" for c in plate)


def weight(plate: str) -> float:
    """Say how much a read with this text counts by its arrangement alone, above 0 and at most 1."""
    shape = arrangement(plate)
    if shape in USUAL:
        return 1.0
    word = "#" not in shape or "@@@@@" in shape
    return UNUSUAL * (WORD if word else 1.0) * (LONG if len(shape) > 7 else 1.0)
