"""Networks that read a line column by column: what they say of every text, not only of the one they like best.

Such a network gives, for each column of a crop, a probability for every sign and for "no sign here". The same text
can be spelled in many ways over the columns (a sign may fill several of them); its probability is their sum, which is
worked out here. A *lattice* holds those columns for the 36 signs of a plate: column 0 is "no plate sign here", which
takes in blanks, separators and all other signs; then come 0-9 and A-Z.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Lattice: TypeAlias = NDArray[np.float32]
    Floats: TypeAlias = NDArray[np.float64]

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SURE_OF_NOTHING = 0.9999
"""Of neighbouring columns that are empty as surely as this, one says as much as all."""

LEAST_SIGN = 0.003
BEAM = 10


def columns_of(signs: Sequence[str]) -> list[list[int]]:
    """List, for each plate sign, the places of a network's signs that mean it: itself and its small letter."""
    places: dict[str, list[int]] = {sign: [] for sign in SIGNS}
    for place, sign in enumerate(signs):
        if len(sign) == 1 and sign.upper() in places:
            places[sign.upper()].append(place)
    return [places[sign] for sign in SIGNS]


def lattice(columns: NDArray[np.float32], places: Sequence[Sequence[int]]) -> Lattice:
    """Reduce a network's probabilities (columns x its signs) to a lattice; runs of empty columns become one."""
    import numpy as np

    made = np.zeros((len(columns), len(SIGNS) + 1), np.float32)
    for sign, of in enumerate(places, 1):
        made[:, sign] = columns[:, list(of)].sum(axis=1)
    made[:, 0] = np.clip(1 - made[:, 1:].sum(axis=1), 0, 1)
    empty = made[:, 0] > SURE_OF_NOTHING
    return made[~(empty & np.roll(empty, 1) & (np.arange(len(made)) > 0))]


def texts_in(seen: Lattice, beam: int = BEAM) -> list[str]:
    """List the texts that a lattice makes likely, best first, at most `beam` of them (a prefix search)."""
    # Of each beginning: the probability of its spellings that end on an empty column, and of those that do not.
    kept: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for row in seen.tolist():
        signs = [sign for sign in range(1, len(row)) if row[sign] > LEAST_SIGN]
        grown: dict[tuple[int, ...], list[float]] = {}
        for begun, (empty, full) in kept.items():
            same = grown.setdefault(begun, [0.0, 0.0])
            same[0] += (empty + full) * row[0]
            last = begun[-1] if begun else 0
            if last:
                same[1] += full * row[last]
            for sign in signs:
                longer = grown.setdefault((*begun, sign), [0.0, 0.0])
                longer[1] += (empty if sign == last else empty + full) * row[sign]
        best = sorted(grown.items(), key=lambda item: (-sum(item[1]), item[0]))[:beam]
        kept = {begun: (empty, full) for begun, (empty, full) in best}
    return ["".join(SIGNS[sign - 1] for sign in begun) for begun in kept]


def likelihoods(seen: Lattice, texts: Sequence[str]) -> list[float]:
    """Give the probability of each text under a lattice: the sum over all its spellings, 0 to 1."""
    import numpy as np

    if not texts or not len(seen):
        return [0.0] * len(texts)
    longest = max(1, *map(len, texts))
    spelt = np.zeros((len(texts), 2 * longest + 1), np.int64)
    for i, text in enumerate(texts):
        spelt[i, 1 : 2 * len(text) : 2] = [SIGNS.index(sign) + 1 for sign in text]
    # A sign may follow another one directly unless it is the same, which needs an empty column between.
    leap = np.zeros(spelt.shape, bool)
    leap[:, 3::2] = spelt[:, 3::2] != spelt[:, 1:-2:2]
    leap &= spelt > 0
    at = np.zeros(spelt.shape)
    at[:, 0] = seen[0, 0]
    at[:, 1] = np.where(spelt[:, 1] > 0, seen[0, spelt[:, 1]], 0)
    for row in seen[1:]:
        reached = at.copy()
        reached[:, 1:] += at[:, :-1]
        reached[:, 2:] += np.where(leap[:, 2:], at[:, :-2], 0)
        at = reached * row[spelt]
    return [float(_ended(at[i], len(text))) for i, text in enumerate(texts)]


def _ended(at: Floats, length: int) -> float:
    """Add up the spellings that end on the last sign or on an empty column after it."""
    return float(at[2 * length] + (at[2 * length - 1] if length else 0.0))


def together(seen: Iterable[Lattice], texts: Sequence[str]) -> list[float]:
    """Give each text's probability as the mean over several lattices of one plate."""
    rows = [likelihoods(one, texts) for one in seen]
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)] if rows else [0.0] * len(texts)
