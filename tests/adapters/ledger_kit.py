"""What the tests of the ledger share: small rows, places for ledgers, and writers that are killed."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.adapters.postgres_server import Postgres

from alpr_policy_adapters.ledger import Kind, Ledger, NewRow, PersonalValue, Sort
from alpr_policy_adapters.ledger.canonical import sha256

AT = dt.datetime(2026, 5, 4, 14, 0, tzinfo=dt.UTC)


def duty(number: int = 0, **more: Any) -> NewRow:
    """Return a small row with a person, a plate and a note."""
    personal = {
        "/by": PersonalValue(f"officer-{number % 7}", Sort.PERSON),
        "/plate": PersonalValue(f"4KAN{number % 900 + 100}", Sort.PLATE),
        "/note": f"note {number}",
    }
    return NewRow(**{"kind": Kind.DUTY, "happened": AT, "body": {"number": number}, "personal": personal, **more})


def step(case: str, revision: int, number: int = 0) -> NewRow:
    """Return a row that takes a step of a case."""
    return duty(number, kind=Kind.CASE_EVENT, case=(case, revision))


def with_text(text: str) -> NewRow:
    """Return a row that rests on a text."""
    digest = sha256(text)
    return NewRow(kind=Kind.PROFILE_CHANGE, happened=AT, body={"texts": digest}, texts={digest: text})


def opened(place: str, **more: Any) -> Ledger:
    """Make a ledger and open it."""
    return Ledger.open(place, create=True, **more)


def place_of(backend: str, folder: Path, server: Callable[[], Postgres]) -> str:
    """Return where a new ledger is to be."""
    return str(folder / "ledger.db") if backend == "sqlite" else server().database()


def in_child(work: Callable[[int], None]) -> tuple[int, int]:
    """Run some work in a process of its own that writes to a pipe; return its id and the other end of the pipe."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    try:
        os.close(read)
        work(write)
        os._exit(0)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        os._exit(1)


def killed_writer(place: str, seed: int) -> list[str]:
    """Let a process write until it is killed at random, and return what it acknowledged: numbers and hashes of rows."""
    draw = random.Random(seed)
    child, pipe = in_child(lambda write: _write_on(place, seed, write))
    with os.fdopen(pipe, "rb") as said:
        first = said.readline()
        time.sleep(draw.random() * 0.06)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = (first + said.read()).decode().split("\n")
    return [line for line in lines[:-1] if line]  # a line without its end was not acknowledged


def _write_on(place: str, seed: int, write: int) -> None:
    """Append rows of all sorts, telling of each row once it is acknowledged."""
    draw, ledger, number = random.Random(seed), Ledger.open(place), 0
    case, revision = f"case-{seed}", 0
    while True:
        number += 1
        rows = [duty(number + one) for one in range(draw.choice((1, 1, 3)))]
        if draw.random() < 0.3:
            revision += 1
            rows.append(step(case, revision, number))
        if draw.random() < 0.1:
            rows.append(with_text(f"text {seed} {number}"))
        receipts = list(ledger.append(rows))
        if draw.random() < 0.2:
            purged = ledger.purge([receipts[0].seq], cite=["V"], by="clerk", at=AT)
            assert purged is not None
            receipts.append(purged)
        os.write(write, "".join(f"{one.seq} {one.hash}\n" for one in receipts).encode())
