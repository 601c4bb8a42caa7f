"""Payloads of our own, true samples beside the checkout, and what was read of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from alpr_policy_adapters.payloads import Received, parse, read_payload
from alpr_policy_adapters.plate_read import PlateRead

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "examples" / "embedding" / "payloads"
TEN = datetime.fromisoformat("2026-05-04T10:00:00-04:00")
# What each of our own invented payloads holds: plate, state, camera, confidence of every read.
EXPECTED: dict[str, list[tuple[str, str | None, str | None, float | None]]] = {
    "axis": [("4KAN123", None, "B8A44F000001", 0.871)],
    "fast_alpr": [("4KAN123", None, None, 0.91)],
    "flock_alert": [("4KAN123", "CA", "00000000-0000-4000-8000-000000000001", 0.94)],
    "flock_alert_two_lists": [],
    "flock_lookup": [],
    "frigate": [("4KAM123", None, "yard_cam", 0.93)],
    "openalpr_group": [("4KAN123", "CA", "agent-a/7", 0.942)],
    "openalpr_results": [("8QZW650", None, "headquarters/1", 0.841), ("4KAN123", None, "headquarters/1", 0.799)],
    "plate_recognizer": [("4KAN123", "CA", "camera-2", 0.902), ("DXY4821", None, "camera-2", 0.88)],
    "rekor_alert": [("4KAN123", "CA", "agent-a/7", 0.942)],
}
SHARED = {
    "axis_fflpr_event.json": "axis",
    "flock_lpr_hotlist_alert.synthetic.json": "flock_alert",
    "frigate_tracked_object_update_lpr.json": "frigate",
    "openalpr_alpr_group_v1.json": "openalpr_group",
    "openalpr_alpr_results_opensource.json": "openalpr_results",
    "platerecognizer_stream_webhook.json": "plate_recognizer",
}


def own(name: str, /, **changed: Any) -> Any:
    """Return one of our own payloads, with some of its outermost values replaced."""
    value = json.loads((OWN / f"{name}.json").read_text(encoding="utf-8"))
    return {**value, **changed} if changed else value


def sample_json(shared_folder: Path, name: str) -> dict[str, Any]:
    """Give a true sample as it is: its plate and camera are nothing for this repository."""
    value: dict[str, Any] = json.loads((shared_folder / "data" / "payloads" / name).read_text(encoding="utf-8"))
    return value


def sample(folder: Path, name: str) -> Received:
    """Read one of the samples beside the checkout."""
    path = folder / "data" / "payloads" / name
    if not path.is_file():
        pytest.skip(f"needs {name} of the study material")
    value, found = parse(path.read_bytes(), name)
    assert () == found
    return read_payload(value)


def only(received: Received) -> PlateRead:
    """Return the one read of a payload in which nothing is wrong."""
    assert () == received.diagnostics
    (read,) = received.reads
    return read


def told(received: Received) -> list[str]:
    """Return what is wrong, as a person reads it."""
    return [one.message for one in received.diagnostics]
