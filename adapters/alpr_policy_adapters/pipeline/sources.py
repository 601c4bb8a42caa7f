"""Where frames and payloads come from, and what goes through the stages of a running pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from alpr_policy_adapters.hotlists import Hit
from alpr_policy_adapters.payloads import Received
from alpr_policy_adapters.pipeline.step import Step
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates import ImageReads, PlateEngine, read_image


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture that is still to be read: whatever the reader takes. `done` is called once its steps are through."""

    content: Any
    done: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One payload that has been read. `done` acknowledges it, once its steps have been through all sinks."""

    received: Received
    done: Callable[[], None] | None = None


Item: TypeAlias = Frame | Arrived
Reader: TypeAlias = Callable[[Frame], ImageReads]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A camera, a folder, a stream. `open` begins it anew and gives its items as they come.

    A `live` source does not wait: its frames are dropped where there is no room, and it is begun again when it fails or
    ends, unless `over` says that it was to end. Any other is slowed down instead, and is over when it ends or fails.
    """

    name: str
    open: Callable[[], Iterable[Item]]
    live: bool = False
    over: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class Parcel:
    """What one frame or payload has become so far; a stage fills in its part. `sound` says that nothing has failed."""

    source: str
    frame: Frame | None = None
    picture: ImageReads | None = None
    received: Received | None = None
    reads: tuple[PlateRead, ...] = ()
    hits: list[list[tuple[Hit, tuple[str, ...]]]] = field(default_factory=list)
    steps: tuple[Step, ...] = ()
    done: Callable[[], None] | None = None
    sound: bool = True
    since: float = field(default_factory=time.perf_counter)


def pictures(name: str, paths: Iterable[Path]) -> Source:
    """Give a source of picture files; nothing of it is dropped."""
    return Source(name=name, open=lambda: (Frame(content=path) for path in paths))


def engine_reader(engine: PlateEngine) -> Reader:
    """Give a reader of picture files by one of our engines."""
    return lambda frame: read_image(frame.content, engine=engine)
