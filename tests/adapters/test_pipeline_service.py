"""The running pipeline: nothing is done without a decision, nothing is lost unsaid, one failure stops nothing else."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.adapters.pipeline_kit import (
    ENTRIES,
    Told,
    arrived,
    judge,
    made,
    plate,
    source,
    until,
)

from alpr_policy import Mode, PolicyDecisionPoint
from alpr_policy_adapters.pipeline import (
    Frame,
    Lookout,
    Source,
    Step,
    log_lines,
    steps_of,
)
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates import ImageReads

# What comes out


def test_payloads_become_decisions_in_order(pdp: PolicyDecisionPoint) -> None:
    """Every read is captured, each hit asks for its alert and stop, and all of them are acknowledged in order."""
    told = Told()
    texts = ["4KAN123", "8QZW650", "4KAN123"]
    items = [arrived(plate(text), done=told.mark(n)) for n, text in enumerate(texts)]
    pipeline = made(told, pdp, source("files", *items)).start()
    assert pipeline.wait(10)
    ending = pipeline.stop()

    hit = ["read.capture", "alert.deliver", "stop.start"]
    assert [*hit, "read.capture", *hit] == [step.action for step in told.steps]
    assert [0, 1, 2] == told.done
    assert (True, {}, 0, ()) == (ending.drained, ending.abandoned, ending.unacknowledged, ending.stuck)
    totals = ending.metrics["totals"]
    assert (3, 2, 7) == (totals["reads"], totals["hits"], totals["steps"])
    assert 7 == totals["allow"] + totals["needs"] + totals["deny"]


def test_the_service_decides_as_the_batch_does(pdp: PolicyDecisionPoint) -> None:
    """The same reads lead to the same log lines with threads and without."""
    told, reads = Told(), [plate("4KAN123"), plate("NAM6892", None), plate("9JLQ474")]
    pipeline = made(told, pdp, source("files", *(arrived(read) for read in reads))).start()
    pipeline.wait(10)
    pipeline.stop()
    lookout = Lookout(ENTRIES, pdp, ("cambridge",))
    alone = [step for read in reads for step in steps_of(read, judge(pdp), lookout)]

    assert [line for step in alone for line in log_lines(step)] == [
        line for step in told.steps for line in log_lines(step)
    ]


def test_frames_go_through_the_reader(pdp: PolicyDecisionPoint) -> None:
    """A frame becomes reads by the reader, and its picture stays with the steps."""
    told = Told()

    def reader(frame: Frame) -> ImageReads:
        return ImageReads(image=str(frame.content), image_sha256=None, reads=(plate(),))

    pipeline = made(told, pdp, source("files", Frame(content="one.jpg", done=told.mark(1))), reader=reader).start()
    pipeline.wait(10)
    pipeline.stop()

    assert [("read.capture", "one.jpg"), ("alert.deliver", "one.jpg"), ("stop.start", "one.jpg")] == [
        (step.action, step.picture.image) for step in told.steps if step.picture
    ]
    assert [1] == told.done


def test_a_repeated_hit_is_captured_and_not_told_again(pdp: PolicyDecisionPoint) -> None:
    """Where a hit was told before, its capture is judged and counted as repeated, and no alert is asked for."""
    told, before = Told(), set()

    def repeated(read: PlateRead, hit: Any) -> bool:
        key = (read.plate, hit.entry.entry_id)
        return key in before or bool(before.add(key))

    pipeline = made(told, pdp, source("files", arrived(plate()), arrived(plate())), repeated=repeated).start()
    pipeline.wait(10)

    assert 1 == pipeline.stop().metrics["totals"]["repeated"]
    assert ["read.capture", "alert.deliver", "stop.start", "read.capture"] == [step.action for step in told.steps]


# What fails


def test_a_failing_camera_stops_no_other_and_is_begun_again(pdp: PolicyDecisionPoint) -> None:
    """A live source that fails is begun again after longer and longer pauses and reported; the others go on."""
    told, tries = Told(), []

    def broken() -> Iterator[Any]:
        tries.append(1)
        if len(tries) < 4:
            raise ConnectionError("no signal")
        yield arrived(plate("8QZW650"))

    bad = Source(name="gate", open=broken, live=True)
    pipeline = made(told, pdp, bad, source("files", *(arrived(plate()) for _ in range(5)))).start()
    until(lambda: len(told.steps) >= 16)
    figures = pipeline.stop().metrics["sources"]["gate"]

    assert {("gate", "pipeline-source")} == set(told.problems)
    assert figures["failures"] >= 3
    assert figures["restarts"] >= 3
    assert "8QZW650" in {step.read.plate for step in told.steps if step.read}


def test_a_live_source_that_was_to_end_is_over(pdp: PolicyDecisionPoint) -> None:
    """A live source that ends on purpose is no failure and is not begun again."""
    told = Told()
    gate = dataclasses.replace(source("gate", arrived(plate("8QZW650")), live=True), over=lambda: True)
    pipeline = made(told, pdp, gate).start()

    assert pipeline.wait(10)
    assert ("over", 0, []) == (
        (ending := pipeline.stop().metrics["sources"]["gate"])["state"],
        ending["failures"],
        told.problems,
    )


def test_a_failing_file_source_is_over_and_said_so(pdp: PolicyDecisionPoint) -> None:
    """A source of files that fails is not begun again, since its first files would be judged twice."""
    told = Told()
    pipeline = made(told, pdp, source("files", arrived(plate("8QZW650")), OSError("disk"))).start()
    assert pipeline.wait(10)
    figures = pipeline.stop().metrics["sources"]["files"]

    assert ("failed", 0, "OSError: disk") == (figures["state"], figures["restarts"], figures["last_error"])
    assert 1 == len(told.steps)


def test_a_reader_that_fails_on_a_frame_reads_the_next(pdp: PolicyDecisionPoint) -> None:
    """A frame that the reader cannot take is reported and not acknowledged, and the next one is read."""
    told = Told()

    def reader(frame: Frame) -> ImageReads:
        if frame.content == 1:
            raise RuntimeError("model")
        return ImageReads(image="x", image_sha256=None, reads=(plate("8QZW650"),))

    frames = [Frame(content=n, done=told.mark(n)) for n in range(3)]
    pipeline = made(told, pdp, source("files", *frames), reader=reader).start()
    pipeline.wait(10)
    ending = pipeline.stop()

    assert ([("files", "pipeline-reader")], [0, 2], 1) == (told.problems, told.done, ending.unacknowledged)


def test_a_sink_that_fails_keeps_nothing_from_the_others(pdp: PolicyDecisionPoint) -> None:
    """The other sinks get every step, and what a sink did not take is not acknowledged."""
    told = Told()

    def full(step: Step) -> None:
        if step.action == "stop.start":
            raise OSError("disk full")

    items = [arrived(plate(), done=told.mark(0)), arrived(plate("8QZW650"), done=told.mark(1))]
    pipeline = made(told, pdp, source("files", *items), sinks=[full, told.steps.append]).start()
    pipeline.wait(10)
    ending = pipeline.stop()

    assert ([("files", "pipeline-sink")], 4, [1], 1) == (
        told.problems,
        len(told.steps),
        told.done,
        ending.unacknowledged,
    )


def test_lists_that_fail_leave_the_capture(pdp: PolicyDecisionPoint) -> None:
    """Where a read cannot be compared its capture is judged all the same, reported and not acknowledged."""
    told = Told()

    class Broken(Lookout):
        def hits(self, read: PlateRead, at: datetime, departments: Any = None) -> Any:
            raise ValueError("list")

    lookout = Broken(ENTRIES, pdp, ("cambridge",))
    pipeline = made(told, pdp, source("files", arrived(plate(), done=told.mark(0))), lookout=lookout).start()
    pipeline.wait(10)
    pipeline.stop()

    assert (["read.capture"], [], [("files", "pipeline-match")]) == (
        [step.action for step in told.steps],
        told.done,
        told.problems,
    )


class Broken:
    """A decision point that answers as told."""

    def __init__(self, pdp: PolicyDecisionPoint, answer: Any) -> None:
        self.catalog = pdp.catalog
        self.answer = answer

    def decide(self, request: Any, **parts: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("answer", [ConnectionError("gone"), None, True, "allow"])
@pytest.mark.parametrize("mode", Mode)
def test_no_decision_is_a_denial(pdp: PolicyDecisionPoint, answer: Any, mode: Mode) -> None:
    """A decision that raises, or an answer that is none, denies in every mode and says why."""
    step = judge(Broken(pdp, answer), mode=mode).capture(plate())
    decision = step.decisions["cambridge"]

    assert ("deny", False, False) == (decision.outcome.value, decision.proceed, step.actionable)
    assert "decision" in str(decision.reasons[0].text)


def test_an_outage_stops_no_read_and_acts_on_none(pdp: PolicyDecisionPoint) -> None:
    """While the decision point is out of reach every act is denied and logged, and the reads are not lost."""
    told = Told()
    asks = judge(Broken(pdp, ConnectionError()))
    pipeline = made(told, pdp, source("files", *(arrived(plate()) for _ in range(3))), judge=asks).start()
    pipeline.wait(10)

    assert 9 == pipeline.stop().metrics["totals"]["deny"]
    assert [False] * 9 == [step.actionable for step in told.steps]


# Under load, and at the end


def test_a_full_queue_slows_files_and_drops_live_frames(pdp: PolicyDecisionPoint) -> None:
    """While the reader is busy, live frames are dropped and counted, files wait, and no payload is dropped."""
    told, open_gate = Told(), threading.Event()

    def slow(frame: Frame) -> ImageReads:
        open_gate.wait(10)
        return ImageReads(image=str(frame.content), image_sha256=None, reads=(plate("8QZW650"),))

    def camera() -> Iterator[Any]:
        yield from (Frame(content=f"live {n}") for n in range(50))
        yield arrived(plate("8QZW650"), done=told.mark(-1))
        open_gate.set()
        time.sleep(10 if not stopped.wait(10) else 0)

    stopped = threading.Event()
    files = source("files", *(Frame(content=f"file {n}", done=told.mark(n)) for n in range(20)))
    pipeline = made(told, pdp, Source(name="gate", open=camera, live=True), files, reader=slow).start()
    until(lambda: len(told.done) == 21)
    stopped.set()
    ending = pipeline.stop()
    read = [step.picture.image for step in told.steps if step.picture]
    live = [name for name in read if name.startswith("live")]
    gate = ending.metrics["sources"]["gate"]

    assert [f"file {n}" for n in range(20)] == [name for name in read if name.startswith("file")]
    assert (50, True) == (gate["dropped"] + len(live), gate["dropped"] > 0)
    assert gate["dropped"] == ending.metrics["stages"]["read"]["dropped"]
    assert ending.drained


def test_giving_up_says_what_was_given_up(pdp: PolicyDecisionPoint) -> None:
    """Ending at once does nothing that waits, counts it by stage, and acknowledges none of it."""
    told, open_gate, taken = Told(), threading.Event(), threading.Event()

    def slow(step: Step) -> None:
        taken.set()
        open_gate.wait(10)
        told.steps.append(step)

    items = [arrived(plate("8QZW650"), done=told.mark(n)) for n in range(30)]
    pipeline = made(told, pdp, source("files", *items), sinks=[slow]).start()
    assert taken.wait(10)
    threading.Timer(0.2, open_gate.set).start()
    ending = pipeline.stop(drain=False)

    assert (False, [0]) == (ending.drained, told.done)
    assert ending.metrics["totals"]["accepted"] - 1 == ending.unacknowledged
    assert sum(ending.abandoned.values()) >= ending.unacknowledged > 0


def test_draining_does_everything_that_came_in(pdp: PolicyDecisionPoint) -> None:
    """Ending with patience lets a live source give no more and does all that was accepted."""
    told = Told()

    def endless() -> Iterator[Any]:
        number = 0
        while True:
            yield arrived(plate("8QZW650"), done=told.mark(number))
            number += 1

    pipeline = made(told, pdp, Source(name="mqtt", open=endless, live=True)).start()
    until(lambda: len(told.done) > 20)
    ending = pipeline.stop()

    assert (True, 0) == (ending.drained, ending.unacknowledged)
    assert list(range(ending.metrics["totals"]["accepted"])) == told.done


def test_a_hanging_sink_is_named(pdp: PolicyDecisionPoint) -> None:
    """What hangs is named, and the pipeline ends all the same; nothing of it is acknowledged."""
    told, never = Told(), threading.Event()
    pipeline = made(told, pdp, source("files", arrived(plate())), sinks=[lambda step: never.wait(20)]).start()
    ending = pipeline.stop(timeout=0.3)
    never.set()

    assert (False, ("alpr-sink-0",), 1) == (ending.drained, ending.stuck, ending.unacknowledged)


def test_a_hanging_camera_keeps_nothing_from_being_done(pdp: PolicyDecisionPoint) -> None:
    """A source that hangs is named, and what the others sent is done all the same."""
    told, never = Told(), threading.Event()

    def hangs() -> Iterator[Any]:
        never.wait(20)
        yield arrived(plate())

    items = [arrived(plate("8QZW650"), done=told.mark(n)) for n in range(5)]
    pipeline = made(told, pdp, Source(name="gate", open=hangs, live=True), source("files", *items)).start()
    until(lambda: len(told.done) == 5)
    ending = pipeline.stop(timeout=0.4)
    never.set()

    assert (("alpr-gate",), {}, 0, 5) == (ending.stuck, ending.abandoned, ending.unacknowledged, len(told.done))


def test_slow_sinks_are_waited_for(pdp: PolicyDecisionPoint) -> None:
    """A source that waits for room when the end comes has what it holds done, and what it did not give is not asked."""
    told = Told()

    def slow(step: Step) -> None:
        time.sleep(0.02)
        told.steps.append(step)

    items = [arrived(plate("8QZW650"), done=told.mark(n)) for n in range(200)]
    pipeline = made(told, pdp, source("files", *items), sinks=[slow]).start()
    until(lambda: len(told.done) > 2)
    ending = pipeline.stop()

    assert (True, 0, len(told.done)) == (ending.drained, ending.unacknowledged, ending.metrics["totals"]["accepted"])
    assert len(told.done) < 200


def test_two_sources_of_one_name_are_refused(pdp: PolicyDecisionPoint) -> None:
    """Reports name sources, so their names differ."""
    with pytest.raises(ValueError, match="same name"):
        made(Told(), pdp, source("gate"), source("gate"))
