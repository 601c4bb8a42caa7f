"""Checks as they mostly are: by anybody, at a known time, from a named source. What is odd is left to the tables."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from alpr_policy.evaluators.compiled.lookup import Lookup
from alpr_policy.ir.nodes import CheckSpec, Spec
from alpr_policy.meaning.items import step_needed
from alpr_policy.meaning.needs import Asker
from alpr_policy.meaning.records import known_words
from alpr_policy.model.decision import Need
from alpr_policy.model.request import CheckRecord
from alpr_policy.model.values import Value
from alpr_policy.vocabulary import Vocabulary
from alpr_policy.vocabulary.states import PART_ORDER, WHOLE_ORDER


def is_plain(spec: Spec | None) -> bool:
    """Say whether a check asks nothing of who makes it, nor that it be newer than something."""
    return isinstance(spec, CheckSpec) and not (spec.after or spec.by or spec.not_by_requester or spec.hole)


class PlainCheck:
    """The state of one check and what to ask for, worked out at a glance where every record is in order."""

    def __init__(self, spec: CheckSpec, words: Vocabulary) -> None:
        """Take a check for which `is_plain` is true."""
        self.spec = spec
        known = known_words(words)
        self.checks, self.parts_known = known["check"], known["part"]
        self.parts = spec.parts or (spec.check,)
        self._ready: dict[tuple[str, ...], Need] = {}

    def state(self, lookup: Lookup) -> Value:
        """Return the state of the check."""
        states = self._states(lookup)
        lookup.kept[self.spec.name] = states
        if states is None:
            return lookup.value(self.spec.name)
        return next((state for state in WHOLE_ORDER if state in states), "not_done")

    def asked(self, lookup: Lookup, asker: Asker) -> tuple[Need, ...]:
        """Return what to ask for where the check is not passed."""
        name = self.spec.name
        states = lookup.kept[name] if name in lookup.kept else self._states(lookup)
        if states is None:
            return asker.item(self.spec.name)
        need = self._ready.get(states)
        if need is None:
            # What is asked for depends on the state of each part alone, and there are few of these.
            made = step_needed(self.spec, lookup)
            assert made is not None
            need = self._ready[states] = dataclasses.replace(made)
        return (need,)

    def _states(self, lookup: Lookup) -> tuple[str, ...] | None:
        """Return the state of each part, or None where some record needs a closer look."""
        records = lookup.request.checks
        if records is None:
            return None
        told: list[tuple[str | None, str]] = []
        now, own = lookup.request.at, self.spec.check
        for record in records:
            if record.check not in self.checks or (record.part is not None and record.part not in self.parts_known):
                return None
            if record.check == own:
                state = self._told(record, now)
                if state is None:
                    return None
                if state:
                    told.append((record.part, state))
        return tuple([self._part(part, told) for part in self.parts])

    def _told(self, record: CheckRecord, now: datetime) -> str | None:
        """Return what one record says; nothing where it has not happened yet, None where that is not plain."""
        if record.at.__class__ is not datetime:
            return None
        if record.at > now:
            return ""
        if record.result != "pass":
            return "failed" if record.result == "fail" else "unclear"
        if not self.spec.sources:
            return "passed"
        return None if record.source is None else "passed" if record.source in self.spec.sources else "wrong_source"

    def _part(self, part: str, told: list[tuple[str | None, str]]) -> str:
        """Join what is said of a part: a failure that names no part fails every part."""
        if self.spec.parts:
            states = {state for of, state in told if of == part or (of is None and state == "failed")}
        else:
            states = {state for of, state in told if of is None or state == "failed"}
        if "failed" in states and "passed" in states:
            return "unclear"
        return next((state for state in PART_ORDER if state in states), "not_done")
