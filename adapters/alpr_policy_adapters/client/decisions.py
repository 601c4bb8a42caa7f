"""From what the server sent to a decision. Where it contradicts itself, or an obligation cannot be read, it is none."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from alpr_policy_adapters.client.answers import (
    Case,
    Decision,
    Obligation,
    Permission,
    Results,
    Verification,
    Words,
)
from alpr_policy_adapters.client.errors import AnswerError
from alpr_policy_adapters.client.reading import build

OUTCOMES: Final = ("allow", "needs", "deny")
OBSERVE: Final = "observe"


def from_authzen(data: dict[str, Any]) -> Decision:
    """Read a decision of AuthZEN; raises AnswerError."""
    permits, context = data.get("decision"), data.get("context")
    if not isinstance(permits, bool):
        raise AnswerError("the answer has no `decision` that is true or false")
    if not isinstance(context, dict | None):
        raise AnswerError("`context` is no object")
    told = dict(context or {})
    obligations = _obligations(told.pop("obligations", None))
    if told.get("outcome") is None and told.get("error") is None:
        # Another make of server: what its words mean is not known, so they are kept as they are.
        found = Decision(proceed=permits, more=told)
    else:
        row = _row(told.pop("ledger", None))
        found = dataclasses.replace(build(Decision, {**told, "proceed": permits}, "context"), row=row)
        _agrees(found, permits == (found.outcome == "allow"))
    if found.error is not None and permits:
        raise AnswerError("the answer permits what it could not evaluate")
    extra = {key: value for key, value in data.items() if key not in ("decision", "context")}
    return dataclasses.replace(found, obligations=obligations, more={**found.more, **extra})


def from_batch(data: dict[str, Any], *, count: int, semantic: str) -> tuple[Decision, ...]:
    """Read the answers of a batch of `count` items; raises AnswerError where they are not as many as they must be."""
    items = data.get("evaluations")
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise AnswerError("`evaluations` is no list of decisions")
    found = tuple(from_authzen(one) for one in items)
    stops = {"deny_on_first_deny": False, "permit_on_first_permit": True}.get(semantic)
    early = [one.proceed for one in found[:-1]]
    if stops is not None and (stops in early or (len(found) < count and (not found or found[-1].proceed != stops))):
        raise AnswerError("the answer ends where it must not")
    if len(found) > count or (stops is None and len(found) != count):
        raise AnswerError("the answer has not as many decisions as were asked for")
    return found


def from_native(data: dict[str, Any], *, mode: str, action: Any, mark: Any) -> Decision:
    """Read a decision of the native API; raises AnswerError, also for the answer to another question."""
    wire = dict(data)
    obligations = _obligations(wire.pop("obligations", None), wrapped=False)
    row = _row(wire.pop("ledger", None))
    found = build(Decision, wire)
    if found.mode != mode or (isinstance(action, str) and found.action != action):
        raise AnswerError("this is the answer to another question")
    if isinstance(mark, str) and mark and found.request_id != mark:
        raise AnswerError("this is the answer to another question")
    _agrees(found, found.proceed == (mode == OBSERVE or found.outcome == "allow"))
    return dataclasses.replace(found, obligations=obligations, row=row)


def from_case(data: dict[str, Any]) -> Case:
    """Read how a case stands; raises AnswerError."""
    found = build(Case, data)
    if found.decision is not None:
        _agrees(found.decision, found.decision.proceed == (found.decision.outcome == "allow"))
    return found


def from_search(data: dict[str, Any]) -> Results:
    """Read one page of a search; raises AnswerError."""
    wire = dict(data)
    page = wire.pop("page", None)
    if not isinstance(page, dict | None):
        raise AnswerError("`page` is no object")
    token = (page or {}).get("next_token")
    if not isinstance(token, str | None):
        raise AnswerError("`page.next_token` is no text")
    return build(Results, {**wire, "next_token": token})


def from_words(data: dict[str, Any]) -> Words:
    """Read words of the language; raises AnswerError. Of an act its name and groups stand beside its facts."""
    if "name" not in data:
        return build(Words, data)
    about = {key: value for key, value in data.items() if key != "facts"}
    return build(Words, {"about": about, "facts": data.get("facts")})


def from_verification(data: dict[str, Any]) -> Verification:
    """Read a verification; raises AnswerError for one that is whole and has findings."""
    found = build(Verification, data)
    if found.whole and found.findings:
        raise AnswerError("the answer contradicts itself")
    return found


def permission(decision: Decision, able: frozenset[str]) -> Permission:
    """Say whether who can see to the obligations `able` may act on a decision."""
    beyond = sorted({one.name for one in decision.obligations if able.isdisjoint(one.names)})
    if decision.proceed and beyond:
        why = f"this program cannot see to what must follow: {', '.join(beyond)}"
        return Permission(granted=False, why=why, decision=decision)
    return Permission(granted=decision.proceed, why=decision.why, decision=decision)


def _agrees(decision: Decision, agrees: bool) -> None:
    """Raise AnswerError where outcome and permission do not go together, or the outcome is a word nobody knows."""
    if decision.error is None and (decision.outcome not in OUTCOMES or not agrees):
        raise AnswerError("the answer contradicts itself")


def _obligations(raw: Any, *, wrapped: bool = True) -> tuple[Obligation, ...]:
    """Read obligations; one that cannot be read must not be passed over, so it raises AnswerError."""
    if not isinstance(raw, list | None):
        raise AnswerError("`obligations` is no list")
    found = []
    for number, one in enumerate(raw or ()):
        place = f"obligations[{number}]"
        if not isinstance(one, dict):
            raise AnswerError(f"`{place}` is no object")
        whole = one
        if wrapped:
            inner = one.get("properties", {})
            if not isinstance(inner, dict):
                raise AnswerError(f"`{place}.properties` is no object")
            whole = {**inner, **{key: value for key, value in one.items() if key != "properties"}}
        obligation = build(Obligation, whole, place)
        if not obligation.name:
            raise AnswerError(f"`{place}` says not what must be done")
        found.append(obligation)
    return tuple(found)


def _row(raw: Any) -> int | None:
    if raw is None:
        return None
    row = raw.get("row") if isinstance(raw, dict) else None
    if not isinstance(row, int) or isinstance(row, bool):
        raise AnswerError("`ledger.row` is no number")
    return row


def of_engine(wire: dict[str, Any], reason: str) -> Decision:
    """Return a decision that was made in this process, as data, with its line of reason; raises AnswerError."""
    obligations = _obligations(wire.get("obligations"), wrapped=False)
    return dataclasses.replace(build(Decision, {**wire, "obligations": None}), obligations=obligations, reason=reason)
