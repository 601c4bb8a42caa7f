"""Detectors and readers by name: what is there, what is not and why, and what other packages add."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from tests.adapters.plates_kit import FixedDetector, ScriptedReader

from alpr_policy.errors import MissingExtraError, PolicyError
from alpr_policy_adapters.plates import PlateEngine, default_engine, registry
from alpr_policy_adapters.plates.models import ModelFile
from alpr_policy_adapters.plates.registry import ENGINES, GROUP, PARTS, Part, describe, make_engine, make_reader, parts

FOUND = Part(name="theirs", kind="detector", make=lambda threads: FixedDetector(), modules=("json",))


def _entry(name: str, value: Any) -> Any:
    def load() -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    return SimpleNamespace(name=name, value=f"package:{name}", load=load)


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let entry points of other packages be what a test says."""

    def put(**values: Any) -> None:
        entries = [_entry(name, value) for name, value in values.items()]
        monkeypatch.setattr(metadata, "entry_points", lambda *, group: entries if group == GROUP else [])

    return put


def _row(name: str, kind: str) -> dict[str, Any]:
    (row,) = (row for row in describe() if (row["name"], row["kind"]) == (name, kind))
    return row


def test_every_part_is_described_in_plain_data() -> None:
    """Each part has its row, which says either that it is available or why not, and is JSON."""
    rows = describe()

    assert {(part.name, part.kind) for part in PARTS} <= {(row["name"], row["kind"]) for row in rows}
    assert rows == json.loads(json.dumps(rows))
    assert all(row["available"] == (row["reason"] == "") for row in rows)
    assert all(row["available"] or row["help"] for row in rows)


def test_engines_are_made_of_known_parts() -> None:
    """Every engine with a name of its own is made of a detector and a reader that are listed."""
    known = {(part.name, part.kind) for part in PARTS}

    assert set() == {pair for d, r, _ in ENGINES.values() for pair in ((d, "detector"), (r, "reader"))} - known


def test_default_parts_are_available(plate_engine: PlateEngine) -> None:
    """Where the default engine runs, its parts are described as available, with the checksums that its reads carry."""
    rows = [_row("clp", "detector"), _row("rapidocr", "reader")]

    assert [True, True] == [row["available"] for row in rows]
    carried = {**plate_engine.detector.models, **plate_engine.reader.models}
    assert carried == {row["model"]: row["sha256"] for row in rows}


def test_missing_package_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one of its packages a part is not available, and the help is the command that brings it."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    row = _row("rapidocr", "reader")

    assert (False, "not installed: onnxruntime") == (row["available"], row["reason"])
    assert "pip install 'alpr-policy[ocr]'" == row["help"]


def test_changed_model_is_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model with other bytes than expected makes its part unavailable, and both checksums are told."""
    (tmp_path / "m.onnx").write_bytes(b"other")
    monkeypatch.setattr(ModelFile, "find", lambda self: tmp_path / "m.onnx")
    wanted = ModelFile(package="json", inside="m.onnx", sha256="0" * 64)
    monkeypatch.setattr(registry, "PARTS", (replace(FOUND, model=wanted),))
    row = _row("theirs", "detector")

    assert (False, hashlib.sha256(b"other").hexdigest()) == (row["available"], row["sha256"])
    assert "0" * 64 in row["reason"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"name": "best"}, "unknown-engine"),
        ({"detector": "haar"}, "unknown-detector"),
        ({"detector": "rapidocr"}, "unknown-detector"),
        ({"detector": "opencv", "reader": "clp"}, "unknown-reader"),
    ],
)
def test_unknown_names(cv2: Any, options: dict[str, str], code: str) -> None:
    """A name that is unknown, or known as something else, is an error that lists the known ones."""
    with pytest.raises(PolicyError) as caught:
        make_engine(**options)
    assert code == caught.value.diagnostics[0].code
    assert caught.value.diagnostics[0].help.startswith("known: ")


def test_other_packages_add_parts(added: Any) -> None:
    """A part from an entry point is listed, described and made like ours."""
    added(theirs=FOUND)

    assert FOUND == parts()[-1]
    assert _row("theirs", "detector")["available"]
    assert "fixed" == registry.make_detector("theirs").name


def test_broken_additions_take_nothing_down(added: Any) -> None:
    """An entry point that fails, is no part, or takes a name of ours is told and changes nothing."""
    added(fails=RuntimeError("no"), odd="no part", clp=replace(FOUND, name="clp"))
    rows = {row["name"]: row for row in describe() if row["kind"] == "unknown"}

    assert PARTS == parts()
    assert {"fails", "odd", "clp"} == set(rows)
    assert "package:fails cannot be loaded: RuntimeError" == rows["fails"]["reason"]


def test_nothing_is_loaded_to_describe() -> None:
    """Describing the parts imports none of the packages that they need, as another process shows."""
    import os
    import subprocess

    roots = [path for path in sys.path if path.endswith(("engine", "adapters"))]
    code = "import sys; from alpr_policy_adapters.plates.registry import describe; describe(); "
    code += "print(sorted({'cv2', 'numpy', 'onnxruntime', 'rapidocr', 'torch', 'agentclpr'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(roots)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "[]\n" == done.stdout, done.stderr


def _fake(monkeypatch: pytest.MonkeyPatch, name: str, **content: Any) -> None:
    module = ModuleType(name)
    module.__dict__.update(content)
    monkeypatch.setitem(sys.modules, name, module)


class _Recognizer:
    """Stands for fast-plate-ocr's reader: remembers what it was shown and answers as told."""

    answer: Any = (["ABC123__"], [[0.9, 0.8, 0.7, 0.6, 0.5, 0.1, 1.0, 1.0]])
    config = SimpleNamespace(image_color_mode="grayscale")
    shown: tuple[int, ...] = ()

    def __init__(self, hub_ocr_model: str, device: str, sess_options: Any) -> None:
        if hub_ocr_model != "global-plates-mobile-vit-v2-model" or device != "cpu":
            raise ValueError(hub_ocr_model)

    def run(self, source: Any, return_confidence: bool = False) -> Any:
        type(self).shown = source.shape
        return self.answer


ANSWERS = [
    (_Recognizer.answer, [("ABC123", 0.6)]),
    ([SimpleNamespace(plate="ABC1", char_probs=[1.0, 0.5, 0.5, 0.0])], [("ABC1", 0.5)]),
    ((["____"], [[1.0, 1.0, 1.0, 1.0]]), []),
    (([], []), []),
    ([], []),
]


@pytest.mark.parametrize(("answer", "texts"), ANSWERS)
def test_reader_of_fast_alpr(cv2: Any, monkeypatch: pytest.MonkeyPatch, answer: Any, texts: Any) -> None:
    """Old and new answers of fast-plate-ocr give the text without padding, with its characters' mean confidence."""
    import numpy as np

    monkeypatch.setattr(_Recognizer, "answer", answer)
    _fake(monkeypatch, "fast_plate_ocr", LicensePlateRecognizer=_Recognizer)
    reader = make_reader("fast-plate-ocr")
    found = [(one.text, round(one.weight, 4)) for one in reader.read(np.zeros((40, 80, 3), np.uint8))]

    assert texts[:1] == found[:1]
    assert (40, 80) == _Recognizer.shown
    assert ("fast-plate-ocr", {}) == (reader.name, reader.models)


def test_detector_of_fast_alpr(cv2: Any, monkeypatch: pytest.MonkeyPatch, plate_scene: Path) -> None:
    """With fast-alpr a read names its detector and reader, the box lies inside the frame, and whole plates are read."""
    box = SimpleNamespace(x1=-5, y1=20, x2=110, y2=70)

    class Detector:
        def __init__(self, detection_model: str, conf_thresh: float, providers: list[str], sess_options: Any) -> None:
            pass

        def predict(self, frame: Any) -> list[Any]:
            return [SimpleNamespace(bounding_box=box, confidence=0.9, label="License Plate")]

    _fake(monkeypatch, "open_image_models", LicensePlateDetector=Detector)
    _fake(monkeypatch, "fast_plate_ocr", LicensePlateRecognizer=_Recognizer)
    from alpr_policy_adapters.plates import read_image

    (read,) = read_image(plate_scene, engine=make_engine("fast-alpr")).reads

    assert ("ABC123", "fast-alpr", "fast-plate-ocr") == (read.plate, read.detector, read.reader)
    assert ((0, 20, 110, 50), round(0.9 * 0.6, 4)) == (read.box, read.confidence)


def test_fast_alpr_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its packages fast-alpr is a missing extra; a model that it cannot fetch is an error with advice."""
    monkeypatch.setitem(sys.modules, "open_image_models", None)
    with pytest.raises(MissingExtraError) as caught:
        make_engine("fast-alpr")
    assert "fast-alpr" == caught.value.extra

    def refuse(**_: Any) -> None:
        raise OSError("no network")

    pytest.importorskip("cv2", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")
    _fake(monkeypatch, "fast_plate_ocr", LicensePlateRecognizer=refuse)
    with pytest.raises(PolicyError, match="model-missing"):
        make_reader("fast-plate-ocr")


def test_readers_texts_alone_still_vote(cv2: Any, monkeypatch: pytest.MonkeyPatch, plate_scene: Path) -> None:
    """A reader that gives texts alone has its crops counted, as many as the engine reads at most."""
    from alpr_policy_adapters.plates import read_image
    from alpr_policy_adapters.plates.protocol import Detection

    place = Detection(box=(10, 20, 100, 50), score=1.0)
    reader = ScriptedReader(("4KAN123", 0.8), ("4KAN123", 0.6), None, None)
    engine = PlateEngine(detector=FixedDetector(place), reader=reader, crops=2)
    (read,) = read_image(plate_scene, engine=engine).reads

    assert ("4KAN123", 0.7) == (read.plate, read.confidence)


def test_default_engine_takes_names(plate_engine: PlateEngine) -> None:
    """The default engine, the fast one, and one with another detector are told apart by their parts."""
    fast, plain = default_engine(fast=True), default_engine(detector="opencv")

    assert ("clp", "rapidocr", 2) == (fast.detector.name, fast.reader.name, fast.crops)
    assert ("opencv", "rapidocr", 4) == (plain.detector.name, plain.reader.name, plain.crops)
