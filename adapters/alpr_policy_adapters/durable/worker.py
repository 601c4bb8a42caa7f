"""The process in which `durable_rules` runs. It is started by its path, knows nothing of policies, and may break.

    python -I worker.py MEMORY_BYTES CPU_SECONDS FOLDER...

One JSON line in, one out. In: `{"id", "load": {KEY: RULES}, "ask": [[KEY, STAGES, FACTS], ...]}`. Out:
`{"id", "answers": [[FACT, ...], ...]}` or `{"id", "error": TEXT}`. The first line out says that it is ready.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from typing import Any

LINE = 4 << 20
MOST = 20_000
BASE = 128
SID = "0"
STAGE, ANSWER = 1, 2
OPS = {"ne": "$neq", "lt": "$lt", "gt": "$gt"}


class BrokenError(Exception):
    """The library did something that it should not."""


def limit(memory: int, files: int = 16) -> None:
    """Take away what the work does not need: more memory than this, core files, writing to files."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, files),
    ):
        hard = resource.getrlimit(what)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))


def limit_time(seconds: int) -> None:
    """Allow so many further seconds of work, after which the system ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


class Reasoner:
    """The library with all that goes on by itself taken out, and one session at a time."""

    def __init__(self, engine: Any) -> None:
        """Make a host that starts no timers and knows no rules."""

        class Host(engine.Host):  # type: ignore[misc]  # untyped library
            def _run(self) -> None:
                """Start none of the library's two endless chains of timers."""

        self.engine = engine
        self.host = Host()
        self.known: dict[str, str] = {}
        self.seen: set[tuple[tuple[str, int], ...]] = set()
        self.derived: list[dict[str, int]] = []

    def load(self, key: str, rules: list[Any]) -> None:
        """Make a ruleset of rules."""
        name = f"r{len(self.known)}"
        self.host.register_rulesets({name: {f"n{n}": self._rule(rule) for n, rule in enumerate(rules)}})
        self.known[key] = name

    def _rule(self, rule: dict[str, Any]) -> dict[str, Any]:
        return {
            "all": [pattern(number, *one) for number, one in enumerate(rule["when"])],
            "run": self._run(rule["then"]),
        }

    def _run(self, then: list[Any]) -> Any:
        def run(c: Any) -> None:
            found = c._m
            self._add({name: consequence(of, found) for name, of in then}, c)

        return run

    def _add(self, fact: dict[str, int], c: Any) -> None:
        key = tuple(sorted(fact.items()))
        if key in self.seen:
            return
        if len(self.seen) >= MOST:
            raise BrokenError("more facts than there can be")
        self.seen.add(key)
        self.derived.append(fact)
        with contextlib.suppress(self.engine.MessageNotHandledException):
            c.assert_fact({**fact, "z": 1})

    def ask(self, key: str, stages: int, facts: list[dict[str, int]]) -> list[dict[str, int]]:
        """Return all answers that follow from the facts of one case."""
        name = self.known[key]
        self.seen.clear()
        self.derived.clear()
        try:
            for fact in [*facts, *({"k": STAGE, "at": n + 1} for n in range(stages))]:
                with contextlib.suppress(self.engine.MessageNotHandledException):
                    self.host.assert_fact(name, {**fact, "z": 1})
            failed = self.host.get_state(name, SID).get("exception")
        finally:
            try:
                self.host.delete_state(name, SID)
            except Exception as error:
                raise BrokenError("a session could not be ended") from error
        if failed:
            raise BrokenError(f"a consequence failed: {str(failed)[:200]}")
        return [fact for fact in self.derived if fact["k"] == ANSWER]


def pattern(number: int, absent: bool, tests: list[Any]) -> dict[str, Any]:
    """Return a pattern as the library writes it."""
    every = [test(*one) for one in tests]
    if any(of[0] == "of" for _, _, of in tests):
        # Where the last of several comparisons with another fact fails, the library reads on behind them.
        every.append({"z": {"m_0": "z"}})
    return {f"m_{number}{'$not' if absent else ''}": {"$and": every}}


def test(name: str, op: str, of: list[Any]) -> dict[str, Any]:
    """Return a comparison as the library writes it."""
    value = of[1] if of[0] == "is" else {f"m_{of[1]}": of[2]}
    return {name: value} if op == "eq" else {OPS[op]: {name: value}}


def consequence(of: list[Any], found: dict[str, Any]) -> int:
    """Return the value of a field of a new fact."""
    if of[0] == "is":
        return int(of[1])
    if of[0] == "of":
        return int(found[f"m_{of[1]}"][of[2]])
    (outer, first), (inner, second) = of[1:]
    return int(found[f"m_{outer}"][first]) * BASE + int(found[f"m_{inner}"][second])


def answer(reasoner: Reasoner, raw: bytes) -> dict[str, Any]:
    """Answer one line."""
    call = json.loads(raw)
    try:
        for key, rules in call["load"].items():
            reasoner.load(key, rules)
        return {"id": call["id"], "answers": [reasoner.ask(*one) for one in call["ask"]]}
    except Exception as error:
        # A session or ruleset may be in any state now, so the cage ends this process.
        return {"id": call["id"], "error": f"{type(error).__name__}: {str(error)[:300]}"}


def main(memory: int, seconds: int, folders: list[str]) -> int:
    """Answer line by line until there are no more."""
    limit(memory)
    limit_time(seconds + 10)
    sys.path += folders
    from durable import engine

    reasoner = Reasoner(engine)
    out = sys.stdout.buffer
    out.write(b'{"id":0}\n')
    out.flush()
    while raw := sys.stdin.buffer.readline(LINE):
        limit_time(seconds)
        out.write(json.dumps(answer(reasoner, raw), separators=(",", ":")).encode() + b"\n")
        out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
