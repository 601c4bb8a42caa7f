"""A client and a server as they run: over TLS, from many threads at once, and when the server is gone."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("cryptography", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from tests.adapters.cli_kit import PROGRAM, environment
from tests.adapters.client_kit import PLATE, SEARCH
from tests.adapters.http_kit import HAVEN
from tests.adapters.ledger_kit import opened

from alpr_policy_adapters.client import AsyncPolicyClient, Entity, PolicyClient, UnreachableError
from alpr_policy_adapters.http import new_token
from alpr_policy_adapters.ledger import Kind, Ledger, Wanted

ZOE = Entity("officer", "zoe", {"sworn": True})
SECONDS = 60


def certified(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of this machine's own address, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alpr-policy test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    certificate, private = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(*secret))
    return certificate, private


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """Run a server with TLS, tokens and a ledger; give the process, and what a client of it is made with."""
    opened(str(tmp_path / "ledger.db")).close()
    text, _ = new_token(tmp_path / "tokens.json", scopes=["decide"], now=dt.datetime.now(dt.UTC))
    certificate, key = certified(tmp_path)
    words = ["--tokens", tmp_path / "tokens.json", "--ledger", tmp_path / "ledger.db", "--no-log"]
    words += ["--tls-cert", certificate, "--tls-key", key, "--policies", HAVEN, "--profile", "haven", "--port", "0"]
    command = [*PROGRAM, "serve", *map(str, words)]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    url = json.loads(process.stderr.readline())["url"]
    reading = threading.Thread(target=process.stderr.read, daemon=True)
    reading.start()
    options = {"url": url, "token": text, "ca_file": certificate, "timeout": SECONDS}
    try:
        with PolicyClient(**options) as client:
            end = time.monotonic() + SECONDS
            while not client.ready():
                assert time.monotonic() < end, "the server did not come"
                time.sleep(0.05)
        yield process, options
    finally:
        process.kill()
        process.wait(SECONDS)
        reading.join(SECONDS)
        process.stderr.close()


def test_over_tls_from_many_threads(running: tuple[Any, dict[str, Any]], tmp_path: Path) -> None:
    """Threads that share a client get each their own answer; every row that they are told is in the ledger."""
    _, options = running
    told: list[tuple[bool, str, int | None]] = []

    def ask(client: PolicyClient, who: Entity) -> None:
        for _ in range(10):
            decision = client.evaluate(who, SEARCH, PLATE)
            told.append((decision.proceed, decision.asked_as, decision.row))

    subjects = [ZOE, Entity("officer", "yan", {"sworn": False})]
    with PolicyClient(**options) as client:
        threads = [threading.Thread(target=ask, args=(client, subjects[number % 2])) for number in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(SECONDS)
    ledger = Ledger.open(str(tmp_path / "ledger.db"))
    rows = {one.seq for one in ledger.rows(Wanted(kinds=frozenset({Kind.DECISION})))}
    ledger.close()

    assert 40 == len(told) == len({asked for _, asked, _ in told}) == len({row for *_, row in told})
    assert 20 == sum(proceed for proceed, *_ in told)
    assert {row for *_, row in told} == rows


def test_a_certificate_that_nobody_vouches_for(running: tuple[Any, dict[str, Any]]) -> None:
    """Without the authority that signed it, the certificate is refused before anything is sent; it can be waived."""
    _, options = running
    known = {**options, "ca_file": None}
    with PolicyClient(**known) as client, pytest.raises(UnreachableError) as refused:
        client.evaluate(ZOE, SEARCH, PLATE)
    with PolicyClient(**known, verify=False) as client:
        waived = client.permitted(ZOE, SEARCH, PLATE)

    assert not refused.value.was_sent
    assert waived


def test_a_server_that_is_gone(running: tuple[Any, dict[str, Any]]) -> None:
    """When the server is killed, whoever waits and whoever awaits is told no, and why, and no more than that."""
    process, options = running

    async def awaited() -> list[bool]:
        async with AsyncPolicyClient(**options) as client:
            before = await client.permitted(ZOE, SEARCH, PLATE)
            process.kill()
            process.wait(SECONDS)
            return [bool(before), bool(await client.permitted(ZOE, SEARCH, PLATE))]

    assert [True, False] == asyncio.run(awaited())
    with PolicyClient(**options) as client:
        assert "the server cannot be reached" == client.permitted(ZOE, SEARCH, PLATE).why
        assert not client.ready()
