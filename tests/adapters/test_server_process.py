"""A server as it runs: a process with a ledger that is killed under load, ended, told to look anew, several at once."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from tests.adapters.cli_kit import run
from tests.adapters.http_kit import HAVEN
from tests.adapters.ledger_kit import opened, place_of
from tests.adapters.serving_kit import SECONDS, server, until

from alpr_policy.errors import ExitCode
from alpr_policy_adapters.ledger import Kind, Ledger, Wanted, recompute, verify

EVALUATION = {
    "subject": {"type": "officer", "id": "zoe", "properties": {"sworn": True}},
    "action": {"name": "search.run", "properties": {"purpose": "criminal_investigation", "reason.recorded": True}},
    "resource": {"type": "plate", "id": "TEST01"},
}


class Load:
    """Asks from several threads until the server is gone, and keeps the rows that were acknowledged."""

    def __init__(self, url: str, threads: int = 4) -> None:
        self.rows: list[int] = []
        self.broken = self.unfinished = 0
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._ask, args=(url, number)) for number in range(threads)]
        for one in self.threads:
            one.start()

    def _ask(self, url: str, number: int) -> None:
        with httpx.Client(base_url=url, trust_env=False, timeout=SECONDS) as client:
            while not self.stop.is_set():
                try:
                    answer = client.post("/access/v1/evaluation", json=EVALUATION)
                except httpx.ConnectError:
                    return
                except httpx.TransportError:
                    self.broken += 1
                    return
                if answer.status_code == 200:
                    self.rows.append(answer.json()["context"]["ledger"]["row"])
                else:
                    self.unfinished += 1

    def join(self) -> list[int]:
        """Wait for all threads, and return the rows."""
        for one in self.threads:
            one.join(SECONDS)
        return self.rows


def _kept(place: str) -> set[int]:
    ledger = Ledger.open(place)
    found = {row.seq for row in ledger.rows(Wanted(kinds=frozenset({Kind.DECISION})))}
    assert verify(ledger).is_whole
    assert 0 == len(recompute(ledger).different)
    ledger.close()
    return found


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_a_kill(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Killed under load, twice, each decision that was answered stands in the ledger, which is whole."""
    place = place_of(backend, tmp_path, lambda: request.getfixturevalue("postgres"))
    opened(place).close()
    told: list[int] = []
    for seed in range(2):
        with server("--open", "--no-log", "--ledger", place) as (process, url, _):
            load = Load(url)
            until(lambda load=load: len(load.rows) > 5)
            time.sleep(random.Random(seed).random() * 0.2)
            process.kill()
            told += load.join()

    assert 10 < len(told)
    assert len(told) == len(set(told))
    assert set() == set(told) - _kept(place)


def test_a_signal_ends_it_and_finishes_what_was_begun(tmp_path: Path) -> None:
    """SIGTERM under load: each row that is kept was acknowledged, since what was begun is answered; the end is 0."""
    place = str(tmp_path / "ledger.db")
    opened(place).close()
    with server("--open", "--no-log", "--ledger", place) as (process, url, lines):
        load = Load(url)
        until(lambda: len(load.rows) > 20)
        process.send_signal(signal.SIGTERM)
        code = process.wait(SECONDS)
        told = load.join()
        until(lambda: lines[-1]["event"] == "ended")

    assert 0 == code
    assert _kept(place) == set(told)


def test_several_processes_share_a_ledger(tmp_path: Path) -> None:
    """Two processes answer on one socket, one that dies comes again, and all rows are there once."""
    place = str(tmp_path / "ledger.db")
    opened(place).close()
    with server("--open", "--workers", "2", "--ledger", place) as (process, url, lines):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            pytest.skip("this system does not tell the children of a process")
        os.kill(int(children.read_text().split()[0]), signal.SIGKILL)
        load = Load(url)
        until(lambda: any(one["event"] == "worker-died" for one in lines) and len(load.rows) > 10)
        load.stop.set()
        told = load.join()
        process.send_signal(signal.SIGTERM)
        code = process.wait(SECONDS)

    assert 0 == code
    assert set() == set(told) - _kept(place)


def test_a_changed_text_is_taken_up_and_a_broken_one_is_not(tmp_path: Path) -> None:
    """While it runs, a changed profile decides from then on; a broken one leaves the last good one, and is counted."""
    policy = tmp_path / "haven.yaml"
    good = HAVEN.read_text(encoding="utf-8")
    policy.write_text(good, encoding="utf-8")
    with server("--open", "--watch", "0.05", policy=policy) as (process, url, lines):

        def decision() -> bool:
            answer = httpx.post(f"{url}/access/v1/evaluation", json=EVALUATION, trust_env=False)
            return bool(answer.json()["decision"])

        assert decision()
        policy.write_text(good.replace("requester.sworn: false", "requester.sworn: true"), encoding="utf-8")
        until(lambda: not decision())
        policy.write_text("language: 1\n", encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        until(lambda: "alpr_profiles_fault 1" in httpx.get(f"{url}/metrics", trust_env=False).text)
        until(lambda: any(one["event"] == "log" for one in lines))

        assert not decision()


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--open", "--host", "0.0.0.0"),
        ("--open", "--tokens", "none.json"),
        ("--open", "--tls-cert", "cert.pem"),
        ("--open", "--public-url", "http://policy.example.org"),
    ],
)
def test_what_must_not_be_served(words: tuple[str, ...]) -> None:
    """Without tokens on a network, with half a certificate, or under an address without TLS it does not start."""
    result = run("serve", "--profile", "haven", "--policies", str(HAVEN), "--port", "0", *words)

    assert ExitCode.USAGE == result.exit_code


def test_tokens_on_the_command_line(tmp_path: Path) -> None:
    """`token` makes, lists and takes back, and tells the token once."""
    place = ("--tokens", str(tmp_path / "tokens.json"))
    made = json.loads(run("token", "new", *place, "--scope", "decide", "--name", "records", "--json").stdout)
    text = run("token", "new", *place, "--scope", "audit", "--days", "3").stdout.strip()
    listed = json.loads(run("token", "list", *place, "--json").stdout)

    assert [made["id"], text.split("_")[1]] == [one["id"] for one in listed]
    assert "2 tokens" in run("token", "list", *place).stdout
    assert made["token"] not in run("token", "list", *place, "--json").stdout
    assert ExitCode.OK == run("token", "revoke", made["id"], *place).exit_code
    assert ExitCode.USAGE == run("token", "revoke", made["id"], *place).exit_code
    assert ExitCode.BAD_INPUT == run("token", "list", "--tokens", str(tmp_path / "none.json")).exit_code
