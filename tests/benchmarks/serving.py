"""What the server costs: evaluations and batches over loopback, beside an echo of the same framework and a bare app.

Each contender is a process of its own with one event loop, on one core; this process asks from another core over
connections that stay open. What is compared are the ratios within one run, and the server's own processor time, which a
busy machine changes less. At half of the peak requests are sent by the clock, whether or not those before them were
answered, and each counts from when it was due.
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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import in_turn, percentile, say, table

CONNECTIONS, MANY, ROUNDS, SECONDS = 8, 64, 3, 1.5
ITEMS, HALVES = 50, 3
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
    cores = sorted(os.sched_getaffinity(0))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port, child = listening.getsockname()[1], os.fork()
        if not child:
            os.sched_setaffinity(0, {cores[0]})
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


class Caller(asyncio.Protocol):
    """One connection that asks until a time, at once after each answer, or every `pause` seconds from `due` on."""

    def __init__(
        self, message: bytes, until: float, took: list[float], *, due: float = 0.0, pause: float = 0.0
    ) -> None:
        self.message, self.until, self.took, self.due, self.pause = message, until, took, due, pause
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: Any = None
        self.got, self.length, self.start = b"", 0, 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._next()

    def _next(self) -> None:
        now = time.perf_counter()
        if max(now, self.due) >= self.until:
            self.transport.close()
        elif self.pause:
            asyncio.get_running_loop().call_later(max(0.0, self.due - now), self._ask)
        else:
            self.start = now
            self.transport.write(self.message)

    def _ask(self) -> None:
        # Counted from when it was due, so that an answer that keeps the next question waiting is not forgotten.
        self.start, self.due = self.due, self.due + self.pause
        self.transport.write(self.message)

    def data_received(self, data: bytes) -> None:
        self.got += data
        if not self.length:
            head, found, _ = self.got.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 200"), head
            lines = head.lower().split(b"\r\n")
            self.length = len(head) + 4 + next(int(one[15:]) for one in lines if one.startswith(b"content-length:"))
        if len(self.got) >= self.length:
            self.took.append((time.perf_counter() - self.start) * 1000)
            self.got, self.length = b"", 0
            self._next()

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set_result(None)


def load(port: int, body: Any, connections: int, rate: float = 0.0) -> tuple[float, list[float]]:
    """Ask for a while, at full speed or at a rate; return requests a second, and the milliseconds of each."""
    path = "/access/v1/evaluations" if "evaluations" in body else "/access/v1/evaluation"
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    took: list[float] = []

    async def all_of_them() -> None:
        loop, now = asyncio.get_running_loop(), time.perf_counter()
        pause = connections / rate if rate else 0.0
        made = []
        for number in range(connections):
            due = now + 0.05 + pause * number / connections if pause else 0.0
            caller = Caller(head.encode() + data, now + SECONDS, took, due=due, pause=pause)
            await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)  # type: ignore[misc]
            made.append(caller.ended)
        await asyncio.gather(*made)

    begun = time.perf_counter()
    with runner() as running_loop:
        running_loop.run(all_of_them())
    return len(took) / (time.perf_counter() - begun), took


def runner() -> asyncio.Runner:
    """Return what runs the asking side: it is not measured, so the quickest that there is."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=new_event_loop)


def run(_: Any = None) -> dict[str, Any]:
    """Measure all contenders in turn, and print the table."""
    say("serving: evaluations over loopback")
    cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        place = Path(folder) / "ledger.db"
        from alpr_policy_adapters.ledger import Ledger

        Ledger.open(str(place), create=True).close()
        serve = lambda make, reader="": stack.enter_context(running(make, reader))  # noqa: E731
        echoing, server, keeping = serve(echo), serve(ours), serve(lambda: ours(place))
        contenders: dict[str, tuple[tuple[int, int], Any, int]] = {
            "bare app": (serve(bare), ASKED, CONNECTIONS),
            "echo": (echoing, ASKED, CONNECTIONS),
            "evaluation": (server, ASKED, CONNECTIONS),
            "echo, h11": (serve(echo, "h11"), ASKED, CONNECTIONS),
            "evaluation, h11": (serve(ours, "h11"), ASKED, CONNECTIONS),
            f"echo of {ITEMS}": (echoing, BATCH, CONNECTIONS),
            f"batch of {ITEMS}": (server, BATCH, CONNECTIONS),
            "evaluation, ledger": (keeping, ASKED, MANY),
            f"batch of {ITEMS}, ledger": (keeping, BATCH, CONNECTIONS),
        }
        try:
            os.sched_setaffinity(0, {sorted(cores)[-1]})
            for (port, _pid), body, _n in contenders.values():
                load(port, body, 1)
            return _measured(contenders)
        finally:
            os.sched_setaffinity(0, cores)


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
    halves = _at_half(contenders, peak)
    found = {
        name: {
            "a_second": peak[name],
            "cpu_us": statistics.median(costs[name]),
            "p50_ms": percentile(times[name], 0.5),
            "p99_ms": percentile(times[name], 0.99),
            **halves[name],
        }
        for name in contenders
    }
    _print(found, [one / other for one, other in zip(rates["evaluation"], rates["echo"], strict=True)])
    return found


def _at_half(contenders: dict[str, tuple[tuple[int, int], Any, int]], peak: dict[str, float]) -> dict[str, Any]:
    """Return the p50 and p99 of each at half of its peak: the medians of several runs, and the best and worst p99."""

    def measure(name: str) -> tuple[float, float]:
        (port, _), body, connections = contenders[name]
        took = load(port, body, connections, rate=peak[name] / 2)[1]
        return percentile(took, 0.5), percentile(took, 0.99)

    found = {}
    for name, runs in in_turn({name: name for name in contenders}, HALVES, measure).items():
        p99s = sorted(p99 for _, p99 in runs)
        found[name] = {
            "half_p50_ms": statistics.median(p50 for p50, _ in runs),
            "half_p99_ms": statistics.median(p99s),
            "half_p99_best_ms": p99s[0],
            "half_p99_worst_ms": p99s[-1],
        }
    return found


def _print(found: dict[str, dict[str, float]], parts: list[float]) -> None:
    """Print the table, and of each goal whether this run met it."""
    part = found["evaluation"]["a_second"] / found["echo"]["a_second"]
    older = found["evaluation, h11"]["a_second"] / found["echo, h11"]["a_second"]
    cost = found["echo"]["cpu_us"] / found["evaluation"]["cpu_us"]
    single, several = found["evaluation, ledger"], found[f"batch of {ITEMS}, ledger"]
    columns = ("a_second", "cpu_us", "p50_ms", "p99_ms", "half_p50_ms", "half_p99_ms")
    ranges = [
        f"{name}: p99 at half from {one['half_p99_best_ms']:.1f} to {one['half_p99_worst_ms']:.1f} ms"
        for name, one in found.items()
        if name in ("echo", "evaluation", f"batch of {ITEMS}")
    ]
    table(
        "Serving",
        ("contender", "requests/s", "server cpu µs", "p50 ms", "p99 ms", "p50 at half", "p99 at half"),
        [(name, *(one[column] for column in columns)) for name, one in found.items()],
        [
            f"an evaluation reaches {part:.0%} of the echo's requests a second (rounds {min(parts):.0%} to "
            f"{max(parts):.0%}; by h11 {older:.0%}; goal 60%), by processor time {cost:.0%}",
            f"durable decisions a second: {single['a_second']:,.0f} asked one by one, "
            f"{several['a_second'] * ITEMS:,.0f} in batches (goal 1,000)",
            *ranges,
            f"{CONNECTIONS} connections, {MANY} for single ones with the ledger; one core for the server, one for this",
            f"the machine's load: {', '.join(f'{one:.1f}' for one in os.getloadavg())}",
        ],
    )


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
