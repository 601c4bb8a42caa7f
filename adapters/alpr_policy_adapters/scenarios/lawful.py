"""Turns a drawn act into one that its text allows: what is asked for is supplied, what is forbidden told otherwise."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from typing import Any, Final

from alpr_policy.ir.nodes import ApprovalSpec, CheckSpec, DocumentSpec, Spec
from alpr_policy.model.decision import Decision, Need, NeedKind, Outcome
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy_adapters.scenarios.palette import LIST_OF, Palette
from alpr_policy_adapters.scenarios.people import Kind
from alpr_policy_adapters.scenarios.story import LAGS, LISTS, REQUESTER, Story
from alpr_policy_adapters.scenarios.words import Band, shuffled

STEPS: Final = 14
KINDRED: Final = "requester."


class Judge:
    """Decides stories under one department's text, at an instant in the middle of the log."""

    def __init__(self, pdp: PolicyDecisionPoint, department: str, at: dt.datetime, palette: Palette) -> None:
        """Judge under the department's newest text, in force or not."""
        self.pdp, self.department, self.at, self.palette = pdp, department, at, palette

    def decide(self, story: Story, share: float = 0.5) -> Decision:
        """Return the answer to a story; `share` says how far into its bands of time."""
        return self.pdp.decide(story.request(self.at, self.department, share), as_if=self.department)

    def settled(self, story: Story) -> Story:
        """Note on a story what the text says of it, and what of the text decided."""
        decision = self.decide(story)
        story.outcome = str(decision.outcome)
        story.found_by = (
            tuple(dict.fromkeys(reason.rule for reason in decision.reasons)) if decision.outcome != "allow" else ()
        )
        return story


class Search:
    """Looks for an allowed act near a drawn one."""

    def __init__(self, judge: Judge, kinds: Mapping[str, Kind], rng: random.Random) -> None:
        """Use the people that there are; `rng` decides between what helps equally."""
        self.judge, self.kinds, self.rng = judge, kinds, rng
        self.palette = judge.palette

    def lawful(self, story: Story) -> Story:
        """Return the nearest act that is allowed, or the one that got furthest."""
        best, decision = story, self.judge.decide(story)
        seen = {best.key()}
        for _ in range(STEPS):
            if decision.outcome is Outcome.ALLOW:
                break
            found: list[tuple[tuple[int, int], Story, Decision]] = []
            for other in self._others(best, decision):
                key = other.key()
                if key in seen:
                    continue
                seen.add(key)
                said = self.judge.decide(other)
                found.append((_far(said), other, said))
                if said.outcome is Outcome.ALLOW:
                    break
            if not found:
                break
            nearest = min(found, key=lambda one: one[0])
            if nearest[0] > _far(decision):
                break
            _, best, decision = nearest
        best.outcome = str(decision.outcome)
        return best

    def _others(self, story: Story, decision: Decision) -> Iterator[Story]:
        if decision.outcome is Outcome.NEEDS:
            yield from self._supplied(story, decision.needs[0])
            return
        names = dict.fromkeys(seen.fact for reason in decision.reasons for seen in reason.facts)
        for name in names:
            spec = self.palette.specs.get(name)
            if type(spec) in LIST_OF and spec is not None:
                yield self._with_record(story, spec, None)
            for source in self.palette.sources(name):
                yield from self._told_otherwise(story, source)

    def _supplied(self, story: Story, need: Need) -> Iterator[Story]:
        match need.kind:
            case NeedKind.ONE_OF:
                for group in need.one_of:
                    for one in group:
                        yield from self._supplied(story, one)
            case NeedKind.FACT if need.name in LISTS:
                yield story.with_records(need.name, [])
                for _, spec in self.palette.states_on(story.action):
                    if LIST_OF[type(spec)] == need.name:
                        yield self._with_record(story, spec, None)
            case NeedKind.FACT:
                for source in self.palette.sources(need.name) or (need.name,):
                    yield from self._told_otherwise(story, source)
            case NeedKind.APPROVAL | NeedKind.EXCEPTION | NeedKind.CHECK | NeedKind.DOCUMENT:
                for name, spec in self.palette.states_on(story.action):
                    if _asked(name, spec, need):
                        yield self._with_record(story, spec, need)
            case _:
                return

    def _told_otherwise(self, story: Story, name: str) -> Iterator[Story]:
        """Yield the story with other values of a fact; of a person it is the whole person that changes."""
        if name == "events":
            for event in sorted(self.palette.words.lists["events"]):
                yield story.with_records("events", [*story.records.get("events", []), {"event": event, "earlier": 0}])
            return
        fact = self.palette.words.facts.get(name)
        if fact is None:
            return
        if name.startswith(KINDRED) and name in next(iter(self.kinds.values())).facts:
            for kind in shuffled(list(self.kinds.values()), self.rng):
                yield story.with_facts(dict(kind.facts)) if not story.kind else self._by(story, kind)
            return
        for value in shuffled(self.palette.values(fact), self.rng):
            yield story.with_facts({name: value})

    @staticmethod
    def _by(story: Story, kind: Kind) -> Story:
        after = story.with_facts(dict(kind.facts))
        after.kind = kind.name
        return after

    def _with_record(self, story: Story, spec: Spec, need: Need | None) -> Story:
        name = LIST_OF[type(spec)]
        new = _good(spec, story, need)
        kept = [one for one in story.records.get(name, []) if one not in new]
        lag = _lag(name, spec, story.lags.get(name))
        return story.with_records(name, [*kept, *new], lag)


def _far(decision: Decision) -> tuple[int, int]:
    """Say how far an answer is from allow: its outcome, then how much stands against it."""
    return decision.outcome.strictness, len(decision.needs) or len(decision.reasons)


def _asked(name: str, spec: Spec, need: Need) -> bool:
    match spec:
        case ApprovalSpec(exception=exception):
            kind = NeedKind.EXCEPTION if exception else NeedKind.APPROVAL
            return need.kind is kind and name.partition(".")[2] == need.name
        case CheckSpec(check=check):
            return need.kind is NeedKind.CHECK and check == need.name
        case DocumentSpec(kinds=kinds):
            return need.kind is NeedKind.DOCUMENT and " or ".join(sorted(kinds)) == need.name
    return False


def _good(spec: Spec, story: Story, need: Need | None) -> list[dict[str, Any]]:
    match spec:
        case ApprovalSpec():
            return _grants(spec, story)
        case CheckSpec():
            source = {"source": min(spec.sources)} if spec.sources else {}
            by = "@1" if spec.not_by_requester or (spec.by and story.kind) else REQUESTER
            role = {"role": spec.by[0].role} if spec.by else {}
            parts = spec.parts or (None,)
            base = {"check": spec.check, "result": "pass", **source, "by": by, **role, "earlier": 0}
            return [{**base, **({"part": part} if part else {})} for part in parts]
        case DocumentSpec():
            issuer = {"issued_by": min(spec.issuers)} if spec.issuers else {}
            return [{"kind": min(spec.kinds), "fields": sorted(spec.fields), **issuer, "earlier": 0}]
    return []


def _grants(spec: ApprovalSpec, story: Story) -> list[dict[str, Any]]:
    topic = min(spec.topics) if spec.topics else story.action
    purpose = story.facts.get("purpose")
    chosen = purpose if purpose in spec.purposes else min(spec.purposes) if spec.purposes else None
    found: list[dict[str, Any]] = []
    for step, deciders in enumerate(spec.steps):
        one: dict[str, Any] = {"topic": topic, "decision": "granted", "by": f"@{step + 1}", "capacity": "holder"}
        one |= {"role": deciders[0].role} if deciders else {}
        one |= {"purpose": chosen} if chosen else {}
        # A person's own id is not the same in every row, so an approval for one act is scoped by the purpose.
        one |= {"scope": {"purpose": purpose}} if spec.each and isinstance(purpose, str) else {}
        found.append({**one, "earlier": 1_800 * (len(spec.steps) - 1 - step)})
    return found


def _lag(name: str, spec: Spec, now: Band | None) -> Band:
    """Return how old records are: younger than their validity, and no older than those that are there."""
    band = now or LAGS[name]
    valid = getattr(spec, "valid", None)
    if valid is not None:
        most = int(valid.shortest.total_seconds() * 0.9)
        band = Band(min(band.least, most // 2), min(band.greatest, most))
    return band
