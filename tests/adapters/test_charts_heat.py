"""Heat maps as SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from alpr_policy_adapters.charts.heat import heat_map

WORDS = "{http://www.w3.org/2000/svg}text"


def drawn() -> str:
    """Draw a small one, with letters that mean something in markup."""
    pytest.importorskip("matplotlib", reason="the extra report is not installed")
    return heat_map(["a<b", "$c$"], ["x", "y"], [[1, None], [0, 2]], [["+1", ""], ["=", "−2"]], name="m", label='A "b"')


def test_every_cell_and_label_is_text() -> None:
    """What the cells and the sides say stands in the picture as text, letter by letter."""
    texts = [one.text for one in ElementTree.fromstring(drawn()).iter(WORDS)]

    assert {"a<b", "$c$", "x", "y", "+1", "=", "−2"} <= set(texts)


def test_it_is_the_same_every_time_and_says_what_it_is() -> None:
    """The same figures give the same bytes, with a title for who cannot see them."""
    one = drawn()

    assert one == drawn()
    assert "<title>A &quot;b&quot;</title>" in one
