"""Which column of the known layouts gives a fact, so that whoever lacks it knows what to ask the log's owner for."""

from __future__ import annotations

from collections.abc import Mapping

from alpr_policy_adapters.logs.layouts import LAYOUTS, Family, key_of
from alpr_policy_adapters.logs.searches import FACTS


def supplying_columns() -> Mapping[str, str]:
    """Return by fact the headings that search audits have for it, such as `Case #, caseNumber`."""
    headings: dict[str, dict[str, None]] = {}
    for layout in LAYOUTS.values():
        if layout.family is Family.SEARCH:
            for column in layout.columns:
                headings.setdefault(key_of(column), {})[column] = None
    return {fact: ", ".join(headings[key]) for key, facts in FACTS.items() if key in headings for fact in facts}
