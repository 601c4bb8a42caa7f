"""What a plate's text can be: its length, the two look-alikes that no reader can settle, and a state's printed name."""

from __future__ import annotations

import re
from itertools import product

from alpr_policy_adapters.registration import STATES, letters_only, normalise, state_by_name

__all__ = ["PLATE_LENGTHS", "alternates", "normalise", "plausible", "printed_state"]

PLATE_LENGTHS = range(2, 9)
"""How many letters and digits a plate's serial has."""

SWAPS = {"O": "0", "0": "O", "I": "1", "1": "I"}
MAX_SWAPPED = 4
"""More doubtful places than this, and only one at a time is swapped: sixteen texts are enough for one plate."""

_MONTHS = frozenset(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "SEPT", "OCT", "NOV", "DEC"])
# ARKANSAS with its head under a sticker reads KANSAS: a name that ends another is no proof of either.
_ENDINGS = frozenset(
    code
    for code, name in STATES.items()
    if any(letters_only(other).endswith(letters_only(name)) for other in STATES.values() if other != name)
)


def plausible(plate: str) -> bool:
    """Say whether a normalised text has the length of a plate."""
    return len(plate) in PLATE_LENGTHS


def alternates(plate: str) -> tuple[str, ...]:
    """List the texts that differ from `plate` only in O for 0 or I for 1, in order; many plates draw them alike."""
    doubtful = [i for i, c in enumerate(plate) if c in SWAPS]
    if len(doubtful) > MAX_SWAPPED:
        found = {plate[:i] + SWAPS[plate[i]] + plate[i + 1 :] for i in doubtful}
    else:
        found = {"".join(t) for t in product(*(c + SWAPS[c] if c in SWAPS else c for c in plate))}
    return tuple(sorted(found - {plate}))


def printed_state(text: str) -> str | None:
    """Give the code of the state whose whole name stands in a line of text, month stickers aside; else None."""
    words = [word for word in re.split(r"[^A-Z]+", text.upper()) if word not in _MONTHS]
    code = state_by_name("".join(words))
    return None if code in _ENDINGS else code
