"""Runs the command line as a user would: inside this process, or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner, Result

from alpr_policy_adapters.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
FILES = Path(__file__).parent / "cli_files"
TOWN = ("--policies", "town.yaml")
KINDS = ("--policies", str(ROOT / "tests" / "cases" / "profiles" / "every_kind.yaml"))
PLAIN = {"COLUMNS": "100", "NO_COLOR": "1", "ALPR_POLICIES": ""}
PROGRAM = [sys.executable, "-c", "from alpr_policy_adapters.cli import main; main()"]


def run(*words: str, input: str | bytes | None = None, env: dict[str, str] | None = None) -> Result:
    """Run a command in the folder of the test files and return what it wrote and its exit code."""
    before = Path.cwd()
    os.chdir(FILES)
    try:
        return CliRunner().invoke(app, list(words), input=input, env={**PLAIN, **(env or {})})
    finally:
        os.chdir(before)


def environment(**more: str) -> dict[str, str]:
    """Return the environment for a process of its own, with the two source roots."""
    roots = os.pathsep.join(str(ROOT / root) for root in ("engine", "adapters"))
    return {**os.environ, **PLAIN, "PYTHONPATH": roots, **more}


def spawn(*words: str, input: bytes = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    return subprocess.run(
        [*PROGRAM, *words],
        cwd=FILES,
        env=environment(**more),
        input=input,
        capture_output=True,
        check=False,
        timeout=60,
    )
