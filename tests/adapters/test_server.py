"""The server around the questions: who is let in, what is bounded, counted and logged; and the native API."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.http_kit import NOON, ask, point, service, validator

from alpr_policy.model.request import Request
from alpr_policy_adapters.http import SCOPES, Answer, Limits, TokenFile, new_token, openapi, openapi_text, revoke_token
from alpr_policy_adapters.http.judging import Wish
from alpr_policy_adapters.http.limits import Rates, Refusal
from alpr_policy_adapters.http.routes import ROUTES
from alpr_policy_adapters.http.tokens import TokenError, digest_of, read_tokens

SERVED = service()
EVALUATION = {
    "subject": {"type": "officer", "id": "alice"},
    "action": {"name": "search.run", "properties": {"purpose": "criminal_investigation", "reason.recorded": True}},
    "resource": {"type": "plate", "id": "TEST01"},
}
REQUEST = {
    "action": "search.run",
    "at": "2026-05-04T10:00:00-04:00",
    "facts": {"purpose": "criminal_investigation", "reason.recorded": True, "requester.id": "alice"},
}
POSTS = [rule.path for rule in ROUTES if rule.method == "POST" and "{" not in rule.path]


def held(text: str) -> dict[str, str]:
    """Return the header that shows a token."""
    return {"Authorization": f"Bearer {text}"}


def made(tmp_path: Path, *scopes: str, **more: Any) -> tuple[str, TokenFile]:
    """Make a token in a file of its own."""
    path = tmp_path / "tokens.json"
    text, _ = new_token(path, scopes=scopes, now=NOON, **more)
    return text, TokenFile(path, lambda: NOON)


# Who is let in


@pytest.mark.parametrize(
    "header", [None, "Basic YTpi", "Bearer", "Bearer ", "Bearer x", f"Bearer alpr_{'0' * 12}_{'0' * 64}"]
)
def test_without_a_token_nothing_is_answered(tmp_path: Path, header: str | None) -> None:
    """No token, or none that counts, is 401 with WWW-Authenticate on every route that needs one, whatever is asked."""
    _, tokens = made(tmp_path, *SCOPES)
    headers = {} if header is None else {"Authorization": header}
    for rule in ROUTES:
        answer = ask(service(tokens=tokens), rule.method, rule.path.replace("{", "").replace("}", ""), headers=headers)
        assert (401 if rule.needs_token else 200) == answer.status_code
        assert rule.needs_token is answer.headers.get("www-authenticate", "").startswith("Bearer ")


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_its_own(tmp_path: Path, scope: str) -> None:
    """A token opens the routes of its scope, and is 403 on those of the others."""
    text, tokens = made(tmp_path, scope)
    for rule in ROUTES:
        if rule.scope is not None:
            answer = ask(service(tokens=tokens), rule.method, rule.path, headers=held(text), json={})
            assert (403 == answer.status_code) is (scope != rule.scope)


def test_a_token_ends(tmp_path: Path) -> None:
    """A token past its time, one that was taken back, and one for a department not served open nothing."""
    over, tokens = made(tmp_path, "decide", expires=NOON)
    gone, record = new_token(tokens.path, scopes=["decide"], now=NOON)
    other, _ = new_token(tokens.path, scopes=["decide"], now=NOON, departments=["elsewhere"])
    assert revoke_token(tokens.path, record.id)
    assert not revoke_token(tokens.path, record.id)
    fresh = service(tokens=TokenFile(tokens.path, lambda: NOON))
    codes = [
        ask(fresh, "POST", "/access/v1/evaluation", headers=held(one), json=EVALUATION).status_code
        for one in (over, gone, other)
    ]

    assert [401, 401, 403] == codes


def test_a_file_of_tokens_tells_no_token(tmp_path: Path) -> None:
    """The file holds the digest and nothing of the text, its owner alone can read it, and `list` could tell neither."""
    text, tokens = made(tmp_path, "decide", name="records")
    kept = tokens.path.read_text(encoding="utf-8")

    assert text[-64:] not in kept
    assert digest_of(text) in kept
    assert 0o600 == tokens.path.stat().st_mode & 0o777
    assert [("records", ("decide",))] == [(one.name, one.scopes) for one in read_tokens(tokens.path)]


def test_a_file_of_tokens_that_breaks_lets_nobody_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the file cannot be read nobody is let in, readiness says so; when it can be, they are again."""
    text, tokens = made(tmp_path, "decide")
    monkeypatch.setattr("alpr_policy_adapters.http.tokens.LOOK_EVERY", -1.0)
    tokens._next = 0.0
    good, served = tokens.path.read_text(encoding="utf-8"), service(tokens=tokens)
    codes = []
    for content in (good, "{", good):
        tokens.path.write_text(content, encoding="utf-8")
        codes.append(ask(served, "POST", "/access/v1/evaluation", headers=held(text), json=EVALUATION).status_code)
        codes.append(ask(served, "GET", "/ready").status_code)

    assert [200, 200, 503, 503, 200, 200] == codes


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "tokens": []}', '{"version": 1, "tokens": [{"id": "x"}]}'])
def test_a_bad_file_of_tokens(tmp_path: Path, text: str) -> None:
    """A file that holds no tokens is refused as a whole."""
    path = tmp_path / "tokens.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TokenError):
        read_tokens(path)


# Bounds


def test_a_body_that_is_too_large() -> None:
    """A body above the limit is 413, whether its length is told or not."""
    small = service(limits=Limits(body=1000))
    kind = {"content-type": "application/json"}

    async def parts() -> Any:
        for _ in range(20):
            yield b" " * 100

    told = ask(small, "POST", "/v1/decide", content=b" " * 1001, headers=kind)
    untold = ask(small, "POST", "/v1/decide", content=parts(), headers=kind)

    assert (413, 413) == (told.status_code, untold.status_code)


@pytest.mark.parametrize(("levels", "status"), [(30, 200), (60, 400), (100_000, 400)])
def test_a_body_that_is_too_deep(levels: int, status: int) -> None:
    """A body that is nested too deep is 400; what is nested less is ignored like any unknown key."""
    deep = "[" * levels + "]" * levels
    body = json.dumps(EVALUATION)[:-1] + f', "x": {deep}}}'
    answer = ask(SERVED, "POST", "/access/v1/evaluation", content=body, headers={"content-type": "application/json"})

    assert status == answer.status_code


def test_a_body_that_takes_too_long() -> None:
    """A body that does not come in time is 408."""
    import asyncio

    async def slowly() -> Any:
        yield b"{"
        await asyncio.sleep(5)

    answer = ask(
        service(limits=Limits(seconds=0.05)),
        "POST",
        "/v1/decide",
        content=slowly(),
        headers={"content-type": "application/json"},
    )

    assert 408 == answer.status_code


def test_rates() -> None:
    """A caller may ask as often as the rate says, and is told how long to wait; others are not held up."""
    now = [0.0]
    rates = Rates(2.0, lambda: now[0])
    rates.take("a")
    rates.take("a")
    with pytest.raises(Refusal) as refused:
        rates.take("a")
    rates.take("b")
    now[0] = 0.6
    rates.take("a")

    assert (429, {"Retry-After": "1"}) == (refused.value.status, refused.value.headers)
    assert [200, 429] == [ask(one, "GET", "/v1/facts").status_code for one in [service(limits=Limits(rate=1.0))] * 2]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
WORDS = (
    "subject",
    "action",
    "resource",
    "context",
    "evaluations",
    "options",
    "page",
    "at",
    "facts",
    "departments",
    "text",
)


@settings(max_examples=150)
@given(
    path=st.sampled_from(POSTS),
    body=st.binary(max_size=60)
    | st.dictionaries(st.sampled_from(WORDS), JSON, max_size=7).map(lambda one: json.dumps(one).encode())
    | st.fixed_dictionaries({"subject": JSON, "action": JSON, "resource": JSON, "context": JSON}).map(
        lambda one: json.dumps({**EVALUATION, **{k: v for k, v in one.items() if v is not None}}).encode()
    )
    | st.dictionaries(st.sampled_from(("time", "facts", "approvals", "departments", "checks")), JSON, max_size=3).map(
        lambda one: json.dumps({**EVALUATION, "context": one}).encode()
    ),
)
def test_no_body_is_a_fault_of_the_server(path: str, body: bytes) -> None:
    """Whatever comes in, the answer is 200 or a refusal of the 400s, never 500; and nothing but 200 decides."""
    answer = ask(SERVED, "POST", path, content=body, headers={"content-type": "application/json"})

    assert answer.status_code in ((400, 404) if path == "/access/v1/requests" else (200, 400))
    assert 200 == answer.status_code or '"decision"' not in answer.text


def test_a_fault_of_ours_is_500_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect ends in a bare 500; neither the answer nor the log tells what it was about."""
    log: list[Any] = []
    served = service(log=log)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("TEST01 was asked for")

    monkeypatch.setattr(served.asking.deciding, "one", broken)
    answer = ask(served, "POST", "/access/v1/evaluation", json=EVALUATION)

    assert (500, "a fault of the server") == (answer.status_code, answer.text)
    assert "RuntimeError" == log[-1]["fault"]
    assert "TEST01" not in json.dumps(log)


def test_the_log_tells_no_plate_and_no_name() -> None:
    """A line of the log has route, status and outcome; nothing of body, path, query or a told id is in it."""
    log: list[Any] = []
    served = service(log=log)
    ask(served, "POST", "/access/v1/evaluation", json=EVALUATION, headers={"X-Request-ID": "alice-TEST01"})
    ask(served, "GET", "/v1/cases/TEST01?who=alice")
    ask(served, "GET", "/TEST01/alice")

    assert ["/access/v1/evaluation", "/v1/cases/{case}", "other"] == [one["route"] for one in log]
    assert {"allow": 1} == log[0]["outcomes"]
    assert "TEST01" not in json.dumps(log)
    assert "alice" not in json.dumps(log)


def test_metrics() -> None:
    """Requests and decisions are counted by route, status and outcome, and nothing else is a label."""
    served = service()
    for subject in ("alice", "carol", "alice"):
        ask(served, "POST", "/access/v1/evaluation", json={**EVALUATION, "subject": {"type": "user", "id": subject}})
    text = ask(served, "GET", "/metrics").text

    assert 'alpr_requests_total{route="/access/v1/evaluation",status="200"} 3' in text
    assert 'alpr_decisions_total{outcome="allow"} 2' in text
    assert 'alpr_decisions_total{outcome="deny"} 1' in text
    assert 'alpr_request_seconds_count{route="/access/v1/evaluation"} 3' in text
    assert "alpr_profiles_fault 0" in text
    assert "alice" not in text


# The native API


def test_decide_gives_what_the_engine_gives() -> None:
    """`/v1/decide` answers as the engine does; observe lets pass, and a mode that nobody knows is 400."""
    expected = service().asking.deciding.tried(_read(REQUEST), ["haven"]).to_wire()
    denied = {**REQUEST, "facts": {**REQUEST["facts"], "requester.id": "carol"}}

    assert expected == ask(SERVED, "POST", "/v1/decide", json=REQUEST).json()
    assert ("deny", False) == _outcome(ask(SERVED, "POST", "/v1/decide", json=denied).json())
    assert ("deny", True) == _outcome(ask(SERVED, "POST", "/v1/decide?mode=observe", json=denied).json())
    assert 400 == ask(SERVED, "POST", "/v1/decide?mode=loose", json=denied).status_code
    assert 415 == ask(SERVED, "POST", "/v1/decide", content=b"{}").status_code


def _read(raw: Any) -> Request:
    from alpr_policy import read_request

    return read_request(raw)


def _outcome(data: dict[str, Any]) -> tuple[str, bool]:
    return data["outcome"], data["proceed"]


def test_confidential_reasons_are_for_auditors(tmp_path: Path) -> None:
    """Only a token with the scope audit is told a confidential reason, and only it may ask as an auditor."""
    officer, tokens = made(tmp_path, "decide")
    auditor, _ = new_token(tokens.path, scopes=["decide", "audit"], now=NOON)
    served = service(tokens=TokenFile(tokens.path, lambda: NOON))
    gang = {
        **REQUEST,
        "action": "hotlist.add",
        "facts": {"purpose": "criminal_investigation", "entry.category": "gang"},
    }

    assert "watched" not in ask(served, "POST", "/v1/decide", json=gang, headers=held(officer)).text
    assert "watched" in ask(served, "POST", "/v1/decide", json=gang, headers=held(auditor)).text
    assert "watched" not in ask(served, "POST", "/v1/explain", json=gang, headers=held(officer)).text
    assert 403 == ask(served, "POST", "/v1/explain?for=auditor", json=gang, headers=held(officer)).status_code
    assert "watched" in ask(served, "POST", "/v1/explain?for=auditor", json=gang, headers=held(auditor)).text


def test_what_stands_behind() -> None:
    """Facts, profiles and checks are there, what is unknown is 404, and without a ledger so is all that needs one."""
    facts = ask(SERVED, "GET", "/v1/facts?profile=haven&action=search.run").json()
    good = Path(__file__).parent.joinpath("server_files", "haven.yaml").read_text(encoding="utf-8")

    assert "search.run" == facts["name"]
    assert "Haven Police" == ask(SERVED, "GET", "/v1/profiles/haven").json()["in_force"]["department"]
    assert ["haven"] == [one["profile"] for one in ask(SERVED, "GET", "/v1/profiles").json()["profiles"]]
    assert ask(SERVED, "POST", "/v1/check", json={"text": good}).json()["usable"]
    assert not ask(SERVED, "POST", "/v1/check", json={"text": "language: 1"}).json()["usable"]
    assert 400 == ask(SERVED, "GET", "/v1/facts?lists=perhaps").status_code
    for path in (
        "/v1/facts?action=fly",
        "/v1/facts?profile=",
        "/v1/profiles/cambridge",
        "/v1/ledger",
        "/v1/cases",
        "/v1/duties/haven",
        "/x",
    ):
        assert 404 == ask(SERVED, "GET", path).status_code


def test_the_document_is_published_and_true(golden: Callable[[str, str], None]) -> None:
    """The OpenAPI document lists exactly the routes, and is the published one."""
    listed = {(path, method.upper()) for path, several in openapi()["paths"].items() for method in several}

    assert {(rule.path, rule.method) for rule in ROUTES} == listed
    assert openapi() == ask(SERVED, "GET", "/openapi.json").json()
    golden("../../docs/schema/openapi-1.json", openapi_text())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/access/v1/evaluation", EVALUATION),
        ("POST", "/access/v1/evaluations", {**EVALUATION, "evaluations": [{}, {"action": {"name": "fly"}}]}),
        ("POST", "/access/v1/search/action", EVALUATION),
        ("GET", "/.well-known/authzen-configuration", None),
        ("POST", "/v1/decide", REQUEST),
        ("POST", "/v1/explain", REQUEST),
        ("POST", "/v1/explain?for=auditor", REQUEST),
        ("POST", "/v1/check", {"text": ""}),
        ("POST", "/access/v1/evaluation", {}),
        ("GET", "/v1/facts?action=fly", None),
        ("GET", "/v1/profiles", None),
    ],
)
def test_answers_are_as_the_document_says(method: str, path: str, body: Any) -> None:
    """What comes back has a status, a kind and a shape that the document tells of this route; so has what is sent."""
    answer = ask(SERVED, method, path, json=body) if body is not None else ask(SERVED, method, path)
    operation = openapi()["paths"][path.partition("?")[0]][method.lower()]
    content = operation["responses"][str(answer.status_code)]["content"]
    kind = answer.headers["content-type"].partition(";")[0]

    assert kind in content
    if kind.endswith("json"):
        validator(content[kind]["schema"]).validate(answer.json())
    if answer.status_code == 200 and body is not None:
        validator(operation["requestBody"]["content"]["application/json"]["schema"]).validate(body)


# With a keeper


class Slow:
    """A keeper that is asked in threads; it stands for a ledger that cannot be written."""

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def decided_each(self, wishes: Sequence[Wish]) -> list[Answer]:
        self.threads.add(threading.current_thread().name)
        return [Answer(point().decide({"action": "", "at": ""}, departments=one.departments)) for one in wishes]

    def fault(self) -> str:
        return "the ledger cannot be reached"

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def test_what_is_kept_never_holds_up_the_loop() -> None:
    """With a keeper decisions are made in threads of the pool, and readiness is the keeper's."""
    keeper: Any = Slow()
    served = service(keeper=keeper)

    assert not ask(served, "POST", "/access/v1/evaluation", json=EVALUATION).json()["decision"]
    assert {"alpr-policy-answer_0"} == keeper.threads
    assert 503 == ask(served, "GET", "/ready").status_code
