"""The client: every question typed, waiting and awaited alike; tokens, pages, metadata, and all that is no answer."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from tests.adapters.client_kit import (
    ALICE,
    CAROL,
    FACTS,
    LATER,
    LOCAL,
    PLATE,
    REQUEST,
    SEARCH,
    client_of,
    served_by,
)
from tests.adapters.http_kit import HAVEN, people, point, service
from tests.adapters.ledger_kit import opened

from alpr_policy import MissingExtraError
from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.client import (
    AsyncPolicyClient,
    Entity,
    PolicyClient,
    Settings,
    asks,
)
from alpr_policy_adapters.client.clients import Options, Questions
from alpr_policy_adapters.http import Service
from alpr_policy_adapters.http.routes import ROUTES

SERVED = service()


@pytest.fixture
def kept(tmp_path: Path) -> Service:
    """Return a service that keeps a ledger."""
    place = str(tmp_path / "ledger.db")
    opened(place).close()
    return service(keeper=Kept(place, point(), people=people()))


# What is asked


def test_a_decision_is_typed() -> None:
    """A decision tells outcome, reasons, needs and obligations, and is true only where the act may be done."""
    client = client_of(SERVED)
    yes = client.evaluate(ALICE, SEARCH, PLATE)
    no = client.evaluate(CAROL, SEARCH, PLATE)
    later = client.evaluate(ALICE, LATER, PLATE, {"facts": {"case.state": "open"}})
    needs = client.evaluate(ALICE, "search.run", PLATE)

    assert (True, "allow", "searches") == (bool(yes), yes.outcome, yes.reasons[0].rule)
    assert (False, "deny", ("III",)) == (bool(no), no.outcome, no.reasons[0].cite)
    assert [("log_entry", "custom")] == [(one.task, one.type) for one in later.obligations]
    assert "2026-05-05" == later.obligations[0].due[:10]
    assert ["one_of", "fact"] == [one.kind for one in needs.needs]
    assert "reason.recorded" == needs.needs[0].one_of[0][0].name
    assert 36 == len(yes.asked_as)


def test_both_formats_give_one_decision() -> None:
    """The native API and AuthZEN give the same outcome, reasons and obligations of the same act."""
    client = client_of(SERVED)
    one, other = client.decide(REQUEST), client.evaluate(ALICE, SEARCH, PLATE)

    assert ("mark-1", "search.run", "allow: searches") == (one.request_id, one.action, one.why)
    assert (one.outcome, one.reasons, one.judged_by) == (other.outcome, other.reasons, other.judged_by)
    assert client.decide({**REQUEST, "facts": {}}, mode="observe").proceed


def test_a_permission_knows_what_the_caller_can_see_to() -> None:
    """A permission is false where the answer is no, and where an obligation is beyond the caller; it says why."""
    client = client_of(SERVED)
    here = (ALICE, LATER, PLATE, {"facts": {"case.state": "open"}})
    told = {"facts": {**FACTS, "reason.recorded": False, "case.state": "open"}}

    assert client.permitted(*here, able=["log_entry"])
    assert not client.permitted(*here)
    assert "this program cannot see to what must follow: log_entry" == client.permitted(*here, able=["custom"]).why
    assert client.permitted(CAROL, SEARCH, PLATE).why.startswith("deny: Only sworn officers search")
    assert client.allowed({**REQUEST, **told}, able="log_entry")
    assert not client.allowed({**REQUEST, **told})


def test_a_batch_is_answered_item_by_item() -> None:
    """Items take what they lack from the arguments; one that cannot be judged is a denial that says so."""
    client = client_of(SERVED)
    items: list[dict[str, Any]] = [{}, {"subject": CAROL}, {"subject": 7}, {"action": "fly"}]
    found = client.evaluate_all(items, subject=ALICE, action=SEARCH, resource=PLATE)
    early = client.evaluate_all(items, subject=ALICE, action=SEARCH, resource=PLATE, semantic="deny_on_first_deny")

    assert [True, False, False, False] == [one.proceed for one in found]
    assert 400 == found[2].error.status  # type: ignore[union-attr]
    assert [True, False] == [one.proceed for one in early]
    assert () == client.evaluate_all([])


def test_searches_come_to_their_end() -> None:
    """A search gives all results, however small its pages are."""
    client = client_of(SERVED)
    about = {"facts": {"purpose": "criminal_investigation"}}
    use = {"name": "device.operate", "properties": {"purpose": "criminal_investigation"}}

    assert ["alice", "bob"] == [one.id for one in client.search_subjects("officer", SEARCH, PLATE, limit=1)]
    assert ["d-1", "d-3"] == [one.id for one in client.search_resources("device", ALICE, use, limit=1)]
    assert "device.operate" in [one.name for one in client.search_actions(ALICE, Entity("device", "d-1"), about)]


def test_what_stands_behind(kept: Service) -> None:
    """Words, profiles, duties, cases, the ledger and its verification come typed."""
    client = client_of(kept)
    event = {"kind": "opened", "action": "data.export", "by": "bob", "facts": {"purpose": "criminal_investigation"}}
    begun, again = client.take("c 1", event), client.take("c 1", event)
    facts = client.facts("search.run", profile="haven")

    assert "search.run" == facts.about.name  # type: ignore[union-attr]
    assert "purpose" in [one.name for one in facts.facts]
    assert "search.run" in [one.name for one in client.facts().actions]
    assert "purposes" in client.facts(lists=True).lists
    assert "Haven Police" == client.profile("haven").in_force.department  # type: ignore[union-attr]
    assert ["haven"] == [one.profile for one in client.profiles().profiles]
    assert client.check(HAVEN.read_text(encoding="utf-8")).usable
    assert "yaml-top-level" == client.check("x").diagnostics[0].code
    assert client.explain(REQUEST).text.startswith("allow")
    assert client.explain(REQUEST, reader="auditor").decision
    assert ("c 1", "waiting", "needs") == (begun.case, begun.status, begun.decision.outcome)  # type: ignore[union-attr]
    assert again.refused is not None
    assert ["c 1"] == [one.case for one in client.cases().cases]
    assert "c 1" == client.case("c 1").case
    assert ["say-so"] == [one.duty for one in client.duties("haven").duties]
    assert client.ledger().rows == client.verification().rows > 0
    assert client.verification().whole
    assert client.evaluate(ALICE, SEARCH, PLATE).row == client.ledger().rows


def test_both_clients_ask_the_same() -> None:
    """What is awaited gives what is waited for, searches and metadata included."""
    plain = client_of(SERVED)
    public = "https://policy.example.org"

    async def asked() -> list[Any]:
        from alpr_policy_adapters.http import application

        transport = httpx.ASGITransport(app=application(SERVED))
        async with AsyncPolicyClient(LOCAL, transport=transport) as client:
            found = [one.id async for one in client.search_subjects("officer", SEARCH, PLATE, limit=1)]
            refused = await client.permitted(CAROL, SEARCH, PLATE)
            told = await client.discover(public)
            return [found, refused.why, told, (await client.decide(REQUEST)).reasons, await client.ready()]

    expected = [
        [one.id for one in plain.search_subjects("officer", SEARCH, PLATE)],
        plain.permitted(CAROL, SEARCH, PLATE).why,
        plain.discover(public),
        plain.decide(REQUEST).reasons,
        plain.ready(),
    ]
    assert expected == asyncio.run(asked())


def test_every_route_can_be_asked() -> None:
    """Each route for callers has a question in the client; the document and the figures are for other programs."""
    made = [
        asks.evaluate(ALICE, SEARCH, PLATE), asks.evaluate_all([]), asks.search_subjects("officer", SEARCH, PLATE),
        asks.search_resources("device", ALICE, SEARCH), asks.search_actions(ALICE, PLATE), asks.metadata(),
        asks.decide({}), asks.explain({}), asks.check(""), asks.facts(), asks.profiles(), asks.profile("{department}"),
        asks.duties("{department}"), asks.cases(), asks.case("{case}"), asks.take("{case}", {}), asks.ledger(),
        asks.override(7, "a", "b"),
        asks.verification(), asks.ready(),
    ]  # fmt: skip
    asked = {(one.method, one.path.replace("%7B", "{").replace("%7D", "}").replace("/7/", "/{row}/")) for one in made}
    known = {(rule.method, rule.path) for rule in ROUTES}

    assert set() == asked - known
    assert set() == {one for one in known - asked if one[1] in _OF_NOW}


_OF_NOW = {
    "/access/v1/evaluation", "/access/v1/evaluations", "/access/v1/search/subject", "/access/v1/search/resource",
    "/access/v1/search/action", "/v1/decide", "/v1/explain", "/v1/check", "/v1/facts", "/v1/profiles",
    "/v1/profiles/{department}", "/v1/duties/{department}", "/v1/cases", "/v1/cases/{case}",
    "/v1/cases/{case}/events", "/v1/ledger/{row}/override", "/v1/ledger", "/v1/ledger/verification", "/ready",
}  # fmt: skip


def test_each_question_has_its_words() -> None:
    """Each method says what it asks, and takes the parameters of its question."""
    client = client_of(SERVED)
    for name, method in vars(Questions).items():
        if hasattr(method, "make"):
            assert "" != (method.__doc__ or "")
            assert inspect.signature(method.make) == inspect.signature(getattr(client, name))


def test_the_options_are_the_settings() -> None:
    """What a client takes by name is what its settings hold."""
    assert set(Settings.__dataclass_fields__) - {"url"} == set(Options.__annotations__)


# What the manual shows


def test_the_manual_is_true(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The examples of the client and of the guarded application run against a server, and print what stands there."""
    pytest.importorskip("fastapi", reason="FastAPI is not installed; nothing of ours needs it")
    page = (Path(__file__).resolve().parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```py$(.*?)^```$(?:\n+```text\n(.*?)^```$)?", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "token").write_text("a-token", encoding="ascii")
    real = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **more: real(**{**more, "transport": served_by(SERVED)}))
    for code, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code.replace("/run/secrets/policy-token", str(tmp_path / "token")), "clients.md", "exec"), {})
        assert shown == printed.getvalue()

    assert 2 == len(blocks)


# What it takes


def test_without_httpx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without httpx a client names the extra that brings it; the module itself loads nothing heavy."""
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingExtraError) as missing:
        PolicyClient(LOCAL)
    script = (
        "import sys, alpr_policy_adapters.client, alpr_policy_adapters.guard\n"
        "print([one for one in ('httpx', 'anyio', 'starlette', 'fastapi', 'pydantic', 'typer') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert "client" == missing.value.extra
    assert "[]\n" == done.stdout, done.stderr


def test_a_question_is_data() -> None:
    """A question can be looked at before it is sent: method, path, body and whether it leaves a trace."""
    ask = asks.evaluate(ALICE, "search.run", PLATE)

    assert ("POST", "/access/v1/evaluation", True) == (ask.method, ask.path, ask.leaves_a_trace)
    assert {"type": "officer", "id": "alice"} == json.loads(json.dumps(ask.body))["subject"]
