"""A server in a process of its own, as tests start it, reach it and end it."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.adapters.cli_kit import PROGRAM, environment
from tests.adapters.http_kit import HAVEN

SECONDS = 60


@contextmanager
def server(
    *words: str, policy: Path = HAVEN, profile: str = "haven"
) -> Iterator[tuple[subprocess.Popen[bytes], str, list[dict[str, Any]]]]:
    """Run a server on a free port; give the process, its address, and the lines of its log as they come."""
    command = [*PROGRAM, "serve", "--port", "0", "--profile", profile, "--policies", str(policy), *words]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    lines: list[dict[str, Any]] = [json.loads(process.stderr.readline())]
    stream = process.stderr
    reader = threading.Thread(target=lambda: lines.extend(json.loads(one) for one in stream), daemon=True)
    reader.start()
    try:
        url = lines[0]["url"]
        until(lambda: _is_ready(url))
        yield process, url, lines
    finally:
        process.kill()
        process.wait(SECONDS)
        reader.join(SECONDS)
        stream.close()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def until(holds: Any) -> None:
    """Wait until something holds."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)
