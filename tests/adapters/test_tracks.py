"""Frames of one vehicle make one read: what is joined, how frames vote, and where frames come from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.plates_kit import FixedDetector
from tests.adapters.rtsp_camera import Camera

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.plate_read import Candidate, PlateRead
from alpr_policy_adapters.plates import Detection, PlateEngine
from alpr_policy_adapters.plates.frames import Shot, SourceError, VideoLimits, files_in, is_video, split, video_shots
from alpr_policy_adapters.plates.streams import Stream, shown_address
from alpr_policy_adapters.plates.tracks import Tracker, TrackRules, follow, likeness, overlap


def read_of(text: str, sure: float, *, at: tuple[int, int] = (100, 100), state: str | None = None) -> PlateRead:
    """Make the read of one frame."""
    return PlateRead(
        raw=text,
        plate=text,
        confidence=sure,
        candidates=(Candidate(text=text, confidence=sure),),
        box=(*at, 100, 40),
        state=state,
        state_confidence=0.95 if state else None,
    )


def shot(number: int, seconds: float | None = None) -> Shot:
    """Make a frame without pixels."""
    frame: Any = None
    return Shot(source="gate", name=f"gate#{number}", number=number, frame=frame, sha256="0" * 64, seconds=seconds)


def tracks_of(*frames: list[PlateRead], **rules: Any) -> list[tuple[str | None, int]]:
    """Give plate and number of frames of every track that these frames make."""
    tracker = Tracker("gate", rules=TrackRules(**rules))
    found = [track for number, reads in enumerate(frames) for track in tracker.update(shot(number), reads)]
    return [(track.read and track.read.plate, track.frames) for track in found + tracker.finish()]


A, B = "ABC1234", "XKW9876"
CASES: dict[str, tuple[list[list[PlateRead]], list[tuple[str | None, int]]]] = {
    "a vehicle that moves is one track": ([[read_of(A, 0.9, at=(100 + 60 * i, 100))] for i in range(5)], [(A, 5)]),
    "two side by side are two": ([[read_of(A, 0.9), read_of(B, 0.9, at=(600, 100))]] * 3, [(A, 3), (B, 3)]),
    "another at the same gate is another": ([[read_of(A, 0.9)], [read_of(B, 0.9)]], [(A, 1), (B, 1)]),
    "doubtful texts that are unlike are never joined": ([[read_of(A, 0.4)], [read_of(B, 0.4)]], [(A, 1), (B, 1)]),
    "one character misread stays in the track": (
        [[read_of(A, 0.9)], [read_of("A8C1234", 0.4)], [read_of(A, 0.9)]],
        [(A, 3)],
    ),
    "a short gap is bridged": ([[read_of(A, 0.9)], [], [], [read_of(A, 0.9)]], [(A, 2)]),
    "a long gap ends a track": ([[read_of(A, 0.9)], *[[]] * 9, [read_of(A, 0.9)]], [(A, 1), (A, 1)]),
    "what was never read surely makes no read": ([[read_of(A, 0.2)]] * 4, [(None, 4)]),
    "a plate of twice the size is another's": (
        [[read_of(A, 0.9)], [replace(read_of(A, 0.9), box=(100, 100, 300, 120))]],
        [(A, 1), (A, 1)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_joining(name: str) -> None:
    """Reads are joined by place and text together, as the name of each case says."""
    frames, expected = CASES[name]

    assert expected == tracks_of(*frames)


def test_tracks_are_bounded() -> None:
    """A vehicle that stays is given out and begun anew, and of too many tracks the one not seen for longest ends."""
    assert [(A, 4), (A, 4), (A, 2)] == tracks_of(*[[read_of(A, 0.9)]] * 10, max_frames=4)

    tracker = Tracker("gate", rules=TrackRules(max_open=2))
    texts = ("AAAA111", "BBBB222", "CCCC333")
    ended = [t for i, text in enumerate(texts) for t in tracker.update(shot(i), [read_of(text, 0.9, at=(i * 400, 0))])]

    assert ["AAAA111"] == [track.read.plate for track in ended if track.read]
    assert 2 == len(tracker.finish())


def test_a_track_in_full() -> None:
    """A track's read names the track, counts its frames, and shows the surest frame of the text that won."""
    tracker = Tracker("gate")
    for number, (text, sure) in enumerate([(A, 0.6), (A, 0.9), ("ABC1Z34", 0.3)]):
        tracker.update(shot(number), [replace(read_of(text, sure), image=f"gate#{number}", raw=text.lower())])
    (track,) = tracker.finish()

    assert track.read is not None
    assert ("gate#1", 3, "gate#1", "abc1234") == (track.track, track.read.frames, track.read.image, track.read.raw)
    assert [A, "ABC1Z34"] == [candidate.text for candidate in track.read.candidates]
    # 0.9 times the share of squares that agree: (0.36 + 0.81) / (0.36 + 0.81 + 0.09)
    assert 0.8357 == track.read.confidence == track.read.candidates[0].confidence
    assert (0, 2) == (track.first, track.last)


@pytest.mark.parametrize(
    ("states", "expected", "codes"),
    [
        ((None, None), None, []),
        ((None, "TX", "TX"), "TX", []),
        (("TX", "TX", "TX", "OH"), None, ["states-differ"]),
    ],
)
def test_states_that_differ_are_no_state(
    states: tuple[str | None, ...], expected: str | None, codes: list[str]
) -> None:
    """One frame that names another state is enough to leave the state unknown, and it is told."""
    tracker = Tracker("gate")
    for number, state in enumerate(states):
        tracker.update(shot(number), [read_of(A, 0.9, state=state)])
    (track,) = tracker.finish()

    assert track.read is not None
    assert (expected, codes) == (track.read.state, [d.code for d in track.diagnostics])


@pytest.mark.parametrize(("a", "b", "share"), [("ABC", "ABC", 1.0), ("ABCD", "ABXD", 0.75), ("AB", "XY", 0.0)])
def test_likeness(a: str, b: str, share: float) -> None:
    """Texts are as alike as the share of characters that need not be changed."""
    assert share == likeness(a, b) == likeness(b, a)


def test_overlap() -> None:
    """Boxes overlap by what both cover, over what either covers."""
    assert (1.0, 0.0, 1 / 3) == tuple(
        overlap((0, 0, 10, 10), box) for box in ((0, 0, 10, 10), (10, 0, 5, 5), (5, 0, 10, 10))
    )


@pytest.fixture(scope="module")
def clips(cv2: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write short videos of two kinds."""
    import numpy as np

    folder = tmp_path_factory.mktemp("clips")
    for name, code in (("clip.mp4", "mp4v"), ("clip.avi", "MJPG")):
        writer = cv2.VideoWriter(str(folder / name), cv2.VideoWriter_fourcc(*code), 10, (160, 120))
        for level in range(12):
            writer.write(np.full((120, 160, 3), level * 20, np.uint8))
        writer.release()
    return folder


@pytest.mark.parametrize("name", ["clip.mp4", "clip.avi"])
def test_frames_of_a_video(clips: Path, name: str) -> None:
    """Each frame of a video comes with its number, its place and its time, and none is left out unless asked."""
    start = datetime(2026, 5, 4, 10, tzinfo=UTC)
    shots = [one for one in video_shots(clips / name, start=start) if isinstance(one, Shot)]
    some = [one for one in video_shots(clips / name, every=5) if isinstance(one, Shot)]

    assert list(range(12)) == [one.number for one in shots]
    assert ("2026-05-04T10:00:00.500000+00:00", f"{name}#5") == (
        str(shots[5].captured_at).replace(" ", "T"),
        shots[5].name,
    )
    assert [(0, None), (5, None), (10, None)] == [(one.number, one.captured_at) for one in some]
    assert [shots[n].sha256 for n in (0, 5, 10)] == [one.sha256 for one in some]


def test_hostile_videos(clips: Path, tmp_path: Path) -> None:
    """A playlist, a cut video, one without frames and one that is too large give an error; one too long is told."""
    (tmp_path / "list.mp4").write_text("#EXTM3U\nhttp://localhost/secret\n", encoding="ascii")
    whole = (clips / "clip.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[:200])
    (tmp_path / "head.avi").write_bytes((clips / "clip.avi").read_bytes()[:100])

    def code(path: Path, limits: VideoLimits = VideoLimits()) -> list[str]:  # noqa: B008
        try:
            return [one.code for one in video_shots(path, limits=limits) if isinstance(one, Diagnostic)]
        except SourceError as error:
            return [one.code for one in error.diagnostics]

    assert ["video-format"] == code(tmp_path / "list.mp4")
    assert ["video-damaged"] == code(tmp_path / "cut.mp4")
    assert ["video-damaged"] == code(tmp_path / "head.avi")
    assert ["video-too-large"] == code(clips / "clip.mp4", VideoLimits(max_pixels=1000))
    assert ["video-too-long"] == code(clips / "clip.mp4", VideoLimits(max_frames=3))
    assert [] == code(clips / "clip.mp4")


def test_what_a_file_is_is_asked_of_its_bytes(clips: Path, tmp_path: Path) -> None:
    """A video under a picture's name is a video; a missing file and a device are none, and folders list both."""
    (tmp_path / "really.jpg").write_bytes((clips / "clip.mp4").read_bytes())
    (tmp_path / "note.txt").touch()

    assert (True, False, False) == (
        is_video(tmp_path / "really.jpg"),
        is_video(tmp_path / "x"),
        is_video(Path("/dev/zero")),
    )
    assert ([], [tmp_path / "really.jpg"]) == split(files_in(tmp_path))
    with pytest.raises(SourceError, match="folder-unreadable"):
        files_in(tmp_path / "none")


def test_a_video_from_end_to_end(clips: Path) -> None:
    """The frames of a video are read with one engine and make one read."""

    class Always:
        name = "always"
        models: dict[str, str] = {}  # noqa: RUF012

        def read(self, crop: Any) -> list[Candidate]:
            return [Candidate(text="4KAN 123", confidence=0.9)]

    engine = PlateEngine(detector=FixedDetector(Detection(box=(10, 20, 100, 50), score=0.9)), reader=Always())
    (track,) = [
        one for one in follow(video_shots(clips / "clip.mp4"), "clip.mp4", engine) if not isinstance(one, Diagnostic)
    ]

    assert track.read is not None
    assert ("4KAN123", 12, "clip.mp4#1") == (track.read.plate, track.frames, track.track)


class FakeCamera:
    """A stream that gives so many frames at each connection; none means that it cannot be opened."""

    def __init__(self, *frames: int) -> None:
        self.left = list(frames)
        self.now = 0

    def __call__(self) -> Any:
        if not self.left or not (count := self.left.pop(0)):
            raise SourceError([Diagnostic("video-damaged", "no answer")])
        self.now = count
        return self

    def __enter__(self) -> FakeCamera:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.now = 0

    def next(self) -> Any:
        import numpy as np

        if not self.now:
            return None
        self.now -= 1
        return np.zeros((4, 4, 3), np.uint8), None


def test_a_stream_skips_and_comes_back(cv2: Any) -> None:
    """A slow reader gets the newest frames and the rest is counted; a lost stream is tried again, then given up."""
    stream = Stream("rtsp://a:b@camera/1", opener=FakeCamera(50, 0, 50), retries=2, first_wait=0.01)

    def slowly() -> Iterator[Shot | Diagnostic]:
        for one in stream.shots():
            yield one
            time.sleep(0.01)

    found = list(slowly())
    notes = [one.code for one in found if isinstance(one, Diagnostic)]
    shots = [one for one in found if isinstance(one, Shot)]

    assert ["stream-lost"] * 4 + ["stream-unreachable"] == notes
    assert 100 == stream.counts.received == stream.counts.read + stream.counts.skipped
    assert len(shots) == stream.counts.read and stream.counts.skipped > 0
    assert {"clock"} == {one.captured_from for one in shots}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://user:pass@camera:554/live?token=1", "rtsp://camera:554/live"),
        ("rtsp://camera/\x1b[2J", "rtsp://camera/\\x1b[2J"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    """User, password and query of a stream's address reach no record and no message."""
    assert shown == shown_address(address)


def test_a_camera_from_end_to_end(cv2: Any) -> None:
    """A real stream is received, is lost when the camera hangs up, comes back, and is given up when it is gone."""
    import numpy as np

    camera = Camera(cv2, [np.full((128, 160, 3), 40 + 8 * i, np.uint8) for i in range(8)])
    stream = Stream(camera.address, timeout=5.0, retries=1, first_wait=0.01)
    notes: list[Any] = []
    shots: list[Any] = []
    for one in stream.shots():
        (shots if isinstance(one, Shot) else notes).append(one)
        if stream.counts.reconnects:
            camera.close()

    assert "stream-unreachable" == notes[-1].code
    assert {(128, 160, 3)} == {one.frame.shape for one in shots}
    assert stream.counts.received >= 8
    assert not any("secret" in text for text in [stream.name, *(n.message for n in notes), *(s.name for s in shots)])
