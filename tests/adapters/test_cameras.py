"""Several cameras at once: each in its own time, none stops another, and their vehicles are judged like any read."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cameras_kit import Alone, engine, stream
from tests.adapters.cli_kit import ROOT, run
from tests.adapters.rtsp_camera import Camera

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy_adapters.cli import ingest as ingest_module
from alpr_policy_adapters.cli import reading
from alpr_policy_adapters.hotlists import load_csv
from alpr_policy_adapters.pipeline import (
    CameraFeed,
    Capacity,
    Judge,
    Lookout,
    Pipeline,
    Step,
    camera_feeds,
    load_setting,
    now,
)
from alpr_policy_adapters.plates import cameras as cameras_module
from alpr_policy_adapters.plates.cameras import Cameras
from alpr_policy_adapters.plates.streams import Stream
from alpr_policy_adapters.plates.tracks import Track

DEMO = ROOT / "examples" / "demo"
pytestmark = pytest.mark.usefixtures("cv2")


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that other threads bring about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


def no_thread_is_left() -> bool:
    """Say whether every camera's threads have ended."""
    return not any(thread.name.startswith(("camera ", "stream ")) for thread in threading.enumerate())


# Read


def test_one_failing_camera_never_stops_the_others() -> None:
    """Of cameras that work, are away and fail oddly each gives what it can, and says its own error."""
    streams = [stream("good", 6), stream("away"), stream("odd", ValueError("odd")), stream("second", 6)]
    found = list(Cameras(streams, engine()).tracks())
    vehicles = [(one.name, item.read.plate) for one, item in found if isinstance(item, Track) and item.read]
    errors = {one.name: item.code for one, item in found if isinstance(item, Diagnostic) and "good" not in one.name}

    assert [("rtsp://good/live", "4KAN123"), ("rtsp://second/live", "4KAN123")] == sorted(vehicles)
    assert {"rtsp://away/live", "rtsp://odd/live", "rtsp://second/live"} == set(errors)
    assert {"stream-unreachable"} == set(errors.values())
    assert [True, False, False, True] == [bool(one.counts.read) for one in streams]
    assert no_thread_is_left()


def test_a_defect_in_following_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where following one camera fails in a way that nobody foresaw it is told, and the other's vehicle comes."""
    follow = cameras_module.follow

    def fails(shots: Any, name: str, *words: Any, **parts: Any) -> Any:
        if "bad" in name:
            raise RuntimeError("defect")
        return follow(shots, name, *words, **parts)

    monkeypatch.setattr(cameras_module, "follow", fails)
    found = list(Cameras([stream("bad", 4), stream("good", 4)], engine()).tracks())

    assert ["camera-failed"] == [item.code for one, item in found if isinstance(item, Diagnostic) and "bad" in one.name]
    assert 1 == sum(isinstance(item, Track) for _, item in found)


def test_cameras_take_turns_at_the_engine() -> None:
    """No two frames are in the engine at once, however many cameras there are."""
    made = engine()
    list(Cameras([stream(f"c{n}", 10) for n in range(4)], made).tracks())

    assert isinstance(made.detector, Alone)
    assert 0 == made.detector.crowded


def test_frames_are_counted_and_bounded() -> None:
    """Each camera reads no more frames than asked, each is counted, and what was received is read or skipped."""
    counted: list[int] = []
    streams = [stream(name, 1000) for name in ("a", "b")]
    list(Cameras(streams, engine(), max_frames=3, counted=lambda: counted.append(1)).tracks())

    assert ([3, 3], 6) == ([one.counts.read for one in streams], len(counted))
    assert all(one.counts.received >= one.counts.read + one.counts.skipped for one in streams)


def test_whoever_stops_looking_ends_the_cameras() -> None:
    """When nobody takes vehicles any more all threads end, though vehicles wait and cameras go on."""
    streams = [stream(name, *[3] * 50, retries=50) for name in ("a", "b")]
    tracks = Cameras(streams, engine()).tracks()
    next(tracks)
    tracks.close()  # type: ignore[attr-defined]  # it is a generator

    until(no_thread_is_left)
    assert all(len(one._open.videos) > 0 for one in streams)  # type: ignore[attr-defined]  # the kit's


def test_ctrl_c_gives_out_the_vehicles_in_view(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an interruption what is in view is given out, and then the interruption goes on."""
    streams = [stream(name, 100_000) for name in ("a", "b")]
    cameras = Cameras(streams, engine())
    taken, calls = cameras._found.get, []

    def get(timeout: float) -> Any:
        calls.append(1)
        if len(calls) == 1:
            until(lambda: all(one.counts.read > 2 for one in streams))
            raise KeyboardInterrupt
        return taken(timeout=timeout)

    monkeypatch.setattr(cameras._found, "get", get)
    found: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        for one, item in cameras.tracks():
            found += [one.name] * isinstance(item, Track)

    assert (["rtsp://a/live", "rtsp://b/live"], True) == (sorted(found), no_thread_is_left())


def test_read_follows_cameras_at_once(cv2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command reads files first and then all cameras; one that is away is partial, and no secret is shown."""
    import numpy as np

    frames = [np.full((128, 208, 3), 40 + 8 * n, np.uint8) for n in range(8)]
    cameras = [Camera(cv2, frames), Camera(cv2, frames)]
    monkeypatch.setattr(reading, "engine_named", lambda **_: engine())
    monkeypatch.setattr(reading, "Stream", partial(Stream, retries=0, timeout=5.0))
    words = [one.address for one in cameras] + ["rtsp://user:secret@127.0.0.1:9/live"]
    result = run("read", *words, "--max-frames", "3", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]

    assert ExitCode.PARTIAL == result.exit_code
    assert [True, True, False] == [line["read"] > 0 for line in lines if line["kind"] == "stream"]
    assert ["4KAN123"] * 2 == [line["read"]["plate"] for line in lines if line["kind"] == "track"]
    assert "secret" not in result.output


# Judged


def feed(name: str, closing: threading.Event, turn: threading.Lock, *videos: int | Exception) -> CameraFeed:
    """Make a camera of a pipeline that gives these videos, one a connection."""
    left = list(videos)

    def opened(closing: threading.Event) -> Stream:
        return stream(name, *([left.pop(0)] if left else []), closing=closing)

    return CameraFeed(name=name, stream=opened, engine=engine(), closing=closing, turn=turn, camera=name, agency="own")


def judged(pdp: PolicyDecisionPoint, *feeds: CameraFeed) -> tuple[Pipeline, list[Step], list[tuple[str, Diagnostic]]]:
    """Run cameras through a pipeline with the demo's list; give it with its steps and reports as they come."""
    steps: list[Step] = []
    told: list[tuple[str, Diagnostic]] = []
    judge = Judge(pdp=pdp, departments=("cambridge",), clock=now, setting=load_setting(DEMO / "context.yaml"))
    lookout = Lookout(load_csv(DEMO / "hotlist.csv").entries, pdp, ("cambridge",))
    quick = Capacity(first_pause=0.01, longest_pause=0.02)

    def report(source: str, problem: Diagnostic) -> None:
        told.append((source, problem))

    sources = [one.source() for one in feeds]
    return Pipeline(sources, judge, lookout, [steps.append], report=report, capacity=quick).start(), steps, told


def test_cameras_are_judged_and_come_back(pdp: PolicyDecisionPoint) -> None:
    """Vehicles are judged with their camera and hit; a lost camera is begun again, and one that is away stops none."""
    closing, turn = threading.Event(), threading.Lock()
    feeds = [feed("gate", closing, turn, 5, 5, 100_000), feed("away", closing, turn), feed("yard", closing, turn, 5)]
    pipeline, steps, told = judged(pdp, *feeds)
    until(lambda: len([step for step in steps if step.action == "read.capture"]) >= 3)
    closing.set()
    over = pipeline.wait(10)
    ending = pipeline.stop()
    reads = [step.read for step in steps if step.action == "read.capture" and step.read]

    assert (True, True, 0) == (over, ending.drained, ending.unacknowledged)
    assert {("gate", "own", "gate#1.1"), ("gate", "own", "gate#2.1"), ("yard", "own", "yard#1.1")} <= {
        (read.camera, read.agency, read.track) for read in reads
    }
    assert {"gate", "away", "yard"} == {source for source, _ in told}
    assert {"pipeline-source"} == {problem.code for _, problem in told}
    assert ["plate", "vehicle_image", "time"] == steps[0].request["facts"]["read.fields"]
    assert {"read.capture", "alert.deliver", "stop.start"} == {step.action for step in steps}


def test_closing_gives_out_the_vehicle_in_view(pdp: PolicyDecisionPoint) -> None:
    """A vehicle that still stands before the camera when the end comes is read out and judged."""
    closing = threading.Event()
    gate = feed("gate", closing, threading.Lock(), 100_000)
    pipeline, steps, _ = judged(pdp, gate)
    detector = gate.engine.detector
    assert isinstance(detector, Alone)
    until(lambda: detector.seen > 2)
    before = len(steps)
    closing.set()
    over = pipeline.wait(10)
    ending = pipeline.stop()

    assert (0, True, True) == (before, over, ending.drained)
    assert "read.capture" in {step.action for step in steps}


def test_cameras_have_names_of_their_own() -> None:
    """Addresses that differ only in what is not shown are numbered; a name that is given names the only camera."""
    addresses = [f"rtsp://user:secret@camera/live?channel={n}" for n in (1, 2, 3)]
    several = camera_feeds(addresses, engine(), threading.Event(), camera="gate")
    (one,) = camera_feeds(addresses[:1], engine(), threading.Event(), camera="gate")

    shown = "rtsp://camera/live"
    assert [shown, f"{shown} (2)", f"{shown} (3)"] == [each.name for each in several]
    assert [shown, f"{shown} (2)", f"{shown} (3)", "gate"] == [each.camera for each in [*several, one]]
    assert 1 == len({id(each.turn) for each in several})


def test_ingest_judges_a_camera(cv2: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command reads a camera itself, judges what passes as it passes, and ends when it is told to."""
    import numpy as np

    camera, log = Camera(cv2, [np.full((128, 208, 3), 90, np.uint8)] * 4), tmp_path / "log.jsonl"
    log.touch()

    def feeds(addresses: Any, made: Any, closing: threading.Event, **parts: Any) -> Any:
        def end() -> None:
            until(lambda: "stop.start" in log.read_text(encoding="utf-8"))
            closing.set()

        threading.Thread(target=end, daemon=True).start()
        return camera_feeds(addresses, made, closing, **parts)

    monkeypatch.setattr(ingest_module, "camera_feeds", feeds)
    monkeypatch.setattr(ingest_module, "engine_named", lambda **_: engine())
    listed = ("--hotlist", str(DEMO / "hotlist.csv"), "--setting", str(DEMO / "context.yaml"), "-p", "cambridge")
    result = run("ingest", camera.address, "--camera", "gate", "--log", str(log), *listed, "--json")
    camera.close()
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]

    assert ["read.capture", "alert.deliver", "stop.start"] == [line["request"]["action"] for line in lines[:3]]
    assert ("4KAN123", "gate", "clock") == tuple(lines[0]["read"][key] for key in ("plate", "camera", "captured_from"))
    assert "secret" not in result.output + log.read_text(encoding="utf-8")
    lost = "[pipeline-source]" in result.stderr  # unless it was told to end before the camera hung up
    assert (ExitCode.PARTIAL if lost else ExitCode.OK) == result.exit_code
