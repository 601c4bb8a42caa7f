"""What `alpr-policy read` does: source after source, line by line, and no error of one ends the run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.source import Span
from alpr_policy_adapters.cli.engines import engine_named
from alpr_policy_adapters.cli.options import input_code
from alpr_policy_adapters.cli.output import Screen, number, one_text, print_json_line, to_stderr
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates import ImageReads, PlateEngine, read_frame
from alpr_policy_adapters.plates.annotate import drawn, file_name, write
from alpr_policy_adapters.plates.cameras import Cameras
from alpr_policy_adapters.plates.frames import (
    Shot,
    SourceError,
    VideoLimits,
    files_in,
    is_stream,
    sequence_shots,
    split,
    video_shots,
)
from alpr_policy_adapters.plates.images import DEFAULT_LIMITS, ImageError, load_bytes, load_image, shown_name
from alpr_policy_adapters.plates.streams import Stream
from alpr_policy_adapters.plates.tracks import Track, follow

HEADINGS = f"{'plate':<10} {'state':<8} {'sure':<5} {'frames':<7} picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the caller asked for besides the engine."""

    sequence: bool = False
    every: int = 1
    max_frames: int | None = None
    start: str | None = None
    out: Path | None = None
    as_json: bool = False


@dataclass(slots=True)
class Tally:
    """How the run went: sources that could be used and sources that could not, and what was read."""

    used: int = 0
    failed: int = 0
    reads: int = 0

    def code(self) -> ExitCode:
        """Give the exit code."""
        return input_code(used=self.used, refused=self.failed)


def read_command(
    paths: Sequence[str],
    wanted: Wanted,
    *,
    engine: str,
    detector: str | None,
    reader: str | None,
    fast: bool,
    least: float | None,
) -> ExitCode:
    """Read everything and tell it as it comes; raises PolicyError for what keeps the run from starting."""
    start = _moment(wanted.start)
    if wanted.out is not None:
        _folder(wanted.out)
    made = engine_named(engine=engine, detector=detector, reader=reader, fast=fast, least=least)
    run = _Run(made, wanted, start)
    try:
        for path in paths:
            if not is_stream(path):
                run.source(path)
        run.cameras([path for path in paths if is_stream(path)])
    finally:
        run.end()
    return run.tally.code()


@dataclass(slots=True)
class _Run:
    engine: PlateEngine
    wanted: Wanted
    start: datetime | None
    tally: Tally = field(default_factory=Tally)
    names: set[str] = field(default_factory=set)
    headed: bool = False
    screen: Screen = field(default_factory=Screen)
    errors: Screen = field(default_factory=to_stderr)

    def source(self, word: str) -> None:
        """Read one path of the command line, whatever it is."""
        try:
            if word == "-":
                self._picture("standard input", lambda: load_bytes(_stdin(), "standard input"))
            else:
                self._path(Path(word))
        except SourceError as error:
            self._failed(error.diagnostics)

    def end(self) -> None:
        """Say how it went."""
        done = f"{number(self.tally.reads, 'read')} from {number(self.tally.used, 'picture or source')}"
        done = done.replace("picture or sources", "pictures or sources")
        self.errors.say(
            done + (f"; {self.tally.failed:,} could not be used" if self.tally.failed else ""), style="bold"
        )

    def _path(self, path: Path) -> None:
        files = files_in(path) if path.is_dir() else [path]
        if not files:
            raise SourceError([_no_pictures(shown_name(path))])
        pictures, videos = split(files)
        if self.wanted.sequence and path.is_dir():
            shots = sequence_shots(pictures, shown_name(path))
            self._tracks(shots, shown_name(path), total=len(pictures))
        else:
            with _progress(len(pictures), "reading", shown=len(pictures) > 1) as progress:
                for picture in pictures:
                    self._picture(shown_name(picture), partial(load_image, picture))
                    progress()
        for video in videos:
            self._video(video)

    def _picture(self, name: str, load: Callable[[], Any]) -> None:
        try:
            image = load()
        except ImageError as error:
            if self.wanted.as_json:
                found = ImageReads(image=name, image_sha256=None, reads=(), diagnostics=error.diagnostics)
                print_json_line({"kind": "picture", **found.to_dict()})
            self._failed(error.diagnostics, told=self.wanted.as_json)
            return
        found = read_frame(
            image.frame,
            name=image.name,
            sha256=image.sha256,
            engine=self.engine,
            captured_at=image.captured_at,
            captured_from="exif",
        )
        self.tally.used += 1
        self.tally.reads += len(found.reads)
        if self.wanted.as_json:
            print_json_line({"kind": "picture", **found.to_dict()})
        for read in found.reads:
            self._row(read)
        if not found.reads:
            self._line(f"{'-':<10} {'':<8} {'':<5} {'':<7} {found.image}: no plate was read")
        self._notes(found.diagnostics)
        self._drawn(image.frame, found.reads, found.image)

    def _video(self, path: Path) -> None:
        limits = VideoLimits(max_frames=self.wanted.max_frames) if self.wanted.max_frames else VideoLimits()
        try:
            shots = video_shots(path, every=self.wanted.every, start=self.start, limits=limits)
            self._tracks(shots, shown_name(path))
        except SourceError as error:
            self._failed(error.diagnostics)

    def cameras(self, addresses: Sequence[str]) -> None:
        """Follow all cameras at once, and count each of them as used or failed."""
        if not addresses:
            return
        streams = [Stream(address) for address in addresses]
        failed: set[int] = set()
        name = streams[0].name if len(streams) == 1 else number(len(streams), "camera")
        try:
            with _progress(None, name) as progress:
                cameras = Cameras(
                    streams, self.engine, max_frames=self.wanted.max_frames,
                    keep_frames=self.wanted.out is not None, counted=progress,
                )  # fmt: skip
                for stream, found in cameras.tracks():
                    failed |= {id(stream)} if self._found(found, stream.name) else set()
        finally:
            for stream in streams:
                self.tally.used += bool(stream.counts.read)
                self.tally.failed += id(stream) in failed
                self._counts(stream)

    def _counts(self, stream: Stream) -> None:
        counts = stream.counts
        if self.wanted.as_json:
            told = {name: getattr(counts, name) for name in ("received", "read", "skipped", "reconnects")}
            print_json_line({"kind": "stream", "source": stream.name, **told})
        self.errors.say(
            f"{stream.name}: {number(counts.received, 'frame')} received, {counts.read:,} read,"
            f" {counts.skipped:,} skipped since the reader was busy"
        )

    def _tracks(self, shots: Iterator[Shot | Diagnostic], source: str, total: int | None = None) -> None:
        failed = False
        seen = [0]
        try:
            with _progress(total, source) as progress:
                counted = _counted(shots, seen, progress)
                for found in follow(counted, source, self.engine, keep_frames=self.wanted.out is not None):
                    failed = self._found(found, source) or failed
        finally:
            self.tally.used += bool(seen[0])
            self.tally.failed += failed

    def _found(self, found: Track | Diagnostic, source: str) -> bool:
        """Tell of a vehicle or of what went wrong; say whether that is an error."""
        if isinstance(found, Track):
            self._track(found)
            return False
        self._notes([found])
        if self.wanted.as_json:
            print_json_line({"kind": "error", "source": source, "diagnostics": [_as_data(found)]})
        return found.is_error

    def _track(self, track: Track) -> None:
        if self.wanted.as_json:
            print_json_line({"kind": "track", **track.to_dict()})
        self._notes(track.diagnostics)
        if track.read is not None:
            self.tally.reads += 1
            self._row(track.read)
            if track.frame is not None:
                self._drawn(track.frame, [track.read], track.track)

    def _row(self, read: PlateRead) -> None:
        sure = "-" if read.confidence is None else f"{read.confidence:.2f}"
        self._line(f"{read.plate:<10} {read.state or 'unknown':<8} {sure:<5} {read.frames:<7} {read.image}")

    def _line(self, text: str) -> None:
        if self.wanted.as_json:
            return
        if not self.headed:
            self.screen.say(HEADINGS, style="bold")
            self.headed = True
        self.screen.say(text, wrap=False)

    def _failed(self, diagnostics: Sequence[Diagnostic], *, told: bool = False) -> None:
        self.tally.failed += 1
        self._notes(diagnostics)
        if self.wanted.as_json and not told:
            print_json_line({"kind": "error", "diagnostics": [_as_data(one) for one in diagnostics]})

    def _notes(self, diagnostics: Sequence[Diagnostic]) -> None:
        for one in diagnostics:
            style = "red" if one.is_error else "yellow"
            self.errors.say(
                f"{one_text(one.span.file)}: {one.severity}: {one_text(one.message)} [{one.code}]", style, wrap=False
            )

    def _drawn(self, frame: Any, reads: Sequence[PlateRead], name: str) -> None:
        if self.wanted.out is not None:
            write(drawn(frame, reads), self.wanted.out / file_name(name, self.names))


def _counted(
    shots: Iterator[Shot | Diagnostic], seen: list[int], progress: Callable[[], None]
) -> Iterator[Shot | Diagnostic]:
    for shot in shots:
        seen[0] += isinstance(shot, Shot)
        yield shot
        progress()


class _progress(AbstractContextManager[Callable[[], None]]):
    """Shows on a terminal how far a source has been read; a pipe sees nothing of it."""

    def __init__(self, total: int | None, name: str, *, shown: bool = True) -> None:
        columns = [SpinnerColumn(), TextColumn("{task.description}", markup=False), MofNCompleteColumn()]
        columns += [BarColumn()] if total else []
        self._bar = Progress(
            *columns,
            TimeElapsedColumn(),
            console=to_stderr(),
            transient=True,
            disable=not (shown and sys.stderr.isatty()),
        )
        self._task = self._bar.add_task(one_text(name), total=total)

    def __enter__(self) -> Callable[[], None]:
        self._bar.start()
        return lambda: self._bar.advance(self._task)

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _as_data(one: Diagnostic) -> dict[str, str]:
    return {"code": one.code, "severity": one.severity.value, "message": one.message, "help": one.help}


def _stdin() -> bytes:
    return sys.stdin.buffer.read(DEFAULT_LIMITS.max_bytes + 1)


def _folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder `{out}` cannot be made: {type(error).__name__}"
        raise PolicyError(
            [Diagnostic("picture-unwritable", message, help="name a folder that you may write to")]
        ) from error


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    help_line = "write it as 2026-05-01T12:00:00-04:00"
    try:
        moment = parse_moment(text)
    except ValueError as error:
        raise PolicyError([Diagnostic("bad-time", f"`--start`: {error}", help=help_line)]) from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise PolicyError([Diagnostic("bad-time", "`--start` wants a time of day with its offset", help=help_line)])
    return moment


def _no_pictures(name: str) -> Diagnostic:
    return Diagnostic("no-pictures", f"`{name}` holds no picture and no video", Span(name, 0, 0))
