"""Passing vehicles: the reads of frame after frame are joined to tracks, and each track gives one read.

A read belongs to a track when it lies where the vehicle was heading or near it, and says much the same. Place alone is
not enough: at a gate every vehicle stands in the same place, and two of them must never vote together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from math import hypot
from typing import TYPE_CHECKING, Any

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.source import Span
from alpr_policy_adapters.plate_read import Box, PlateRead
from alpr_policy_adapters.plates.frames import Shot
from alpr_policy_adapters.plates.read import PlateEngine, read_frame
from alpr_policy_adapters.plates.track_vote import FrameVotes

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRules:
    """How reads are joined, and what tracks may cost.

    A track ends after `max_gap` frames without a read of it, or `max_gap_seconds`; after `max_frames` it is given out
    and begun anew. Of more than `max_open` tracks the one that was not seen for longest ends. Frames are read down to
    `frame_confidence`, since many doubtful frames may make a sure track.
    """

    max_gap: int = 8
    max_gap_seconds: float = 3.0
    max_frames: int = 900
    max_open: int = 64
    frame_confidence: float = 0.15
    same_text: float = 0.6
    like_text: float = 0.3
    doubtful: float = 0.5
    near: float = 0.3
    reach: float = 4.0


DEFAULT_RULES = TrackRules()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """One passing vehicle: its read, None when it was not read surely enough, and what there is to say.

    `first` and `last` are numbers of frames. `frame` is the picture of the read, where pictures were to be kept.
    """

    source: str
    track: str
    read: PlateRead | None
    first: int
    last: int
    frames: int
    diagnostics: tuple[Diagnostic, ...] = ()
    frame: Frame | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the track as JSON values."""
        return {
            "source": self.source,
            "track": self.track,
            "first_frame": self.first,
            "last_frame": self.last,
            "frames": self.frames,
            "read": self.read.to_dict() if self.read else None,
            "diagnostics": [
                {"code": d.code, "severity": d.severity.value, "message": d.message, "help": d.help}
                for d in self.diagnostics
            ],
        }


class _Open:
    """A track that may still go on."""

    def __init__(self, name: str, read: PlateRead, box: Box, shot: Shot, keep: bool) -> None:
        self.name = name
        self.first = self.last = shot.number
        self.seen = shot.seconds
        self.votes = FrameVotes()
        self.box = box
        self.speed = (0.0, 0.0)
        self.frame: Frame | None = None
        self.add(read, box, shot, keep)

    def add(self, read: PlateRead, box: Box, shot: Shot, keep: bool) -> None:
        steps = shot.number - self.last
        if steps > 0:
            (x, y), (u, v) = _centre(self.box), _centre(box)
            self.speed = ((u - x) / steps, (v - y) / steps)
        self.box, self.last, self.seen = box, shot.number, shot.seconds
        better = self.votes.add(read)
        if keep and better and self.votes.leading() == read.plate:
            self.frame = shot.frame

    def expected(self, number: int) -> Box:
        """Give where the plate should be by now, if it goes on as it did."""
        steps = number - self.last
        x, y, w, h = self.box
        return (round(x + self.speed[0] * steps), round(y + self.speed[1] * steps), w, h)


class Tracker:
    """Joins the reads of one source's frames, which come in order. `least` is the confidence that a read must have."""

    def __init__(
        self, source: str, *, least: float = 0.3, rules: TrackRules = DEFAULT_RULES, keep_frames: bool = False
    ) -> None:
        """Begin without a track; `keep_frames` keeps the best frame of each, as for drawing on it."""
        self._source = source
        self._least = least
        self._rules = rules
        self._keep = keep_frames
        self._open: list[_Open] = []
        self._count = 0

    def update(self, shot: Shot, reads: Iterable[PlateRead]) -> list[Track]:
        """Take the reads of the next frame, and give the tracks that have ended."""
        ended = [self._close(track) for track in list(self._open) if self._over(track, shot)]
        free = list(self._open)
        for read in sorted(reads, key=lambda read: -(read.confidence or 0.0)):
            if read.box is None:
                continue
            likeness = {track.name: self._likeness(track, read, read.box, shot.number) for track in free}
            best = max(free, key=lambda track: likeness[track.name], default=None)
            if best is not None and likeness[best.name] > 0:
                best.add(read, read.box, shot, self._keep)
                free.remove(best)
            else:
                self._count += 1
                name = f"{self._source}#{self._count}"
                self._open.append(_Open(name, read, read.box, shot, self._keep))
        ended += [self._close(t) for t in list(self._open) if t.votes.frames >= self._rules.max_frames]
        while len(self._open) > self._rules.max_open:
            ended.append(self._close(min(self._open, key=lambda track: track.last)))
        return ended

    def finish(self) -> list[Track]:
        """Give the tracks that are still open, and end them."""
        return [self._close(track) for track in list(self._open)]

    def _over(self, track: _Open, shot: Shot) -> bool:
        late = shot.number - track.last > self._rules.max_gap
        if shot.seconds is None or track.seen is None:
            return late
        # Frames that a busy machine passes over make no gap, time does.
        return shot.seconds - track.seen > self._rules.max_gap_seconds or (late and shot.captured_from != "clock")

    def _likeness(self, track: _Open, read: PlateRead, box: Box, number: int) -> float:
        """Say how well a read goes on with a track; nought when it is another vehicle's."""
        rules = self._rules
        then = track.expected(number)
        sizes = sorted((then[3], box[3]))
        if sizes[1] > 2 * sizes[0]:
            return 0.0
        (x, y), (u, v) = _centre(then), _centre(box)
        apart = hypot(u - x, v - y) / max(then[2], box[2])
        shared = overlap(then, box)
        text = max([likeness(read.plate, track.votes.leading()), *_texts(read, track)])
        doubtful = min(read.confidence or 0.0, track.votes.surest()) < rules.doubtful
        near = shared >= rules.near and (text >= rules.same_text or (doubtful and text >= rules.like_text))
        far = text >= rules.same_text and apart <= rules.reach * min(number - track.last, rules.max_gap)
        return text + shared if near or far else 0.0

    def _close(self, track: _Open) -> Track:
        self._open.remove(track)
        read = track.votes.read(track.name)
        sure = (read.confidence or 0.0) >= self._least
        notes = [] if sure else [self._unsure(read)]
        states = track.votes.states()
        if sure and len(states) > 1:
            message = f"frames of `{read.plate}` name different states, {' and '.join(states)}: the state is unknown"
            notes.append(Diagnostic("states-differ", message, Span(self._source, 0, 0), severity=Severity.WARNING))
        return Track(
            source=self._source,
            track=track.name,
            read=read if sure else None,
            first=track.first,
            last=track.last,
            frames=track.votes.frames,
            diagnostics=tuple(notes),
            frame=track.frame,
        )

    def _unsure(self, read: PlateRead) -> Diagnostic:
        seen = f"in {read.frames} frames" if read.frames > 1 else "in one frame"
        message = f"something like a plate was seen {seen}, best in {read.image}, and not read surely enough"
        return Diagnostic(
            "plate-not-read", f"{message}, at best `{read.plate}`", Span(self._source, 0, 0), severity=Severity.WARNING
        )


def follow(
    shots: Iterable[Shot | Diagnostic],
    source: str,
    engine: PlateEngine,
    *,
    rules: TrackRules = DEFAULT_RULES,
    keep_frames: bool = False,
    turn: AbstractContextManager[object] | None = None,
) -> Iterator[Track | Diagnostic]:
    """Read frame after frame of one source and give each vehicle when it has passed; errors come as they are met.

    `turn` is held while a frame is read, where several sources share the engine.
    """
    tracker = Tracker(source, least=engine.min_confidence, rules=rules, keep_frames=keep_frames)
    eager = replace(engine, min_confidence=min(engine.min_confidence, rules.frame_confidence))
    try:
        for shot in shots:
            if isinstance(shot, Diagnostic):
                yield shot
            else:
                with turn or nullcontext():
                    reads = read_shot(shot, eager)
                yield from tracker.update(shot, reads)
    except KeyboardInterrupt:
        yield from tracker.finish()
        raise
    yield from tracker.finish()


def read_shot(shot: Shot, engine: PlateEngine) -> tuple[PlateRead, ...]:
    """Read one frame."""
    return read_frame(
        shot.frame,
        name=shot.name,
        sha256=shot.sha256,
        engine=engine,
        captured_at=shot.captured_at,
        captured_from=shot.captured_from,
    ).reads


def overlap(a: Box, b: Box) -> float:
    """Give the share of two boxes together that both cover, 0 to 1."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(w, 0) * max(h, 0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared) if shared else 0.0


def likeness(a: str, b: str) -> float:
    """Say how alike two texts are, 0 to 1: one less the share of characters to change, add or take out."""
    row = list(range(len(b) + 1))
    for i, c in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, d in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (c != d))
    return 1 - row[-1] / max(len(a), len(b), 1)


def _texts(read: PlateRead, track: _Open) -> list[float]:
    """Compare what else the frame may say with what the track says: its second and third text."""
    return [likeness(one.text, track.votes.leading()) for one in read.candidates[1:3]]


def _centre(box: Box) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2
