"""What voting along a track brings: rendered vehicles pass, each frame is read by itself and each pass as a track.

Run `python -m tests.benchmarks.tracks [PASSES]`; all 45 passes take about ten minutes. The plates are invented.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates import PlateEngine, default_engine
from alpr_policy_adapters.plates.frames import Shot, video_shots
from alpr_policy_adapters.plates.tracks import DEFAULT_RULES, Tracker, read_shot
from alpr_policy_adapters.registration import normalise
from alpr_policy_adapters.scenes import LAYOUTS, Scene, Vehicle, invent, render

FRAMES = 14
LEAST = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Passes of like difficulty; noise and blur go round in three steps."""

    first: int
    count: int
    noise: tuple[float, float, float]
    blur: tuple[float, float, float]
    far: tuple[float, float]
    near: tuple[float, float]


GROUPS = (
    Group(first=0, count=24, noise=(8, 18, 30), blur=(0.8, 1.6, 2.2), far=(45, 70), near=(90, 130)),
    Group(first=21, count=21, noise=(8, 12, 16), blur=(0.8, 1.1, 1.4), far=(50, 75), near=(95, 140)),
)


def passes() -> Iterator[tuple[str, list[Scene]]]:
    """Make up the passes: the plate, and a scene for each frame."""
    for group in GROUPS:
        chance = random.Random(5)
        for number in range(group.first, group.first + group.count):
            layout = chance.choice(sorted(LAYOUTS))
            plate = invent(layout, 1000 + number)
            yield normalise(plate), list(_scenes(group, number, plate, layout, chance))


def _scenes(group: Group, number: int, plate: str, layout: str, chance: random.Random) -> Iterator[Scene]:
    left, right, turn = chance.uniform(250, 600), chance.uniform(600, 950), chance.uniform(-25, 25)
    light, body = chance.choice(["day", "dusk", "night"]), chance.choice(["blue", "grey", "white", "red"])
    far, near = chance.uniform(*group.far), chance.uniform(*group.near)
    for step in range(FRAMES):
        way = step / (FRAMES - 1)
        car = Vehicle(
            plate=plate,
            layout=layout,
            at=(int(left + (right - left) * way), int(330 + 160 * way)),
            plate_width=int(far + (near - far) * way),
            named=number % 2 == 0,
            turn=turn,
            tip=6,
            body=body,
        )
        yield Scene(
            file="frame.png",
            seed=number * 100 + step,
            light=light,
            blur=group.blur[number % 3] * chance.uniform(0.5, 1.5),
            noise=group.noise[number % 3],
            vehicles=(car,),
        )


def filmed(scenes: list[Scene], path: Path) -> None:
    """Write the scenes as a video."""
    import cv2

    # OpenCV's own description of this function is not complete.
    code: Any = getattr(cv2, "VideoWriter_fourcc")(*"mp4v")  # noqa: B009
    writer = cv2.VideoWriter(str(path), code, 10, scenes[0].size)
    for scene in scenes:
        writer.write(render(scene))
    writer.release()


def read_pass(path: Path, engine: PlateEngine) -> tuple[list[PlateRead | None], list[PlateRead]]:
    """Give the surest read of each frame, and the reads of the tracks."""
    tracker = Tracker(path.name, least=LEAST)
    single: list[PlateRead | None] = []
    tracks = []
    for shot in video_shots(path):
        if isinstance(shot, Diagnostic) or not isinstance(shot, Shot):
            continue
        reads = read_shot(shot, engine)
        single.append(max(reads, key=lambda read: read.confidence or 0.0, default=None))
        tracks += tracker.update(shot, reads)
    return single, [track.read for track in tracks + tracker.finish() if track.read]


def main() -> None:
    """Measure and print."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else sum(group.count for group in GROUPS)
    engine = replace(default_engine(), min_confidence=DEFAULT_RULES.frame_confidence)
    rows = {"single frames": [0, 0, 0], "surest frame of a pass": [0, 0, 0], "vote of a pass": [0, 0, 0]}

    def told(row: str, plate: str, *reads: PlateRead | None) -> None:
        sure = [read.plate for read in reads if read and (read.confidence or 0.0) >= LEAST]
        for place, more in enumerate((1, sure.count(plate), len(sure) - sure.count(plate))):
            rows[row][place] += more

    with tempfile.TemporaryDirectory() as folder:
        for number, (plate, scenes) in enumerate(passes()):
            if number == wanted:
                break
            path = Path(folder) / f"pass-{number}.mp4"
            filmed(scenes, path)
            single, tracks = read_pass(path, engine)
            for read in single:
                told("single frames", plate, read)
            surest = max((r for r in single if r), key=lambda read: read.confidence or 0.0, default=None)
            told("surest frame of a pass", plate, surest)
            told("vote of a pass", plate, *tracks)
            print(f"{number + 1}/{wanted} {plate}: {[read.plate for read in tracks]}", file=sys.stderr)
    print(f"{'':24}{'all':>6}{'exact':>7}{'wrong':>7}")
    for row, counts in rows.items():
        print(f"{row:24}{counts[0]:>6}{counts[1]:>7}{counts[2]:>7}")


if __name__ == "__main__":
    main()
