"""Running the server: one socket, one or several processes on it, an end that finishes what was begun."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from alpr_policy_adapters.http.app import Extend, application
from alpr_policy_adapters.http.extras import require
from alpr_policy_adapters.http.heads import MOST_HEAD, protocol
from alpr_policy_adapters.http.service import Service

BACKLOG: Final = 2048
MOST_FRAME: Final = 4_000_000
"""Bytes of one message over a web socket."""
RESTART_AFTER: Final = 1.0
LOOK_EVERY: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Where to listen, in how many processes, with which certificate; `grace` is in seconds."""

    host: str = "127.0.0.1"
    port: int = 8181
    workers: int = 1
    certificate: Path | None = None
    key: Path | None = None
    grace: int = 30

    @property
    def scheme(self) -> str:
        """Return how callers address the server."""
        return "https" if self.certificate is not None else "http"

    def listen(self) -> socket.socket:
        """Open the socket; raises OSError."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        opened = socket.create_server((self.host, self.port), family=family, backlog=BACKLOG)
        # Head and body of an answer are two writes; without this the second waits 40 ms for the caller's system.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def url(self, opened: socket.socket) -> str:
        """Return the address at which an open socket is reached."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{opened.getsockname()[1]}"


def write_line(line: Mapping[str, Any]) -> None:
    """Write one line of the log to standard error, as JSON with its time, in one piece."""
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
    sys.stderr.write(json.dumps({"time": stamp, **line}) + "\n")
    sys.stderr.flush()


def serve(
    service: Service, binding: Binding, *, opened: socket.socket | None = None, extend: Extend | None = None
) -> None:
    """Serve until a signal says to end; raises MissingExtraError and OSError.

    `extend` adds routes, which may be web sockets; it is asked in the process that serves.
    SIGTERM and SIGINT end it: no new request is taken, those begun are answered. SIGHUP loads the profiles anew.
    """
    require("the server", "starlette", "uvicorn")
    logging.getLogger("alpr_policy").addHandler(_Lines())
    with opened or binding.listen() as listening:
        write_line({"event": "listening", "url": binding.url(listening), "pid": os.getpid()})
        if binding.workers == 1:
            _work(service, binding, listening, extend)
        else:
            _oversee(lambda: _work(service, binding, listening, extend), binding)
        write_line({"event": "ended", "pid": os.getpid()})


def _work(service: Service, binding: Binding, listening: socket.socket, extend: Extend | None) -> None:
    """Serve in this process."""
    import uvicorn

    config = uvicorn.Config(
        application(service, extend),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none" if extend is None else "websockets-sansio",
        ws_max_size=MOST_FRAME,
        http=protocol(),
        h11_max_incomplete_event_size=MOST_HEAD,
        limit_concurrency=service.limits.connections,
        timeout_graceful_shutdown=binding.grace,
        ssl_certfile=str(binding.certificate) if binding.certificate is not None else None,
        ssl_keyfile=str(binding.key) if binding.key is not None else None,
    )

    def again(_: int, __: FrameType | None) -> None:
        threading.Thread(target=service.asking.deciding.point.reload, name="alpr-policy-reload", daemon=True).start()

    # The server raises the signal that ended it once more when it is done; by then it is no news.
    signal.signal(signal.SIGTERM, lambda _, __: None)
    signal.signal(signal.SIGINT, lambda _, __: None)
    signal.signal(signal.SIGHUP, again)
    spare_what_is_loaded()
    uvicorn.Server(config).run(sockets=[listening])


def spare_what_is_loaded() -> None:
    """Keep the search for garbage away from all that is there by now, which is here to stay.

    Looking through programs and profiles stops a process for 50 ms every few thousand requests, and frees nothing.
    """
    gc.collect()
    gc.freeze()


def _oversee(work: Callable[[], None], binding: Binding) -> None:
    """Keep several processes at work, begin one anew that dies, and end all of them together."""
    ending = threading.Event()
    children: dict[int, float] = {}

    def pass_on(number: int, _: FrameType | None) -> None:
        if number != signal.SIGHUP:
            ending.set()
        _tell(children, number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    for _ in range(binding.workers):
        children[_begin(work)] = time.monotonic()
    while not ending.wait(LOOK_EVERY):
        for gone in _gone(children):
            write_line({"event": "worker-died", "pid": gone})
            time.sleep(RESTART_AFTER)
            if not ending.is_set():
                children[_begin(work)] = time.monotonic()
    _tell(children, signal.SIGTERM)
    end = time.monotonic() + binding.grace + 5
    while children and time.monotonic() < end:
        _gone(children)
        time.sleep(LOOK_EVERY)
    _tell(children, signal.SIGKILL)


def _begin(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _gone(children: dict[int, float]) -> list[int]:
    """Return which children have ended since the last look, and forget them."""
    found = [child for child in children if os.waitpid(child, os.WNOHANG)[0]]
    for child in found:
        del children[child]
    return found


def _tell(children: Mapping[int, float], number: int) -> None:
    for child in list(children):
        try:
            os.kill(child, number)
        except ProcessLookupError:  # it has ended, and nobody has looked since
            continue


class _Lines(logging.Handler):
    """Writes what the engine logs, such as a profile that cannot be used, in the same form as requests."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        write_line({"event": "log", "level": record.levelname.lower(), "message": record.getMessage()[:2000]})
