"""How many reads a second one core takes from payloads to decisions, and how many where each is written to a ledger."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import in_turn, say, table

from alpr_policy import PolicyDecisionPoint
from alpr_policy_adapters.hotlists import load_csv
from alpr_policy_adapters.ledger import Kind, Ledger, Wanted
from alpr_policy_adapters.office import Office
from alpr_policy_adapters.payloads import parse, read_payload
from alpr_policy_adapters.pipeline import (
    Arrived,
    Judge,
    Lookout,
    Pipeline,
    Source,
    Step,
    judge_received,
    load_setting,
    log_lines,
)
from alpr_policy_adapters.pipeline.judge import Decider

ROOT = Path(__file__).resolve().parents[2]
PAYLOADS, DEMO = ROOT / "examples" / "embedding" / "payloads", ROOT / "examples" / "demo"
AT = datetime.fromisoformat("2026-05-04T10:00:00-04:00")
READS, ROUNDS, KEPT = 1_500, 5, 640
# Of a thousand reads about two are hits where lists are long; here so many of a hundred, to see what hits cost.
SHARES = (0, 2, 100)
Way = Callable[[list[bytes], Judge, Lookout, Callable[[Step], object]], int]


def texts(name: str, hits: int, number: int = READS) -> list[bytes]:
    """Return payloads of one system with a read each, `hits` of a hundred of which are on the demo's list."""
    value = json.dumps(json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8")))
    other = value.replace("4KAN123", "8QZW651").replace("4kan123", "8qzw651")
    return [(value if one % 100 < hits else other).encode() for one in range(number)]


def judge_of(pdp: Decider) -> Judge:
    """Return the judge that all measurements use: Cambridge's rules, in the demo's setting."""
    setting = load_setting(DEMO / "context.yaml")
    return Judge(pdp=pdp, departments=("cambridge",), clock=lambda seen: seen or AT, setting=setting)


def alone(data: list[bytes], judge: Judge, lookout: Lookout, sink: Callable[[Step], object]) -> int:
    """Take payloads to decisions in one thread, and return how many reads there were."""
    reads = 0
    for text in data:
        received = read_payload(parse(text)[0])
        reads += len(received.reads)
        for step in judge_received(received, judge, lookout):
            sink(step)
    return reads


def served(data: list[bytes], judge: Judge, lookout: Lookout, sink: Callable[[Step], object]) -> int:
    """Take payloads to decisions through the running pipeline, and return how many reads there were."""
    items = lambda: (Arrived(received=read_payload(parse(text)[0])) for text in data)  # noqa: E731
    pipeline = Pipeline([Source(name="bench", open=items)], judge, lookout, [sink]).start()
    pipeline.wait()
    reads: int = pipeline.stop().metrics["totals"]["reads"]
    return reads


def rate(work: Callable[[], int]) -> float:
    """Return reads a second of processor time."""
    start = time.process_time()
    return work() / (time.process_time() - start)


@contextmanager
def desk(pdp: PolicyDecisionPoint) -> Iterator[Office]:
    """Give an office with a new ledger in a file."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(str(Path(folder) / "ledger.db"), create=True)
        yield Office(pdp, ledger)
        ledger.close()


def kept(pdp: PolicyDecisionPoint, way: Way, data: list[bytes], lookout: Lookout, *, rows: bool) -> tuple[float, float]:
    """Return reads a second on the wall and the processor's microseconds a read, with decisions kept or not."""
    with desk(pdp) as office:
        judge = judge_of(office if rows else pdp)
        wall, processor = time.perf_counter(), time.process_time()
        reads = way(data, judge, lookout, lambda step: None)
        spent = time.perf_counter() - wall, time.process_time() - processor
        written = sum(1 for _ in office.ledger.rows(Wanted(kinds=frozenset({Kind.DECISION}))))
        assert (written >= reads) is rows  # what was decided is there
        return reads / spent[0], 1e6 * spent[1] / reads


def with_ledger(pdp: PolicyDecisionPoint, lookout: Lookout) -> dict[str, Any]:
    """Measure what the ledger costs: each way with it and without it in each round, the clock on the wall beside."""
    data = texts("openalpr_group", 2, KEPT)
    say(f"the same with a ledger: {ROUNDS} rounds of {KEPT:,} reads, each way")
    ways: dict[str, Callable[[], tuple[float, float]]] = {}
    for name, way in (("running pipeline", served), ("one by one, in one thread", alone)):
        for rows in (False, True):
            told = f"{name}, {'with' if rows else 'without'} the ledger"
            ways[told] = lambda way=way, rows=rows: kept(pdp, way, data, lookout, rows=rows)  # type: ignore[misc]
    for work in ways.values():  # to get warm
        work()
    rounds: dict[str, list[Any]] = in_turn(ways, ROUNDS, lambda work: work())  # type: ignore[arg-type]
    found = {name: [statistics.median(one[n] for one in several) for n in (0, 1)] for name, several in rounds.items()}
    table(
        "The same with every decision in a ledger (SQLite, full synchronisation) before it is handed on",
        ("", "reads a second, wall", "processor µs a read"),
        [(name, round(rate_), micro) for name, (rate_, micro) in found.items()],
        ("the running pipeline writes what waits at once in one transaction; one by one, each waits for the disk",),
    )
    return {name: {"reads_per_second_wall": one, "microseconds": micro} for name, (one, micro) in found.items()}


def run(pdp: PolicyDecisionPoint) -> dict[str, Any]:
    """Measure, print, and return the figures."""
    judge, nothing = judge_of(pdp), lambda step: None
    lookout = Lookout(load_csv(DEMO / "hotlist.csv").entries, pdp, ("cambridge",))
    say(f"pipeline: {ROUNDS} rounds of {READS:,} reads, each way")
    written: Callable[[Step], object] = lambda step: [json.dumps(line) for line in log_lines(step)]  # noqa: E731
    ways: dict[str, Callable[[], int]] = {}
    for hits in SHARES:
        data = texts("openalpr_group", hits)
        ways[f"one thread, {hits} of 100 are hits"] = lambda data=data: alone(data, judge, lookout, nothing)  # type: ignore[misc]
    data = texts("openalpr_group", 2)
    ways["the same, 2 of 100, with log lines"] = lambda: alone(data, judge, lookout, written)
    ways["running pipeline, 2 of 100 are hits"] = lambda: served(data, judge, lookout, nothing)
    small = texts("frigate", 0)
    ways["one thread, Frigate's small payload, no hit"] = lambda: alone(small, judge, lookout, nothing)
    ways["only reading the payload (OpenALPR's group)"] = lambda: sum(
        len(read_payload(parse(t)[0]).reads) for t in data
    )
    for work in ways.values():  # to get warm
        work()
    rounds = in_turn(ways, ROUNDS, rate)
    found = {name: (middle := statistics.median(rates), 1e6 / middle) for name, rates in rounds.items()}
    table(
        "From payloads to decisions, one core, Cambridge's rules, without a ledger",
        ("", "reads a second", "µs a read"),
        [(name, round(one), micro) for name, (one, micro) in found.items()],
        ("a read that is no hit is one decision (capture); a hit adds two (alert and stop)",),
    )
    alone_ = {name: {"reads_per_second": one, "microseconds": micro} for name, (one, micro) in found.items()}
    return {**alone_, **with_ledger(pdp, lookout)}
