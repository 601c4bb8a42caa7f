"""The real models on rendered scenes: the read comes from the pixels, and from nothing else."""

from __future__ import annotations

import csv
import json
import os
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.plates_kit import CAR, DEMO, SCENE, ScriptedReader, written

from alpr_policy_adapters.plates import PlateEngine, default_engine, pictures_in, read_image, read_images
from alpr_policy_adapters.plates.protocol import LatticeReader
from alpr_policy_adapters.plates.rectify import serial_crops
from alpr_policy_adapters.scenes import encode, load_recipe, truth, write_scenes


def test_demo_is_read_from_its_pixels(plate_engine: PlateEngine) -> None:
    """Every plate of the demo is read as its recipe says, a state only where its name is printed, and nothing else."""
    scenes = load_recipe(DEMO / "scenes.yaml")
    expected = {s.file: sorted((v.plate, v.layout if v.named else None) for v in s.vehicles) for s in scenes}
    found = {
        f.image: sorted((r.plate, r.state) for r in f.reads)
        for f in read_images(pictures_in(DEMO), engine=plate_engine)
    }

    assert expected == found


def test_sharp_is_sure_and_blurred_is_doubtful(plate_engine: PlateEngine, tmp_path: Path) -> None:
    """A sharp plate is read almost surely, a small blurred one clearly less so, a hopeless one is no read at all."""
    small = replace(CAR, plate_width=80)
    scenes = [
        replace(SCENE, file="sharp.png"),
        replace(SCENE, file="doubtful.png", blur=1.2, noise=4, vehicles=(small,)),
        replace(SCENE, file="hopeless.png", blur=4, noise=4, vehicles=(small,)),
    ]
    sharp, doubtful, hopeless = (f.reads for f in read_images(write_scenes(scenes, tmp_path), engine=plate_engine))

    assert 0.95 < sharp[0].confidence
    assert 0.2 < doubtful[0].confidence < 0.8
    assert () == hopeless


def test_plate_that_fills_the_frame_is_found(plate_engine: PlateEngine, tmp_path: Path) -> None:
    """A plate far larger than usual is found by looking at the frame once more at half the size."""
    near = replace(SCENE, file="near.png", vehicles=(replace(CAR, plate_width=520, at=(320, 240)),))
    (found,) = read_images(write_scenes([near], tmp_path), engine=plate_engine)

    assert ["4KAN123"] == [read.plate for read in found.reads]


def test_crops_read_together_are_read_as_alone(cv2: Any, plate_engine: PlateEngine, plate_picture: Any) -> None:
    """Reading crops in one go gives each the text that it has alone."""
    found = plate_engine.detector.detect(plate_picture)[0]
    crops = serial_crops(plate_picture, found)
    assert isinstance(plate_engine.reader, LatticeReader)
    together = [[text.text for text in reading.texts] for reading in plate_engine.reader.read_crops(crops)]

    assert [[text.text for text in plate_engine.reader.read(crop)] for crop in crops] == together
    assert [] == plate_engine.reader.read_crops([])


def test_plates_are_where_they_were_put(plate_engine: PlateEngine, plate_scene: Path) -> None:
    """The box and the corners of a read lie on the plate that was rendered, to a few pixels."""
    (read,) = read_image(plate_scene, engine=plate_engine).reads
    true = truth([SCENE])["scene.png"][0]["corners"]

    assert read.corners is not None
    assert 10 > max(
        abs(a - b) for seen, put in zip(read.corners, true, strict=True) for a, b in zip(seen, put, strict=True)
    )


def test_small_change_of_the_plate_changes_the_read(plate_engine: PlateEngine, tmp_path: Path) -> None:
    """Another plate in the same street is read as that other plate: nothing is remembered or looked up."""
    others = ["4KAN123", "4KAN124", "9JLQ474"]
    scenes = [replace(SCENE, file=f"{i}.png", vehicles=(replace(CAR, plate=p),)) for i, p in enumerate(others)]
    found = read_images(write_scenes(scenes, tmp_path), engine=plate_engine)

    assert others == [read.plate for f in found for read in f.reads]


def test_name_and_metadata_change_nothing(
    cv2: Any, plate_engine: PlateEngine, plate_picture: Any, tmp_path: Path
) -> None:
    """Another name, another time stamp and other metadata leave the read as it was, but for the file's own marks."""
    plain = bytes(cv2.imencode(".jpg", plate_picture)[1])
    comment = b"plate: 7XYZ999"
    talkative = plain[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + plain[2:]
    (tmp_path / "scene.jpg").write_bytes(plain)
    (tmp_path / "7XYZ999.jpg").write_bytes(plain)
    (tmp_path / "talkative.jpg").write_bytes(talkative)
    os.utime(tmp_path / "7XYZ999.jpg", (0, 0))
    names = ("scene.jpg", "7XYZ999.jpg", "talkative.jpg")
    reads = [written(read_image(tmp_path / n, engine=plate_engine).reads, "image", "image_sha256") for n in names]

    assert ["4KAN123"] == [read["plate"] for read in reads[0]]
    assert reads[0] == reads[1] == reads[2]


def test_same_pixels_same_bytes(cv2: Any, plate_engine: PlateEngine, plate_picture: Any, tmp_path: Path) -> None:
    """The same pixels give the same output bytes, in any lossless format and from an engine loaded anew."""
    outputs = set()
    engines = (plate_engine, default_engine())
    for ending in (".png", ".bmp", ".tiff"):
        path = tmp_path / f"scene{ending}"
        path.write_bytes(bytes(cv2.imencode(ending, plate_picture)[1]))
        for each in engines:
            outputs.add(json.dumps(written(read_image(path, engine=each).reads, "image", "image_sha256")))

    assert 1 == len(outputs)
    assert '"plate": "4KAN123"' in outputs.pop()


def test_reader_of_noise_reads_noise(plate_engine: PlateEngine, plate_scene: Path) -> None:
    """With another reader the text is that reader's: the plate does not come from anywhere else."""
    noise = ScriptedReader(*[("QX7PL2", 0.8)] * 4, None, None)
    (read,) = read_image(plate_scene, engine=replace(plate_engine, reader=noise)).reads

    assert ("QX7PL2", "scripted") == (read.plate, read.reader)


def test_blank_plate_is_not_read(plate_engine: PlateEngine, cv2: Any, plate_picture: Any, tmp_path: Path) -> None:
    """Painting over the serial leaves no read."""
    import numpy as np

    painted = plate_picture.copy()
    cv2.fillPoly(painted, [np.array(truth([SCENE])["scene.png"][0]["corners"], np.int32)], (236, 240, 240))
    path = tmp_path / "painted.png"
    path.write_bytes(encode(SCENE, painted))

    assert () == read_image(path, engine=plate_engine).reads


def test_smallest_and_oddest_frames_are_taken(cv2: Any, plate_engine: PlateEngine, tmp_path: Path) -> None:
    """Tiny, flat and very long pictures go through both detectors without a read and without an error."""
    import numpy as np

    shapes = [(16, 16), (16, 5000), (5000, 16), (33, 31)]
    for detector in ("clp", "opencv"):
        each = plate_engine if detector == "clp" else default_engine(detector="opencv")
        for i, (height, width) in enumerate(shapes):
            path = tmp_path / f"{i}.png"
            noise = np.random.default_rng(i).integers(0, 256, (height, width, 3), np.uint8)
            path.write_bytes(bytes(cv2.imencode(".png", noise)[1]))
            assert () == read_image(path, engine=each).reads


def test_localizer_without_a_model_finds_plates(plate_engine: PlateEngine) -> None:
    """The detector that needs no weights lets the sharp demo plates be read, and says that it was the one."""
    found = read_image(DEMO / "scene-03.jpg", engine=default_engine(detector="opencv"))

    assert {"7RBT58", "HXK4471"} == {read.plate for read in found.reads}
    assert {"opencv"} == {read.detector for read in found.reads}
    assert all(list(read.model_sha256s) == ["PP-OCRv6_rec_small.onnx"] for read in found.reads)


@pytest.mark.slow
def test_photographs(plate_engine: PlateEngine, shared_folder: Path) -> None:
    """Of fifteen real photographs most plates are read exactly, and what is read surely is right."""
    folder = shared_folder / "data" / "plates" / "us"
    if not folder.is_dir():
        pytest.skip("needs photographs of real plates, which are no part of the repository: none beside the checkout")
    with (folder / "truth.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))[::7][:15]
    right = sure = sure_right = 0
    for row in rows:
        reads = read_image(folder / row["file"], engine=plate_engine).reads
        best = max(reads, key=lambda read: read.confidence, default=None)
        right += best is not None and best.plate == row["plate"]
        if best is not None and best.confidence >= 0.95:
            sure += 1
            sure_right += best.plate == row["plate"]

    print(f"{right} of {len(rows)} exact; {sure_right} of {sure} at a confidence of 0.95 or more")
    assert 15 == len(rows)
    assert 10 <= right
    assert sure - 1 <= sure_right
