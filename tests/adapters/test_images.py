"""Picture files from outside: what is refused before it is decoded, and when a picture says it was taken."""

from __future__ import annotations

import json
import os
import random
import struct
import sys
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.hostile_pictures import (
    animated_webp,
    countless_tiff,
    endless_segments,
    endless_webp,
    filled_jpeg,
    idle_scans,
    many_chunks,
    png,
    striped_tiff,
    swelling_png,
    tiled_tiff,
)
from tests.adapters.plates_kit import scripted

from alpr_policy_adapters.plates import Limits, pictures_in, read_image, read_images
from alpr_policy_adapters.plates import decoding as decoding_module
from alpr_policy_adapters.plates import images as images_module
from alpr_policy_adapters.plates.decoding import DecodeProcess
from alpr_policy_adapters.plates.images import ImageError, load_image

BOMBS = {
    "png": png(60_000, 60_000, data=b"x"),
    "jpeg": b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xda\x00\x02\xff\xd9",
    "bmp": b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, 60_000, -60_000, 1, 24, 1) + bytes(20),
    "tiff": tiled_tiff(60_000, 60_000, 16),
    "tiff of large tiles": tiled_tiff(100, 100, 60_000),
    "webp": b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\x0f" * 2,
}


@pytest.mark.parametrize("kind", sorted(BOMBS))
def test_bomb_is_refused_by_its_header(cv2: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str) -> None:
    """A small file that states a huge picture is refused before any decoder sees it."""
    monkeypatch.setattr(images_module, "decode_apart", lambda *_: pytest.fail("it was decoded"))
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[kind])

    with pytest.raises(ImageError, match="image-too-large"):
        load_image(path)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "image-empty"),
        (b"plate: 4KAN123\n", "image-format"),
        (b"GIF89a" + bytes(40), "image-format"),
        (b"\x89PNG\r\n\x1a\n", "image-damaged"),
        (b"\xff\xd8\xff", "image-damaged"),
        (b"BM", "image-damaged"),
        (b"II*\0", "image-damaged"),
        (b"RIFF\x04\0\0\0WEBP", "image-damaged"),
        (png(0, 20), "image-damaged"),
        (png(20, 20, data=b"not deflated"), "image-damaged"),
        (png(20, 20)[:-30], "image-damaged"),
        (png(20, 20).replace(b"IDAT", b"IDAS"), "image-damaged"),
        (png(15, 400), "image-too-small"),
        (png(200, 200), "image-too-large"),
        (bytes(2001), "image-too-large"),
    ],
)
def test_file_that_is_no_picture_gives_an_error(cv2: Any, tmp_path: Path, content: bytes, code: str) -> None:
    """A file that cannot be used gives one error with its name, whatever it is called."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    limits = Limits(max_bytes=2000, max_pixels=20_000)
    found = read_image(path, engine=scripted(), limits=limits)

    assert ([code], "photo.jpg", True) == ([d.code for d in found.diagnostics], found.image, found.is_error)
    assert (None, ()) == (found.image_sha256, found.reads)
    assert "`photo.jpg`" in found.diagnostics[0].message


@pytest.mark.parametrize("ending", [".png", ".jpg", ".bmp", ".tiff", ".webp"])
def test_cut_picture_is_damaged(cv2: Any, plate_picture: Any, tmp_path: Path, ending: str) -> None:
    """A picture that was cut short anywhere is an error, never a half-grey frame."""
    whole = bytes(cv2.imencode(ending, plate_picture)[1])
    path = tmp_path / f"scene{ending}"
    path.write_bytes(whole)

    assert (480, 640, 3) == load_image(path).frame.shape
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ImageError, match="image-damaged"):
            load_image(path)


@pytest.mark.parametrize("build", [countless_tiff, endless_segments, endless_webp, filled_jpeg, many_chunks])
def test_file_made_to_be_slow_is_refused_by_its_shape(cv2: Any, tmp_path: Path, build: Callable[[], bytes]) -> None:
    """A file of more parts than any picture has is damaged, and the walk over it stops there."""
    path = tmp_path / "slow"
    path.write_bytes(build())

    with pytest.raises(ImageError, match="than any picture needs"):
        load_image(path)


@pytest.mark.parametrize(
    ("build", "limits"),
    [
        (lambda: idle_scans(4096, 4000), Limits(max_seconds=0.5)),
        (lambda: striped_tiff(20_000, 200_000), Limits(max_seconds=0.5, max_pixels=400_000_000)),
    ],
)
def test_picture_that_decodes_without_end_is_given_up(
    cv2: Any, tmp_path: Path, build: Callable[[], bytes], limits: Limits
) -> None:
    """A small file that keeps a decoder busy is given up with an error, and the next picture is read."""
    bad, good = tmp_path / "bad", tmp_path / "good.png"
    bad.write_bytes(build())
    good.write_bytes(png(40, 30))

    with pytest.raises(ImageError, match="image-too-costly"):
        load_image(bad, limits)
    assert (30, 40, 3) == load_image(good, limits).frame.shape


def test_picture_that_needs_too_much_memory_is_given_up(
    cv2: Any, plate_picture: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A picture for which the memory granted is not enough is an error, and the next one is read."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process how much memory it has, so only there can it be bounded")
    path = tmp_path / "scene.png"
    path.write_bytes(bytes(cv2.imencode(".png", cv2.resize(plate_picture, (3000, 2000)))[1]))

    with monkeypatch.context() as scarce:
        scarce.setattr(images_module, "picture_memory", lambda *_: 8 << 20)
        with pytest.raises(ImageError, match="more than 8 MB of memory"):
            load_image(path)
    assert (2000, 3000, 3) == load_image(path).frame.shape


def test_rows_that_swell_are_never_unpacked_whole(cv2: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A PNG whose rows unpack to 100 MB for 64 x 64 pixels is read with memory for a third of that."""
    path = tmp_path / "swelling.png"
    path.write_bytes(swelling_png(100))
    monkeypatch.setattr(images_module, "picture_memory", lambda *_: 33 << 20)

    assert (64, 64, 3) == load_image(path).frame.shape


def test_moving_picture_is_its_first_frame(cv2: Any, tmp_path: Path) -> None:
    """Of a WebP with many frames one is decoded."""
    path = tmp_path / "moving.webp"
    path.write_bytes(animated_webp(cv2, 300))

    assert (64, 64, 3) == load_image(path).frame.shape


def test_process_that_dies_is_replaced(cv2: Any, tmp_path: Path) -> None:
    """When the process that decodes is killed from outside, one picture at most is lost."""
    path = tmp_path / "good.png"
    path.write_bytes(png(40, 30))
    load_image(path)
    process = decoding_module._SHARED._process
    assert process is not None
    process.kill()
    process.wait()

    assert (30, 40, 3) == load_image(path).frame.shape


def test_process_that_cannot_be_started_is_an_error(cv2: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the process that decodes no picture is decoded where nothing bounds it, unless the caller says so."""
    path = tmp_path / "good.png"
    path.write_bytes(png(40, 30))
    monkeypatch.setattr(decoding_module, "_SHARED", DecodeProcess())
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))

    with pytest.raises(ImageError, match="image-decoder"):
        load_image(path)
    assert (30, 40, 3) == load_image(path, Limits(own_process=False)).frame.shape


@pytest.mark.parametrize("ending", [".png", ".jpg", ".bmp", ".tiff", ".webp"])
def test_both_ways_of_decoding_agree(cv2: Any, plate_picture: Any, tmp_path: Path, ending: str) -> None:
    """A picture has the same pixels whether it is decoded here or in a process of its own."""
    path = tmp_path / f"scene{ending}"
    path.write_bytes(bytes(cv2.imencode(ending, plate_picture)[1]))
    here, apart = (load_image(path, Limits(own_process=own)).frame for own in (False, True))

    assert here.tobytes() == apart.tobytes()


def test_file_that_grows_is_read_no_further_than_allowed(cv2: Any, tmp_path: Path) -> None:
    """Of a file that is larger than its size says, as one that still grows, one byte too many is enough."""
    path = tmp_path / "growing.png"
    path.write_bytes(png(40, 30) + bytes(10_000))

    with pytest.raises(ImageError, match="larger than the limit of 500 bytes"):
        load_image(path, Limits(max_bytes=500))


def test_file_that_cannot_be_opened_gives_an_error(cv2: Any, tmp_path: Path) -> None:
    """A missing file, a folder, a pipe and a device each give an error at once; none is waited for."""
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "endless.jpg").symlink_to("/dev/zero")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    names = ("none.jpg", ".", "pipe.jpg", "endless.jpg", "a\0b.jpg", "loop.jpg", "n" * 300)
    found = read_images([tmp_path / name for name in names], engine=scripted())

    expected = ["missing", *["not-a-file"] * 3, *["unreadable"] * 3]
    assert [f"image-{code}" for code in expected] == [d.code for one in found for d in one.diagnostics]


def test_file_that_may_not_be_read_gives_an_error(cv2: Any, tmp_path: Path) -> None:
    """A file that belongs to others gives an error with its name."""
    if os.geteuid() == 0:
        pytest.skip("whoever runs this may read everything")
    path = tmp_path / "secret.png"
    path.write_bytes(png(40, 30))
    path.chmod(0)

    with pytest.raises(ImageError, match=r"`secret\.png` cannot be read: PermissionError"):
        load_image(path)


def test_one_bad_file_does_not_stop_the_run(cv2: Any, plate_scene: Path, tmp_path: Path) -> None:
    """Among bad files the good one is read."""
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    engine = scripted(*[("ABC 123", 0.9)] * 4, None, None)
    found = list(read_images([bad, plate_scene, tmp_path / "none.png"], engine=engine))

    assert [0, 1, 0] == [len(f.reads) for f in found]
    assert [True, False, True] == [f.is_error for f in found]


def test_file_name_cannot_move_the_cursor(cv2: Any, tmp_path: Path) -> None:
    """Control characters and broken bytes in a file's name reach neither messages nor records as they are."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\x1b[2J\xff.png"))
    path.write_bytes(b"x")
    found = read_image(path, engine=scripted())

    assert r"\x1b[2J\udcff.png" == found.image
    json.dumps(found.to_dict(), ensure_ascii=False).encode()


def test_random_damage_is_never_a_traceback(cv2: Any, plate_picture: Any, tmp_path: Path) -> None:
    """Pictures with random bytes changed either load at the size they state or give an error."""
    small = cv2.resize(plate_picture, (160, 120))
    chance = random.Random(1)
    path = tmp_path / "damaged"
    outcomes = set()
    for ending in (".png", ".jpg", ".bmp", ".tiff", ".webp"):
        whole = bytes(cv2.imencode(ending, small)[1])
        for _ in range(40):
            data = bytearray(whole)
            for _ in range(chance.choice([1, 3, 10])):
                data[chance.randrange(min(len(data), chance.choice([40, 400, len(data)])))] = chance.randrange(256)
            path.write_bytes(data)
            try:
                outcomes.add(load_image(path, Limits(max_pixels=1_000_000)).frame.ndim)
            except ImageError as error:
                outcomes.update(d.code for d in error.diagnostics)

    assert {3, "image-damaged", "image-format"} <= outcomes


def test_pictures_in_a_folder(tmp_path: Path) -> None:
    """A folder's pictures are listed in order, by their endings alone."""
    for name in ("b.JPG", "a.png", "hotlist.csv", "scenes.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()

    assert ["a.png", "b.JPG"] == [path.name for path in pictures_in(tmp_path)]


def exif(order: str, time: bytes, offset: bytes | None) -> bytes:
    """Build an EXIF block with DateTimeOriginal and, if given, OffsetTimeOriginal."""
    texts = [(0x9003, time + b"\0")] + ([(0x9011, offset + b"\0")] if offset else [])
    place = 26 + 2 + 12 * len(texts) + 4
    entries, tail = b"", b""
    for tag, text in texts:
        entries += struct.pack(f"{order}HHII", tag, 2, len(text), place + len(tail))
        tail += text
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, 1)
    pointer = struct.pack(f"{order}HHIII", 0x8769, 4, 1, 26, 0)
    return head + pointer + struct.pack(f"{order}H", len(texts)) + entries + bytes(4) + tail


def with_exif(ending: str, whole: bytes, block: bytes) -> bytes:
    """Put an EXIF block into a JPEG or PNG."""
    if ending == ".jpg":
        body = b"Exif\0\0" + block
        return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + whole[2:]
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
    return whole[:33] + chunk + whole[33:]


@pytest.mark.parametrize("ending", [".jpg", ".png"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("time", "offset", "expected"),
    [
        (b"2025:06:01 12:30:00", b"-04:00", "2025-06-01T12:30:00-04:00"),
        (b"2025:06:01 12:30:00", None, None),
        (b"2025:02:30 12:30:00", b"-04:00", None),
        (b"0000:00:00 00:00:00", b"+00:00", None),
        (b"2025:06:01 12:30:00", b"-4", None),
    ],
)
def test_time_needs_its_offset(
    cv2: Any,
    plate_picture: Any,
    tmp_path: Path,
    ending: str,
    order: str,
    time: bytes,
    offset: bytes | None,
    expected: str | None,
) -> None:
    """A picture's own time counts only with its offset from UTC; half a time is none."""
    path = tmp_path / f"scene{ending}"
    path.write_bytes(with_exif(ending, bytes(cv2.imencode(ending, plate_picture)[1]), exif(order, time, offset)))
    (read,) = read_image(path, engine=scripted(*[("ABC 123", 0.9)] * 4, None, None)).reads

    assert expected == (read.captured_at and read.captured_at.isoformat())
    assert ("exif" if expected else None) == read.captured_from


def test_callers_time_goes_first(cv2: Any, plate_picture: Any, tmp_path: Path) -> None:
    """A time that the caller gives stands before the picture's own, and must carry its offset."""
    path = tmp_path / "scene.jpg"
    block = exif("<", b"2025:06:01 12:30:00", b"-04:00")
    path.write_bytes(with_exif(".jpg", bytes(cv2.imencode(".jpg", plate_picture)[1]), block))
    engine = scripted(*[("ABC 123", 0.9)] * 4, None, None)
    (read,) = read_image(path, engine=engine, captured_at=datetime(2025, 7, 1, tzinfo=UTC)).reads

    assert ("2025-07-01T00:00:00+00:00", "caller") == (read.to_dict()["captured_at"], read.captured_from)
    with pytest.raises(ValueError, match="offset"):
        read_image(path, engine=engine, captured_at=datetime(2025, 7, 1))
