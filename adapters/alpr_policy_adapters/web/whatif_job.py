"""A replay in a process of its own: what to do comes as a line of JSON, how far it is goes out as lines of JSON.

It does what `alpr-policy replay` does, by the same functions. Whoever began it stops it by ending it; it ends by
itself, and takes the folder of the visit with it, where whoever began it has died.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from alpr_policy.errors import Diagnostic, MissingExtraError, PolicyError
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.replay_page import replay_page
from alpr_policy.questions.replay_report import summary
from alpr_policy.questions.replay_sides import ReplayError, ReplaySide
from alpr_policy.questions.replay_summary import ReplaySummary
from alpr_policy_adapters.charts.replay import replay_charts
from alpr_policy_adapters.cli.generate import FIRST
from alpr_policy_adapters.cli.log_options import log_options
from alpr_policy_adapters.cli.replay_prepared import Added
from alpr_policy_adapters.cli.replay_run import Asked, Engine, own_of, replayed_telling, what_was_read
from alpr_policy_adapters.logs import ImportReport
from alpr_policy_adapters.scenarios import scenario, write_log
from alpr_policy_adapters.web.whatif_shown import shown

MEMORY: Final = 6 * 1024**3
"""Bytes of addresses; what is really held is bounded by the table engine, as on the command line."""
FILE: Final = 2 * 1024**3
OFTEN: Final = 0.1
"""Seconds between two lines on how far it is."""
DAYS: Final = 90
DETAIL: Final = 0.3
Tell = Callable[[str, int, int], None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to replay. The log is a file, or where that is empty `rows` invented acts of the baseline's department.

    `known` are the content hashes of the texts that the server serves, so that no other is replayed unnoticed.
    """

    folder: str
    log: str = ""
    rows: int = 0
    department: str = ""
    baseline: str
    proposed: str
    as_if: bool = False
    zone: str = ""
    policies: tuple[str, ...] = ()
    known: Mapping[str, list[str]] = dataclasses.field(default_factory=dict)


def main() -> None:
    """Do the job on the first line of standard input."""
    _speak_alone()
    job = Job(**json.loads(sys.stdin.buffer.readline()))
    # Beside the folder of the job lies what was uploaded for it, which nobody else would remove.
    threading.Thread(target=_end_with_parent, args=(Path(job.folder).parent,), daemon=True).start()
    _bounded()
    try:
        do(job, _teller())
    except PolicyError as error:
        _say(error=[_told(one) for one in error.diagnostics[:5]])
    except MemoryError:
        _say(error=["the log needs more memory than a replay on the page may have"])
    else:
        _say(end=True)
    # A thread waits for standard input, and nothing is left to clear up.
    sys.stdout.flush()
    os._exit(0)


def do(job: Job, tell: Tell) -> None:
    """Replay and write all there is to show and take away into the folder of the job; raises PolicyError."""
    folder = Path(job.folder)
    pdp = PolicyDecisionPoint.load(*(Path(one) for one in job.policies))
    _same_texts(pdp, job.known)
    extra = [Path(one) for one in job.policies]
    before, after = (ReplaySide.of(pdp, word, as_if=job.as_if, extra=extra) for word in (job.baseline, job.proposed))
    log = Path(job.log) if job.log else _invented(pdp, job, tell)
    options = log_options(
        mapping=None, layout="", timezone=job.zone, at="", encoding="", released=None, own=own_of((before, after))
    )
    asked = Asked(
        log=(log,), options=options, added=Added(), engine=Engine.DUCKDB,
        checked=1_000, shown=12, seed=0, flips=folder / "flips.parquet",
    )  # fmt: skip
    reports: list[ImportReport] = []
    result, flipped = replayed_telling(asked, before, after, tell, reports)
    told = summary(result)
    (folder / "replay.json").write_text(json.dumps(told.to_wire(), indent=2) + "\n", encoding="utf-8")
    if flipped:
        tell("writing flips", 0, 0)
        _as_csv(folder / "flips.parquet", folder / "flips.csv")
    tell("drawing the report", 0, 0)
    lacking = _report(told, folder / "report.html")
    data = {**shown(told, [what_was_read(one) for one in reports]), "lacking": lacking}
    (folder / "shown.json").write_text(json.dumps(data), encoding="utf-8")


def _report(told: ReplaySummary, path: Path) -> str:
    """Write the page with charts; where what draws is missing, say so instead."""
    try:
        charts = replay_charts(told)
    except MissingExtraError as error:
        return _told(error.diagnostics[0])
    path.write_text(replay_page(told, charts), encoding="utf-8")
    return ""


def _same_texts(pdp: PolicyDecisionPoint, known: Mapping[str, list[str]]) -> None:
    for name, hashes in known.items():
        if [one.content_hash for one in pdp.catalog.get(name)] != hashes:
            told = f"the texts of `{name}` on disk are not those that the server has taken up"
            help = "wait until it has, or see why it cannot: GET /v1/profiles"
            raise ReplayError([Diagnostic("replay-texts", told, help=help)])


def _invented(pdp: PolicyDecisionPoint, job: Job, tell: Tell) -> Path:
    """Write an invented log. It begins on the usual day, or when the department's newest text does if that is later."""
    path = Path(job.folder) / "invented.parquet"
    begins = pdp.catalog.latest(job.department).first_day
    first = max(FIRST.date(), begins) if begins is not None else FIRST.date()
    made = scenario(
        pdp, job.department, seed=1, first=first, days=DAYS, detail=DETAIL,
        progress=lambda done, of: tell("inventing acts", int(done), int(of)),
    )  # fmt: skip
    write_log(made, job.rows, path, progress=lambda part: tell("writing the log", int(part * 100), 100))
    return path


def _as_csv(source: Path, target: Path) -> None:
    """Write the flips as CSV, too; a text that a spreadsheet would take for a formula is told to be a text."""
    import duckdb

    con = duckdb.connect(":memory:", config={"memory_limit": "400MB"})
    relation = con.read_parquet(str(source))
    columns = []
    for name, kind in zip(relation.columns, map(str, relation.types), strict=True):
        quoted = '"' + name.replace('"', '""') + '"'
        safe = f"CASE WHEN regexp_matches({quoted}, '^[=+\\-@\\t\\r]') THEN '''' || {quoted} ELSE {quoted} END"
        columns.append(f"{safe if kind == 'VARCHAR' else quoted} AS {quoted}")
    relation.project(", ".join(columns)).order("row").write_csv(str(target), header=True)
    con.close()


def _told(one: Diagnostic) -> str:
    return f"{one.message}: {one.help}" if one.help else one.message


def _teller() -> Tell:
    last, then = "", 0.0

    def tell(step: str, done: int, of: int) -> None:
        nonlocal last, then
        now = time.monotonic()
        if step != last or now - then > OFTEN:
            last, then = step, now
            _say(step=step, done=done, of=of)

    return tell


_SAYING = threading.Lock()


def _speak_alone() -> None:
    """Keep standard output for our lines: a table engine draws its own bar there when it takes long."""
    ours = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(ours, "w", encoding="utf-8")


def _say(**what: Any) -> None:
    with _SAYING:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def _bounded() -> None:
    """Leave the server its processor, and take no more of the machine than a replay may."""
    import resource

    os.nice(5)
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, FILE), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def _end_with_parent(folder: Path) -> None:
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)
