"""Measure how plates are read on a folder of pictures: what is right, what is wrong, how sure, how long.

Each engine goes over all pictures on one thread. The top read of a picture is the surest one; *exact* compares its
letters and digits with the label's, *folded* takes O for 0 and I for 1. Times are processor time, decoding included.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.__main__ import machine
from tests.benchmarks.plates.contenders import CONTENDERS
from tests.benchmarks.plates.contenders import load as load_engine
from tests.benchmarks.plates.measure import FRAME, figures, run
from tests.benchmarks.plates.truth import Photo, load, without_plates
from tests.benchmarks.timing import say, table

from alpr_policy.errors import PolicyError

PHOTOS = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "plates" / "us"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for; without photographs say so and end well."""
    asked = _asked(arguments)
    if not (asked.photos / "truth.tsv").is_file():
        say(f"no photographs: {asked.photos} has no truth.tsv. Give a folder with --photos; nothing was measured.")
        return
    _one_thread()
    photos = load(asked.photos, asked.limit)
    bare = without_plates(asked.negatives, asked.limit) if asked.negatives else []
    bare += [photo for photo in photos if not photo.plates]
    photos = [photo for photo in photos if photo.plates]
    where = {"machine": machine(), "date": time.strftime("%Y-%m-%d"), "photos": asked.photos.name}
    measured: dict[str, Any] = {}
    for name in asked.engine or CONTENDERS:
        try:
            engine = load_engine(name)
        except PolicyError as error:
            say(f"{name}: left out: {error.diagnostics[0].message}")
            continue
        measured[name] = figures(run(name, engine, photos)) | _on_bare(name, engine, bare)
    print(f"{where['machine']}; {where['date']}. {len(photos)} pictures with plates, {len(bare)} without; one thread.")
    if measured:
        _print(measured)
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps({**where, "engines": measured}, indent=1) + "\n", encoding="utf-8")


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.plates", description=__doc__)
    parser.add_argument("--engine", nargs="+", metavar="NAME", choices=list(CONTENDERS), help=", ".join(CONTENDERS))
    parser.add_argument("--photos", type=Path, metavar="DIR", default=PHOTOS, help="pictures with their truth.tsv")
    parser.add_argument(
        "--negatives", type=Path, metavar="DIR", help="pictures without any plate, or not in its truth.tsv"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="take only N of the pictures, evenly spread")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    return parser.parse_args(arguments)


def _one_thread() -> None:
    """Let OpenCV use one thread; the engines ask the same of their model runtimes."""
    try:
        import cv2
    except ImportError:
        return
    cv2.setNumThreads(1)


def _on_bare(name: str, engine: Any, bare: Sequence[Photo]) -> dict[str, Any]:
    """Count what is read where no plate is."""
    seen = run(f"{name}, pictures without plates", engine, bare)
    sure = [read.confidence or 0.0 for one in seen for read in one.reads]
    return {"bare_pictures": len(seen), "bare_reads": len(sure), "bare_sure": sum(c >= 0.5 for c in sure)}


def _print(measured: dict[str, Any]) -> None:
    head = ("engine", "exact", "halves", "any read", "folded", "characters", "found", "boxes", "wrong", "wrong >= .7")
    head += ("ms", f"ms {FRAME[0]}x{FRAME[1]}", "no plate: reads >= .5")
    rows = [
        (
            name, *(f"{f[key]:.3f}" for key in ("exact",)), " ".join(f"{share:.3f}" for share in f["exact_halves"]),
            *(f"{f[key]:.3f}" for key in ("exact_any", "folded", "characters", "found")),
            *(f"{f[key]:.2f}" for key in ("boxes", "wrong", "wrong_sure")), f"{f['milliseconds']:.0f}",
            f"{f['milliseconds_frame']:.0f} (n={f['frames']})" if f["frames"] else "-",
            f"{f['bare_sure']} of {f['bare_pictures']}" if f["bare_pictures"] else "-",
        )
        for name, f in measured.items()
    ]  # fmt: skip
    table("Accuracy and time; boxes and wrong reads per picture", head, rows)
    head = ("engine", "confidence", "reads", "exact", "95 %", "folded", "95 %")
    cells = [
        (name if i == 0 else "", f">= {row['confidence']:.2f}", row["reads"], *_shares(row))
        for name, f in measured.items()
        for i, row in enumerate(f["calibration"])
    ]
    table("What a confidence is worth: top reads at or above it", head, cells)


def _shares(row: dict[str, Any]) -> list[str]:
    """Write how many of the reads are exact, and folded, each with its interval."""
    cells = []
    for kind in ("exact", "folded"):
        low, high = row[f"{kind}_interval"]
        cells += [f"{row[kind] / max(1, row['reads']):.3f}", f"{low:.3f}-{high:.3f}"]
    return cells


if __name__ == "__main__":
    main()
