"""Access requests over HTTP: dialogues from the denial to the act, held to a table, in one process and in real ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from tests.adapters.requests_kit import TABLE, Process, Talk, World, seen, told

DIALOGUES = [pytest.param(one, id=one["name"]) for one in TABLE["dialogues"]]
EVERYWHERE = [pytest.param(one, id=one["name"]) for one in TABLE["dialogues"] if one.get("everywhere")]
CHIEF = TABLE["grants"]["chief"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a server in this process."""
    made = World(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_dialogue(dialogue: dict[str, Any], world: World) -> None:
    """Each dialogue goes as the table says, and leaves a ledger that is whole and can be derived again."""
    steps = told(dialogue, world)

    assert [(number, one) for number, one, _ in steps] == [(number, one) for number, _, one in steps]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Give a server in a process of its own."""
    made = Process(tmp_path_factory.mktemp("process"))
    yield made
    made.close()


@pytest.mark.parametrize("dialogue", EVERYWHERE)
def test_dialogue_with_a_process(dialogue: dict[str, Any], process: Process) -> None:
    """Dialogues go the same way with a real server, which is killed where the table says that it begins anew."""
    steps = told(dialogue, process)

    assert [(number, one) for number, one, _ in steps] == [(number, one) for number, _, one in steps]


def test_a_kill_under_load_loses_no_request(tmp_path: Path) -> None:
    """Killed while requests come in, the server knows each that it acknowledged, and a key is still one request."""
    process = Process(tmp_path)
    talk = Talk(process)
    talk.ask()
    acknowledged: dict[str, str] = {}

    def send(number: int) -> None:
        for turn in range(100):
            key = f"key-{number}-{turn % 10}"
            try:
                answer = Talk.request(_copy(talk), Idempotency_Key=key)
            except httpx.TransportError:
                return
            acknowledged[key] = answer.json()["task"]["id"]

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    while len(acknowledged) < 8:
        time.sleep(0.01)
    process.process.kill()  # type: ignore[union-attr]
    for one in threads:
        one.join()
    process.restart()
    again = {key: _copy(talk).request(Idempotency_Key=key).json()["task"]["id"] for key in acknowledged}
    process.close()

    assert acknowledged == again
    assert len(acknowledged) == len(set(acknowledged.values()))


def _copy(talk: Talk) -> Talk:
    """Return another talk about the same denial."""
    made = Talk(talk.world, "export", talk.departments)
    made.denial = talk.denial
    return made


def test_many_at_once_make_one_request_and_do_one_act(tmp_path: Path) -> None:
    """Of several that send one key at once all get one task; of several that redeem one approval one may act."""
    process = Process(tmp_path, "--workers", "2")
    talk = Talk(process, "operate")
    talk.ask()

    def request(_: int) -> tuple[int, str]:
        made = Talk(process, "operate")
        made.denial = talk.denial
        answer = made.request(Idempotency_Key="once")
        return answer.status_code, made.task

    with ThreadPoolExecutor(8) as pool:
        tasks = set(pool.map(request, range(16)))
        ((status, talk.task),) = tasks
        assert talk.event(CHIEF).json()["refused"] is None
        assert "approved" == seen(talk.look())["task"]
        permitted = [one["decision"] for one in pool.map(lambda _: talk.redeem(), range(16))]
    cases = process.send("approve harbor", "GET", "/v1/cases").json()["cases"]
    process.close()

    assert (202, 1, 1) == (status, permitted.count(True), len(cases))
