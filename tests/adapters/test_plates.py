"""The plate reader around its models: words, votes, the extra, and doubt that is kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.plates_kit import PLACE, ROOT, scripted

from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.plates import (
    Candidate,
    ModelError,
    PlateEngine,
    alternates,
    default_engine,
    normalise,
    read_image,
)
from alpr_policy_adapters.plates import extras as extras_module
from alpr_policy_adapters.plates.arrangements import weight
from alpr_policy_adapters.plates.models import ModelFile, verified
from alpr_policy_adapters.plates.syntax import plausible, printed_state
from alpr_policy_adapters.plates.vote import count, doubted


@pytest.mark.parametrize(
    ("text", "plate"),
    [("4kan 123", "4KAN123"), ("ABC·12-3", "ABC123"), ("ＡＢ１", "AB1"), ("苏A1", "A1"), ("ß", "SS"), ("", "")],
)
def test_normalise(text: str, plate: str) -> None:
    """A plate is its upper-case letters and digits; separators and other scripts are dropped."""
    assert plate == normalise(text)


@pytest.mark.parametrize(
    ("plate", "expected"),
    [
        ("ABC234", ()),
        ("AO1", ("A01", "A0I", "AOI")),
        ("00000", ("0000O", "000O0", "00O00", "0O000", "O0000")),
        ("8B5S2Z6G", ()),
    ],
)
def test_alternates(plate: str, expected: tuple[str, ...]) -> None:
    """Alternates swap O with 0 and I with 1, nothing else, and never the plate itself."""
    assert expected == alternates(plate)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Massachusetts", "MA"),
        ("NEWYORK", "NY"),
        ("MAR NEW HAMPSHIRE 26", "NH"),
        ("CALIFORNLA", None),
        ("MA", None),
        ("KANSAS", None),
        ("VIRGINIA", None),
        ("WEST VIRGINIA", "WV"),
        ("TEXAS MOTORS", None),
        ("", None),
    ],
)
def test_printed_state(text: str, state: str | None) -> None:
    """Only a whole name is a state: no abbreviation, no near miss, and no name that may be the end of another's."""
    assert state == printed_state(text)


def test_vote_sums_over_crops() -> None:
    """The text with the greatest sum wins, and its confidence is that sum over all crops, silent ones included."""
    ballots = [[("ABC 12", 0.9)], [("A8C12", 0.95)], [("ABC-12", 0.7)], []]
    tally = count([[Candidate(text=t, confidence=c) for t, c in ballot] for ballot in ballots])

    assert tally is not None
    assert "ABC 12" == tally.raw
    assert [("ABC12", 0.4), ("A8C12", 0.2375)] == [(c.text, round(c.confidence, 4)) for c in tally.candidates]


def test_vote_of_equals_does_not_depend_on_order() -> None:
    """Two texts with equal votes are ranked the same in whatever order the crops come."""
    one, two = [Candidate(text="ABC1", confidence=0.5)], [Candidate(text="ABC2", confidence=0.5)]

    assert count([one, two]) == count([two, one])


def test_text_that_no_plate_has_is_no_vote() -> None:
    """A single character or a whole sentence is no plate."""
    assert (False, True, True, False) == tuple(plausible("A" * n) for n in (1, 2, 8, 9))
    assert count([[Candidate(text="NO PARKING ANY TIME", confidence=1.0)]]) is None


def test_import_brings_nothing_heavy() -> None:
    """Importing the plate reader, the hot lists and the scenes loads neither OpenCV nor numpy nor a model runtime."""
    heavy = "{'cv2', 'numpy', 'onnxruntime', 'rapidocr', 'agentclpr', 'PIL'}"
    names = "alpr_policy_adapters.plates, alpr_policy_adapters.hotlists, alpr_policy_adapters.scenes.__main__"
    roots = os.pathsep.join([str(ROOT / "engine"), str(ROOT / "adapters")])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {names}; print(sorted({heavy} & set(sys.modules)))"],
        env={**os.environ, "PYTHONPATH": roots},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "[]\n" == done.stdout, done.stderr


@pytest.mark.parametrize("module", ["cv2", "onnxruntime", "rapidocr"])
def test_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Without one of its packages the engine says which extra brings it."""
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(MissingExtraError) as caught:
        default_engine()
    assert "ocr" == caught.value.extra
    assert "pip install 'alpr-policy[ocr]'" == caught.value.diagnostics[0].help


def test_missing_model_package_names_the_extra() -> None:
    """A model whose package is not installed is a missing extra too."""
    with pytest.raises(MissingExtraError, match="no_such_package"):
        ModelFile(package="no_such_package", inside="m.onnx", sha256="0" * 64).read_verified()


def test_changed_model_is_not_loaded(tmp_path: Path) -> None:
    """A model file with other bytes than measured is refused before anything loads it."""
    path = tmp_path / "m.onnx"
    path.write_bytes(b"model")

    assert b"model" == verified(path, hashlib.sha256(b"model").hexdigest())
    path.write_bytes(b"modem")
    with pytest.raises(ModelError, match="model-changed"):
        verified(path, hashlib.sha256(b"model").hexdigest())


def test_detector_package_is_never_imported(plate_engine: PlateEngine) -> None:
    """The detector's weights are used without running a line of the package that ships them."""
    assert "agentclpr" not in sys.modules


@pytest.mark.parametrize(
    ("versions", "codes"),
    [
        ({"opencv-python": "4.14", "opencv-python-headless": "4.14"}, []),
        ({"opencv-python": "4.14", "opencv-python-headless": "5.0"}, ["opencv-versions-differ"]),
        ({"opencv-python": None, "opencv-python-headless": "4.14"}, ["extra-package-missing"]),
    ],
)
def test_problems_of_the_extra(
    monkeypatch: pytest.MonkeyPatch, versions: dict[str, str | None], codes: list[str]
) -> None:
    """Two builds of OpenCV of unlike versions, and a missing package, are reported."""
    monkeypatch.setattr(extras_module, "installed_versions", lambda: versions)

    assert codes == [d.code for d in extras_module.problems()]


def test_unknown_detector_is_refused() -> None:
    """A detector of an unknown name is an error that lists the known ones."""
    with pytest.raises(Exception, match="there is no detector `haar`"):
        default_engine(detector="haar")


def test_read_keeps_every_doubt(cv2: Any, plate_scene: Path) -> None:
    """A read carries the raw text, what the other crops saw, the swaps nobody read, and where it all came from."""
    engine = scripted(("4KO·N123", 0.8), ("4KON123", 0.9), ("4K0N123", 0.9), None, None, ("California", 0.95))
    (read,) = read_image(plate_scene, engine=engine).reads

    assert ("4KON123", "4KON123", 0.3825) == (read.raw, read.plate, read.confidence)
    assert [("4KON123", 0.3825), ("4K0N123", 0.1418)] == [(c.text, c.confidence) for c in read.candidates]
    assert {"4K0N123", "4KONI23", "4K0NI23"} == set(read.alternates)
    assert ("CA", 0.95) == (read.state, read.state_confidence)
    assert ("fixed", "scripted") == (read.detector, read.reader)
    assert {"finder.onnx": "f" * 64, "reader.onnx": "e" * 64} == read.model_sha256s
    assert ("scene.png", hashlib.sha256(plate_scene.read_bytes()).hexdigest()) == (read.image, read.image_sha256)
    assert [10, 20, 100, 50] == read.to_dict()["box"]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (None, None),
        (("Texas", 0.89), None),
        (("Texas", 0.95), ("Ohio", 0.95)),
        (("MA", 0.99), None),
        (("Texas Motors", 0.99), None),
    ],
)
def test_state_is_never_guessed(
    cv2: Any, plate_scene: Path, above: tuple[str, float] | None, below: tuple[str, float] | None
) -> None:
    """No name, an unsure one, two names or a mere abbreviation leave the state unknown."""
    (read,) = read_image(plate_scene, engine=scripted(*[("ABC 123", 0.9)] * 4, above, below)).reads

    assert (None, None) == (read.state, read.state_confidence)


@pytest.mark.parametrize(
    ("plate", "worth"),
    [
        ("4KAN123", 1.0),
        ("AB1C2D", 1.0),
        ("4K0N123", 0.7),
        ("REFER", 0.49),
        ("RADIO99", 0.49),
        ("31KAN123", 0.35),
        ("REFERRAL", 0.245),
    ],
)
def test_unusual_arrangements_count_less(plate: str, worth: float) -> None:
    """A text that no state arranges so is doubted: more so if it is a word, and more so with eight characters."""
    assert worth == round(weight(plate), 4)


def test_usual_arrangement_outweighs_a_slightly_better_text() -> None:
    """Of two texts that the crops show about as well, the one arranged as a state's serials are comes first."""
    ballots = [[Candidate(text="4KAN 123", confidence=0.4), Candidate(text="4KAN1Z3", confidence=0.5)]]
    tally = count(ballots)

    assert tally is not None
    assert "4KAN1Z3" == tally.winner.text
    judged = doubted(tally, ballots[0])
    assert ("4KAN 123", "4KAN123", 0.4) == (judged.raw, judged.winner.text, judged.winner.confidence)


def test_unsure_text_is_reported_and_no_read(cv2: Any, plate_scene: Path) -> None:
    """A place whose text is not sure enough makes a warning that says where, and no read."""
    found = read_image(plate_scene, engine=scripted(("ABC1", 0.6), None, None, None, least=0.3))

    assert ((), False) == (found.reads, found.is_error)
    (warning,) = found.diagnostics
    expected = "something like a plate at 10,20 (100 x 50 pixels) could not be read surely enough, at best `ABC1`"
    assert ("plate-not-read", expected) == (warning.code, warning.message)


def test_place_that_the_detector_doubts_is_passed_over(cv2: Any, plate_scene: Path) -> None:
    """Below the least confidence of a read the reader is not even asked."""
    found = read_image(plate_scene, engine=scripted(place=replace(PLACE, score=0.1)))

    assert ((), ()) == (found.reads, found.diagnostics)
