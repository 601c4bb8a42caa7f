"""Which system a payload comes from, told by its shape alone, and the one door to all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.payloads import axis, fast_alpr, flock, frigate, openalpr, plate_recognizer
from alpr_policy_adapters.payloads.fields import MAX_RESULTS, Fields, found_kind
from alpr_policy_adapters.payloads.received import NOTHING_GIVEN, Given, Received

Reader = Callable[[Fields, Given], Received]

SYSTEMS: Mapping[str, Reader] = MappingProxyType(
    {
        openalpr.GROUP: openalpr.read_group,
        openalpr.RESULTS: openalpr.read_results,
        openalpr.ALERT: openalpr.read_alert,
        plate_recognizer.NAME: plate_recognizer.read,
        frigate.NAME: frigate.read,
        axis.NAME: axis.read,
        flock.ALERT: flock.read_alert,
        flock.LOOKUP: flock.read_lookup,
        fast_alpr.NAME: fast_alpr.read,
    }
)
"""Every system by the name that a read carries as its `source`."""

_DATA_TYPES = {"alpr_group": openalpr.GROUP, "alpr_results": openalpr.RESULTS, "alpr_alert": openalpr.ALERT}


def recognise(payload: Any) -> str | None:
    """Name the system that writes payloads of this shape; None where none that we know does."""
    if isinstance(payload, list | tuple):
        return fast_alpr.NAME if payload and all(_is_fast_alpr(one) for one in payload) else None
    if _is_fast_alpr(payload):
        return fast_alpr.NAME
    if not isinstance(payload, Mapping):
        return None
    kind = payload.get("data_type")
    if kind is not None:
        return _DATA_TYPES.get(kind) if isinstance(kind, str) else None
    return _by_keys(payload)


def _by_keys(payload: Mapping[Any, Any]) -> str | None:
    has = payload.keys()
    if {"eventTime", "sources"} <= has:
        return flock.ALERT
    if {"plate", "startDate", "endDate"} <= has:
        return flock.LOOKUP
    if "capture_timestamp" in has and any(key in has for key in axis.PLATES):
        return axis.NAME
    kind = payload.get("type")
    if isinstance(kind, str) and "id" in has and (kind == "lpr" or kind in frigate.OTHER_TYPES):
        return frigate.NAME
    inside = payload.get("data")
    if isinstance(inside, Mapping) and "results" in inside:
        return plate_recognizer.NAME
    if "results" in has and "epoch_time" in has:
        return openalpr.RESULTS
    if "results" in has and ("timestamp" in has or "filename" in has):
        return plate_recognizer.NAME
    return None


def _is_fast_alpr(value: Any) -> bool:
    if isinstance(value, Mapping):
        return {"detection", "ocr"} <= value.keys()
    return hasattr(value, "detection") and hasattr(value, "ocr")


def read_payload(payload: Any, *, system: str | None = None, given: Given = NOTHING_GIVEN) -> Received:
    """Read one payload that has been parsed from JSON; never raises for what it holds.

    Without `system` it is recognised by its shape. All that is wrong is told in the diagnostics, each with the path of
    the field, what was expected and what was found: `$` is the payload itself.
    """
    name = system or recognise(payload)
    reader = SYSTEMS.get(name or "")
    if name is None or reader is None:
        return Received(system=None, diagnostics=(_unknown(payload, system),))
    faults: list[Diagnostic] = []
    if name != fast_alpr.NAME:
        received = _read(reader, payload, "$", faults, given) or Received(system=name)
    elif isinstance(payload, list | tuple):
        if len(payload) > MAX_RESULTS:
            return Received(system=name, diagnostics=(_field("$", f"a list of at most {MAX_RESULTS}", payload),))
        results = [_read(reader, fast_alpr.as_mapping(o), f"$[{n}]", faults, given) for n, o in enumerate(payload)]
        received = Received(system=name, reads=tuple(read for one in results if one for read in one.reads))
    else:
        received = _read(reader, fast_alpr.as_mapping(payload), "$", faults, given) or Received(system=name)
    return dataclasses.replace(received, diagnostics=tuple(faults)) if faults else received


def _read(reader: Reader, value: Any, path: str, faults: list[Diagnostic], given: Given) -> Received | None:
    if not isinstance(value, Mapping):
        faults.append(_field(path, "an object", value))
        return None
    return reader(Fields(value, path, faults), given)


def _field(path: str, expected: str, value: Any) -> Diagnostic:
    return Diagnostic("payload-field", f"`{path}`: expected {expected}, found {found_kind(value)}")


def _unknown(payload: Any, system: str | None) -> Diagnostic:
    if system is not None:
        return Diagnostic("payload-system", f"no system is called `{system[:60]}`", help=did_you_mean(system, SYSTEMS))
    message = f"`$`: expected the payload of a system that is known, found {found_kind(payload)}"
    return Diagnostic("payload-system", message, help=f"known: {', '.join(SYSTEMS)}")
