"""Photographs, one after the other: what `alpr-policy run` does, without threads and queues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from alpr_policy.model.request import Mode
from alpr_policy_adapters.hotlists import HotListEntry
from alpr_policy_adapters.payloads import Received
from alpr_policy_adapters.pipeline.judge import Decider, Judge
from alpr_policy_adapters.pipeline.lookout import Lists, Lookout
from alpr_policy_adapters.pipeline.setting import Setting
from alpr_policy_adapters.pipeline.step import Step
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates import ImageReads, PlateEngine, read_images


def run(
    pictures: Iterable[Path | str],
    entries: Iterable[HotListEntry] | Lists,
    pdp: Decider,
    departments: Sequence[str],
    *,
    at: datetime,
    setting: Setting | None = None,
    engine: PlateEngine | None = None,
    mode: Mode = Mode.ENFORCE,
) -> Iterator[tuple[ImageReads, tuple[Step, ...]]]:
    """Read each picture and judge every act it leads to, under each department by itself.

    `at` is when the acts are done; a picture that says when it was taken keeps its own time for the capture. How far a
    read may differ from an entry is each department's own matter, so hits are looked for department by department.
    """
    judge = Judge(pdp=pdp, departments=tuple(departments), clock=lambda _: at, setting=setting or Setting(), mode=mode)
    lookout = Lookout(entries, pdp, departments)
    for picture in read_images(pictures, engine=engine):
        yield picture, tuple(step for read in picture.reads for step in steps_of(read, judge, lookout, picture))


def steps_of(read: PlateRead, judge: Judge, lookout: Lookout, picture: ImageReads | None = None) -> Iterator[Step]:
    """Judge every act that one read leads to: its capture, and alert and stop for each hit."""
    yield judge.capture(read, picture)
    for hit, seen_by in lookout.hits(read, judge.clock(read.captured_at)):
        yield judge.alert(read, hit, seen_by, picture)
        yield judge.stop(read, hit, seen_by, picture)


def judge_received(received: Received, judge: Judge, lookout: Lookout) -> Iterator[Step]:
    """Judge everything that one payload of other software leads to."""
    for read in received.reads:
        yield from steps_of(read, judge, lookout)
    for alert in received.alerts:
        yield judge.vendor_alert(alert)
    for search in received.searches:
        yield judge.search(search)
