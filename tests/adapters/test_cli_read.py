"""`alpr-policy read` and `doctor`: what is told, what is written, and with which code it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run
from tests.adapters.plates_kit import FixedDetector

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy_adapters.cli import engines, reading
from alpr_policy_adapters.plates import Candidate, Detection, PlateEngine
from alpr_policy_adapters.plates import extras as extras_module


class SameReader:
    """A reader that says the same of every crop."""

    name = "same"
    models: dict[str, str] = {}  # noqa: RUF012

    def read(self, crop: Any) -> list[Candidate]:
        return [Candidate(text="4KAN 123", confidence=0.9)]


@pytest.fixture
def folder(cv2: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a folder of two pictures, a broken one and a video, and an engine that sees the same in all of them."""
    import numpy as np

    place = Detection(box=(20, 30, 80, 40), corners=((20, 30), (100, 30), (100, 70), (20, 70)), score=0.9)
    engine = PlateEngine(detector=FixedDetector(place), reader=SameReader())
    monkeypatch.setattr(reading, "engine_named", lambda **_: engine)
    box = tmp_path / "in"
    box.mkdir()
    grey = np.full((120, 160, 3), 90, np.uint8)
    for name in ("a.png", "b.jpg"):
        cv2.imwrite(str(box / name), grey)
    (box / "c.png").write_bytes(b"no picture")
    writer = cv2.VideoWriter(str(box / "d.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 10, (160, 120))
    for _ in range(5):
        writer.write(grey)
    writer.release()
    return box


def test_a_folder_as_text(folder: Path, golden: Callable[..., None]) -> None:
    """Pictures and vehicles are listed line by line, errors stand apart, and the code says that some failed."""
    result = run("read", str(folder))

    assert ExitCode.PARTIAL == result.exit_code
    golden("read-folder.txt", f"{result.stdout}--- told beside it\n{result.stderr}")


def test_a_folder_as_json(folder: Path) -> None:
    """With `--json` each picture and each vehicle is one line, the broken one with its error."""
    lines = [json.loads(line) for line in run("read", str(folder), "--json").stdout.splitlines()]

    assert ["picture", "picture", "picture", "track"] == [line["kind"] for line in lines]
    assert ["image-format"] == [one["code"] for one in lines[2]["diagnostics"]]
    assert ("4KAN123", 5, "d.mp4#1") == tuple(lines[3]["read"][key] for key in ("plate", "frames", "track"))


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("a.png", "b.jpg"), ExitCode.OK),
        (("a.png", "none.png"), ExitCode.PARTIAL),
        (("none.png", "c.png"), ExitCode.BAD_INPUT),
        (("none.mp4",), ExitCode.BAD_INPUT),
    ],
)
def test_exit_codes(folder: Path, names: tuple[str, ...], code: ExitCode) -> None:
    """Whether all, some or nothing could be read is told by the code, as text and as JSON."""
    words = [str(folder / name) for name in names]

    assert [code, code] == [run("read", *words, *more).exit_code for more in ((), ("--json",))]


def test_a_sequence_is_one_vehicle(folder: Path) -> None:
    """With `--sequence` the pictures of a folder are frames: they make one read, and a broken one leaves a gap."""
    (folder / "d.mp4").unlink()
    result = run("read", str(folder), "--sequence", "--json")
    tracks = [json.loads(line) for line in result.stdout.splitlines() if '"track"' in line]

    assert [2] == [track["frames"] for track in tracks if track["kind"] == "track"]
    assert ExitCode.PARTIAL == result.exit_code


def test_a_picture_from_standard_input(folder: Path) -> None:
    """A dash is a picture that comes through a pipe."""
    result = run("read", "-", input=(folder / "a.png").read_bytes())

    assert ExitCode.OK == result.exit_code
    assert "4KAN123" in result.stdout and "standard input" in result.stdout


def test_annotated_pictures(cv2: Any, folder: Path, tmp_path: Path) -> None:
    """With `--out` every picture and vehicle is written with its read drawn on it, and nothing half-written stays."""
    out = tmp_path / "out"
    run("read", str(folder), "--out", str(out))
    drawn = cv2.imread(str(out / "a.jpg"))

    assert ["a.jpg", "b.jpg", "d.mp4_1.jpg"] == sorted(path.name for path in out.iterdir())
    # The frame of the box is green or amber on what was grey.
    assert drawn[30, 60].max() - int(drawn[30, 60].min()) > 60


def test_wrong_words(folder: Path) -> None:
    """An unknown reader, a start without offset and a folder that cannot be made end the run before it begins."""
    picture = str(folder / "a.png")

    assert "[bad-time]" in run("read", picture, "--start", "2026-05-04T10:00:00").stderr
    assert "[picture-unwritable]" in run("read", picture, "--out", str(folder / "a.png" / "x")).stderr
    with pytest.raises(Exception, match="unknown-reader"):
        engines.engine_named(reader="nobody")


def test_doctor_of_a_sound_installation(plate_engine: PlateEngine) -> None:
    """Where the default engine can run the doctor says so, with every model's checksum proven."""
    result = run("doctor", "--json")
    told = json.loads(result.stdout)

    assert (ExitCode.OK, True, []) == (result.exit_code, told["default_engine"], told["problems"])
    usable = {(part["kind"], part["name"]): part["note"] for part in told["parts"] if part["usable"]}
    assert {("engine", "default"), ("engine", "fast"), ("engine", "opencv")} == {k for k in usable if k[0] == "engine"}
    assert "clp_det.onnx, SHA-256 1bb07d364ba3… as expected" in usable["detector", "clp"]
    assert "PP-OCRv6_rec_small.onnx, SHA-256" in usable["reader", "rapidocr"]
    assert "The default engine can run." in run("doctor").stdout


def test_doctor_of_two_versions_of_opencv(plate_engine: PlateEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two builds of OpenCV of unlike versions are a reason not to trust the engine."""
    monkeypatch.setattr(
        extras_module, "problems", lambda: (Diagnostic("opencv-versions-differ", "unlike", help="mend"),)
    )
    result = run("doctor")

    assert ExitCode.MISSING_EXTRA == result.exit_code
    assert "unlike: mend" in result.stdout and "cannot run" in result.stdout


def test_doctor_without_a_model(cv2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a model is missing the doctor names the command that brings it, and does not fail itself."""
    from alpr_policy_adapters.plates import registry
    from alpr_policy_adapters.plates.models import ModelFile

    gone = ModelFile(package="no_such_package", inside="clp_det.onnx", sha256="0" * 64)
    monkeypatch.setattr(registry, "PARTS", tuple(replace(p, model=gone) for p in registry.PARTS if p.name == "clp"))
    result = run("doctor", "--json")
    (model,) = [part for part in json.loads(result.stdout)["parts"] if part["name"] == "clp"]

    assert (ExitCode.MISSING_EXTRA, False) == (result.exit_code, model["usable"])
    assert "pip install 'alpr-policy[ocr]'" in model["note"]
