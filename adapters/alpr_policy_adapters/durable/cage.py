"""The cage: the process in which `durable_rules` runs, watched from outside, ended and begun again when it misbehaves.

Nothing that happens in there reaches the caller but an answer or the word that there is none.
"""

from __future__ import annotations

import importlib.util
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.durable.lowering import Question
from alpr_policy_adapters.durable.program import LoweringError, Program, guard_facts, guard_rules

WORKER = Path(__file__).with_name("worker.py")
MODULES = ("durable", "durable_rules_engine")
MAX_OUT, MAX_IN = 2 << 20, 256 << 10
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the worker may take: seconds on the clock for one question and for starting, seconds of work, bytes.

    After `rulesets` loaded ones it is begun afresh, since the library gives back nothing of them.
    """

    seconds: float = 1.0
    start: float = 20.0
    work: int = 2
    memory: int = 512 << 20
    rulesets: int = 150


class NoAnswerError(Exception):
    """The worker gave no answer: it hung, died, ran out of memory, failed or said something that is none."""


class Cage:
    """One worker process, started when first asked. Threads may share it; they are served one after the other."""

    def __init__(self, limits: Limits = Limits(), *, worker: Path = WORKER) -> None:
        """Make sure that the library is installed, without loading it; raises MissingExtraError."""
        self.limits = limits
        self.worker = worker
        self.folders = library_folders()
        self.starts = 0
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._loaded: set[str] = set()
        self._number = 0

    def __enter__(self) -> Cage:
        """Return the cage itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker."""
        self.close()

    def close(self) -> None:
        """End the worker; the next question starts another."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """Return the number of the running worker's process."""
        return self._process.pid if self._process is not None else None

    def ask(self, questions: Sequence[Question]) -> list[str]:
        """Return the state of each statement that follows from its facts; raises NoAnswerError."""
        if not questions:
            return []
        asked = [(one.program, one.facts) for one in questions]
        told = self.derive(asked)
        try:
            return [_state(one, answers) for one, answers in zip(questions, told, strict=True)]
        except NoAnswerError:
            self.close()
            raise

    def derive(self, asked: Sequence[tuple[Program, Iterable[dict[str, int]]]]) -> list[list[dict[str, int]]]:
        """Return the answers that each program derives from its facts; raises NoAnswerError."""
        try:
            for program, facts in asked:
                guard_rules(program.rules)
                guard_facts(facts)
        except LoweringError as error:
            raise NoAnswerError(error.diagnostics[0].message) from error
        with self._lock:
            try:
                return self._exchange([(program, list(facts)) for program, facts in asked])
            except BaseException as error:
                # Whatever went wrong, even an interruption of the caller, the worker may be in any state.
                self._end()
                if isinstance(error, Exception) and not isinstance(error, NoAnswerError):
                    raise NoAnswerError(f"{type(error).__name__} while talking to the worker") from error
                raise

    def _exchange(self, asked: list[tuple[Program, list[dict[str, int]]]]) -> list[list[dict[str, int]]]:
        if len(self._loaded) > self.limits.rulesets:
            self._end()
        if self._process is None or self._process.poll() is not None:
            self._start()
        new = {one.key: list(one.rules) for one, _ in asked if one.key not in self._loaded}
        self._number += 1
        call = {"id": self._number, "load": new, "ask": [[one.key, one.stages, facts] for one, facts in asked]}
        said = self._talk(json.dumps(call, separators=(",", ":")).encode() + b"\n", self.limits.seconds)
        if said.get("id") != self._number:
            raise NoAnswerError("the worker answered something else")
        if "answers" not in said:
            raise NoAnswerError(f"the worker failed: {str(said.get('error'))[:300]}")
        self._loaded |= new.keys()
        return _read_answers(said["answers"], len(asked))

    def _start(self) -> None:
        self._end()
        limits, environment = self.limits, {k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(self.worker), str(limits.memory), str(limits.work), *self.folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=environment,
            start_new_session=True,
        )
        self.starts += 1
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        if self._talk(b"", limits.start).get("id") != 0:
            raise NoAnswerError("the worker did not start")

    def _end(self) -> None:
        process, self._process = self._process, None
        self._loaded = set()
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()

    def _talk(self, line: bytes, seconds: float) -> dict[str, Any]:
        """Write a line and read one, both within so many seconds; neither side may be made to wait for ever."""
        if len(line) > MAX_OUT:
            raise NoAnswerError("the case is too large")
        process, until = self._process, time.monotonic() + seconds
        assert process is not None and process.stdin is not None and process.stdout is not None
        got = bytearray()
        with selectors.DefaultSelector() as waiting:
            waiting.register(process.stdout, selectors.EVENT_READ)
            if line:
                waiting.register(process.stdin, selectors.EVENT_WRITE)
            while b"\n" not in got:
                left = until - time.monotonic()
                ready = waiting.select(left) if left > 0 else []
                if not ready:
                    raise NoAnswerError(f"the worker took longer than {seconds:g} s")
                for key, _ in ready:
                    if key.fileobj is process.stdin:
                        line = line[os.write(process.stdin.fileno(), line[:CHUNK]) :]
                        if not line:
                            waiting.unregister(process.stdin)
                    else:
                        got += _read(process)
                        if len(got) > MAX_IN:
                            raise NoAnswerError("the worker said too much")
        said, _, rest = bytes(got).partition(b"\n")
        if rest or line:
            raise NoAnswerError("the worker spoke without being asked")
        found = json.loads(said)
        if not isinstance(found, dict):
            raise NoAnswerError("the worker said something that is no answer")
        return found


def _read(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    got = os.read(process.stdout.fileno(), CHUNK)
    if not got:
        try:
            code = process.wait(0.5)
        except subprocess.TimeoutExpired:
            raise NoAnswerError("the worker will say no more") from None
        died = f"by signal {-code}" if code < 0 else f"with code {code}"
        raise NoAnswerError(f"the worker ended {died}")
    return got


def _read_answers(said: object, count: int) -> list[list[dict[str, int]]]:
    if not isinstance(said, list) or len(said) != count:
        raise NoAnswerError("the worker answered another number of questions")
    for facts in said:
        if not isinstance(facts, list) or not all(_is_fact(fact) for fact in facts):
            raise NoAnswerError("the worker said something that is no answer")
    return said


def _is_fact(fact: object) -> bool:
    return isinstance(fact, dict) and all(type(value) is int for value in fact.values())


def _state(asked: Question, answers: list[dict[str, int]]) -> str:
    """Return the state that was derived; a statement is in one state, so more or none is no answer."""
    states = {fact.get("state", -1) for fact in answers}
    if len(states) != 1:
        raise NoAnswerError(f"`{asked.name}` came out in {len(states)} states")
    (state,) = states
    if not 0 <= state < len(asked.order):
        raise NoAnswerError(f"`{asked.name}` came out in a state that there is not")
    return asked.order[state]


def library_folders() -> tuple[str, ...]:
    """Return where the library lies; raises MissingExtraError where it is not installed, or not on this system."""
    found = [importlib.util.find_spec(name) for name in MODULES]
    places = [one.origin for one in found if one is not None and one.origin is not None]
    if len(places) < len(MODULES) or os.name != "posix":
        raise MissingExtraError("a second opinion by durable_rules", "durable")
    package, extension = (Path(place) for place in places)
    return tuple(dict.fromkeys((str(package.parent.parent), str(extension.parent))))
