"""The measurements of the plate reader: figures worked out by hand come out of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.benchmarks.plates.__main__ import main
from tests.benchmarks.plates.measure import Seen, figures, wilson
from tests.benchmarks.plates.truth import Labelled, Photo, distance, folded, load, overlap, without_plates

from alpr_policy_adapters.plates import PlateRead

BOX = (100, 100, 80, 40)


def _seen(plate: str, *reads: tuple[str, float], size: tuple[int, int] = (640, 480)) -> Seen:
    photo = Photo(path=Path(f"{plate}.jpg"), plates=(Labelled(box=BOX, plate=plate),))
    made = tuple(PlateRead(raw=text, plate=text, confidence=confidence, box=BOX) for text, confidence in reads)
    return Seen(photo=photo, reads=made, boxes=(BOX,) * len(reads), size=size, milliseconds=100.0)


def test_figures_are_those_counted_by_hand() -> None:
    """The surest read counts as exact, folded and by its characters; every other text is a wrong read."""
    seen = [
        _seen("ABC123", ("ABC123", 0.96), ("XX1", 0.4)),
        _seen("ABO123", ("AB0123", 0.75), ("ABO123", 0.5), size=(1280, 720)),
        _seen("ABC124", ("ABC12", 0.92)),
        _seen("ABC125"),
    ]
    found = figures(seen)

    assert (0.25, 0.5, 0.5) == (found["exact"], found["exact_any"], found["folded"])
    assert round((1 + 5 / 6 + 5 / 6 + 0) / 4, 9) == round(found["characters"], 9)
    assert (0.75, 1.25) == (found["found"], found["boxes"])
    assert (0.75, 0.5) == (found["wrong"], found["wrong_sure"])
    assert (100.0, 1, 100.0) == (found["milliseconds"], found["frames"], found["milliseconds_frame"])
    assert [(1, 1), (2, 1), (2, 1), (3, 1), (3, 1)] == [(r["reads"], r["exact"]) for r in found["calibration"]]
    assert [1, 1, 1, 2, 2] == [row["folded"] for row in found["calibration"]]


def test_interval_is_wilsons() -> None:
    """Of 34 right ones in 35 the interval is the one that a table of Wilson's gives; of none it says nothing."""
    assert (0.855, 0.995) == tuple(round(side, 3) for side in wilson(34, 35))
    assert (0.0, 1.0) == wilson(0, 0)


@pytest.mark.parametrize(
    ("a", "b", "edits"), [("ABC", "ABC", 0), ("ABC", "", 3), ("ABC1", "A8C", 2), ("AB", "BA", 2), ("XABC", "ABC", 1)]
)
def test_distance(a: str, b: str, edits: int) -> None:
    """Edits are characters put in, left out or changed."""
    assert edits == distance(a, b)


def test_overlap_and_folding() -> None:
    """Half of each of two boxes in common is a third of both together; O folds to 0 and I to 1."""
    assert 1 / 3 == overlap((0, 0, 10, 10), (5, 0, 10, 10))
    assert 0.0 == overlap((0, 0, 10, 10), (10, 0, 10, 10))
    assert "001Q1" == folded("0OIQ1")


def test_truth_of_a_folder(tmp_path: Path) -> None:
    """A picture may have several plates or none, and a limit takes pictures evenly spread."""
    rows = ["file\tx\ty\tw\th\tplate", "b.jpg\t1\t2\t3\t4\tABC1", "b.jpg\t9\t2\t3\t4\tABC2", "a.jpg\t0\t0\t0\t0\t"]
    (tmp_path / "truth.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    assert [("a.jpg", []), ("b.jpg", ["ABC1", "ABC2"])] == [
        (photo.path.name, [label.plate for label in photo.plates]) for photo in load(tmp_path)
    ]
    assert ["a.jpg"] == [photo.path.name for photo in load(tmp_path, 1)]
    (tmp_path / "b.jpg").touch()
    (tmp_path / "c.jpg").touch()
    assert ["c.jpg"] == [photo.path.name for photo in without_plates(tmp_path)]


def test_without_photographs_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no photographs are nothing is measured, and that is said."""
    main(["--photos", str(tmp_path)])

    assert "nothing was measured" in capsys.readouterr().err
