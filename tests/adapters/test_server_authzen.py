"""The AuthZEN endpoints, held to a table of cases, and what a table does not show: pages, ids, repeats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import yaml
from tests.adapters.http_kit import ask, service

TABLE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "server_files" / "authzen.yaml").read_text(encoding="utf-8")
)
SERVED = service()


def body_of(case: dict[str, Any]) -> bytes:
    """Return the body that a case sends."""
    if "raw" in case:
        raw = case["raw"]
        return raw if isinstance(raw, bytes) else str(raw).encode()
    whole = {**TABLE["base"][case.get("to", "evaluation")], **case.get("change", {})}
    return json.dumps({key: value for key, value in whole.items() if value is not None}).encode()


@pytest.mark.parametrize("case", [pytest.param(one, id=one["name"]) for one in TABLE["cases"]])
def test_case(case: dict[str, Any]) -> None:
    """Each case of the table is answered as it says."""
    headers = {"content-type": "application/json", **case.get("headers", {})}
    path = f"/access/v1/{case.get('to', 'evaluation')}"
    answer = ask(SERVED, case.get("method", "POST"), path, content=body_of(case), headers=headers)

    assert case.get("status", 200) == answer.status_code
    if answer.status_code != 200:
        assert "" != answer.text
        return
    data = answer.json()
    context = data.get("context", {})
    seen: dict[str, Any] = {
        "decision": data.get("decision"),
        "outcome": context.get("outcome"),
        "reason": context.get("reason"),
        "at": context.get("at"),
        "ignored": context.get("ignored"),
        "obligations": [one["type"] for one in context.get("obligations", [])],
        "decisions": [one["decision"] for one in data.get("evaluations", [])],
        "results": [one.get("id", one.get("name")) for one in data.get("results", [])],
    }
    told = {key: case[key] for key in seen if key in case}
    assert {} != told
    assert told == {key: seen[key] for key in told}
    assert [] == [word for word in case.get("absent", ()) if word in answer.text]
    assert ("evaluations" in data) is not ("decision" in data or "results" in data)


def test_the_same_question_has_the_same_answer() -> None:
    """Asked again, with nothing changed, every byte is the same."""
    bodies = {ask(SERVED, "POST", "/access/v1/evaluation", json=TABLE["base"]["evaluation"]).content for _ in range(3)}

    assert 1 == len(bodies)


@pytest.mark.parametrize("what", ["subject", "resource", "action"])
def test_pages_add_up(what: str) -> None:
    """One result at a time, each search comes to its end with the results of the whole, `page` first."""
    body = TABLE["base"][f"search/{what}"]
    whole = ask(SERVED, "POST", f"/access/v1/search/{what}", json=body).json()
    found, page = [], {"limit": 1}
    for _ in range(10):
        data = ask(SERVED, "POST", f"/access/v1/search/{what}", json={**body, "page": page}).json()
        assert "page" == next(iter(data))
        found += data["results"]
        if not data["page"]["next_token"]:
            break
        page = {"token": data["page"]["next_token"]}

    assert whole["results"] == found
    assert 2 == len(found)
    assert "" == whole["page"]["next_token"]


@pytest.mark.parametrize("change", [{"subject": {"type": "officer", "id": "bob"}}, {"page": {"limit": 2}}])
def test_a_token_belongs_to_its_search(change: dict[str, Any]) -> None:
    """A token with another question, or another limit, is refused."""
    body = TABLE["base"]["search/resource"]
    first = ask(SERVED, "POST", "/access/v1/search/resource", json={**body, "page": {"limit": 1}}).json()
    token = first["page"]["next_token"]
    page = {"token": token, **change.get("page", {})}
    same = ask(SERVED, "POST", "/access/v1/search/resource", json={**body, "page": {"token": token, "limit": 1}})
    other = ask(SERVED, "POST", "/access/v1/search/resource", json={**body, **change, "page": page})

    assert 200 == same.status_code
    assert 400 == other.status_code


@pytest.mark.parametrize("what", ["subject", "resource", "action"])
def test_what_is_found_is_permitted(what: str) -> None:
    """Each result of a search, asked for by itself, is permitted."""
    body = TABLE["base"][f"search/{what}"]
    found = ask(SERVED, "POST", f"/access/v1/search/{what}", json=body).json()["results"]
    asked = [ask(SERVED, "POST", "/access/v1/evaluation", json={**body, what: one}).json() for one in found]

    assert [True, True] == [one["decision"] for one in asked]


def test_a_notification_says_to_whom_and_what() -> None:
    """What the draft wants of a notification is there: whom to tell, on what account, and the words."""
    entry = {"purpose": "criminal_investigation", "entry.category": "stolen_vehicle"}
    body = {**TABLE["base"]["evaluation"], "action": {"name": "hotlist.add", "properties": entry}}
    (told,) = ask(SERVED, "POST", "/access/v1/evaluation", json=body).json()["context"]["obligations"]
    properties = told["properties"]

    assert {"id", "type", "properties"} == set(told)
    assert ("supervisor", "haven VII") == (properties["to"], properties["topic"])
    assert "notify supervisor by chief" in properties["body"]


def test_the_id_of_a_request_comes_back() -> None:
    """X-Request-ID is echoed on answers and refusals; without one, or with one that cannot be told, it gets its own."""
    body = TABLE["base"]["evaluation"]
    given = [
        ask(SERVED, "POST", "/access/v1/evaluation", json=one, headers={"X-Request-ID": "a-7"}).headers["x-request-id"]
        for one in (body, {})
    ]
    own = ask(SERVED, "POST", "/access/v1/evaluation", json=body).headers["x-request-id"]
    odd = ask(SERVED, "POST", "/access/v1/evaluation", json=body, headers={"X-Request-ID": "a b"})

    assert ["a-7", "a-7"] == given
    assert 36 == len(own)
    assert "a b" != odd.headers["x-request-id"]


def test_metadata() -> None:
    """The metadata names the public address and every endpoint under it, and nothing that is empty."""
    answer = ask(SERVED, "GET", "/.well-known/authzen-configuration")
    data = answer.json()

    assert "https://policy.example.org" == data.pop("policy_decision_point")
    assert "max-age=3600" == answer.headers["cache-control"]
    assert ["notification", "custom"] == data.pop("supported_obligations")
    assert 5 == len(data)
    for url in data.values():
        path = url.removeprefix("https://policy.example.org")
        assert 405 == ask(SERVED, "GET", path).status_code


def test_a_batch_has_a_limit() -> None:
    """More items than the limit are refused as a whole; a long batch below it is answered in order."""
    base = TABLE["base"]["evaluations"]
    many = [{"subject": {"type": "officer", "id": "carol" if number % 3 else "alice"}} for number in range(150)]
    good = ask(SERVED, "POST", "/access/v1/evaluations", json={**base, "evaluations": many})
    bad = ask(SERVED, "POST", "/access/v1/evaluations", json={**base, "evaluations": [{}] * 1001})

    assert [number % 3 == 0 for number in range(150)] == [one["decision"] for one in good.json()["evaluations"]]
    assert 400 == bad.status_code
