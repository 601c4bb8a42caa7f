"""The command `ingest` with the demo's list, and payloads to give it."""

from __future__ import annotations

import json
from typing import Any

from tests.adapters.cli_kit import ROOT, run
from typer.testing import Result

PAYLOADS = ROOT / "examples" / "embedding" / "payloads"
DEMO = ROOT / "examples" / "demo"
LISTED = ("--hotlist", str(DEMO / "hotlist.csv"), "--setting", str(DEMO / "context.yaml"), "-p", "cambridge")
FRIGATE = (PAYLOADS / "frigate.json").read_text(encoding="utf-8")
ONE_LINE = json.dumps(json.loads(FRIGATE))


def ingest(*words: str, input: str | bytes | None = None) -> Result:
    """Run the command with Cambridge's policy and the demo's list."""
    return run("ingest", *words, *LISTED, input=input)


def summary(result: Result) -> dict[str, Any]:
    """Return the summary that `--json` ends with."""
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])["summary"]
    return found
