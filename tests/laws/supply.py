"""Answers what a decision asks for, step by step, until the act is allowed or nothing more is left to try."""

from __future__ import annotations

import dataclasses
import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.laws.records import MISSPELT, Recorder
from tests.laws.subjects import LIST_OF, RECORD_LISTS, REQUESTER, Text

from alpr_policy import Decision, Need, Outcome
from alpr_policy.ir.nodes import ApprovalSpec, CheckSpec, DocumentSpec, Spec
from alpr_policy.model.decision import NeedKind

BUDGET = 600
Raw = dict[str, Any]


@dataclass(frozen=True)
class End:
    """Where answering ended: an allowed request, or the last one that still asked and what it asked.

    `excusable` says that some answer led to a denial which an exception could lift.
    """

    request: Raw
    decision: Decision
    tried: int
    excusable: bool = False


def climb(text: Text, request: Raw, budget: int = BUDGET) -> End:
    """Supply what is asked, as it is asked, choosing answers that help; the best end within `budget` decisions."""
    counter, tried, excusable = 0, 1, False
    first = End(request, text.pdp.decide(request), tried)
    queue: list[tuple[int, int, Raw, Decision]] = [(0, 0, request, first.decision)]
    seen = {_key(request)}
    best = first
    while queue and tried < budget:
        _, _, here, decision = heapq.heappop(queue)
        if decision.outcome is not Outcome.NEEDS:
            continue
        best = End(here, decision, tried)
        new: list[Raw] = []
        for need in decision.needs:
            # All of them must be supplied in the end, so the first that can be answered anew is enough to go on with.
            new = new or [after for after in answers(text, here, need) if _key(after) not in seen]
        for after in new:
            seen.add(_key(after))
            found = text.pdp.decide(after)
            tried, counter = tried + 1, counter + 1
            if found.outcome is Outcome.ALLOW:
                return End(after, found, tried)
            excusable = excusable or any(reason.could_excuse for reason in found.reasons)
            # Fewer needs first, then the latest: down one path before the next is tried.
            heapq.heappush(queue, (len(found.needs), -counter, after, found))
    return dataclasses.replace(best, tried=tried, excusable=excusable)


def _key(request: Raw) -> str:
    return json.dumps(request, sort_keys=True)


def answers(text: Text, request: Raw, need: Need) -> Iterator[Raw]:
    """Yield the request with one need supplied, in each way worth trying."""
    requester = request["facts"].get("requester.id", "unknown")
    named = requester is None or (isinstance(requester, str) and requester not in ("unknown", "withheld"))
    recorder = Recorder(text, request["action"], request["at"], requester if named else REQUESTER)
    match need.kind:
        case NeedKind.ONE_OF:
            for group in need.one_of:
                yield from answers(text, request, group[0])
        case NeedKind.FACT if need.name in RECORD_LISTS:
            yield {**request, need.name: []}
            for _, spec in _specs(text, request, need.name):
                yield {**request, need.name: _good(recorder, spec, need)}
        case NeedKind.FACT:
            near, other = text.palette(need.name, request["at"])
            # A stated answer that derives from the fact is no longer the answer once the fact is supplied anew.
            stale = text.derived_from(need.name)
            facts = {name: value for name, value in request["facts"].items() if name not in stale}
            for value in (*near, *other, None):
                yield {**request, "facts": {**facts, need.name: value}}
        case NeedKind.APPROVAL | NeedKind.EXCEPTION | NeedKind.CHECK | NeedKind.DOCUMENT:
            for name, spec in _specs(text, request):
                if _asked(name, spec, need):
                    where = LIST_OF[type(spec)]
                    kept = _kept(request.get(where), spec, need)
                    yield {**request, where: kept + [one for one in _good(recorder, spec, need) if one not in kept]}
        case NeedKind.PARAMETER:
            return


def _specs(text: Text, request: Raw, listed: str | None = None) -> Iterator[tuple[str, Spec]]:
    for name in text.states_on(request["action"]):
        spec = text.rules.specs[name]
        if listed in (None, LIST_OF[type(spec)]):
            yield name, spec


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


def _good(recorder: Recorder, spec: Spec, need: Need) -> list[Raw]:
    match spec:
        case ApprovalSpec():
            return recorder.granted(spec)[(need.step or 1) - 1 :]
        case CheckSpec():
            return [recorder.passing(spec, part) for part in need.parts or spec.parts or (None,)]
        case DocumentSpec():
            return [recorder.complete(spec)]
    return []


def _kept(records: list[Raw] | str | None, spec: Spec, need: Need) -> list[Raw]:
    """Return the records that stay beside the new ones; what is unclear or lacks a name or time is recorded afresh."""
    known = records if isinstance(records, list) else []
    afresh = need.state in ("unclear", "unknown")
    return [one for one in known if not (afresh and (_about(one, spec) or MISSPELT in one.values()))]


def _about(record: Raw, spec: Spec) -> bool:
    match spec:
        case ApprovalSpec(topics=topics):
            return not topics or record.get("topic") in topics
        case CheckSpec(check=check):
            return record.get("check") == check
        case DocumentSpec(kinds=kinds):
            return record.get("kind") in kinds
    return False
