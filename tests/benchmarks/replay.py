"""How much a replay costs beside reading and hashing the same columns, in one run: CPU of this process, two threads.

    python -m tests.benchmarks replay [ROWS...]

Facts are drawn independently of one another, which is the worst case for grouping; those of real logs hang together.
"""

from __future__ import annotations

import itertools
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import goal

from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.replay import Replay, ReplayOptions
from alpr_policy.questions.replay_rows import request_of
from alpr_policy.questions.replay_sides import ReplaySide
from alpr_policy.reading.catalog import load_catalog
from alpr_policy_adapters.tables.duckdb_engine import DuckDBEngine
from alpr_policy_adapters.tables.files import act_files

USUAL = (1_000_000,)
ACTS = {"read.capture": 900, "alert.deliver": 35, "search.run": 45, "data.export": 10, "data.share": 10}
FLAGS = tuple(f"x.flag{n}" for n in range(6))
KINDS = tuple(f"x.kind{n}" for n in range(4))
SCORES = tuple(f"x.score{n}" for n in range(4))
# A read is told by less than what a person does: a fact is on the acts that have it, and null in the rows of others.
OF_READS = (*FLAGS[:2], KINDS[0], SCORES[0])
OF_PEOPLE = (*FLAGS[:4], *KINDS[:2], *SCORES[:2])
VALUES = tuple("abcde")
HEAD = """\
language: 1
profile: {name}
department: Example Police Department
policy: {{title: Plate Readers, number: "1", effective: 2020-01-01}}
timezone: America/New_York
silence: {{otherwise: allow}}
facts:
{facts}
prohibitions:
{rules}
requirements:
  - {{id: trained, cite: "1", action: [search.run, alert.deliver], 
     must: {{requester.training_age: {{at_most: 2 years}}}}}}
outline: ["1"]
"""
WORKS = {"group": "grouping alone", "count": "counts and reasons", "replay": "with flips written, 1,000 rows checked"}
CHANGED = 5
# Draws of five other rules by which an eighth of all rows flip, and by which some 3 % do.
MANY_FLIPS, FEW_FLIPS = 2, 5
# How many times the floor a replay that writes its flips may cost at so many rows, and its memory in MB.
GOALS = {10_000_000: 8.0, 30_000_000: 6.5}
MEMORY_MB, MORE_RULES, MORE_TO_GROUP = 500, 16, 8
Rule = tuple[tuple[str, ...], tuple[tuple[str, str, Any], ...]]


def rules(count: int, seed: int = 1) -> list[Rule]:
    """Draw prohibitions: two to four tests each, on one act or several; the last five have three or four."""
    rng = random.Random(seed)
    found = [_rule(rng) for _ in range(count - CHANGED)]
    while len(found) < count:
        rare = _rule(rng)
        found += [rare] if len(rare[1]) > 2 else []
    return found


def changed(count: int, seed: int = MANY_FLIPS) -> list[Rule]:
    """Return the rules with the last five replaced by others, drawn by a seed."""
    return rules(count)[:-CHANGED] + rules(CHANGED, seed)


def _rule(rng: random.Random) -> Rule:
    acts = tuple(sorted(rng.sample(list(ACTS), rng.choice((1, 2, 5)))))
    tests: list[tuple[str, str, Any]] = []
    for name in rng.sample(OF_READS if "read.capture" in acts else OF_PEOPLE, rng.choice((2, 3, 3, 4))):
        if name in FLAGS:
            tests.append((name, "is", rng.random() < 0.5))
        elif name in KINDS:
            tests.append((name, "is", rng.choice(VALUES)))
        else:
            tests.append((name, "at_least", rng.choice(range(70, 100))))
    return acts, tuple(tests)


def profile(name: str, found: Sequence[Rule]) -> str:
    """Write a profile."""
    facts = [f"  {one}: {{type: bool, actions: {_on(one)}}}" for one in FLAGS]
    facts += [f"  {one}: {{type: enum, values: [{', '.join(VALUES)}], actions: {_on(one)}}}" for one in KINDS]
    facts += [f"  {one}: {{type: count, actions: {_on(one)}}}" for one in SCORES]
    lines = []
    for number, (acts, tests) in enumerate(found):
        told = ", ".join(
            f"{fact}: {{at_least: {value}}}" if kind == "at_least" else f"{fact}: {str(value).lower()}"
            for fact, kind, value in tests
        )
        lines.append(f'  - {{id: r{number}, cite: "1", action: [{", ".join(acts)}], when: {{{told}}}}}')
    return HEAD.format(name=name, facts="\n".join(facts), rules="\n".join(lines))


def _on(fact: str) -> str:
    return f"[{', '.join(act for act in ACTS if act != 'read.capture' or fact in OF_READS)}]"


def sql(found: Sequence[Rule]) -> str:
    """Return the rules as one SQL expression: whether a row is denied."""
    parts = []
    for acts, tests in found:
        named = " OR ".join(f"action = '{act}'" for act in acts)
        told = [
            f'"{fact}" >= {value}' if kind == "at_least" else f'"{fact}" = {_literal(value)}'
            for fact, kind, value in tests
        ]
        parts.append(f"(({named}) AND {' AND '.join(told)})")
    return " OR ".join(parts)


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"'{value}'"


def write(path: Path, count: int) -> None:
    """Write a table of acts with 22 columns."""
    import duckdb

    salts = itertools.count(1)

    def drawn(most: int) -> str:
        return f"(hash(range, {next(salts)}) % {most})"

    acts = " ".join(f"WHEN d < {sum(list(ACTS.values())[: n + 1])} THEN '{act}'" for n, act in enumerate(ACTS))

    def there(name: str) -> str:
        known = f"{drawn(20)} > 0"
        return known if name in OF_READS else f"d >= {ACTS['read.capture']} AND {known}"

    columns = [f'CASE WHEN {there(name)} THEN {drawn(2)} = 1 END AS "{name}"' for name in FLAGS]
    columns += [f'CASE WHEN {there(name)} THEN chr(97 + {drawn(len(VALUES))}::INT) END AS "{name}"' for name in KINDS]
    columns += [f'CASE WHEN {there(name)} THEN {drawn(100)}::BIGINT END AS "{name}"' for name in SCORES]
    columns += [f"('officer-' || {drawn(400)}) AS \"requester.id\""]
    columns += [f"TIMESTAMP '2024-06-01' + to_days({drawn(500)}::INT) AS \"requester.trained_on\""]
    columns += [f"CASE WHEN {drawn(2)} > 0 THEN '26-' || {drawn(100_000)} END AS \"case.number\""]
    at = f"TIMESTAMP '2026-01-01' + to_seconds({drawn(31_000_000)}::INT)"
    agency = f"'agency-' || {drawn(8)}"
    con = duckdb.connect(config={"preserve_insertion_order": False})
    con.execute("SET enable_progress_bar = false")
    con.execute(
        f'COPY (SELECT range AS row, {at} AS "at", CASE {acts} END AS action, {agency} AS agency, '
        f"{', '.join(columns)} FROM (SELECT range, hash(range) % 1000 AS d FROM range({count}))) "
        f"TO '{path}' (FORMAT PARQUET, COMPRESSION ZSTD)"
    )


def measured(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of a piece of work, all threads together, and what it gave."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def floor(path: Path) -> None:
    """Read and hash every column."""
    import duckdb

    con = duckdb.connect(config={"threads": 2})
    names = ", ".join(f'"{row[0]}"' for row in con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall())
    con.execute(f"SELECT count(*), sum(hash({names})) FROM '{path}'").fetchall()


def in_a_process(what: str, *words: str) -> tuple[float, float, str]:
    """Do a piece of work in a process of its own; return its CPU seconds, its memory in MB, and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.replay", what, *words], capture_output=True, text=True, check=True
    )
    cpu, memory, told = done.stdout.rstrip("\n").split("\t")
    return float(cpu), float(memory), told


def _replay(path: Path, folder: Path, flips: bool) -> str:
    point = PolicyDecisionPoint(load_catalog([folder]))
    before, after = (ReplaySide.of(point, name) for name in ("today", "draft"))
    with DuckDBEngine(threads=2) as engine:
        table = engine.open(act_files([path]))
        run = Replay(table, engine, before, after, ReplayOptions(checked=1_000 if flips else 0, shown=0))
        found = run.run()
        changed = run.flips() if flips else None
        if changed is not None:
            engine.write(changed, folder / "flips.parquet")
        gists = found.gists
        count = sum(c.rows for c in found.cells if gists[c.before].outcome is not gists[c.after].outcome)
        told = f"{found.effort.groups:,} groups, {count:,} flips, {len(found.mismatches)} mismatches"
        return told if found.effort.fallback is None else f"{told}; {found.effort.fallback}"


def _group(path: Path, folder: Path) -> str:
    point = PolicyDecisionPoint(load_catalog([folder]))
    before, after = (ReplaySide.of(point, name) for name in ("today", "draft"))
    with DuckDBEngine(threads=2) as engine:
        Replay(engine.open(act_files([path])), engine, before, after, ReplayOptions(checked=0, shown=0)).group()
    return ""


def _row_by_row(path: Path, folder: Path) -> str:
    point = PolicyDecisionPoint(load_catalog([folder]))
    sides = [ReplaySide.of(point, name) for name in ("today", "draft")]
    with DuckDBEngine(threads=2) as engine:
        frame = engine.open(act_files([path]))
        names = list(frame.collect_schema())
        count = 0
        for batch in engine.rows(frame.head(50_000), 10_000):
            for values in batch:
                row = {name.replace("/", "."): value for name, value in zip(names, values, strict=True)}
                request = request_of(row, frozenset())
                for side in sides:
                    side.decide(request)
                count += 1
    return str(count)


def _whole_rules(path: Path, count: int) -> str:
    import duckdb

    con = duckdb.connect(config={"threads": 2})
    today, draft = rules(count), changed(count)
    query = f"SELECT a, b, count(*) FROM (SELECT ({sql(today)}) AS a, ({sql(draft)}) AS b FROM '{path}') GROUP BY ALL"
    return str(len(con.execute(query).fetchall()))


def _one(what: str, words: Sequence[str]) -> None:
    path, folder = Path(words[0]), Path(words[1])
    works: dict[str, Callable[[], Any]] = {
        "floor": lambda: floor(path) or "",
        "group": lambda: _group(path, folder),
        "replay": lambda: _replay(path, folder, flips=True),
        "count": lambda: _replay(path, folder, flips=False),
        "rows": lambda: _row_by_row(path, folder),
        "whole": lambda: _whole_rules(path, int(words[2])),
    }
    cpu, told = measured(works[what])
    print(f"{cpu}\t{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}\t{told}")


def run(counts: Sequence[int] = USUAL) -> dict[str, Any]:
    """Measure and print; return the figures."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as made:
        for count in counts:
            acts = Path(made) / "acts.parquet"
            write(acts, count)
            print(f"\nReplay: {count:,} rows, 22 columns, {acts.stat().st_size / 1e6:,.0f} MB")
            print(f"{'':56} {'CPU s':>8} {'x floor':>8} {'us a row':>9} {'MB':>6}")
            table = _Table(count, min(in_a_process("floor", str(acts), made)[0] for _ in range(2)))
            table.line("read and hash every column", table.floor)
            for number in (40, 1_000):
                _measure(table, acts, Path(made) / str(number), number)
            for told in table.goals():
                print(told)
            figures[str(count)] = table.figures
            acts.unlink()
    return figures


def _measure(table: _Table, acts: Path, folder: Path, number: int) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "today.yaml").write_text(profile("today", rules(number)), encoding="utf-8")
    (folder / "draft.yaml").write_text(profile("draft", changed(number)), encoding="utf-8")
    for what, told in WORKS.items():
        cpu, memory, said = in_a_process(what, str(acts), str(folder))
        table.line(f"{number} rules twice: {told}", cpu, memory, said)
    if number == 40:
        (folder / "draft.yaml").write_text(profile("draft", changed(number, FEW_FLIPS)), encoding="utf-8")
        cpu, memory, said = in_a_process("replay", str(acts), str(folder))
        table.line(f"{number} rules twice: the same, fewer flips", cpu, memory, said)
        cpu, memory, _ = in_a_process("whole", str(acts), str(folder), str(number))
        table.line(f"{number} rules twice, as SQL: outcomes alone", cpu, memory)
        cpu, memory, said = in_a_process("rows", str(acts), str(folder))
        table.line(f"{number} rules twice, row by row in Python", cpu * table.rows / int(said), memory, "from 50,000")


class _Table:
    """Lines of figures beside the floor of reading and hashing."""

    def __init__(self, rows: int, floor: float) -> None:
        self.rows, self.floor = rows, floor
        self.figures: dict[str, dict[str, float]] = {}

    def line(self, name: str, cpu: float, memory: float = 0, said: str = "") -> None:
        """Print a line and keep its figures."""
        times, each = cpu / self.floor, cpu / self.rows * 1e6
        self.figures[name] = {"cpu s": cpu, "x floor": times, "us a row": each, "MB": memory}
        print(f"{name:56} {cpu:8.2f} {times:8.1f} {each:9.3f} {memory:6,.0f}  {said}", flush=True)

    def goals(self) -> list[str]:
        """Say which goals this run met."""
        found = {name: self.figures[f"{name} rules twice: {WORKS['replay']}"] for name in (40, 1_000)}
        groups = [self.figures[f"{name} rules twice: {WORKS['group']}"]["cpu s"] for name in (40, 1_000)]
        told = [
            goal(f"1,000 rules at most {MORE_RULES} × 40", found[1_000]["cpu s"] <= MORE_RULES * found[40]["cpu s"]),
            goal(f"grouping by them at most {MORE_TO_GROUP} × as well", groups[1] <= MORE_TO_GROUP * groups[0]),
        ]
        if self.rows in GOALS:
            most = GOALS[self.rows]
            told += [goal(f"at most {most} × reading and hashing", found[40]["x floor"] <= most)]
            told += [goal(f"at most {MEMORY_MB} MB", found[40]["MB"] <= MEMORY_MB)]
        return told


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("floor", "group", "replay", "count", "rows", "whole"):
        _one(sys.argv[1], sys.argv[2:])
    else:
        run([int(float(word.replace("_", ""))) for word in sys.argv[1:]] or USUAL)
