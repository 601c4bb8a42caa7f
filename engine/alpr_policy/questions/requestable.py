"""What can be asked for where an act lacks something: which denials, how such a request has gone, how far it is.

The words of the states are those of the draft profile "Access Request and Approval" of OpenID AuthZEN.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from alpr_policy.model.decision import Decision, Need, NeedKind, Outcome

GATHERED: Final = frozenset({NeedKind.APPROVAL, NeedKind.EXCEPTION, NeedKind.CHECK, NeedKind.DOCUMENT})
"""What others put on record; a fact is for whoever asks to supply, and a parameter for whoever keeps the profile."""
STOPPING: Final = frozenset({"refused", "fail"})
ENDING: Final = frozenset({"withdrawn", "closed"})


class RequestStatus(StrEnum):
    """Where a request stands; all but `pending` are final."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One step of the case behind a request: when, which kind of event, its word, and the answer after it.

    `word` is what an approval or check said: granted, refused, pass, fail; `outcome` what the profiles answered then.
    `turned` says that the case was made to ask for another act, or on other facts.
    """

    at: dt.datetime
    kind: str
    word: str | None = None
    outcome: str | None = None
    turned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a request is: the step that is awaited (from 1), of how many, what it is, and which roles can take it."""

    current: int
    total: int
    name: str
    awaiting: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestState:
    """All that is told of one request: the case by its name, where it stands since when, and until when it counts.

    `action` is what the case asks for now, None once it was done.
    `record` is what was written down when it was opened, `facts` are those of the case now, after so many events
    (`revision`). `until` is how long an approval may be used at most, `progress` how far a pending request is; both are
    None otherwise.
    """

    name: str
    status: RequestStatus
    since: dt.datetime
    expires: dt.datetime
    record: Mapping[str, Any]
    action: str | None
    facts: Mapping[str, Any]
    revision: int
    departments: tuple[str, ...]
    cancellable: bool
    until: dt.datetime | None = None
    progress: Progress | None = None


def curable(decision: Decision) -> bool:
    """Say whether approvals, checks and papers alone can lead from this answer to a permit."""
    return decision.outcome is Outcome.NEEDS and bool(decision.needs) and all(map(_gathered, decision.needs))


def _gathered(need: Need) -> bool:
    if need.kind is NeedKind.ONE_OF:
        return any(map(_all_gathered, need.one_of))
    return need.kind in GATHERED


def _all_gathered(needs: tuple[Need, ...]) -> bool:
    return bool(needs) and all(map(_gathered, needs))


def course_of(steps: Iterable[Passed], expires: dt.datetime, now: dt.datetime) -> tuple[RequestStatus, dt.datetime]:
    """Say where a request stands at `now`, and since when, by the steps of its case in their order.

    The first step that decides it is final: a refusal, a failed check, the end of the case, or an answer that allows.
    A case that was turned to something else answers for the request no more. What comes at `expires` comes too late.
    """
    began: dt.datetime | None = None
    for one in steps:
        began = began or one.at
        if one.at >= expires:
            return RequestStatus.EXPIRED, expires
        if one.word in STOPPING:
            return RequestStatus.DENIED, one.at
        if one.kind in ENDING:
            return RequestStatus.CANCELLED, one.at
        if one.turned:
            return RequestStatus.FAILED, one.at
        if one.outcome == Outcome.ALLOW:
            return RequestStatus.APPROVED, one.at
    if now >= expires:
        return RequestStatus.EXPIRED, expires
    return RequestStatus.PENDING, began or now


def progress_of(wanted: Sequence[Need], left: Sequence[Need], chains: Mapping[str, int]) -> Progress | None:
    """Say how far a request is: `wanted` is asked for where nothing is gathered yet, `left` now.

    `chains` says of how many steps an approval consists, by its name; None comes back where nothing is left.
    """
    if not left:
        return None
    remaining = sum(_steps(one, chains) for one in left)
    total = max(remaining, sum(_steps(one, chains) for one in wanted))
    first = left[0]
    roles = tuple(dict.fromkeys(_roles(first)))
    return Progress(current=total - remaining + 1, total=total, name=_name(first), awaiting=roles)


def _steps(need: Need, chains: Mapping[str, int]) -> int:
    """Return how many steps a need still takes; of alternatives the shortest that can be gathered."""
    if need.kind is NeedKind.ONE_OF:
        ways = [sum(_steps(one, chains) for one in way) for way in need.one_of if _all_gathered(way)]
        return min(ways, default=1)
    if need.kind in (NeedKind.APPROVAL, NeedKind.EXCEPTION):
        return max(1, chains.get(need.name, 1) - (need.step or 1) + 1)
    return 1


def _roles(need: Need) -> Iterable[str]:
    yield from need.roles
    for way in need.one_of:
        for one in way:
            yield from _roles(one)


def _name(need: Need) -> str:
    first = need.one_of[0][0] if need.kind is NeedKind.ONE_OF and need.one_of and need.one_of[0] else need
    return f"{first.kind}:{first.name}" if first.name else str(first.kind)
