"""What the server costs: evaluations and batches over loopback, beside an echo of the same framework and a bare app.

Each contender is a process of its own with one event loop; this process asks over connections that stay open. What is
compared are the ratios within one run, and the server's own processor time, which a busy machine does not change.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import in_turn, percentile, say, table

CONNECTIONS, MANY, ROUNDS, SECONDS = 8, 64, 3, 2.0
ITEMS = 50
TICKS = os.sysconf("SC_CLK_TCK")
FACTS = {
    "purpose": "criminal_investigation",
    "reason.recorded": True,
    "alert_profile.set": True,
    "procedure.finding": "allows",
    "basis.kind": "court_order",
}
SUBJECT = {
    "type": "officer",
    "id": "officer-7",
    "properties": {
        "agency": "own",
        "designated_on": "2026-01-05",
        "trained_on": "2026-01-05",
    },
}
ASKED = {
    "subject": SUBJECT,
    "action": {"name": "search.run", "properties": FACTS},
    "resource": {"type": "plate", "id": "4KAN123"},
    "context": {"time": "2026-05-04T10:00:00-04:00", "approvals": []},
}
BATCH = {**ASKED, "evaluations": [{"resource": {"type": "plate", "id": f"4KAN{n:03}"}} for n in range(ITEMS)]}
App = Callable[[Any, Any, Any], Awaitable[None]]


def bare() -> App:
    """Return an application that reads the body and says yes, with no framework at all."""
    body = b'{"decision":true}'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            while (await receive()).get("more_body"):
                pass
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


def echo() -> App:
    """Return an application of the same framework that parses, validates and echoes the body."""
    from pydantic import BaseModel
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    class Entity(BaseModel):
        type: str
        id: str
        properties: dict[str, Any] = {}

    class Action(BaseModel):
        name: str
        properties: dict[str, Any] = {}

    class Item(BaseModel):
        subject: Entity | None = None
        action: Action | None = None
        resource: Entity | None = None
        context: dict[str, Any] | None = None

    class Body(Item):
        evaluations: list[Item] | None = None

    async def answer(request: Any) -> JSONResponse:
        read = Body.model_validate(json.loads(await request.body()))
        return JSONResponse(read.model_dump(exclude_none=True))

    paths = ("/access/v1/evaluation", "/access/v1/evaluations")
    made: App = Starlette(routes=[Route(path, answer, methods=["POST"]) for path in paths])
    return made


def ours(ledger: Path | None = None) -> App:
    """Return the server's application, with or without a ledger."""
    import datetime as dt

    from alpr_policy import LivePolicyDecisionPoint
    from alpr_policy_adapters.cli.serving import Kept
    from alpr_policy_adapters.http import Asking, Deciding, Service, application

    point = LivePolicyDecisionPoint(departments=["cambridge"])
    keeper = Kept(str(ledger), point) if ledger is not None else None
    asking = Asking(Deciding(point, keeper=keeper), lambda: dt.datetime.now(dt.UTC))
    return application(Service(asking, departments=("cambridge",)))


@contextmanager
def running(make: Callable[[], App], reader: str = "") -> Iterator[tuple[int, int]]:
    """Serve an application in a process of its own; give its port and its process."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port, child = listening.getsockname()[1], os.fork()
        if not child:
            import uvicorn

            from alpr_policy_adapters.http.heads import protocol
            from alpr_policy_adapters.http.running import spare_what_is_loaded

            code = 1
            try:
                config = uvicorn.Config(make(), log_config=None, access_log=False, http=reader or protocol(), ws="none")
                spare_what_is_loaded()
                signal.signal(signal.SIGTERM, lambda _, __: None)
                uvicorn.Server(config).run(sockets=[listening])
                code = 0
            finally:
                os._exit(code)
    try:
        yield port, child
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def processor(process: int) -> float:
    """Return the seconds of processor time that a process has taken."""
    words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


async def _one(port: int, message: bytes, until: float, took: list[float], pause: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.perf_counter()
    while time.perf_counter() < until:
        if pause:
            due += pause
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        start = due if pause else time.perf_counter()
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        took.append((time.perf_counter() - start) * 1000)
    writer.close()


def load(port: int, body: Any, connections: int, rate: float = 0.0) -> tuple[float, list[float]]:
    """Ask for a while, at full speed or at a rate; return requests a second, and the milliseconds of each."""
    path = "/access/v1/evaluations" if "evaluations" in body else "/access/v1/evaluation"
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    took: list[float] = []

    async def all_of_them() -> None:
        until = time.perf_counter() + SECONDS
        pause = connections / rate if rate else 0.0
        message = head.encode() + data
        await asyncio.gather(*(_one(port, message, until, took, pause) for _ in range(connections)))

    begun = time.perf_counter()
    asyncio.run(all_of_them())
    return len(took) / (time.perf_counter() - begun), took


def run(_: Any = None) -> dict[str, Any]:
    """Measure all contenders in turn, and print the table."""
    say("serving: evaluations over loopback")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "ledger.db"
        from alpr_policy_adapters.ledger import Ledger

        Ledger.open(str(place), create=True).close()
        with (
            running(bare) as plain,
            running(echo) as echoing,
            running(ours) as server,
            running(lambda: ours(place)) as keeping,
        ):
            contenders: dict[str, tuple[tuple[int, int], Any, int]] = {
                "bare app": (plain, ASKED, CONNECTIONS),
                "echo": (echoing, ASKED, CONNECTIONS),
                "evaluation": (server, ASKED, CONNECTIONS),
                f"echo of {ITEMS}": (echoing, BATCH, CONNECTIONS),
                f"batch of {ITEMS}": (server, BATCH, CONNECTIONS),
                "evaluation, ledger": (keeping, ASKED, MANY),
                f"batch of {ITEMS}, ledger": (keeping, BATCH, CONNECTIONS),
            }
            for (port, _pid), body, _n in contenders.values():
                load(port, body, 1)
            return _measured(contenders)


def _measured(contenders: dict[str, tuple[tuple[int, int], Any, int]]) -> dict[str, Any]:
    times: dict[str, list[float]] = {name: [] for name in contenders}
    costs: dict[str, list[float]] = {name: [] for name in contenders}

    def measure(name: str) -> float:
        (port, process), body, connections = contenders[name]
        before = processor(process)
        rate, took = load(port, body, connections)
        costs[name].append((processor(process) - before) * 1e6 / len(took))
        times[name] += took
        return rate

    rates = in_turn({name: name for name in contenders}, ROUNDS, measure)
    peak = {name: statistics.median(found) for name, found in rates.items()}
    half = {}
    for name in ("echo", "evaluation"):
        (port, _), body, connections = contenders[name]
        half[name] = percentile(load(port, body, connections, rate=peak[name] / 2)[1], 0.99)
    found = {
        name: {
            "a_second": peak[name],
            "cpu_us": statistics.median(costs[name]),
            "p50_ms": percentile(times[name], 0.5),
            "p99_ms": percentile(times[name], 0.99),
            **({"p99_ms_at_half": half[name]} if name in half else {}),
        }
        for name in contenders
    }
    _print(found)
    return found


def _print(found: dict[str, dict[str, float]]) -> None:
    part = found["evaluation"]["a_second"] / found["echo"]["a_second"]
    cost = found["echo"]["cpu_us"] / found["evaluation"]["cpu_us"]
    table(
        "Serving",
        ("contender", "requests/s", "server cpu µs", "p50 ms", "p99 ms", "p99 ms at half"),
        [
            (name, one["a_second"], one["cpu_us"], one["p50_ms"], one["p99_ms"], one.get("p99_ms_at_half", "-"))
            for name, one in found.items()
        ],
        [
            f"an evaluation reaches {part:.0%} of the echo's requests a second; by processor time {cost:.0%}",
            f"{CONNECTIONS} connections, with the ledger {MANY}; one process each, the asking process beside them",
        ],
    )


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
