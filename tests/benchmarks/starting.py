"""What it takes until the first decision: the import, reading and compiling a profile, deciding for the first time."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from tests.benchmarks.mix import REQUESTS
from tests.benchmarks.timing import goal, in_turn, once, say, table

from alpr_policy import PolicyDecisionPoint
from alpr_policy.evaluators.compiled import Compiled
from alpr_policy.ir.lower import lower
from alpr_policy.reading.catalog import load_catalog, shipped_folder
from alpr_policy.reading.profiles import load_file

ROUNDS = 7
IMPORT, READY = 150.0, 50.0
HEAVY = ("pydantic", "jsonschema", "yaml")
LOADED = f"import sys, json; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
DECIDED = """
from alpr_policy import PolicyDecisionPoint
PolicyDecisionPoint.load().decide(json.loads(sys.argv[1]))
"""
BARE, WHOLE, COLD = "bare interpreter", "with `import alpr_policy`", "the same without any bytecode"


def _process(code: str, environment: dict[str, str]) -> float:
    """Return the milliseconds of processor time that a process with this code takes, from its start to its end."""
    started = subprocess.Popen([sys.executable, "-c", code], env=environment)
    _, status, usage = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RuntimeError(f"the process failed: {code}")
    return (usage.ru_utime + usage.ru_stime) * 1e3


def _loaded(code: str) -> list[str]:
    """Return which heavy modules a process has loaded once it has run this code."""
    whole = f"import sys, json\n{code}\n{LOADED}"
    argument = json.dumps(REQUESTS["stop, all checked"])
    told = subprocess.run([sys.executable, "-c", whole, argument], check=True, capture_output=True, text=True)
    return list(json.loads(told.stdout))


def _imports() -> dict[str, Any]:
    """Measure the import as an installed package has it, with bytecode, and as it is the very first time."""
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as kept, tempfile.TemporaryDirectory() as empty:
        warm = {**plain, "PYTHONPYCACHEPREFIX": kept}
        cold = {**plain, "PYTHONPYCACHEPREFIX": empty, "PYTHONDONTWRITEBYTECODE": "1"}
        todo = {BARE: ("pass", warm), WHOLE: ("import alpr_policy", warm), COLD: ("import alpr_policy", cold)}
        _process(*todo[WHOLE])
        found = in_turn(todo, ROUNDS, lambda one: _process(*one))
    alone = [one - other for one, other in zip(found[WHOLE], found[BARE], strict=True)]
    return {
        **{name: statistics.median(times) for name, times in found.items()},
        "the import alone": statistics.median(alone),
        "loaded by the import": _loaded("import alpr_policy"),
        "loaded by deciding": _loaded(DECIDED),
    }


def _steps(file: str) -> dict[str, float]:
    """Return the milliseconds of each step from a file to a decision, once."""
    path = shipped_folder() / file
    spent: dict[str, float] = {}
    kept: dict[str, Any] = {}

    def step(name: str, work: Any) -> None:
        spent[name] = once(lambda: kept.update({name: work()}))

    step("read", lambda: load_file(path).profile)
    step("lower", lambda: lower(kept["read"]))
    compiled = Compiled(kept["lower"])
    step("compile the first act", lambda: compiled.program("stop.start"))
    acts = [act for act in kept["lower"].vocabulary.actions if act != "stop.start"]
    step("compile all other acts", lambda: [compiled.program(act) for act in acts])
    pdp = PolicyDecisionPoint(load_catalog([path]))
    asked = {**REQUESTS["stop, all checked"], "departments": [kept["read"].profile]}
    step("first decision after load", lambda: pdp.decide(asked))
    step("second decision", lambda: pdp.decide(asked))
    return spent


def run() -> dict[str, Any]:
    """Measure, print, and return the figures."""
    say(f"starting: {ROUNDS} processes each, and {ROUNDS} times from the file to the decision")
    imports = _imports()
    files = {name: name for name in ("cambridge.yaml", "leicester.yaml")}
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in files}
    for _ in range(ROUNDS):
        for name in files:
            rounds[name].append(_steps(name))
    steps = {
        name: {step: statistics.median(one[step] for one in found) for step in found[0]}
        for name, found in rounds.items()
    }
    for found in steps.values():
        found["ready for one act"] = found["read"] + found["lower"] + found["compile the first act"]
        found["ready for all acts"] = found["ready for one act"] + found["compile all other acts"]
    _show(imports, steps)
    return {"imports": imports, "steps": steps}


def _show(imports: dict[str, Any], steps: dict[str, dict[str, float]]) -> None:
    light = not {"pydantic", "jsonschema"} & {*imports["loaded by the import"], *imports["loaded by deciding"]}
    table(
        f"Starting: processor time, median of {ROUNDS} fresh processes",
        ("", "ms"),
        [(name, imports[name]) for name in (BARE, WHOLE, "the import alone", COLD)],
        (
            goal(f"import at most {IMPORT:.0f} ms", imports["the import alone"] <= IMPORT),
            goal("pydantic and jsonschema on first use only, loaded neither by the import nor by a decision", light),
        ),
    )
    names = list(next(iter(steps.values())))
    table(
        f"From the file to the decision, after the import: milliseconds, median of {ROUNDS}",
        ("", *steps),
        [(step, *(found[step] for found in steps.values())) for step in names],
        (
            goal(
                f"read, lower and compile the first act asked about in at most {READY:.0f} ms",
                all(found["ready for one act"] <= READY for found in steps.values()),
            ),
            goal("the same with all acts", all(found["ready for all acts"] <= READY for found in steps.values())),
        ),
    )
