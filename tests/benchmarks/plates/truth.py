"""Photographs and what stands on them: a folder with `truth.tsv`, one line for each plate."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("file", "x", "y", "w", "h", "plate")
FOLD = str.maketrans("OI", "01")

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A plate that somebody or a renderer says is there: its box in pixels and its serial."""

    box: Box
    plate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A picture with its labelled plates; none is a picture without a plate."""

    path: Path
    plates: tuple[Labelled, ...]

    @property
    def half(self) -> int:
        """Give 0 or 1 by the first plate's MD5, so that all pictures of one vehicle are in the same half.

        The lowest bit already divides the public set into the half that may be looked at and the half that may not.
        """
        name = self.plates[0].plate if self.plates else self.path.name
        return hashlib.md5(name.encode(), usedforsecurity=False).digest()[-1] >> 1 & 1


def load(folder: Path, limit: int | None = None) -> list[Photo]:
    """Read `truth.tsv` of a folder; of a limited number every nth is taken, so that all kinds stay in it."""
    found: dict[str, list[Labelled]] = {}
    with (folder / "truth.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            plates = found.setdefault(row["file"], [])
            if row["plate"]:
                x, y, w, h = (round(float(row[side])) for side in COLUMNS[1:5])
                plates.append(Labelled(box=(x, y, w, h), plate=row["plate"]))
    photos = [Photo(path=folder / name, plates=tuple(plates)) for name, plates in sorted(found.items())]
    return _thinned(photos, limit)


def without_plates(folder: Path, limit: int | None = None) -> list[Photo]:
    """List the pictures of a folder that holds no plate; if it has a `truth.tsv`, those that have no line there."""
    from alpr_policy_adapters.plates import pictures_in

    listed = {photo.path for photo in load(folder)} if (folder / "truth.tsv").is_file() else set()
    return _thinned([Photo(path=path, plates=()) for path in pictures_in(folder) if path not in listed], limit)


def overlap(a: Box, b: Box) -> float:
    """Give the shared area of two boxes over the area of both together, 0 to 1."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0, w) * max(0, h)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared) if shared else 0.0


def folded(plate: str) -> str:
    """Write O as 0 and I as 1, which many plates draw alike and whoever labels them has to choose between."""
    return plate.translate(FOLD)


def distance(a: str, b: str) -> int:
    """Count the single-character edits from one text to the other."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def _thinned(photos: Sequence[Photo], limit: int | None) -> list[Photo]:
    if limit is None or limit >= len(photos):
        return list(photos)
    return [photos[i * len(photos) // limit] for i in range(limit)]
