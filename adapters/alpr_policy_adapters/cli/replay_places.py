"""Where the rules of a proposed text stand, as seen from the folder of the caller."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from alpr_policy.ir.nodes import Origin, Ruleset
from alpr_policy.questions.replay_sides import ReplaySide
from alpr_policy.source import NOWHERE, Span
from alpr_policy_adapters.cli.output import shown_path


class Places:
    """The places of a text's rules by their id: those of its newest version first, those of its floors last."""

    def __init__(self, side: ReplaySide) -> None:
        """Look at all versions that bind at some time."""
        found = list(side.rulesets())
        own = [one for one in found if one.profile == side.text.partition("@")[0]]
        ordered = [*reversed(own), *(one for one in reversed(found) if one not in own)]
        self._spans: dict[str, Span] = {}
        for ruleset in ordered:
            for origin in _origins(ruleset):
                self._spans.setdefault(origin.id, _shown(origin.place))
        first = next(iter(self._spans.values()), NOWHERE)
        self.whole = Span(first.file, 1, 1) if first.line else NOWHERE

    def of(self, rule: str) -> Span | None:
        """Return where a rule stands, None where the text has none of that id."""
        return self._spans.get(rule)


def _origins(ruleset: Ruleset) -> Iterator[Origin]:
    for rule in (*ruleset.rules, *ruleset.keeps, *ruleset.freezes):
        yield rule.origin


def _shown(place: Span) -> Span:
    return dataclasses.replace(place, file=shown_path(place.file))
