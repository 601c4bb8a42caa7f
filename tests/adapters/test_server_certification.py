"""The certification scenario of AuthZEN 1.0, asked of a policy about other things: in the process, and by socket."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("uvicorn", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
import yaml
from tests.adapters.http_kit import NOON, ask
from tests.adapters.serving_kit import server

from alpr_policy import LivePolicyDecisionPoint
from alpr_policy_adapters.http import Asking, Deciding, Service

FILES = Path(__file__).parent / "server_files"
RECORDS = FILES / "records.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load((FILES / "certification.yaml").read_text(encoding="utf-8"))["cases"]
URL = "https://policy.example.org"
# Sections of the scenario that a table of bodies cannot hold: they have tests of their own below.
BY_THEMSELVES = {"2.6", "4.5.2", "6"}
Send = Callable[..., httpx.Response]
SERVED = Service(
    Asking(Deciding(LivePolicyDecisionPoint(RECORDS, departments=["records"])), lambda: NOON),
    departments=("records",),
    public_url=URL,
)


def within(method: str, path: str, **more: Any) -> httpx.Response:
    """Ask the application without a network."""
    return ask(SERVED, method, path, **more)


def answered(send: Send, case: dict[str, Any]) -> None:
    """Send what a case says, and hold the answer to it."""
    sent = case["raw"] if "raw" in case else json.dumps(case["body"])
    path = f"/access/v1/{case.get('to', 'evaluation')}"
    headers = {"content-type": "application/json", **case.get("headers", {})}
    answer = send(case.get("method", "POST"), path, content=sent.encode(), headers=headers)

    assert case.get("status", 200) == answer.status_code, answer.text
    assert case.get("echo", answer.headers["x-request-id"]) == answer.headers["x-request-id"]
    if answer.status_code != 200:
        assert "" != answer.text
        return
    assert "application/json" == answer.headers["content-type"]
    held(case, answer.json())


def held(case: dict[str, Any], data: dict[str, Any]) -> None:
    """Hold the body of an answer to a case, and to the shape that each answer has."""
    if "decision" in case:
        assert case["decision"] is data["decision"]
        assert "evaluations" not in data
    elif "decisions" in case:
        assert case["decisions"] == [one["decision"] for one in data["evaluations"]]
        assert "decision" not in data
    else:
        kind = case["to"].partition("/")[2]
        found = [one["name" if kind == "action" else "id"] for one in data["results"]]
        assert [] == [one for one in case.get("includes", ()) if one not in found]
        assert case.get("results", found) == found
        types = {one.get("type") for one in data["results"]}
        assert types <= {None if kind == "action" else case["body"][kind]["type"]}
        more = data["page"]["next_token"] != ""
        assert case.get("more", False) is more
    for one in (data, *data.get("evaluations", ())):
        assert isinstance(one.get("context", {}), dict)


@pytest.mark.parametrize("case", [pytest.param(one, id=f"{one['of']} {one['name']}") for one in CASES])
def test_case(case: dict[str, Any]) -> None:
    """Each case of the scenario is answered as it says."""
    answered(within, case)


def test_over_a_socket() -> None:
    """A server that was started by its command answers every case the same way."""
    running = server("--open", "--no-log", policy=RECORDS, profile="records")
    with running as (_, url, _), httpx.Client(base_url=url, trust_env=False) as client:
        for case in CASES:
            answered(client.request, case)


def test_the_table_covers_the_scenario() -> None:
    """No two cases have one name, and every section that asks for something has a case."""
    names = Counter(f"{one['of']} {one['name']}" for one in CASES)
    sections = {str(one["of"]) for one in CASES} | BY_THEMSELVES
    wanted = {f"2.2.{n}" for n in range(1, 10)} | {f"2.4.{n}" for n in range(1, 7)} | {"2.5.1", "2.6"}
    wanted |= {f"3.2.{n}" for n in range(1, 8)} | {"3.3", "3.4.1", "3.4.2", "3.4.3"}
    wanted |= {*(f"4.2.{n}" for n in range(1, 5)), *(f"4.{k}.{n}" for k in (3, 4) for n in range(1, 4))}
    wanted |= {"4.5.1", "4.5.2", "4.5.3", "4.6.1", "4.6.2", "4.7.1", "4.7.2", "6"}

    assert [] == [name for name, count in names.items() if count > 1]
    assert set() == wanted - sections
    assert 70 <= len(CASES)


def test_repeats_are_answered_alike() -> None:
    """The same question is answered with the same bytes, time after time (2.6)."""
    assert 1 == len({within("POST", "/access/v1/evaluation", json=WHOLE).content for _ in range(5)})


WHOLE: dict[str, dict[str, str]] = {
    "subject": {"type": "user", "id": "alice"},
    "action": {"name": "read"},
    "resource": {"type": "record", "id": "record-1"},
}


@pytest.mark.parametrize("what", ["subject", "resource", "action"])
def test_pages_lead_to_the_end(what: str) -> None:
    """One result at a time, a search comes to its end with all results, and an empty token says so (4.5.2)."""
    body = {**WHOLE, what: {"type": WHOLE[what].get("type", "")}}
    path = f"/access/v1/search/{what}"
    whole = within("POST", path, json=body).json()
    page: dict[str, Any] = {"limit": 1}
    found, tokens = [], []
    while not tokens or tokens[-1]:
        data = within("POST", path, json={**body, "page": page}).json()
        assert 1 == len(data["results"]) == data["page"]["count"]
        found += data["results"]
        tokens.append(data["page"]["next_token"])
        page = {"token": tokens[-1]}

    assert whole["results"] == found
    assert 2 == len(found)


def test_discovery() -> None:
    """The metadata names the address it was asked for under, and every endpoint by https (6)."""
    answer = within("GET", "/.well-known/authzen-configuration")
    data = answer.json()

    assert 200 == answer.status_code
    assert "application/json" == answer.headers["content-type"]
    assert URL == data["policy_decision_point"]
    assert [
        f"{URL}/access/v1/{one}"
        for one in ("evaluation", "evaluations", "search/subject", "search/resource", "search/action")
    ] == [
        data[f"{one}_endpoint"]
        for one in ("access_evaluation", "access_evaluations", "search_subject", "search_resource", "search_action")
    ]
    assert all(isinstance(one, str) for one in data.get("capabilities", ()))


def test_what_decides_is_told() -> None:
    """A decision of the fixture has the reasons of a policy: the clause, and what no rule took up."""
    case = next(one for one in CASES if one["of"] == "2.2.8")
    context = within("POST", "/access/v1/evaluation", json=case["body"]).json()["context"]

    assert ["1"] == context["reasons"][0]["cite"]
    assert "viewers-read" == context["reasons"][0]["rule"]
    assert ["subject.department", "action.method", "resource.owner"] == context["ignored"]
