"""A server with a ledger: what is answered stands in it, cases and duties are served, and an outage denies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from tests.adapters.http_kit import NOON, ask, people, point, service
from tests.adapters.ledger_kit import opened

from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.http import Limits, Service, TokenFile, new_token
from alpr_policy_adapters.ledger import (
    Kind,
    Ledger,
    LedgerSchemaError,
    LedgerUnavailableError,
    Wanted,
    recompute,
    verify,
)

EVALUATION = {
    "subject": {"type": "officer", "id": "alice"},
    "action": {"name": "search.run", "properties": {"purpose": "criminal_investigation", "reason.recorded": True}},
    "resource": {"type": "plate", "id": "TEST01"},
}
WISH = {"kind": "opened", "action": "data.export", "by": "bob", "facts": {"purpose": "criminal_investigation"}}
GRANT = {"kind": "approval", "decision": "granted", "by": "alice", "role": "chief"}


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Make a ledger."""
    path = str(tmp_path / "ledger.db")
    opened(path).close()
    return path


def kept(place: str, **more: Any) -> Service:
    """Return a service that keeps a ledger."""
    return service(keeper=Kept(place, point(), people=people()), **more)


def decisions(place: str) -> list[str]:
    """Return the outcomes that stand in the ledger, in order; all of it must be whole."""
    ledger = Ledger.open(place)
    found = [row.whole["decision"]["outcome"] for row in ledger.rows(Wanted(kinds=frozenset({Kind.DECISION})))]
    assert verify(ledger).is_whole
    assert 0 == len(recompute(ledger).different)
    ledger.close()
    return found


def test_each_decision_stands_in_the_ledger(place: str) -> None:
    """Evaluations, batches and native decisions are written, with their row; a batch only as far as it was asked."""
    served = kept(place)
    one = ask(served, "POST", "/access/v1/evaluation", json=EVALUATION).json()
    items = [{}, {"subject": {"type": "officer", "id": "carol"}}, {"subject": 7}, {}]
    options = {"evaluations_semantic": "deny_on_first_deny"}
    few = ask(served, "POST", "/access/v1/evaluations", json={**EVALUATION, "evaluations": items, "options": options})
    all_of = ask(served, "POST", "/access/v1/evaluations", json={**EVALUATION, "evaluations": items})
    ask(served, "POST", "/v1/decide", json={"action": "search.run", "at": "2026-05-04T10:00:00-04:00"})
    row = one["context"]["ledger"]["row"]

    assert "allow" == Ledger.open(place).row(row).whole["decision"]["outcome"]  # type: ignore[union-attr]
    assert [True, False] == [item["decision"] for item in few.json()["evaluations"]]
    assert [True, False, False, True] == [item["decision"] for item in all_of.json()["evaluations"]]
    assert ["allow", "allow", "deny", "allow", "deny", "allow", "needs"] == decisions(place)


def test_a_single_one_among_batches_is_kept_like_any(place: str) -> None:
    """A batch without items is one evaluation, which stands with its row; options that nobody knows are refused."""
    served = kept(place)
    one = ask(served, "POST", "/access/v1/evaluations", json={**EVALUATION, "evaluations": []}).json()
    odd = ask(served, "POST", "/access/v1/evaluations", json={**EVALUATION, "options": {"evaluations_semantic": "odd"}})

    assert (True, True) == (one["decision"], one["context"]["ledger"]["row"] > 1)
    assert 400 == odd.status_code
    assert ["allow"] == decisions(place)


def test_questions_leave_no_row(place: str) -> None:
    """Searches and explanations are no acts, and a malformed request is none either."""
    served = kept(place)
    for path in ("search/subject", "search/action", "search/resource"):
        ask(served, "POST", f"/access/v1/{path}", json=EVALUATION)
    ask(served, "POST", "/v1/explain", json={"action": "search.run", "at": "2026-05-04T10:00:00-04:00"})
    ask(served, "POST", "/access/v1/evaluation", json={})

    assert [] == decisions(place)


def test_what_cannot_be_written_is_denied(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the ledger cannot be reached every answer is a denial, and readiness says so; afterwards it goes on."""
    served = kept(place)
    batch = {**EVALUATION, "evaluations": [{}, {}]}

    def gone(*_: Any, **__: Any) -> Any:
        raise LedgerUnavailableError("the disk is full")

    with monkeypatch.context() as out:
        out.setattr(Ledger, "commit", gone)
        one = ask(served, "POST", "/access/v1/evaluation", json=EVALUATION).json()
        several = ask(served, "POST", "/access/v1/evaluations", json=batch).json()
    with monkeypatch.context() as out:
        out.setattr(Ledger, "head", gone)
        ready = ask(served, "GET", "/ready").status_code

    assert (False, "not_recorded") == (one["decision"], one["context"]["reasons"][0]["rule"])
    assert [False, False] == [item["decision"] for item in several["evaluations"]]
    assert 503 == ready
    assert ask(served, "POST", "/access/v1/evaluation", json=EVALUATION).json()["decision"]


def test_a_ledger_that_cannot_be_reached_yet(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose ledger is away starts, and denies until it comes; with one never made it does not start."""

    def away(*_: Any, **__: Any) -> Any:
        raise LedgerUnavailableError("nobody answers")

    with monkeypatch.context() as out:
        out.setattr(Ledger, "open", away)
        served = kept(place)
        one = ask(served, "POST", "/access/v1/evaluation", json=EVALUATION).json()
        several = ask(served, "POST", "/access/v1/evaluations", json={**EVALUATION, "evaluations": [{}]}).json()
        status = ask(served, "GET", "/v1/ledger").status_code
    with pytest.raises(LedgerSchemaError):
        kept(f"{place}.none")

    assert (False, False, 503) == (one["decision"], several["evaluations"][0]["decision"], status)
    assert ask(served, "POST", "/access/v1/evaluation", json=EVALUATION).json()["decision"]


def test_a_batch_that_takes_too_long_leaves_nothing(place: str) -> None:
    """A batch past its time is refused as a whole, and no part of it is in the ledger."""
    batch = {**EVALUATION, "evaluations": [{}] * 50}
    answer = ask(kept(place, limits=Limits(seconds=0.0001)), "POST", "/access/v1/evaluations", json=batch)

    assert answer.status_code in (408, 503)
    assert [] == decisions(place)


def test_a_case_from_the_wish_to_the_end(place: str, tmp_path: Path) -> None:
    """A case is opened with one token and approved with another; who may not approve is refused."""
    tokens = tmp_path / "tokens.json"
    asks, _ = new_token(tokens, scopes=["decide"], now=NOON)
    grants, _ = new_token(tokens, scopes=["approve"], now=NOON)
    served = kept(place, tokens=TokenFile(tokens, lambda: NOON))

    def send(text: str, method: str, path: str, body: Any = None) -> Any:
        more = {} if body is None else {"json": body}
        return ask(served, method, path, headers={"Authorization": f"Bearer {text}"}, **more)

    opening = send(asks, "POST", "/v1/cases/c-1/events", WISH).json()
    standing = [{"topic": "data.export", "decision": "granted", "by": "alice", "role": "chief", "at": str(NOON)}]
    told = send(asks, "POST", "/v1/cases/c-1/events", {"kind": "asked", "action": "data.export", "standing": standing})
    refused = send(asks, "POST", "/v1/cases/c-1/events", GRANT)
    waiting = send(grants, "GET", "/v1/cases").json()["cases"]
    granted = send(grants, "POST", "/v1/cases/c-1/events", GRANT).json()
    done = send(asks, "POST", "/v1/cases/c-1/events", {"kind": "done", "by": "bob"}).json()

    assert "needs" == opening["decision"]["outcome"]
    assert (403, 403) == (refused.status_code, told.status_code)
    assert [("c-1", ["haven"])] == [(one["case"], one["departments"]) for one in waiting]
    assert granted.get("refused") is None, granted
    assert opening["row"] < granted["row"] < done["row"]
    assert done.get("refused") is None, done
    assert "c-1" == send(grants, "GET", "/v1/cases/c-1").json()["kept"]["id"]
    assert 404 == send(grants, "GET", "/v1/cases/c-2").status_code
    assert 400 == send(asks, "POST", "/v1/cases/c-1/events", {"kind": "no such"}).status_code


def test_what_the_ledger_holds(place: str) -> None:
    """The ledger tells its rows and that it is whole, and a department what it owes."""
    served = kept(place)
    ask(served, "POST", "/access/v1/evaluation", json=EVALUATION)
    told = ask(served, "GET", "/v1/ledger").json()

    assert 1 == told["kinds"]["decision"]
    assert [] == ask(served, "GET", "/v1/ledger/verification").json().get("findings", [])
    assert ["say-so"] == [one["duty"] for one in ask(served, "GET", "/v1/duties/haven").json()["duties"]]
    assert 404 == ask(served, "GET", "/v1/duties/elsewhere").status_code


def test_a_token_of_a_person_takes_events_as_that_person_alone(place: str, tmp_path: Path) -> None:
    """Without `by` the event is of the token's person, with that person it is taken, and with another it is refused."""
    tokens = tmp_path / "tokens.json"
    text, _ = new_token(tokens, scopes=["decide", "approve"], now=NOON, person="bob")
    served = kept(place, tokens=TokenFile(tokens, lambda: NOON))
    bearer = {"Authorization": f"Bearer {text}"}
    wish = {key: value for key, value in WISH.items() if key != "by"}
    taken = ask(served, "POST", "/v1/cases/c-1/events", json=wish, headers=bearer).json()
    refused = ask(served, "POST", "/v1/cases/c-1/events", json=GRANT, headers=bearer)
    case = ask(served, "GET", "/v1/cases/c-1", headers=bearer).json()

    assert taken["refused"] is None
    assert 403 == refused.status_code
    assert "bob" == case["kept"]["asked"]["by"]
    assert ["chief: approval by chief (V)"] == case["words"]["waits_for"]
