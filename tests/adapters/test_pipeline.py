"""The main job: what is decided rests on the pixels, the hot list and the policies, and on nothing else."""

from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.adapters.plates_kit import CAR, DEMO, SCENE

from alpr_policy import Mode, PolicyDecisionPoint, PolicyError
from alpr_policy_adapters.hotlists import HotListEntry, load_csv
from alpr_policy_adapters.pipeline import (
    Judge,
    Lookout,
    Pipeline,
    Setting,
    Step,
    engine_reader,
    load_setting,
    log_lines,
    pictures,
    run,
)
from alpr_policy_adapters.plates import Candidate, PlateEngine
from alpr_policy_adapters.scenes import encode, render

AT = datetime.fromisoformat("2026-05-04T10:00:00-04:00")
DEPARTMENTS = ("cambridge", "leicester")


@pytest.fixture(scope="module")
def entries() -> tuple[HotListEntry, ...]:
    """Give the entries of the demo's hot list."""
    return load_csv(DEMO / "hotlist.csv").entries


@pytest.fixture(scope="module")
def setting() -> Setting:
    """Give the demo's setting."""
    return load_setting(DEMO / "context.yaml")


class NoiseReader:
    """A reader that says something else than what stands there."""

    name = "noise"
    models: ClassVar[dict[str, str]] = {"noise": "0" * 64}

    def read(self, crop: Any) -> list[Candidate]:
        """Return a made-up text."""
        return [Candidate(text="XX0000X", confidence=0.99)]


def _steps(pictures: list[Path], engine: PlateEngine, **parts: Any) -> list[Step]:
    outcomes = run(
        pictures, parts["entries"], parts["pdp"], DEPARTMENTS, at=AT, setting=parts["setting"], engine=engine
    )
    return [step for _, steps in outcomes for step in steps]


def _answers(steps: list[Step]) -> list[tuple[str, str, dict[str, str]]]:
    return [(s.action, s.read.plate, {name: d.outcome.value for name, d in s.decisions.items()}) for s in steps]


def test_one_picture_leads_to_capture_alert_and_stop(
    plate_scene: Path,
    plate_engine: PlateEngine,
    pdp: PolicyDecisionPoint,
    entries: tuple[HotListEntry, ...],
    setting: Setting,
) -> None:
    """Under Cambridge a stop on the hit needs its checks; Leicester's text asks for none."""
    answers = _answers(_steps([plate_scene], plate_engine, pdp=pdp, entries=entries, setting=setting))

    assert [
        ("read.capture", "4KAN123", {"cambridge": "allow", "leicester": "allow"}),
        ("alert.deliver", "4KAN123", {"cambridge": "allow", "leicester": "allow"}),
        ("stop.start", "4KAN123", {"cambridge": "needs", "leicester": "allow"}),
    ] == answers


def test_another_plate_in_the_same_scene_is_no_hit(
    cv2: Any, plate_engine: PlateEngine, tmp_path: Path, pdp: PolicyDecisionPoint, entries: Any, setting: Setting
) -> None:
    """Only the plate's pixels changed, and so did the outcome."""
    other = dataclasses.replace(SCENE, vehicles=(dataclasses.replace(CAR, plate="8QZW650"),))
    path = tmp_path / "scene.png"
    path.write_bytes(encode(other, render(other)))
    answers = _answers(_steps([path], plate_engine, pdp=pdp, entries=entries, setting=setting))

    assert [("read.capture", "8QZW650", {"cambridge": "allow", "leicester": "allow"})] == answers


def test_a_model_of_noise_finds_no_hit(
    plate_scene: Path, plate_engine: PlateEngine, pdp: PolicyDecisionPoint, entries: Any, setting: Setting
) -> None:
    """With the reader replaced by noise the listed plate is not found: nothing but the pixels carries it."""
    noisy = PlateEngine(detector=plate_engine.detector, reader=NoiseReader())
    steps = _steps([plate_scene], noisy, pdp=pdp, entries=entries, setting=setting)

    assert {("read.capture", "XX0000X")} == {(step.action, step.read.plate) for step in steps}


def test_neither_name_nor_neighbour_of_a_picture_matters(
    plate_scene: Path,
    plate_engine: PlateEngine,
    tmp_path: Path,
    pdp: PolicyDecisionPoint,
    entries: Any,
    setting: Setting,
) -> None:
    """The same pixels under another name, beside a file that claims another plate, lead to the same decisions."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    copy = folder / "9JLQ474.png"
    shutil.copy(plate_scene, copy)
    (folder / "9JLQ474.json").write_text(json.dumps({"plate": "9JLQ474"}), encoding="utf-8")
    here, there = (
        _answers(_steps([path], plate_engine, pdp=pdp, entries=entries, setting=setting))
        for path in (plate_scene, copy)
    )

    assert here == there


def test_a_bad_picture_is_reported_and_the_next_is_read(
    plate_scene: Path,
    plate_engine: PlateEngine,
    tmp_path: Path,
    pdp: PolicyDecisionPoint,
    entries: Any,
    setting: Setting,
) -> None:
    """A file that is no image gives its error, and the run goes on."""
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"not a picture")
    outcomes = list(run([bad, plate_scene], entries, pdp, DEPARTMENTS, at=AT, setting=setting, engine=plate_engine))

    assert [(True, 0), (False, 3)] == [(picture.is_error, len(steps)) for picture, steps in outcomes]


def test_the_log_marks_what_is_personal(
    plate_scene: Path, plate_engine: PlateEngine, pdp: PolicyDecisionPoint, entries: Any, setting: Setting
) -> None:
    """Every place of a log line that holds the plate or a person's id is named under `personal`."""
    steps = _steps([plate_scene], plate_engine, pdp=pdp, entries=entries, setting=setting)
    lines = [line for step in steps for line in log_lines(step)]
    unmarked = [
        path for line in lines for path in _paths_with(line, ("4KAN123", "officer-7")) if not _marked(path, line)
    ]

    assert [] == unmarked


def _paths_with(value: Any, words: tuple[str, ...], path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in _paths_with(v, words, f"{path}.{k}" if path else k)]
    if isinstance(value, list):
        return [p for v in value for p in _paths_with(v, words, path)]
    return [path] if isinstance(value, str) and any(word in value for word in words) else []


def _marked(path: str, line: dict[str, Any]) -> bool:
    inside_reason = path.startswith("decision.reasons.facts")
    return inside_reason or any(path == name or path.startswith(name + ".") for name in line["personal"])


def test_observing_lets_pass_and_says_what_would_have_been(
    plate_scene: Path, plate_engine: PlateEngine, pdp: PolicyDecisionPoint, entries: Any, setting: Setting
) -> None:
    """In mode observe every act may proceed, and the outcome still says what the policy asks."""
    outcomes = run(
        [plate_scene], entries, pdp, ["cambridge"], at=AT, setting=setting, engine=plate_engine, mode=Mode.OBSERVE
    )
    decisions = [step.decisions["cambridge"] for _, steps in outcomes for step in steps]

    assert ([True, True, True], ["allow", "allow", "needs"], {"observe"}) == (
        [d.proceed for d in decisions],
        [d.outcome.value for d in decisions],
        {d.mode for d in decisions},
    )


def test_the_running_pipeline_reads_pictures_as_the_batch_does(
    plate_scene: Path, plate_engine: PlateEngine, pdp: PolicyDecisionPoint, entries: Any, setting: Setting
) -> None:
    """Through queues and threads the same picture leads to the same answers."""
    steps: list[Step] = []
    judge = Judge(pdp=pdp, departments=DEPARTMENTS, clock=lambda _: AT, setting=setting)
    source = pictures("files", [plate_scene])
    lookout = Lookout(entries, pdp, DEPARTMENTS)
    pipeline = Pipeline([source], judge, lookout, [steps.append], reader=engine_reader(plate_engine)).start()
    pipeline.wait(60)
    ending = pipeline.stop()

    assert (True, 0) == (ending.drained, ending.unacknowledged)
    assert _answers(_steps([plate_scene], plate_engine, pdp=pdp, entries=entries, setting=setting)) == _answers(steps)


def test_a_setting_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    """A misspelt key of a setting is an error with its line, not a quiet loss."""
    path = tmp_path / "context.yaml"
    path.write_text("fcats: {purpose: routine_patrol}\n", encoding="utf-8")

    with pytest.raises(PolicyError, match="`fcats` is not a key of a setting"):
        load_setting(path)
