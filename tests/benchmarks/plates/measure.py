"""One engine over all photographs: what it found, read, got wrong, and how long the processor took."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.benchmarks.plates.truth import Box, Labelled, Photo, distance, folded, overlap
from tests.benchmarks.timing import say

from alpr_policy_adapters.plates import Detection, PlateEngine, PlateRead, read_image

FOUND = 0.3
"""How much of a box and its label must be shared."""

FRAME = (1280, 720)
REPORT_EVERY = 10.0


@dataclass(slots=True)
class Watched:
    """A detector that remembers what it found in the last frame, and how large that frame was."""

    detector: Any
    found: list[Detection] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)

    @property
    def name(self) -> str:
        return str(self.detector.name)

    @property
    def models(self) -> Mapping[str, str]:
        return dict(self.detector.models)

    def detect(self, frame: Any) -> list[Detection]:
        self.size = (frame.shape[1], frame.shape[0])
        self.found = self.detector.detect(frame)
        return self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an engine made of one picture; `milliseconds` are of the processor, decoding included."""

    photo: Photo
    reads: tuple[PlateRead, ...]
    boxes: tuple[Box, ...]
    size: tuple[int, int]
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One labelled plate and the text given for it: that of the surest read, None when there is none."""

    label: Labelled
    half: int
    top: PlateRead | None
    any_exact: bool
    found: bool


def run(name: str, engine: PlateEngine, photos: Sequence[Photo]) -> list[Seen]:
    """Read all pictures with one engine, the first one once before, so that nothing is loaded while time is taken."""
    watched = Watched(engine.detector)
    engine = replace(engine, detector=watched)
    if photos:
        read_image(photos[0].path, engine=engine)
    seen, told = [], time.monotonic()
    for i, photo in enumerate(photos, 1):
        start = time.process_time_ns()
        outcome = read_image(photo.path, engine=engine)
        spent = (time.process_time_ns() - start) / 1e6
        if outcome.is_error:
            raise SystemExit(f"{photo.path.name} cannot be read: {outcome.diagnostics[0].message}")
        boxes = tuple(found.box for found in watched.found)
        seen.append(Seen(photo=photo, reads=outcome.reads, boxes=boxes, size=watched.size, milliseconds=spent))
        if time.monotonic() - told > REPORT_EVERY:
            told = time.monotonic()
            say(f"{name}: {i} of {len(photos)} pictures")
    return seen


def answers(seen: Sequence[Seen]) -> list[Answer]:
    """Choose the text for each label: the surest read of the picture, of several plates the surest on that one."""
    made = []
    for one in seen:
        for label in one.photo.plates:
            near = [r for r in one.reads if r.box is not None and overlap(r.box, label.box) > FOUND]
            choice = near if len(one.photo.plates) > 1 else list(one.reads)
            made.append(
                Answer(
                    label=label,
                    half=one.photo.half,
                    top=max(choice, key=lambda read: read.confidence or 0.0, default=None),
                    any_exact=any(label.plate == read.plate for read in one.reads),
                    found=any(overlap(box, label.box) > FOUND for box in one.boxes),
                )
            )
    return made


def figures(seen: Sequence[Seen]) -> dict[str, Any]:
    """Sum up what an engine made of all pictures that have a plate."""
    given = answers(seen)
    of_size = [one.milliseconds for one in seen if one.size == FRAME]
    spent = [one.milliseconds for one in seen]
    return {
        "pictures": len(seen),
        "plates": len(given),
        "exact": _share(given, lambda a: a.top is not None and a.top.plate == a.label.plate),
        "exact_halves": [
            _share([a for a in given if a.half == half], lambda a: a.top is not None and a.top.plate == a.label.plate)
            for half in (0, 1)
        ],
        "exact_any": _share(given, lambda a: a.any_exact),
        "folded": _share(given, lambda a: a.top is not None and folded(a.top.plate) == folded(a.label.plate)),
        "characters": _mean([_likeness(a) for a in given]),
        "found": _share(given, lambda a: a.found),
        "wrong": wrong(seen, 0.0) / max(1, len(seen)),
        "wrong_sure": wrong(seen, 0.7) / max(1, len(seen)),
        "boxes": sum(len(one.boxes) for one in seen) / max(1, len(seen)),
        "milliseconds": _mean(spent),
        "frames": len(of_size),
        "milliseconds_frame": _mean(of_size) if of_size else None,
        "calibration": calibration(given),
    }


def wrong(seen: Sequence[Seen], least: float) -> int:
    """Count the reads of at least that confidence that are none of their picture's plates, character for character."""
    return sum(
        read.plate not in {label.plate for label in one.photo.plates}
        for one in seen
        for read in one.reads
        if (read.confidence or 0.0) >= least
    )


def calibration(given: Sequence[Answer]) -> list[dict[str, Any]]:
    """Say of the top reads above each confidence how many there are and what share of them is right."""
    rows = []
    for least in (0.95, 0.9, 0.8, 0.7, 0.5):
        sure = [a for a in given if a.top is not None and (a.top.confidence or 0.0) >= least]
        exact = sum(a.top is not None and a.top.plate == a.label.plate for a in sure)
        alike = sum(a.top is not None and folded(a.top.plate) == folded(a.label.plate) for a in sure)
        rows.append(
            {"confidence": least, "reads": len(sure), "exact": exact, "folded": alike}
            | {"exact_interval": wilson(exact, len(sure)), "folded_interval": wilson(alike, len(sure))}
        )
    return rows


def wilson(right: int, of: int) -> tuple[float, float]:
    """Give the 95 % interval (Wilson's) of a share."""
    if not of:
        return (0.0, 1.0)
    z, share = 1.959964, right / of
    middle = share + z * z / (2 * of)
    half = z * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    return ((middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of))


def _likeness(answer: Answer) -> float:
    true, read = answer.label.plate, answer.top.plate if answer.top is not None else ""
    return max(0.0, 1 - distance(true, read) / len(true))


def _share(given: Sequence[Answer], holds: Any) -> float:
    return _mean([float(holds(one)) for one in given])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
