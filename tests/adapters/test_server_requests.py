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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.http_kit import ask, service, validator
from tests.adapters.requests_kit import TABLE, Process, Talk, World, judged, seen, told

from alpr_policy_adapters.http import TokenFile, new_token, openapi
from alpr_policy_adapters.ledger import Kind, Ledger, LedgerUnavailableError, Wanted

DIALOGUES = [pytest.param(one, id=one["name"]) for one in TABLE["dialogues"]]
EVERYWHERE = [pytest.param(one, id=one["name"]) for one in TABLE["dialogues"] if one.get("everywhere")]
CHIEF = TABLE["grants"]["chief"]


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_dialogue(dialogue: dict[str, Any], tmp_path: Path) -> None:
    """Each dialogue goes as the table says, and leaves a ledger that is whole and can be derived again."""
    world = World(tmp_path, changes=any("policy" in one for one in dialogue["talk"]))
    steps = told(dialogue, world)
    world.close()

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


@pytest.mark.slow
def test_a_kill_under_load_loses_no_request(tmp_path: Path) -> None:
    """Killed while requests come in, the server knows each that it acknowledged, and a key is still one request."""
    process = Process(tmp_path)
    talk = Talk(process)
    talk.ask()
    acknowledged: dict[str, str] = {}

    def send(number: int) -> None:
        for turn in range(100):
            key = f"key-{number}-{turn % 3}"
            try:
                answer = Talk.request(_copy(talk), Idempotency_Key=key)
            except httpx.TransportError:
                return
            acknowledged[key] = answer.json()["task"]["id"]

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    while len(acknowledged) < 6:
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


# What a dialogue does not show


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give a server in this process, for tests that leave each other alone."""
    made = World(tmp_path_factory.mktemp("world"), changes=False)
    yield made
    made.close()


def test_the_metadata_offers_requests_where_there_is_a_ledger(one_world: World) -> None:
    """With a ledger the metadata tells where to ask and the capability; without one neither, and asking gives 404."""
    told = one_world.send("decide harbor", "GET", "/.well-known/authzen-configuration").json()
    bare = ask(service(), "GET", "/.well-known/authzen-configuration").json()
    denied = ask(service(), "POST", "/access/v1/requests", json=TABLE["acts"]["export"])

    assert "https://policy.example.org/access/v1/requests" == told["access_request_endpoint"]
    assert ["urn:openid:authzen:capability:access-request"] == told["capabilities"]
    assert set() == {"access_request_endpoint", "capabilities"} & set(bare)
    assert (404, "application/problem+json") == (denied.status_code, denied.headers["content-type"])


def test_what_is_told_of_a_request_is_as_the_document_says(one_world: World) -> None:
    """Tasks, results and problems have the statuses and shapes of the OpenAPI document, and so has what is sent."""
    talk = Talk(one_world, "operate")
    talk.ask()
    requests, task = openapi()["paths"]["/access/v1/requests"]["post"], "/access/v1/requests/{task}"
    sent = {**talk.question, "denial": talk.denial, "requested_access": {"emergency": True}}
    validator(requests["requestBody"]["content"]["application/json"]["schema"]).validate(sent)
    pending, refused = talk.request({"requested_access": {"emergency": True}}), talk.request({"denial": None})
    first = talk.look()
    talk.event(CHIEF)
    approved, cancelled, none = talk.look(), talk.cancel(), one_world.send("decide harbor", "GET", task)
    said = [(requests, pending), (requests, refused)]
    said += [(openapi()["paths"][task]["get"], one) for one in (first, approved)]
    said += [(openapi()["paths"][f"{task}/cancel"]["post"], cancelled)]

    assert [202, 400, 200, 200, 409] == [answer.status_code for _, answer in said]
    for operation, answer in said:
        kind = answer.headers["content-type"]
        validator(operation["responses"][str(answer.status_code)]["content"][kind]["schema"]).validate(answer.json())
    assert pending.headers["location"] == pending.json()["task"]["status_endpoint"]
    assert "5" == first.headers["retry-after"]
    assert {"result", "task"} == set(approved.json())
    assert 404 == none.status_code


def test_what_was_told_otherwise_stands_beside_the_decision(one_world: World) -> None:
    """A permit that is told as a denial, for an obligation that is not supported, stands so in the ledger."""
    first = Ledger.open(str(one_world.folder / "ledger.db")).head().size + 1
    entry = {**TABLE["acts"]["entry"], "context": {"departments": ["haven"], "supported_obligations": []}}
    alone = one_world.send("decide haven", "POST", "/access/v1/evaluation", entry).json()
    batch = {**entry, "evaluations": [{}, {"context": {"supported_obligations": ["notification"]}}]}
    both = one_world.send("decide haven", "POST", "/access/v1/evaluations", batch).json()["evaluations"]
    ledger = Ledger.open(str(one_world.folder / "ledger.db"))
    rows = [row.whole for row in ledger.rows(Wanted(kinds=frozenset({Kind.DECISION}), first=first))]
    ledger.close()
    otherwise = {"decision": False, "obligations": ["notification"]}

    assert (False, [False, True]) == (alone["decision"], [one["decision"] for one in both])
    assert [True] * 3 == [row["decision"]["proceed"] for row in rows]
    assert [otherwise, otherwise, None] == [row.get("answered") for row in rows]


def test_what_was_purged_is_no_request_any_more(one_world: World) -> None:
    """Once its rows are purged a request is unknown, its approval opens nothing, and its denial is not asked about."""
    talk = Talk(one_world, "operate")
    talk.ask()
    denied = int(talk.denial["evaluation_id"].split("_")[1])
    talk.request(Idempotency_Key="purged")
    talk.event(CHIEF)
    talk.look()
    ledger = Ledger.open(str(one_world.folder / "ledger.db"))
    rows = [row.seq for row in ledger.rows(Wanted(steps_of=talk.task))]
    ledger.purge([denied, *rows], cite=["V"], by="clerk", at=one_world.now)
    ledger.close()
    one_world.restart()

    assert 404 == talk.look().status_code
    assert "approval_unverifiable" == judged(talk.redeem())["reason"]
    assert "not_requestable" == seen(talk.request(Idempotency_Key="again"))["error"]
    assert 400 == talk.request(Idempotency_Key="purged").status_code


def test_what_cannot_be_written_uses_up_nothing(one_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the ledger cannot be written an approval is to be tried again, and requests get 503; then it opens."""

    def gone(*_: Any, **__: Any) -> Any:
        raise LedgerUnavailableError("the disk is full")

    talk = Talk(one_world, "operate")
    talk.ask()
    talk.request()
    talk.event(CHIEF)
    talk.look()
    with monkeypatch.context() as out:
        out.setattr(Ledger, "commit", gone)
        found = talk.redeem()
        cancelled, again = talk.look().status_code, talk.request(Idempotency_Key="later")

    assert (False, "grant_pending", "retry") == tuple(judged(found)[key] for key in ("decision", "reason", "next"))
    assert 0 < found["context"]["retry_after"]
    assert (200, 503, "application/problem+json") == (cancelled, again.status_code, again.headers["content-type"])
    assert talk.redeem()["decision"]


def test_a_token_of_one_person_asks_for_that_person_alone(one_world: World) -> None:
    """A token that is tied to a person opens no request for another, and redeems no other's approval."""
    tokens, now = one_world.folder / "tokens.json", one_world.now
    for person in ("bob", "eve"):
        text, _ = new_token(tokens, scopes=["decide"], departments=["harbor"], person=person, now=now)
        one_world.tokens[f"decide {person}"] = text
    one_world.served.tokens = TokenFile(tokens, lambda: now)
    talk = Talk(one_world, "operate")
    talk.ask(departments="eve")
    refused = talk.request(departments="eve", Idempotency_Key="eve").status_code
    taken = talk.request(departments="bob").status_code
    talk.event(CHIEF)
    talk.look()

    assert (403, 202) == (refused, taken)
    assert "out_of_scope" == judged(talk.redeem(departments="eve"))["reason"]
    assert talk.redeem(departments="bob")["decision"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ("subject", "resource", "action", "context", "denial", "requested_access", "client", "items", "callback")
INSIDE = ("evaluation_id", "expires_at", "binding_token", "requested_until", "emergency", "actor", "approval", "id")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    change=st.dictionaries(
        st.sampled_from(MEMBERS), JSON | st.dictionaries(st.sampled_from(INSIDE), JSON, max_size=4), max_size=4
    ),
    key=st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=255), min_size=1, max_size=300),
    to=st.sampled_from(["/access/v1/requests", "/access/v1/evaluation", "/access/v1/requests/%00/cancel"]),
)
def test_no_body_is_a_fault_of_the_server(one_world: World, change: dict[str, Any], key: str | None, to: str) -> None:
    """Whatever stands in a request, or in an approval that is presented, the answer is a refusal or a denial."""
    talk = Talk(one_world, "operate")
    talk.ask()
    body = {**talk.question, "denial": talk.denial, **change}
    headers = {} if key is None else {"Idempotency_Key": key.encode("latin-1")}
    answer = one_world.send("decide harbor", "POST", to, body, **headers)  # type: ignore[arg-type]

    assert answer.status_code in (200, 202, 400, 404, 409, 410)
    assert 200 != answer.status_code or not answer.json()["decision"]
