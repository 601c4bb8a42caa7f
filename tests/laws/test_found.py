"""What the search once found stays mended."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.laws.altering import reordered, supplied, withhold
from tests.laws.rewriting import shuffled
from tests.laws.small_profiles import write_yaml
from tests.laws.strategies import said
from tests.laws.subjects import PLAIN_TIME, Text
from tests.laws.supply import climb

from alpr_policy import Outcome, parse_profile

FOUND = yaml.safe_load((Path(__file__).parent / "found.yaml").read_text(encoding="utf-8"))
HEAD = """\
language: 1
profile: small
department: Small Department
policy: {title: Invented, number: "1", effective: 2020-01-01}
timezone: America/New_York
silence: allow
outline: [a, b]
not_enforced: [{cite: [a, b], why: background, note: told}]
"""


def read(found: dict[str, Any]) -> tuple[Text, dict[str, Any]]:
    """Return the profile of one finding, and its request."""
    text = Text.alone(parse_profile(HEAD + write_yaml(found["statements"]), "found.yaml"))
    return text, {"at": PLAIN_TIME, "departments": ["small"], "facts": {}, **found["request"]}


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found["name"])
def test_what_was_found_stays_mended(found: dict[str, Any]) -> None:
    """Requests by which a law was once broken keep the laws on withholding, on order and on needs."""
    text, request = read(found)
    before = text.pdp.decide(request)
    owed = {(o.rule, o.task) for o in before.obligations}
    opened, lost = [], []
    for name in supplied(request):
        after = text.pdp.decide(withhold(request, [name], text))
        opened += [name] if after.outcome.strictness == 0 < before.outcome.strictness else []
        lost += (
            [name] if after.outcome is before.outcome and owed - {(o.rule, o.task) for o in after.obligations} else []
        )
    orders = {said(text.pdp.decide(reordered(request, random.Random(seed)))) for seed in range(10)}
    orders |= {said(Text.alone(shuffled(text.profile, random.Random(seed))).pdp.decide(request)) for seed in range(10)}
    end = climb(text, request).decision.outcome if before.outcome is Outcome.NEEDS else Outcome.ALLOW

    assert ([], [], {said(before)}, Outcome.ALLOW) == (opened, lost, orders, end)
