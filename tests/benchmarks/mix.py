"""The requests that the benchmarks decide: what ALPR software asks all day, in the form in which it asks."""

from __future__ import annotations

import datetime as dt
from typing import Any

Raw = dict[str, Any]
AT = "2026-05-04T10:00:00-04:00"
OFFICER: Raw = {
    "requester.id": "officer-7",
    "requester.agency": "own",
    "requester.roles": [],
    "requester.designated_on": "2025-09-02T09:00:00-04:00",
    "requester.trained_on": "2025-09-01T16:00:00-04:00",
    "requester.supervisor": False,
    "roles.absent": [],
    "purpose": "criminal_investigation",
    "basis.kind": "specific_facts",
    "basis.concerns": "criminal_investigation",
    "reason.recorded": True,
    "alert_profile.set": True,
}
SEARCH: Raw = {**OFFICER, "procedure.finding": None, "data.custodian": "vendor", "beneficiary.agency": "own"}
ALERT: Raw = {
    **OFFICER,
    "alert.categories": ["stolen_vehicle"],
    "alert.matter": "ordinary",
    "alert.origin": "department",
}
STOP: Raw = {**OFFICER, "stop.basis": "hit", "status.prevented": False}
CHARACTERS: Raw = {"check": "visual", "part": "characters", "result": "pass", "by": "officer-7", "at": AT}
STATE: Raw = {**CHARACTERS, "part": "state"}
STATUS: Raw = {"check": "status", "result": "pass", "source": "dispatch", "by": "officer-7", "at": AT}
EXCEPTION: Raw = {
    "topic": "alert_exception",
    "decision": "granted",
    "by": "deputy-1",
    "role": "alpr_administrator",
    "at": "2026-05-01T09:00:00-04:00",
    "purpose": "criminal_investigation",
    "scope": {"requester.id": "officer-7"},
}


def _asked(action: str, facts: Raw, without: tuple[str, ...] = (), **records: list[Raw]) -> Raw:
    known = {name: value for name, value in facts.items() if name not in without}
    return {"action": action, "at": AT, "departments": ["cambridge"], "facts": known, **records}


# Of each act what usually comes, what lacks something, and what is not allowed.
REQUESTS: dict[str, Raw] = {
    "search, in order": _asked("search.run", SEARCH, approvals=[]),
    "search without reason": _asked("search.run", {**SEARCH, "reason.recorded": False}, approvals=[]),
    "search, ground not known": _asked("search.run", SEARCH, ("basis.kind", "basis.concerns"), approvals=[]),
    "search for private ends": _asked("search.run", {**SEARCH, "purpose": "personal"}, approvals=[]),
    "search by another agency": _asked("search.run", {**SEARCH, "requester.agency": "other_police"}, approvals=[]),
    "alert, in order": _asked("alert.deliver", ALERT, approvals=[]),
    "alert for a designated agency": _asked(
        "alert.deliver", {**ALERT, "alert.origin": "designated_agency"}, approvals=[]
    ),
    "alert to somebody untrained": _asked("alert.deliver", {**ALERT, "requester.trained_on": None}, approvals=[]),
    "alert of a barred category": _asked("alert.deliver", {**ALERT, "alert.categories": ["gang"]}, approvals=[]),
    "alert that is excused": _asked("alert.deliver", {**ALERT, "alert.categories": ["gang"]}, approvals=[EXCEPTION]),
    "stop, all checked": _asked("stop.start", STOP, checks=[CHARACTERS, STATE, STATUS]),
    "stop, state not compared": _asked("stop.start", STOP, checks=[CHARACTERS, STATUS]),
    "stop, no time for dispatch": _asked("stop.start", {**STOP, "status.prevented": True}, checks=[CHARACTERS, STATE]),
    "stop, state differs": _asked("stop.start", STOP, checks=[CHARACTERS, {**STATE, "result": "fail"}, STATUS]),
    "stop on other grounds": _asked("stop.start", {**STOP, "stop.basis": "independent"}, checks=[]),
}


def variants(request: Raw, number: int, first: int = 0) -> list[Raw]:
    """Return a request as it comes at different seconds, its records with it: times that recur would flatter caches."""
    return [_later(request, dt.timedelta(seconds=second)) for second in range(first, first + number)]


def _later(request: Raw, by: dt.timedelta) -> Raw:
    later: Raw = {key: [_moved(one, by) for one in request[key]] for key in ("approvals", "checks") if key in request}
    return {**request, **_moved({"at": request["at"]}, by), "facts": dict(request["facts"]), **later}


def _moved(record: Raw, by: dt.timedelta) -> Raw:
    return {**record, "at": (dt.datetime.fromisoformat(record["at"]) + by).isoformat()}
