"""Payloads of other software: whatever comes in, it is read the same way each time, or refused with a reason."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alpr_policy_adapters.payloads import SYSTEMS, Received, parse, read_payload
from alpr_policy_adapters.registration import STATES

ROOT = Path(__file__).resolve().parents[2]
OWN = [
    json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "examples" / "embedding" / "payloads").glob("*.json"))
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["\ud800", "x" * 400, "***", "2026-05-04T10:00:00Z", "2026-05-04", "us-de", "-0", "1e9", "nan"])
)
WORDS = [
    "plate",
    "results",
    "data",
    "ocr",
    "detection",
    "type",
    "id",
    "sources",
    "eventTime",
    "data_type",
    "best_plate",
]
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner),
    max_leaves=12,
)
NAMES = st.none() | st.sampled_from([*SYSTEMS, "axs"])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value inside another."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for key, held in inner for one in places(held, (*path, key)))]


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """Draw a true payload in which some values were replaced by others, or left out."""
    value = copy.deepcopy(draw(st.sampled_from(OWN)))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(places(value)))
        if not path:
            return draw(VALUES)
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.booleans()) or isinstance(holder, list):
            holder[path[-1]] = draw(VALUES)
        else:
            del holder[path[-1]]
    return value


def faultless(received: Received) -> None:
    """Hold a payload that was read to what every read promises."""
    for read in received.reads:
        shares = [
            read.confidence,
            read.state_confidence,
            read.detection_score,
            *(c.confidence for c in read.candidates),
        ]
        assert all(one is None or 0.0 <= one <= 1.0 for one in shares)
        assert read.plate and read.plate.isascii() and read.plate.isalnum() and read.plate == read.plate.upper()
        assert read.state is None or read.state in STATES
        assert read.captured_at is None or (read.captured_at.tzinfo and 2000 <= read.captured_at.year <= 2100)
        json.dumps(read.to_dict(), allow_nan=False, ensure_ascii=False).encode()
    for alert in received.alerts:
        json.dumps(alert.to_dict(), allow_nan=False, ensure_ascii=False).encode()


@given(spoilt() | VALUES, NAMES)
def test_no_payload_is_the_reason_for_a_crash(value: Any, system: str | None) -> None:
    """Any JSON value is read or refused with a path and a reason, and what is read is within its bounds."""
    received = read_payload(value, system=system)

    assert all(one.code in ("payload-field", "payload-system") and "`" in one.message for one in received.diagnostics)
    faultless(received)


@given(spoilt())
def test_the_same_payload_gives_the_same_reads(value: Any) -> None:
    """Reading a payload changes nothing in it, and reading it again gives the same."""
    before = copy.deepcopy(value)
    first = read_payload(value)

    assert first == read_payload(before)
    assert repr(before) == repr(value)


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_json_or_refused(data: bytes) -> None:
    """Any bytes give a value within the limits, or exactly one error; never both and never an exception."""
    value, found = parse(data)

    assert len(found) <= 1
    assert not found or value is None
