"""Recorded acts and overrides read back, from data or from a file with one of them on each line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, RequestError
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.decision import Decision
from alpr_policy.model.overrides import OverrideRecord
from alpr_policy.model.request import Request
from alpr_policy.model.values import is_text
from alpr_policy.questions.decisions import read_decision
from alpr_policy.reading.json_lines import read_json_lines
from alpr_policy.reading.records import MAX_WORD, MalformedError, group_of, read_moment, shown_key
from alpr_policy.reading.requests import read_request
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean

ACT_KEYS = ("id", "request", "decision", "done", "override", "served", "reference")
TEXTS = ("id", "act", "action", "by", "role")
TIMES = ("at", "until", "review_due")
NAMES = ("review_by", "profiles", "cite")
OVERRIDE_KEYS = (*TEXTS, *TIMES, *NAMES, "why")
MAX_NAMES = 100

Decide = Callable[[Request], Decision]
Prepare = Callable[[Request], Request]


@dataclass(frozen=True, slots=True)
class Acts:
    """What was recorded: acts, and overrides of denials; `places` says by id where those of a file stand in it."""

    acts: tuple[RecordedAct, ...] = ()
    overrides: tuple[OverrideRecord, ...] = ()
    places: Mapping[str, Span] = field(default_factory=dict)


def read_act(
    raw: Any, decide: Decide | None = None, place: Span = NOWHERE, prepare: Prepare | None = None
) -> tuple[RecordedAct | None, tuple[Diagnostic, ...]]:
    """Read one act; without a `decision` it is judged by `decide`, and refused if there is none.

    What is judged so is made ready by `prepare` first, such as filled from a directory; what was decided stays.
    None comes back where the act cannot be used, with the reason.
    """
    try:
        return _act(raw, decide, prepare), ()
    except MalformedError as error:
        return None, (Diagnostic("act-record", f"this act is left out: {error}", place),)
    except RequestError as error:
        told = "; ".join(one.message for one in error.diagnostics)
        return None, (Diagnostic("act-record", f"this act is left out: its decision cannot be read: {told}", place),)


def _act(raw: Any, decide: Decide | None, prepare: Prepare | None) -> RecordedAct:
    group = _group(raw, ACT_KEYS)
    request = read_request(group.get("request"))
    if request.fatal:
        raise MalformedError("its request cannot be read: " + "; ".join(d.message for d in request.faults))
    recorded = group.get("decision")
    if recorded is None and decide is None:
        raise MalformedError("it has no `decision`")
    if recorded is not None and not isinstance(recorded, Mapping):
        raise MalformedError("`decision` must be a group of keys")
    if recorded is None and prepare is not None:
        request = prepare(request)
    decision = read_decision(recorded) if isinstance(recorded, Mapping) else decide(request) if decide else None
    assert decision is not None
    done = group.get("done")
    if done is not None and not isinstance(done, bool):
        raise MalformedError("`done` must be true or false")
    return RecordedAct(
        id=_text(group.get("id") or request.id, "id"),
        request=request,
        decision=decision,
        done=done,
        override=_maybe(group, "override"),
        served=_names(group.get("served") or [], "served"),
        reference=_maybe(group, "reference"),
        judged_now=recorded is None,
    )


def read_override(raw: Any, place: Span = NOWHERE) -> tuple[OverrideRecord | None, tuple[Diagnostic, ...]]:
    """Read the record of an override; None comes back where it cannot be used, with the reason."""
    try:
        group = _group(raw, OVERRIDE_KEYS)
        fields: dict[str, Any] = {key: _text(group.get(key), key) for key in TEXTS}
        fields |= {key: _instant(group.get(key), key) for key in TIMES}
        fields |= {key: _names(group.get(key) or [], key) for key in NAMES}
        fields["why"] = _text(group["why"], "why") if group.get("why") else ""
        return OverrideRecord(**fields), ()
    except MalformedError as error:
        return None, (Diagnostic("act-record", f"this override is left out: {error}", place),)


def read_acts_file(
    path: Path, decide: Decide | None = None, prepare: Prepare | None = None
) -> tuple[Acts, tuple[Diagnostic, ...]]:
    """Read a file in JSON Lines: a line with `request` is an act, one with `act` an override of that act."""
    acts: list[RecordedAct] = []
    overrides: list[OverrideRecord] = []
    places: dict[str, Span] = {}
    found: list[Diagnostic] = []
    for number, value, faults in read_json_lines(path):
        found += faults
        if faults:
            continue
        place = Span(str(path), number, 1)
        if isinstance(value, Mapping) and "act" in value:
            override, wrong = read_override(value, place)
            overrides += [override] if override is not None else []
            name = override.id if override is not None else ""
        else:
            act, wrong = read_act(value, decide, place, prepare)
            acts += [act] if act is not None else []
            name = act.id if act is not None else ""
        if name:
            places.setdefault(name, place)
        found += wrong
    return Acts(tuple(acts), tuple(overrides), places), tuple(found)


def _group(raw: Any, keys: tuple[str, ...]) -> dict[Any, Any]:
    group = group_of(raw, 50)
    if group is None:
        raise MalformedError("it is not a group of keys")
    for key in group:
        if key not in keys:
            raise MalformedError(f"`{shown_key(key)}` is not one of its keys ({did_you_mean(shown_key(key), keys)})")
    return group


def _text(raw: Any, key: str) -> str:
    if not is_text(raw, MAX_WORD) or not raw:
        raise MalformedError(f"`{key}` must be a short text")
    return raw


def _maybe(group: Mapping[Any, Any], key: str) -> str | None:
    return _text(group[key], key) if group.get(key) is not None else None


def _names(raw: Any, key: str) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or len(raw) > MAX_NAMES:
        raise MalformedError(f"`{key}` must be a list of at most {MAX_NAMES} names")
    return tuple(_text(one, key) for one in raw)


def _instant(raw: Any, key: str) -> dt.datetime:
    moment = read_moment(raw, key)
    if not isinstance(moment, dt.datetime):
        raise MalformedError(f"`{key}` must be an instant, such as 2026-05-01T12:00:00-04:00")
    return moment
