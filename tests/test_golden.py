"""What profiles are lowered to, as readable text: a change of meaning shows as a change of these files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alpr_policy.ir.lower import lower
from alpr_policy.ir.pretty import ruleset_text
from alpr_policy.reading.catalog import load_catalog, shipped_folder

FIXTURE = Path(__file__).parent / "cases" / "profiles" / "every_kind.yaml"
CATALOG = load_catalog([shipped_folder(), FIXTURE])


@pytest.mark.parametrize("name", CATALOG.names)
def test_rules_are_the_ones_that_were_read_before(name: str, golden: Callable[..., None]) -> None:
    """The rules of each shipped profile, and of one with every kind of statement, are the ones in the golden file."""
    golden(f"{name}.ir.txt", ruleset_text(lower(CATALOG.latest(name))))
