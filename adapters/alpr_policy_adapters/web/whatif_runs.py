"""The replays of the page: one at a time for a visit and two for the server, in folders that go with the visit."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import alpr_policy
import alpr_policy_adapters
from alpr_policy_adapters.http import Refusal
from alpr_policy_adapters.web.whatif_job import Job

MOST_RUNS: Final = 2
"""Replays at a time in one server."""
MOST_SECONDS: Final = 900.0
MOST_BYTES: Final = 3 * 1024**3
"""What one replay may take: seconds on the wall, and bytes of its folder with all that lies in it."""
KEPT_SECONDS: Final = 3_600.0
"""After that a log and what came of it is removed, whoever may still look at it."""
PREFIX: Final = "alpr-policy-page-"
FAULT: Final = "the replay ended without an answer, which is a fault of ours"
PROGRAM: Final = "from alpr_policy_adapters.web.whatif_job import main; main()"

Clock = Callable[[], float]


class Run:
    """One replay: how far it is, and in the end what it came to or why it did not."""

    def __init__(self, job: Job, over: Callable[[], None]) -> None:
        """Begin to do a job; `over` is called when it has ended in whatever way."""
        self.job, self._over = job, over
        self.state, self.step, self.done, self.of = "running", "starting", 0, 0
        self.told: tuple[str, ...] = ()
        self.began = time.monotonic()
        scratch = Path(job.folder) / "scratch"
        scratch.mkdir(mode=0o700, exist_ok=True)
        environment = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": _path()}
        # It is the program of this process, and nothing of the folder from which the server was begun, that is run.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", PROGRAM], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        threading.Thread(target=self._listen, name="alpr-policy-whatif", daemon=True).start()
        threading.Thread(target=self._watch, name="alpr-policy-whatif-watch", daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Say whether it has ended."""
        return self.state != "running"

    @property
    def part(self) -> float | None:
        """Return which part of its present step is done, from 0 to 1; None where nobody knows."""
        return min(1.0, self.done / self.of) if self.of else None

    def stop(self, state: str = "stopped", *told: str) -> None:
        """End it, and say why."""
        if not self.is_over:
            self.state, self.told = state, told or ("stopped",)
        self._process.kill()

    def shown(self) -> dict[str, Any]:
        """Return what there is to show of a replay that is done."""
        found: dict[str, Any] = json.loads((Path(self.job.folder) / "shown.json").read_text(encoding="utf-8"))
        return found

    def file(self, name: str) -> Path | None:
        """Return one of the files that came of it, None where there is none."""
        path = Path(self.job.folder) / name
        return path if self.state == "done" and path.is_file() else None

    def wait(self, seconds: float) -> None:
        """Wait until the process has ended."""
        self._process.wait(seconds)

    def _listen(self) -> None:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(asdict(self.job)).encode() + b"\n")
            process.stdin.flush()
            for line in process.stdout:
                self._hear(json.loads(line))
        except (OSError, ValueError):
            pass
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            try:
                stream.close()
            except OSError:
                continue
        if not self.is_over:
            self.state, self.told = "failed", (FAULT,)
        shutil.rmtree(Path(self.job.folder) / "scratch", ignore_errors=True)
        self._over()

    def _hear(self, line: dict[str, Any]) -> None:
        if "step" in line:
            self.step, self.done, self.of = str(line["step"]), int(line["done"]), int(line["of"])
        elif "error" in line:
            self.stop("failed", *line["error"])
        elif not self.is_over:
            self.state = "done"

    def _watch(self) -> None:
        """Stop it where it takes more than it may."""
        while not self.is_over:
            if time.monotonic() - self.began > MOST_SECONDS:
                self.stop("failed", f"the replay took more than {MOST_SECONDS / 60:.0f} minutes, and was stopped")
            elif size_of(Path(self.job.folder)) > MOST_BYTES:
                self.stop("failed", f"the replay took more than {MOST_BYTES >> 30} GB of the disk, and was stopped")
            time.sleep(0.5)


def _path() -> str:
    roots = [str(Path(one.__file__ or "").resolve().parents[1]) for one in (alpr_policy, alpr_policy_adapters)]
    return os.pathsep.join(dict.fromkeys([*roots, *filter(None, [os.environ.get("PYTHONPATH")])]))


class Room:
    """What one visit has of the replays: a folder that its owner alone can read, an uploaded log, and one run."""

    def __init__(self, runs: Runs) -> None:
        """Keep a visit's replay; the folder goes when the visit does."""
        self._runs = runs
        self.upload: Path | None = None
        self.uploaded_as = ""
        self.run: Run | None = None
        self.touched = runs.clock()
        self._folder: Path | None = None
        self._gone: Any = None

    def path(self, name: str) -> Path:
        """Return a place for a file in the folder, which is made when it is first needed."""
        self.touched = self._runs.clock()
        if self._folder is None or not self._folder.is_dir():
            self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
            self._cleared_with_visit(self._folder)
        return self._folder / name

    def _cleared_with_visit(self, folder: Path) -> None:
        if self._gone is not None:
            self._gone.detach()
        runs = [self.run] if self.run is not None else []
        self._gone = weakref.finalize(self, _cleared, folder, runs)

    def begin(self, job: Callable[[str], Job]) -> Run:
        """Begin the replay that `job` makes for a folder; raises Refusal where one is under way, or too many are."""
        if self.run is not None and not self.run.is_over:
            raise Refusal(409, "a replay is under way: stop it, or wait for it")
        self._runs.take()
        try:
            folder = self.path("run")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            self.run = Run(job(str(folder)), self._runs.give_back)
        except BaseException:
            self._runs.give_back()
            raise
        self._cleared_with_visit(folder.parent)
        return self.run

    def clear(self) -> None:
        """Stop what is under way and remove all that there is."""
        if self._folder is not None:
            _cleared(self._folder, [self.run] if self.run is not None else [])
        self.run, self.upload, self.uploaded_as, self._folder = None, None, "", None


def _cleared(folder: Path, runs: list[Run]) -> None:
    for one in runs:
        one.stop("stopped", "its time is over, and all of it was removed")
        one.wait(10)
    shutil.rmtree(folder, ignore_errors=True)


class Runs:
    """The replays of one server."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        """Have none yet; `clock` tells seconds."""
        self.clock = clock
        self._lock = threading.Lock()
        self._count = 0
        self._rooms: weakref.WeakSet[Room] = weakref.WeakSet()
        self._sweeper: threading.Thread | None = None

    def room(self) -> Room:
        """Return a room for a visit, which is cleared an hour after it was last used."""
        made = Room(self)
        with self._lock:
            self._rooms.add(made)
            if self._sweeper is None:
                remove_stale(Path(tempfile.gettempdir()), time.time())
                self._sweeper = threading.Thread(target=self._sweep_on, name="alpr-policy-whatif-sweep", daemon=True)
                self._sweeper.start()
        return made

    def take(self) -> None:
        """Take one of the places; raises Refusal where none is free."""
        with self._lock:
            if self._count >= MOST_RUNS:
                raise Refusal(503, f"{MOST_RUNS} replays are under way on this server: try again when one has ended")
            self._count += 1

    def give_back(self) -> None:
        """Give a place back."""
        with self._lock:
            self._count -= 1

    def sweep(self) -> None:
        """Clear what has not been used for an hour."""
        with self._lock:
            old = [one for one in self._rooms if self.clock() - one.touched > KEPT_SECONDS]
        for one in old:
            one.clear()

    def _sweep_on(self) -> None:
        while True:
            time.sleep(60)
            self.sweep()


def remove_stale(where: Path, now: float) -> None:
    """Remove the folders of servers that were killed: of ours, an hour old, of processes that are no more."""
    for path in where.glob(f"{PREFIX}*-*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        try:
            told = path.lstat()
            is_ours = stat.S_ISDIR(told.st_mode) and told.st_uid == os.getuid()
            if pid.isdecimal() and is_ours and now - told.st_mtime > KEPT_SECONDS and not _lives(int(pid)):
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def size_of(folder: Path) -> int:
    """Return how many bytes lie in a folder; what goes meanwhile counts as nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total
