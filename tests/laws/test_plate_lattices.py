"""Laws of reading plates: what a network's columns say of a text, and what several crops make of it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy_adapters.plates.arrangements import weight
from alpr_policy_adapters.plates.ctc import SIGNS, likelihoods, texts_in, together
from alpr_policy_adapters.plates.syntax import plausible
from alpr_policy_adapters.plates.vote import agree

np = pytest.importorskip("numpy", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")

USED = 3
"""How many signs the lattices drawn here know, so that all spellings can be counted out."""


@st.composite
def lattices(draw: Any, most: int = 5) -> Any:
    """Draw columns of probabilities over nothing and the first few signs."""
    rows = draw(st.lists(st.lists(st.integers(0, 9), min_size=USED + 1, max_size=USED + 1), min_size=1, max_size=most))
    made = np.zeros((len(rows), len(SIGNS) + 1), np.float32)
    for i, row in enumerate(rows):
        made[i, : USED + 1] = np.array([row[0] + 1, *row[1:]], np.float32) / (sum(row) + 1)
    return made


def _spelt(columns: tuple[int, ...]) -> str:
    """Spell a choice of one sign for each column: repeated ones once, nothing left out."""
    kept = [sign for sign, before in zip(columns, (0, *columns[:-1]), strict=True) if sign and sign != before]
    return "".join(SIGNS[sign - 1] for sign in kept)


def _counted_out(lattice: Any) -> dict[str, float]:
    chances: dict[str, float] = {}
    for columns in product(range(USED + 1), repeat=len(lattice)):
        chance = float(np.prod([row[sign] for row, sign in zip(lattice, columns, strict=True)]))
        chances[_spelt(columns)] = chances.get(_spelt(columns), 0.0) + chance
    return chances


@given(lattices())
def test_a_text_is_as_likely_as_all_its_spellings(lattice: Any) -> None:
    """A text's probability is the sum over all its spellings, and all texts together have the probability one."""
    chances = _counted_out(lattice)
    given_for = likelihoods(lattice, list(chances))

    assert pytest.approx(list(chances.values()), abs=1e-6) == given_for
    assert pytest.approx(1.0, abs=1e-5) == sum(given_for)


@given(lattices())
def test_the_likeliest_text_is_never_missed(lattice: Any) -> None:
    """The search for likely texts finds the likeliest of all where every beginning is kept."""
    chances = _counted_out(lattice)

    assert max(chances.values()) <= max(likelihoods(lattice, texts_in(lattice, beam=1_000))) + 1e-6


@given(st.lists(lattices(), min_size=1, max_size=3))
def test_crops_in_any_order_agree_on_the_same(seen: list[Any]) -> None:
    """The order of a plate's crops changes no text's probability, and a crop shown twice more changes none of one."""
    texts = sorted({text for lattice in seen for text in texts_in(lattice)})

    assert pytest.approx(together(seen, texts)) == together(list(reversed(seen)), texts)
    assert pytest.approx(together(seen[:1], texts)) == together(seen[:1] * 3, texts)


@given(st.text(alphabet=SIGNS, min_size=2, max_size=8))
def test_arrangement_only_lowers(plate: str) -> None:
    """What a text's arrangement is worth is above nothing and at most one, so no read is surer than it was read."""
    assert plausible(plate)
    assert 0 < weight(plate) <= 1


def test_no_crops_no_read() -> None:
    """Without any crop there is nothing to agree on."""
    assert agree([]) is None
