"""The client when something is wrong: what is no answer, what is not sent twice, what cannot be asked or set."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from tests.adapters.client_kit import (
    ALICE,
    ALLOWED,
    LOCAL,
    PLATE,
    REQUEST,
    SEARCH,
    answering,
    client_of,
    saying,
    served_by,
)
from tests.adapters.http_kit import NOON, service

from alpr_policy_adapters.client import (
    AnswerError,
    AsyncPolicyClient,
    ClientError,
    CredentialsError,
    PolicyClient,
    QuestionError,
    RefusedError,
    SettingError,
    Settings,
    TimedOutError,
    UnreachableError,
    asks,
)
from alpr_policy_adapters.client.settings import Bearer
from alpr_policy_adapters.http import TokenFile, new_token

SERVED = service()


# What is no answer


@pytest.mark.parametrize(
    ("body", "status", "headers", "error"),
    [
        pytest.param(b"", 200, {}, AnswerError, id="nothing"),
        pytest.param(b"{", 200, {}, AnswerError, id="half"),
        pytest.param(b"[]", 200, {}, AnswerError, id="a list"),
        pytest.param(b"[" * 100_000, 200, {}, AnswerError, id="too deep"),
        pytest.param(b'{"decision":false,"decision":true}', 200, {}, AnswerError, id="a key that stands twice"),
        pytest.param(b'{"decision":true,"context":{"x":NaN}}', 200, {}, AnswerError, id="no number"),
        pytest.param({}, 200, {}, AnswerError, id="no decision"),
        pytest.param({"decision": "true"}, 200, {}, AnswerError, id="a decision in words"),
        pytest.param({"decision": 1}, 200, {}, AnswerError, id="a decision that is a number"),
        pytest.param({"decision": True, "context": []}, 200, {}, AnswerError, id="a context that is a list"),
        pytest.param({"decision": True, "context": {"outcome": "deny"}}, 200, {}, AnswerError, id="contradiction"),
        pytest.param({"decision": False, "context": {"outcome": "allow"}}, 200, {}, AnswerError, id="the reverse"),
        pytest.param({"decision": True, "context": {"outcome": "maybe"}}, 200, {}, AnswerError, id="unknown outcome"),
        pytest.param({"decision": True, "context": {"error": {"status": 400}}}, 200, {}, AnswerError, id="an error"),
        pytest.param({"decision": True, "context": {"obligations": {}}}, 200, {}, AnswerError, id="odd obligations"),
        pytest.param({"decision": True, "context": {"obligations": [{}]}}, 200, {}, AnswerError, id="no task"),
        pytest.param({"decision": True, "context": {"obligations": [7]}}, 200, {}, AnswerError, id="no obligation"),
        pytest.param(ALLOWED, 200, {"content_type": "text/html"}, AnswerError, id="another kind"),
        pytest.param(gzip.compress(b'{"decision":true}'), 200, {"content_encoding": "gzip"}, AnswerError, id="packed"),
        pytest.param(ALLOWED, 201, {}, RefusedError, id="created"),
        pytest.param(b"", 204, {}, RefusedError, id="no content"),
        pytest.param(ALLOWED, 302, {"location": "http://localhost/x"}, RefusedError, id="a redirect is not followed"),
        pytest.param(ALLOWED, 400, {}, RefusedError, id="malformed"),
        pytest.param(ALLOWED, 401, {}, CredentialsError, id="no token"),
        pytest.param(ALLOWED, 403, {}, CredentialsError, id="no scope"),
        pytest.param(ALLOWED, 429, {"retry_after": "7"}, RefusedError, id="too often"),
        pytest.param(ALLOWED, 500, {}, RefusedError, id="a fault"),
        pytest.param(ALLOWED, 503, {}, RefusedError, id="not now"),
    ],
)
def test_what_is_no_answer_permits_nothing(body: Any, status: int, headers: Any, error: type[ClientError]) -> None:
    """Whatever is not a decision with status 200 raises its error, and is a no where a permission is asked for."""
    client = saying(body, status, **headers)
    with pytest.raises(error) as raised:
        client.evaluate(ALICE, SEARCH, PLATE)
    permission = client.permitted(ALICE, SEARCH, PLATE)

    assert (False, raised.value.why) == (permission.granted, permission.why)
    assert 36 == len(raised.value.request_id)
    if isinstance(raised.value, RefusedError):
        assert (status, 7.0 if status == 429 else None) == (raised.value.status, raised.value.retry_after)


@pytest.mark.parametrize(
    "change",
    [
        {"proceed": True, "outcome": "deny"},
        {"outcome": "other"},
        {"mode": "observe"},
        {"action": "data.export"},
        {"request_id": "mark-2"},
        {"reasons": "none"},
        {"needs": [{"kind": 7}]},
        {"obligations": None, "ledger": {"row": True}},
    ],
)
def test_a_native_answer_that_is_none(change: dict[str, Any]) -> None:
    """An answer that contradicts itself, is to another question, or has parts of another kind is no answer."""
    good = {"outcome": "allow", "proceed": True, "mode": "enforce", "action": "search.run", "request_id": "mark-1"}

    assert saying(good).allowed(REQUEST)
    assert not saying({**good, **change}).allowed(REQUEST)


@pytest.mark.parametrize(
    ("semantic", "given", "is_answer"),
    [
        ("execute_all", [True, True], True),
        ("execute_all", [True], False),
        ("execute_all", [True, True, True], False),
        ("deny_on_first_deny", [True, False], True),
        ("deny_on_first_deny", [False], True),
        ("deny_on_first_deny", [True], False),
        ("deny_on_first_deny", [False, True], False),
        ("permit_on_first_permit", [True], True),
        ("permit_on_first_permit", [False], False),
        ("permit_on_first_permit", [], False),
    ],
)
def test_a_batch_has_as_many_answers_as_it_must(semantic: str, given: list[bool], is_answer: bool) -> None:
    """A batch that is cut short, or ends elsewhere than where it must, is no answer."""
    client = saying({"evaluations": [{"decision": one} for one in given]})
    items = [{"resource": PLATE}, {"resource": PLATE}]
    if is_answer:
        found = client.evaluate_all(items, subject=ALICE, action=SEARCH, semantic=semantic)
        assert given == [one.proceed for one in found]
    else:
        with pytest.raises(AnswerError):
            client.evaluate_all(items, subject=ALICE, action=SEARCH, semantic=semantic)


def test_what_is_unknown_is_kept() -> None:
    """Keys that the client does not know are kept, and a server of another make is understood."""
    found = saying({"decision": True, "context": {"outcome": "allow", "x": 1, "reasons": [{"y": 2}]}, "z": 3})
    other = saying({"decision": True, "context": {"reason": {"en": "fine"}, "obligations": [{"id": "1", "type": "t"}]}})
    one, two = found.evaluate(ALICE, SEARCH, PLATE), other.evaluate(ALICE, SEARCH, PLATE)

    assert {"x": 1, "z": 3} == one.more
    assert {"y": 2} == one.reasons[0].more
    assert ("", {"reason": {"en": "fine"}}) == (two.outcome, two.more)
    assert not other.permitted(ALICE, SEARCH, PLATE)
    assert other.permitted(ALICE, SEARCH, PLATE, able="t")


def test_an_answer_that_has_no_end() -> None:
    """An answer beyond the bound is broken off, and pages that lead in a circle come to an end."""
    large = saying({"decision": True, "context": {"outcome": "allow", "x": "y" * 3000}})
    large.core.settings = Settings(url=LOCAL, most=2000)
    circle = saying({"page": {"next_token": "a"}, "results": [{"id": "x"}]})

    assert "more than 2,000 bytes" in large.permitted(ALICE, SEARCH, PLATE).why
    with pytest.raises(AnswerError):
        list(circle.search_subjects("officer", SEARCH, PLATE))


# What is sent twice


def _failing(error: type[httpx.TransportError], times: int) -> tuple[Callable[..., httpx.Response], list[str]]:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        if len(seen) <= times:
            raise error("TEST01")
        return httpx.Response(200, json={"text": "", "for": "officer"} if "explain" in request.url.path else ALLOWED)

    return handler, seen


@pytest.mark.parametrize(
    ("error", "question", "sent"),
    [
        (httpx.ConnectError, "act", 2),
        (httpx.ConnectTimeout, "act", 2),
        (httpx.PoolTimeout, "act", 2),
        (httpx.ReadError, "act", 1),
        (httpx.ReadTimeout, "act", 1),
        (httpx.WriteError, "act", 1),
        (httpx.RemoteProtocolError, "act", 1),
        (httpx.ReadError, "question", 2),
        (httpx.ReadTimeout, "question", 2),
    ],
)
def test_what_may_have_been_recorded_is_not_sent_again(
    error: type[httpx.TransportError], question: str, sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act is sent again only if it never left; a question that leaves no trace is asked again."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    handler, seen = _failing(error, 1)
    client = answering(handler)
    if question == "act":
        assert (sent == 2) is client.permitted(ALICE, SEARCH, PLATE).granted
    else:
        client.explain(REQUEST)

    assert sent == len(seen)


def test_an_outage_says_whether_anything_was_sent() -> None:
    """Errors of the way tell whether the question may have arrived, and nothing of what was asked."""
    for error, was_sent, kind in (
        (httpx.ConnectError, False, UnreachableError),
        (httpx.ReadTimeout, True, TimedOutError),
    ):
        handler, _ = _failing(error, 9)
        with pytest.raises(kind) as raised:
            answering(handler, retries=0).evaluate(ALICE, SEARCH, PLATE)
        assert was_sent is raised.value.was_sent
        assert "TEST01" not in str(raised.value)


def test_what_never_answers_is_broken_off() -> None:
    """An answer that does not come in time is broken off, whole and not only between two of its bytes."""

    async def slowly(*_: Any) -> httpx.Response:
        await asyncio.sleep(5)
        raise AssertionError("it was not broken off")

    async def asked() -> Any:
        async with AsyncPolicyClient(LOCAL, transport=httpx.MockTransport(slowly), timeout=0.05) as client:
            return await client.permitted(ALICE, SEARCH, PLATE)

    assert "the server did not answer in time" == asyncio.run(asked()).why


# What shows who asks


def test_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token is taken from the argument, a file that may change, or the environment, in this order."""
    path = tmp_path / "token"
    path.write_text("from-file\n", encoding="ascii")
    both = {"ALPR_POLICY_TOKEN": "from-env", "ALPR_POLICY_TOKEN_FILE": str(path)}

    def shown(environment: dict[str, str] | None = None, **more: Any) -> str:
        header = Bearer(Settings(url=LOCAL, **more), environment or {}).header()
        return header.get("Authorization", "").removeprefix("Bearer ")

    assert "" == shown()
    assert "told" == shown(both, token="told", token_file=path)
    assert "from-file" == shown(both, token_file=path)
    assert "from-env" == shown(both)
    assert "from-file" == shown({"ALPR_POLICY_TOKEN_FILE": str(path)})
    bearer = Bearer(Settings(url=LOCAL, token_file=path), {})
    path.write_text("another-one\n", encoding="ascii")
    assert {"Authorization": "Bearer another-one"} == bearer.header()
    path.unlink()
    with pytest.raises(SettingError):
        bearer.header()


def test_a_token_opens_what_it_is_for(tmp_path: Path) -> None:
    """A token with its scope is let in, one without is told so, and no text of an error or a setting holds it."""
    text, _ = new_token(tmp_path / "tokens.json", scopes=["decide"], now=NOON)
    served = service(tokens=TokenFile(tmp_path / "tokens.json", lambda: NOON))
    client = client_of(served, token=text)
    with pytest.raises(CredentialsError) as refused:
        client.cases()
    with pytest.raises(CredentialsError):
        client_of(served).evaluate(ALICE, SEARCH, PLATE)

    assert client.evaluate(ALICE, SEARCH, PLATE)
    assert 403 == refused.value.status
    assert text not in repr(client.core.settings) + str(refused.value)


def test_what_is_sent() -> None:
    """A question carries its id, which may be told, and goes to the address with its path, and nowhere else."""
    seen: list[httpx.Request] = []
    client = PolicyClient(f"{LOCAL}/", transport=served_by(SERVED, seen))
    found = client.ask(asks.evaluate(ALICE, SEARCH, PLATE), request_id="mine-1")
    client.facts("search.run", profile="haven")

    assert "mine-1" == found.asked_as == seen[0].headers["x-request-id"]
    assert f"{LOCAL}/v1/facts?action=search.run&profile=haven" == str(seen[1].url)
    assert "authorization" not in seen[0].headers


@pytest.mark.parametrize(
    "question",
    [
        lambda client: client.decide({"action": "search.run", "at": dt.datetime(2026, 5, 4)}),
        lambda client: client.decide({"action": "search.run", "facts": {"x": object()}}),
        lambda client: client.decide({"action": "search.run", "facts": {"x": float("nan")}}),
        lambda client: client.case(".."),
        lambda client: client.case(""),
        lambda client: client.case("a/b"),
        lambda client: client.case("a\nb"),
        lambda client: client.ask(asks.cases(), request_id="a b"),
    ],
)
def test_what_cannot_be_asked(question: Callable[[PolicyClient], Any]) -> None:
    """What JSON cannot hold, a time without an offset and a name that is none are refused before anything is sent."""
    seen: list[httpx.Request] = []
    with pytest.raises(QuestionError):
        question(PolicyClient(LOCAL, transport=served_by(SERVED, seen)))

    assert [] == seen


@pytest.mark.parametrize(
    "options",
    [
        {"url": "policy.example.org"},
        {"url": "ftp://policy.example.org"},
        {"url": "https://"},
        {"url": "https://user:secret@policy.example.org"},
        {"url": "https://policy.example.org?x=1"},
        {"url": "https://policy.example.org:99999"},
        {"url": "http://policy.example.org"},
        {"url": LOCAL, "timeout": 0},
        {"url": LOCAL, "retries": -1},
        {"url": LOCAL, "token": "two words"},
        {"url": LOCAL, "token": ""},
        {"url": LOCAL, "token": "a\r\nX: y"},
        {"url": LOCAL, "token_file": Path("none-here")},
        {"url": LOCAL, "client_key": Path("key.pem")},
        {"url": LOCAL, "ca_file": Path("none-here")},
        {"url": LOCAL, "client_cert": Path("none-here")},
    ],
)
def test_what_cannot_be_set(options: dict[str, Any]) -> None:
    """Addresses, times, tokens and certificates that cannot be used are refused at the start."""
    url = options.pop("url")
    with pytest.raises(SettingError):
        PolicyClient(url, **options)


def test_a_certificate_is_checked_unless_told_otherwise() -> None:
    """Certificates are checked against those of the system, plain http goes nowhere else unless told so."""
    loose = Settings(url="https://policy.example.org", verify=False).ssl_context()

    assert Settings(url="https://policy.example.org").ssl_context() is True
    assert isinstance(loose, ssl.SSLContext)
    assert ssl.CERT_NONE == loose.verify_mode
    assert "http://pdp:8181" == Settings(url="http://pdp:8181", plain_http=True).base


# Where the endpoints are


def _metadata(**change: str) -> dict[str, str]:
    base = "https://pdp.example.org"
    known = {"policy_decision_point": base, "access_evaluation_endpoint": f"{base}/authz/v1/one"}
    return {**known, **change}


def _discovering(told: dict[str, str], url: str = "https://pdp.example.org") -> tuple[PolicyClient, list[str]]:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json=told if "well-known" in request.url.path else ALLOWED)

    return PolicyClient(url, transport=httpx.MockTransport(handler)), seen


def test_endpoints_are_where_the_metadata_says() -> None:
    """Once asked for, the metadata says where to ask; a path of the address goes behind the well-known one."""
    client, seen = _discovering(_metadata())
    client.discover()
    client.evaluate(ALICE, SEARCH, PLATE)
    tenant, asked = _discovering(
        _metadata(policy_decision_point="https://pdp.example.org/a"), "https://pdp.example.org/a"
    )
    tenant.discover()

    assert "https://pdp.example.org/authz/v1/one" == seen[-1]
    assert "https://pdp.example.org/.well-known/authzen-configuration/a" == asked[0]


@pytest.mark.parametrize(
    "change",
    [
        {"policy_decision_point": "https://other.example.org"},
        {"access_evaluation_endpoint": "https://other.example.org/access/v1/evaluation"},
        {"access_evaluation_endpoint": "http://pdp.example.org/access/v1/evaluation"},
        {"access_evaluation_endpoint": "https://pdp.example.org:8443/access/v1/evaluation"},
        {"search_subject_endpoint": "https://pdp.example.org@other.example.org/"},
        {"search_subject_endpoint": "/access"},
    ],
)
def test_metadata_leads_nowhere_else(change: dict[str, str]) -> None:
    """Metadata of another server, or that leads to one, is refused, since the token would go there."""
    client, _ = _discovering(_metadata(**change))
    with pytest.raises(AnswerError):
        client.discover()

    assert {} == client.core.endpoints
