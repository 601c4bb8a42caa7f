"""The running pipeline: nothing is done without a decision, nothing is lost unsaid, one failure stops nothing else."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.adapters.plates_kit import DEMO

from alpr_policy import Mode, PolicyDecisionPoint
from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.hotlists import Matcher, load_csv
from alpr_policy_adapters.payloads import Listing, Received, VendorAlert
from alpr_policy_adapters.pipeline import (
    Arrived,
    Capacity,
    Frame,
    Judge,
    Lookout,
    Pipeline,
    Setting,
    Source,
    Step,
    Window,
    historical_hits,
    load_setting,
    log_lines,
    run,
    steps_of,
)
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates import ImageReads

AT = datetime.fromisoformat("2026-05-04T10:00:00-04:00")
SETTING = load_setting(DEMO / "context.yaml")
ENTRIES = load_csv(DEMO / "hotlist.csv").entries
QUICK = Capacity(frames=2, parcels=2, first_pause=0.001, longest_pause=0.004)
VISUAL = [{"check": "visual", "part": p, "result": "pass", "by": "officer-7"} for p in ("characters", "state")]


@pytest.fixture(scope="module")
def pdp() -> PolicyDecisionPoint:
    """Give the decision point over the shipped profiles."""
    return PolicyDecisionPoint.load()


def plate(text: str = "4KAN123", state: str | None = "CA", **parts: Any) -> PlateRead:
    """Make a read as a payload gives it."""
    return PlateRead(raw=text, plate=text, confidence=0.9, state=state, source="axis", captured_at=AT, **parts)


def arrived(*reads: PlateRead, done: Callable[[], None] | None = None, **parts: Any) -> Arrived:
    """Make an item of one payload with these reads."""
    return Arrived(received=Received(system="axis", reads=reads, **parts), done=done)


def judge(pdp: Any, *departments: str, **parts: Any) -> Judge:
    """Make a judge for the demo's setting; Cambridge unless others are named."""
    parts = {"setting": SETTING, "clock": lambda _: AT, **parts}
    return Judge(pdp=pdp, departments=departments or ("cambridge",), **parts)


class Told:
    """Keeps what a pipeline tells, and the steps that its sinks get."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        self.steps: list[Step] = []
        self.done: list[int] = []

    def report(self, source: str, problem: Diagnostic) -> None:
        self.problems.append((source, problem.code))

    def mark(self, number: int) -> Callable[[], None]:
        return lambda: self.done.append(number)


def made(told: Told, pdp: Any, *sources: Source, sinks: Any = None, **parts: Any) -> Pipeline:
    """Make a pipeline with small queues over the demo's list."""
    asks = parts.pop("judge", None) or judge(pdp)
    parts = {"capacity": QUICK, "report": told.report, **parts}
    lookout = parts.pop("lookout", None) or Lookout(
        ENTRIES, asks.pdp if hasattr(asks.pdp, "catalog") else pdp, ("cambridge",)
    )
    return Pipeline(sources, asks, lookout, [told.steps.append] if sinks is None else sinks, **parts)


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that other threads bring about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.002)


def source(name: str, *items: Any, live: bool = False) -> Source:
    """Make a source of these items; an exception among them is raised when it is its turn."""

    def opened() -> Iterator[Any]:
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield item

    return Source(name=name, open=opened, live=live)


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


# Possible hits, alerts of other software, age of the list


def with_checks(*checks: dict[str, Any]) -> Setting:
    """Give the demo's setting with these checks, made a minute after the read unless they say when."""
    later = (AT + timedelta(minutes=1)).isoformat()
    return Setting(facts=SETTING.facts, records={**SETTING.records, "checks": [{"at": later, **one} for one in checks]})


@pytest.mark.parametrize(
    ("checks", "sure"),
    [
        ([], False),
        (VISUAL, True),
        (VISUAL[:1], False),
        ([{"check": "visual", "result": "pass", "by": "officer-7"}], True),
        ([{"check": "visual", "result": "pass"}], False),
        ([*VISUAL, {**VISUAL[0], "result": "fail"}], False),
        ([{**one, "at": "2026-05-04T09:59:59-04:00"} for one in VISUAL], False),
        ([{**one, "at": None} for one in VISUAL], False),
        ([{"check": "status", "result": "pass", "by": "officer-7"}], False),
    ],
)
def test_a_possible_hit_needs_a_person(pdp: PolicyDecisionPoint, checks: list[dict[str, Any]], sure: bool) -> None:
    """A hit without a known state may be shown for comparison; nothing follows before somebody compared both parts."""
    asks = judge(pdp, "leicester", setting=with_checks(*checks))
    lookout = Lookout(ENTRIES, pdp, ("leicester",))
    _, alert, stop = steps_of(plate("4KAN123", None), asks, lookout)

    assert (True, True) == (alert.decisions["leicester"].proceed, stop.decisions["leicester"].proceed)
    assert (sure, sure) == (alert.actionable, stop.actionable)
    assert (not sure, False) == (alert.for_comparison, stop.for_comparison)


def test_an_exact_hit_needs_no_comparison_to_be_one(pdp: PolicyDecisionPoint) -> None:
    """Plate and state agree and the entry is in force: what may be done is the policy's matter alone."""
    _, alert, stop = steps_of(plate(), judge(pdp), Lookout(ENTRIES, pdp, ("cambridge",)))

    assert (True, False, False) == (alert.actionable, stop.actionable, stop.decisions["cambridge"].proceed)


def test_a_step_without_decisions_lets_nothing_be_done(pdp: PolicyDecisionPoint) -> None:
    """Where nobody has judged, nothing may be done."""
    step = dataclasses.replace(judge(pdp).capture(plate()), decisions={})

    assert (False, False) == (step.actionable, step.for_comparison)


def vendor(*categories: str | None) -> VendorAlert:
    """Make an alert of other software that rests on lists of these categories."""
    listings = tuple(Listing(name="list", reason=None, category=one) for one in categories)
    return VendorAlert(source="flock_alert", listings=listings, read=plate(), at=AT)


@pytest.mark.parametrize(
    ("categories", "outcome"),
    [(("stolen_vehicle",), "allow"), (("violent_person",), "deny"), (("stolen_vehicle", None), "needs")],
)
def test_alerts_of_other_software_are_judged(
    pdp: PolicyDecisionPoint, categories: tuple[str | None, ...], outcome: str
) -> None:
    """An alert is judged by its categories; where one is not known none is said, and it is asked for."""
    step = judge(pdp).vendor_alert(vendor(*categories))

    assert ("alert.deliver", outcome) == (step.action, step.decisions["cambridge"].outcome.value)
    assert (False, outcome == "allow") == (step.actionable, step.for_comparison)


@pytest.mark.parametrize(
    ("loaded", "said"),
    [
        (AT, AT.isoformat()),
        (AT + timedelta(seconds=1), "2026-05-01T06:00:00-04:00"),
        (None, "2026-05-01T06:00:00-04:00"),
    ],
)
def test_the_age_of_the_list_goes_with_the_hit(pdp: PolicyDecisionPoint, loaded: datetime | None, said: str) -> None:
    """When the entry's own list was loaded goes before the setting, unless that was after the act."""
    entries = [dataclasses.replace(entry, loaded_at=loaded) for entry in ENTRIES]
    _, alert, stop = steps_of(plate(), judge(pdp), Lookout(entries, pdp, ("cambridge",)))

    assert [said, said] == [step.request["facts"]["hotlist.loaded"] for step in (alert, stop)]


SURE = ("hit.match", "plate.state", "read.confidence", "read.state_confidence")


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ({"state": "CA", "confidence": 0.999, "state_confidence": 0.29}, ["exact", "CA", 99, 29]),
        ({"state": None, "confidence": 0.5, "state_confidence": 0.4}, ["possible", None, 50, None]),
        ({"state": "CA", "confidence": None, "state_confidence": None}, ["exact", "CA", None, None]),
    ],
)
def test_how_sure_a_hit_is_goes_with_it(pdp: PolicyDecisionPoint, read: dict[str, Any], said: list[Any]) -> None:
    """How the hit matched and how sure the reader is are facts, in whole per cent rounded down; unknown is left out."""
    seen = dataclasses.replace(plate(), **read)
    capture, alert, stop = steps_of(seen, judge(pdp), Lookout(ENTRIES, pdp, ("cambridge",)))

    assert [said, said] == [[step.request["facts"].get(name) for name in SURE] for step in (alert, stop)]
    assert [None, None, *said[2:]] == [capture.request["facts"].get(name) for name in SURE]


def test_how_other_software_matched_is_not_claimed(pdp: PolicyDecisionPoint) -> None:
    """Of another system's alert the plate's state and the reader's sureness are facts, how well it matched is not."""
    facts = judge(pdp).vendor_alert(vendor("stolen_vehicle")).request["facts"]

    assert [None, "CA", 90, None] == [facts.get(name) for name in SURE]


def test_a_setting_may_be_asked_for_each_act(pdp: PolicyDecisionPoint) -> None:
    """Records of one hit need not stand for another: the setting may be given act by act."""
    asked: list[tuple[str, str | None]] = []

    def setting(action: str, read: PlateRead | None, hit: Any) -> Setting:
        asked.append((action, hit.entry.entry_id if hit else None))
        return SETTING

    list(steps_of(plate(), judge(pdp, setting=setting), Lookout(ENTRIES, pdp, ("cambridge",))))

    assert [("read.capture", None), ("alert.deliver", "DEMO-001"), ("stop.start", "DEMO-001")] == asked


def test_another_list_is_taken_up_at_once(pdp: PolicyDecisionPoint) -> None:
    """After the list is replaced only the new one is looked at."""
    lookout = Lookout(ENTRIES, pdp, ("cambridge",))
    before = len(lookout.hits(plate(), AT))
    lookout.replace([])

    assert (1, []) == (before, lookout.hits(plate(), AT))


def test_entries_of_two_lists_are_two_hits(pdp: PolicyDecisionPoint) -> None:
    """Two lists may use the same ids and lines for their entries; each is a hit of its own."""
    other = [dataclasses.replace(entry, category="bolo", list_name="other") for entry in ENTRIES]
    found = Lookout([*ENTRIES, *other], pdp, ("cambridge", "leicester")).hits(plate(), AT)

    assert [("stolen_vehicle", 2), ("bolo", 2)] == [(hit.entry.category, len(names)) for hit, names in found]


def test_lists_may_change_by_themselves(pdp: PolicyDecisionPoint) -> None:
    """Lists that say how to compare with them are asked for each read, and nothing of them is kept."""
    held = [list(ENTRIES)]

    class Store:
        def matcher(self, *, look_alikes: int = 0, differences: int = 0) -> Any:
            return self

        def match(self, read: Any, *, at: datetime | None = None) -> Any:
            return Matcher(held[0]).match(read, at=at)

    lookout = Lookout(Store(), pdp, ("cambridge",))
    before = len(lookout.hits(plate(), AT))
    held[0] = []

    assert (1, 0) == (before, len(lookout.hits(plate(), AT)))


# Stored reads

WINDOW = Window(since=AT - timedelta(days=7), until=AT)


def untouchable() -> Iterator[PlateRead]:
    """Fail when anybody looks."""
    raise AssertionError("the reads were looked at")
    yield


def searched(pdp: PolicyDecisionPoint, reads: Any, purpose: str, *names: str, **parts: Any) -> Any:
    """Ask for the historical hits of the demo's list."""
    facts = {**SETTING.facts, "data.custodian": "vendor", "beneficiary.agency": "own", "procedure.finding": "allows"}
    setting = Setting(facts=facts, records=SETTING.records)
    return historical_hits(
        reads, ENTRIES, pdp, names or ("cambridge",), window=WINDOW, purpose=purpose, setting=setting, at=AT, **parts
    )


def test_historical_hits_are_a_search_that_is_asked_first(pdp: PolicyDecisionPoint) -> None:
    """Under a purpose that the policy bars no stored read is looked at, and the answer says why."""
    history = searched(pdp, untouchable(), "personal")

    assert ("search.run", {"cambridge": "deny"}, ()) == (history.asked.action, history.refused, history.hits)
    assert ("personal", WINDOW.since.isoformat()) == tuple(
        history.asked.request["facts"][name] for name in ("purpose", "record.captured")
    )


def test_historical_hits_lie_in_the_window(pdp: PolicyDecisionPoint) -> None:
    """Where the search is allowed, reads of the window are compared; those without a time are counted and left."""
    reads = [
        plate(),
        dataclasses.replace(plate(), captured_at=AT - timedelta(days=8)),
        dataclasses.replace(plate(), captured_at=None),
        plate("8QZW650"),
    ]
    tasks = {"log_transaction": lambda duty: None, "record_request_and_results": lambda duty: None}
    history = searched(pdp, reads, "criminal_investigation", tasks=tasks)

    assert ({}, ("cambridge",)) == (history.refused, history.looked_for)
    assert (1, 2, 1) == (len(history.hits), history.looked_at, history.undated)


def test_what_must_follow_must_be_seen_to(pdp: PolicyDecisionPoint) -> None:
    """A search that carries a duty which nobody sees to is not done."""
    duties = [d.task for d in searched(pdp, [], "criminal_investigation").asked.decisions["cambridge"].obligations]
    history = searched(pdp, untouchable() if duties else [], "criminal_investigation")

    assert ({"cambridge": f"nobody sees to {', '.join(sorted(set(duties)))}"} if duties else {}) == history.refused


@pytest.mark.parametrize("ends", [(AT, AT - timedelta(seconds=1)), (AT.replace(tzinfo=None), AT)])
def test_a_window_that_is_none_is_refused(ends: tuple[datetime, datetime]) -> None:
    """A window ends after it begins, and both ends say where on earth they hold."""
    with pytest.raises(ValueError, match="window"):
        Window(since=ends[0], until=ends[1])


def test_the_batch_still_runs_on_pictures(pdp: PolicyDecisionPoint, tmp_path: Any) -> None:
    """A picture that is none is told and leads to no step."""
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    ((picture, steps),) = run([bad], ENTRIES, pdp, ["cambridge"], at=AT, engine=object())  # type: ignore[arg-type]

    assert (True, ()) == (picture.is_error, steps)
