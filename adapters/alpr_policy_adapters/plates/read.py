"""From the path of a photograph to plate reads: find, flatten, read, vote, and say what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.source import Span
from alpr_policy_adapters.plate_read import Candidate, PlateRead
from alpr_policy_adapters.plates.images import DEFAULT_LIMITS, ImageError, Limits, load_image, shown_name
from alpr_policy_adapters.plates.protocol import Detection, LatticeReader, PlateDetector, PlateReader
from alpr_policy_adapters.plates.rectify import name_crops, plate_crops, serial_crops
from alpr_policy_adapters.plates.syntax import alternates, printed_state
from alpr_policy_adapters.plates.vote import Tally, agree, count, doubted

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

MIN_STATE_CONFIDENCE = 0.9
WORTH_A_LOOK = 0.5
"""A place without a single plausible text is reported only if the detector gave it at least this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateEngine:
    """A detector and a reader at work together.

    A read's confidence is the detector's score, times the crops' agreement on the text, times what the text's
    arrangement is worth. A place that the detector itself doubts more than `min_confidence` is passed over; one whose
    text is not sure enough is reported, and makes no read. `crops` is how many crops of a plate are read at most.
    """

    detector: PlateDetector
    reader: PlateReader
    min_confidence: float = 0.15
    crops: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReads:
    """What came of one picture: its reads from left to right, and what was wrong or could not be read."""

    image: str
    image_sha256: str | None
    reads: tuple[PlateRead, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_error(self) -> bool:
        """Say whether the picture could not be used at all."""
        return any(d.is_error for d in self.diagnostics)

    def to_dict(self) -> dict[str, Any]:
        """Give the outcome as JSON values."""
        return {
            "image": self.image,
            "image_sha256": self.image_sha256,
            "reads": [read.to_dict() for read in self.reads],
            "diagnostics": [
                {"code": d.code, "severity": d.severity.value, "message": d.message, "help": d.help}
                for d in self.diagnostics
            ],
        }


def default_engine(
    *, detector: str | None = None, reader: str | None = None, threads: int = 1, fast: bool = False
) -> PlateEngine:
    """Load the default engine, or the `fast` one, or one of another detector or reader by their names.

    The names are those of `registry`. Raises MissingExtraError without what they need, PolicyError for an unknown name.
    """
    from alpr_policy_adapters.plates.registry import make_engine

    return make_engine("fast" if fast else "default", detector=detector, reader=reader, threads=threads)


def read_image(
    path: Path | str,
    *,
    engine: PlateEngine | None = None,
    limits: Limits = DEFAULT_LIMITS,
    captured_at: datetime | None = None,
) -> ImageReads:
    """Read every plate in one picture; a file that cannot be used gives its error in `diagnostics`.

    `captured_at` (with its offset) goes before what the picture says. Without `engine` the default one is loaded.
    """
    _check_offset(captured_at)
    engine = engine or default_engine()
    try:
        image = load_image(Path(path), limits)
    except ImageError as error:
        return ImageReads(image=shown_name(Path(path)), image_sha256=None, reads=(), diagnostics=error.diagnostics)
    return read_frame(
        image.frame,
        name=image.name,
        sha256=image.sha256,
        engine=engine,
        captured_at=captured_at or image.captured_at,
        captured_from="caller" if captured_at else "exif",
    )


def read_frame(
    frame: Frame,
    *,
    name: str,
    sha256: str | None,
    engine: PlateEngine,
    captured_at: datetime | None = None,
    captured_from: str = "caller",
) -> ImageReads:
    """Read every plate in a frame that is already in memory.

    `name` and `sha256` say which picture it is; `captured_from` who says that it was taken at `captured_at`, which
    must carry its offset.
    """
    _check_offset(captured_at)
    places = (found for found in engine.detector.detect(frame) if found.score >= engine.min_confidence)
    picture = _Picture(frame, name, sha256, captured_at, captured_from if captured_at else None)
    outcomes = [_read_plate(picture, found, engine) for found in places]
    reads = sorted((o for o in outcomes if isinstance(o, PlateRead)), key=lambda r: (r.box, r.plate))
    notes = sorted((o for o in outcomes if isinstance(o, Diagnostic)), key=lambda d: d.message)
    return ImageReads(image=name, image_sha256=sha256, reads=tuple(reads), diagnostics=tuple(notes))


def read_images(
    paths: Iterable[Path | str], *, engine: PlateEngine | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[ImageReads]:
    """Read picture after picture with one engine; one bad file never stops the run."""
    engine = engine or default_engine()
    for path in paths:
        yield read_image(path, engine=engine, limits=limits)


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """A frame and what is known of it."""

    frame: Frame
    name: str
    sha256: str | None
    captured_at: datetime | None
    captured_from: str | None


def _check_offset(captured_at: datetime | None) -> None:
    """Refuse a time that is no instant."""
    if captured_at is not None and captured_at.tzinfo is None:
        raise ValueError("captured_at must carry its offset from UTC")


def _read_plate(picture: _Picture, found: Detection, engine: PlateEngine) -> PlateRead | Diagnostic | None:
    """Read one place of a picture, or say that it could not be read; None where it is most likely no plate."""
    tally = _vote(picture.frame, found, engine)
    if tally is None or tally.winner.weight * found.score < engine.min_confidence:
        return _not_read(picture.name, found, tally) if tally or found.score >= WORTH_A_LOOK else None
    state, state_confidence = _read_state(picture.frame, found, engine.reader)
    candidates = tuple(Candidate(text=c.text, confidence=round(c.weight * found.score, 4)) for c in tally.candidates)
    return PlateRead(
        image=picture.name,
        image_sha256=picture.sha256,
        raw=tally.raw,
        plate=tally.winner.text,
        confidence=candidates[0].confidence,
        candidates=candidates,
        alternates=alternates(tally.winner.text),
        state=state,
        state_confidence=state_confidence,
        box=found.box,
        corners=found.corners,
        detection_score=found.score,
        detector=engine.detector.name,
        reader=engine.reader.name,
        model_sha256s={**engine.detector.models, **engine.reader.models},
        captured_at=picture.captured_at,
        captured_from=picture.captured_from,
    )


def _vote(frame: Frame, found: Detection, engine: PlateEngine) -> Tally | None:
    """Let the crops of one plate settle on its text."""
    reader = engine.reader
    cut = plate_crops if getattr(reader, "whole_plates", False) else serial_crops
    crops = cut(frame, found)[: engine.crops]
    if isinstance(reader, LatticeReader):
        return agree(reader.read_crops(crops))
    ballots = [reader.read(crop) for crop in crops]
    tally = count(ballots)
    return doubted(tally, [vote for ballot in ballots for vote in ballot]) if tally else None


def _read_state(frame: Frame, found: Detection, reader: PlateReader) -> tuple[str | None, float | None]:
    """Give the state whose whole name is printed on the plate, with the reader's confidence; else nothing.

    Nothing is inferred from the serial, the place or the colours, and two different names are no state.
    """
    named: dict[str, float] = {}
    for line in (line for crop in name_crops(frame, found) for line in reader.read(crop)):
        state = printed_state(line.text)
        if state and line.weight >= MIN_STATE_CONFIDENCE:
            named[state] = max(line.weight, named.get(state, 0.0))
    if len(named) != 1:
        return None, None
    ((state, confidence),) = named.items()
    return state, round(confidence, 4)


def _not_read(name: str, found: Detection, tally: Tally | None) -> Diagnostic:
    """Report a place that may hold a plate which nobody should act on."""
    x, y, w, h = found.box
    seen = f", at best `{tally.winner.text}`" if tally else ""
    message = f"something like a plate at {x},{y} ({w} x {h} pixels) could not be read surely enough{seen}"
    return Diagnostic("plate-not-read", message, span=Span(name, 0, 0), severity=Severity.WARNING)
