"""Hot lists of up to a million invented plates: loading, looking up, look-alikes, differences; rapidfuzz for scale."""

from __future__ import annotations

import gc
import importlib
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import each, goal, overhead, percentile, say, table

from alpr_policy_adapters.hotlists import LOOK_ALIKES, HotList, Matcher, load_csv

SIZES = (10_000, 100_000, 1_000_000)
READS, SCANS = 3_000, 10
LOAD_S, RSS_MB, EXACT_US, ALIKE_US, FLAT = 10.0, 600.0, 5.0, 50.0, 2.0
FORMS = ("###@@#", "#@@###", "#@@@##", "###@@@", "####@@", "##@@##", "@@@####", "#@@@###")
LETTERS, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
AT = datetime(2027, 1, 1, tzinfo=UTC)
"""A time at which every invented entry is in force."""
TOLERANCES = ((1, 0), (2, 0), (1, 1), (1, 2))


@dataclass(frozen=True, slots=True)
class Read:
    """As little of a plate read as matching asks for."""

    plate: str
    state: str | None
    alternates: tuple[str, ...] = ()
    captured_at: datetime | None = None


def plate(draw: random.Random) -> str:
    """Invent a plate."""
    return "".join(draw.choice(DIGITS if sign == "#" else LETTERS) for sign in draw.choice(FORMS))


def write(path: Path, size: int) -> None:
    """Write a list of so many invented entries."""
    draw = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write("plate,state,category,source,effective,expires,entry_id\n")
        for number in range(size):
            state, kind = draw.choice(("MA", "NH", "RI", "CT")), draw.choice(("stolen_vehicle", "warrant", "bolo"))
            day = f"{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
            file.write(f"{plate(draw)},{state},{kind},invented,2026-{day},2027-{day},E{number}\n")


def spoiled(text: str, places: int, draw: random.Random) -> str | None:
    """Take so many characters for a look-alike; None where there are not enough."""
    can = [i for i, c in enumerate(text) if any(c in same for same in LOOK_ALIKES)]
    if len(can) < places:
        return None
    letters = list(text)
    for i in draw.sample(can, places):
        same = next(one for one in LOOK_ALIKES if letters[i] in one)
        letters[i] = draw.choice([c for c in same if c != letters[i]])
    return "".join(letters)


def recall(hotlist: HotList, places: int) -> tuple[int, int]:
    """Plant look-alikes of listed plates; return how many were met by their own entry, and how many there were."""
    draw, matcher = random.Random(places), Matcher(hotlist.entries, look_alikes=places)
    met = planted = 0
    while planted < READS:
        entry = hotlist.entries[draw.randrange(len(hotlist.entries))]
        text = spoiled(entry.plate, places, draw)
        if text is not None:
            planted += 1
            met += any(hit.entry.entry_id == entry.entry_id for hit in matcher.match(Read(text, entry.state)))
    return met, planted


def memory() -> float | None:
    """Return the most memory this process ever held, in MB, where the system says so."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), None)


def _one(size: int, folder: Path, clock: float) -> tuple[dict[str, float], HotList]:
    say(f"matching: a list of {size:,}")
    path = folder / f"{size}.csv"
    write(path, size)
    start = time.process_time()
    hotlist = load_csv(path)
    found: dict[str, float] = {"load s": time.process_time() - start}
    draw = random.Random(2)
    strange = [Read(plate(draw), "MA") for _ in range(READS)]
    plates, states = hotlist.entries.plates, hotlist.entries.states  # an entry that is looked at would warm the caches
    listed = [Read(plates[row], states[row]) for row in (draw.randrange(size) for _ in range(READS))]
    timed = [Read(plates[row], states[row], (), AT) for row in (draw.randrange(size) for _ in range(READS))]
    exact = Matcher(hotlist.entries)
    found["exact, any read µs"] = statistics.median(each(exact.match, strange, clock))
    found["exact, listed µs"] = statistics.median(each(exact.match, listed, clock))
    found["exact, listed, days compared µs"] = statistics.median(each(exact.match, timed, clock))
    if (held := memory()) is not None:
        found["MB at most, index included"] = held
    for alike, different in TOLERANCES:
        start = time.process_time()
        matcher = Matcher(hotlist.entries, look_alikes=alike, differences=different)
        if different:
            found[f"index for {different} differences s"] = time.process_time() - start
        times = each(matcher.match, strange[: READS // 10 if different else READS], clock)
        name = f"{alike} look-alikes, {different} differences µs"
        found[name], found[f"{name} p99"] = statistics.median(times), percentile(times, 0.99)
    for places in (1, 2):
        met, planted = recall(hotlist, places)
        found[f"recall of {places} planted look-alikes %"] = 100 * met / planted
    return found, hotlist


def _scan(hotlist: HotList, clock: float) -> float | None:
    """Return the microseconds in which rapidfuzz scans the whole list for plates within one change."""
    try:
        process, distance = importlib.import_module("rapidfuzz.process"), importlib.import_module("rapidfuzz.distance")
    except ImportError:
        return None
    plates, draw = hotlist.entries.plates, random.Random(2)

    def scan(text: str) -> Any:
        return process.extract(text, plates, scorer=distance.Levenshtein.distance, score_cutoff=1, limit=None)

    return statistics.median(each(scan, [plate(draw) for _ in range(SCANS)], clock))


def run() -> dict[str, Any]:
    """Measure, print, and return the figures."""
    clock = overhead()
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            gc.collect()
            figures[f"{size:,}"], hotlist = _one(size, Path(folder), clock)
        scan = _scan(hotlist, clock)
    small, large = figures[f"{SIZES[0]:,}"], figures[f"{SIZES[-1]:,}"]
    ours = "1 look-alikes, 0 differences µs"
    notes = [
        goal(f"load a million within {LOAD_S:.0f} s", large["load s"] <= LOAD_S),
        goal(f"and {RSS_MB:.0f} MB", large.get("MB at most, index included", RSS_MB + 1) <= RSS_MB),
        goal(f"exact lookup at most {EXACT_US:.0f} µs, read not listed", large["exact, any read µs"] <= EXACT_US),
        goal(f"the same, read listed and its hit made, {EXACT_US:.0f} µs", large["exact, listed µs"] <= EXACT_US),
        goal(f"the same, days compared, {EXACT_US:.0f} µs", large["exact, listed, days compared µs"] <= EXACT_US),
        goal(f"look-alike search at most {ALIKE_US:.0f} µs", large[ours] <= ALIKE_US),
        goal(f"and flat (at most {FLAT} ×)", large[ours] <= FLAT * small[ours]),
        f"rapidfuzz, linear scan for one change: {scan:,.0f} µs, {scan / large[ours]:,.0f} × one look-alike"
        f" and {scan / large['1 look-alikes, 1 differences µs']:,.0f} × one difference"
        if scan is not None
        else "rapidfuzz is not installed: no linear scan to compare with (pip install rapidfuzz)",
    ]
    table(
        f"Matching: invented plates, medians of {READS} reads, a tenth of them with differences",
        ("", *figures),
        [(name, *(found[name] for found in figures.values())) for name in small],
        notes,
    )
    return {"sizes": figures, "rapidfuzz µs": scan}
