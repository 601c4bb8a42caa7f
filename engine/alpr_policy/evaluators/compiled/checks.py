"""Checks as they mostly are: by anybody, at a known time, from a named source. What is odd is left to the tables."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TypeAlias

from alpr_policy.evaluators.compiled.lookup import Lookup
from alpr_policy.evaluators.compiled.needed import Ready
from alpr_policy.ir.nodes import CheckSpec, Spec
from alpr_policy.meaning.items import step_needed
from alpr_policy.meaning.needs import Asker
from alpr_policy.meaning.records import known_words
from alpr_policy.model.decision import Need
from alpr_policy.model.request import Request
from alpr_policy.model.values import Value
from alpr_policy.vocabulary import Vocabulary
from alpr_policy.vocabulary.states import PART_ORDER, WHOLE_ORDER


def is_plain(spec: Spec | None) -> bool:
    """Say whether a check asks nothing of who makes it, nor that it be newer than something."""
    return isinstance(spec, CheckSpec) and not (spec.after or spec.by or spec.not_by_requester or spec.hole)


# How many ways in which the records of one check can come are kept with what they amount to, and of how many records.
MOST_KEPT, MOST_TOLD = 500, 10
Told: TypeAlias = list[tuple[str | None, str]]


class PlainCheck:
    """The state of one check and what to ask for, worked out at a glance where every record is in order."""

    def __init__(self, spec: CheckSpec, words: Vocabulary, ready: Ready) -> None:
        """Take a check for which `is_plain` is true; what is asked for is added to `ready`."""
        self.spec = spec
        self.ready = ready
        known = known_words(words)
        self.checks, self.parts_known = known["check"], known["part"] | {None}
        self.parts = spec.parts or (spec.check,)
        self._asked: dict[tuple[str, ...], Need] = {}
        # The state of each part and of the whole, by what the records say: parts and states, which are few.
        self._kept: dict[tuple[tuple[str | None, str], ...], tuple[tuple[str, ...], str]] = {}

    def state(self, lookup: Lookup) -> Value:
        """Return the state of the check."""
        judged = self._states(lookup)
        if judged is None:
            lookup.kept[self.spec.name] = None
            return lookup.value(self.spec.name)
        lookup.kept[self.spec.name] = judged[0]
        return judged[1]

    def asked(self, lookup: Lookup, asker: Asker) -> tuple[Need, ...]:
        """Return what to ask for where the check is not passed."""
        states = self._kept_states(lookup)
        if states is None:
            return asker.item(self.spec.name)
        need = self._asked.get(states)
        if need is None:
            # What is asked for depends on the state of each part alone, and there are few of these.
            made = step_needed(self.spec, lookup)
            assert made is not None
            need = self._asked[states] = dataclasses.replace(made)
            self.ready.add(need)
        return (need,)

    def _kept_states(self, lookup: Lookup) -> tuple[str, ...] | None:
        name = self.spec.name
        if name in lookup.kept:
            return lookup.kept[name]
        found = self._states(lookup)
        return found[0] if found is not None else None

    def _states(self, lookup: Lookup) -> tuple[tuple[str, ...], str] | None:
        """Return the state of each part and of the whole, or None where some record needs a closer look."""
        told = self._told(lookup.request)
        if told is None:
            return None
        key = tuple(told)
        found = self._kept.get(key)
        if found is None:
            states = tuple([self._part(part, told) for part in self.parts])
            found = states, next((state for state in WHOLE_ORDER if state in states), "not_done")
            if len(self._kept) < MOST_KEPT and len(key) <= MOST_TOLD:
                self._kept[key] = found
        return found

    def _told(self, request: Request) -> Told | None:
        """Return what each record says of which part, without those of what has not happened yet; None if not plain."""
        if request.checks is None:
            return None
        told: Told = []
        now, spec, checks, parts = request.at, self.spec, self.checks, self.parts_known
        for record in request.checks:
            if record.check not in checks or record.part not in parts:
                return None
            if record.check != spec.check:
                continue
            at, result = record.at, record.result
            if at.__class__ is not datetime:
                return None
            if at > now:
                continue
            if result != "pass":
                told.append((record.part, "failed" if result == "fail" else "unclear"))
            elif not spec.sources or record.source in spec.sources:
                told.append((record.part, "passed"))
            elif record.source is None:
                return None
            else:
                told.append((record.part, "wrong_source"))
        return told

    def _part(self, part: str, told: Told) -> str:
        """Join what is said of a part: a failure that names no part fails every part."""
        if self.spec.parts:
            states = {state for of, state in told if of == part or (of is None and state == "failed")}
        else:
            states = {state for of, state in told if of is None or state == "failed"}
        if "failed" in states and "passed" in states:
            return "unclear"
        return next((state for state in PART_ORDER if state in states), "not_done")
