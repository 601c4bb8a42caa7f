"""Run all measurements and print a table for each; `--json FILE` writes the figures too."""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks import (
    cases,
    comparing,
    deciding,
    editing,
    growth,
    ledger,
    linting,
    matching,
    peers,
    pipeline,
    replay,
    retention,
    serving,
    starting,
)
from tests.benchmarks.timing import say

from alpr_policy import PolicyDecisionPoint

SUBJECTS = (
    "deciding",
    "growth",
    "starting",
    "peers",
    "matching",
    "pipeline",
    "ledger",
    "cases",
    "retention",
    "comparing",
    "replay",
    "linting",
    "editing",
    "serving",
)


def machine() -> str:
    """Say on what it ran: the kind of processor, as far as the system tells, and the Python."""
    model = ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = (line.partition(":") for line in info.read_text(encoding="utf-8").splitlines())
        model = next((value.strip() for key, _, value in lines if key.strip() == "model name"), "")
    kind = model or platform.processor() or platform.machine()
    return f"{kind}, {platform.system()}, Python {platform.python_version()}"


def main(arguments: list[str] | None = None) -> None:
    """Run what is asked for, or everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("subject", nargs="*", help=f"one or more of {', '.join(SUBJECTS)}; all of them without any")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    asked = parser.parse_args(arguments)
    if strange := [one for one in asked.subject if one not in SUBJECTS]:
        parser.error(f"no subject: {', '.join(strange)}")
    started, pdp = time.monotonic(), PolicyDecisionPoint.load()
    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "deciding": lambda: deciding.run(pdp),
        "growth": growth.run,
        "starting": starting.run,
        "peers": lambda: peers.run(pdp),
        "matching": matching.run,
        "pipeline": lambda: pipeline.run(pdp),
        "ledger": lambda: ledger.run(pdp),
        "cases": cases.run,
        "retention": lambda: retention.run(pdp),
        "comparing": lambda: comparing.run(pdp),
        "replay": replay.run,
        "linting": linting.run,
        "editing": editing.run,
        "serving": serving.run,
    }
    where = {"machine": machine(), "date": time.strftime("%Y-%m-%d")}
    print(f"{where['machine']}; {where['date']}. Processor time; ratios within one run; medians of rounds.")
    figures: dict[str, Any] = {name: run() for name, run in runs.items() if not asked.subject or name in asked.subject}
    say(f"done in {time.monotonic() - started:.0f} s")
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps({**where, **figures}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
