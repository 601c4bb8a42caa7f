"""The client asks for what an act lacks, follows the request, and acts on the approval once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from tests.adapters.client_kit import client_of
from tests.adapters.requests_kit import World

from alpr_policy_adapters.client import Decision, Entity, RefusedError
from alpr_policy_adapters.client.errors import QuestionError

BOB, PLATE = Entity("officer", "bob"), Entity("plate", "TEST01")
EXPORT: dict[str, Any] = {"name": "data.export", "properties": {"purpose": "criminal_investigation"}}
GRANTS = [
    {"kind": "approval", "decision": "granted", "by": "lee", "role": "lieutenant"},
    {"kind": "approval", "decision": "granted", "by": "alice", "role": "chief"},
]


def test_what_is_lacking_is_asked_for_and_the_act_done_once(tmp_path: Path) -> None:
    """A denial says that it can be asked about; the request is pending, approved, and then good for one act."""
    world = World(tmp_path)
    asking = client_of(world.served, token=world.tokens["decide harbor"])
    approving = client_of(world.served, token=world.tokens["approve harbor"])
    denied = asking.evaluate(BOB, EXPORT, PLATE)
    asked = asking.request_access(denied, BOB, EXPORT, PLATE, key="k-1")
    again = asking.request_access(denied, BOB, EXPORT, PLATE, key="k-1")
    for grant in GRANTS:
        approving.take(asked.task.id, grant)
    found = asking.access_request(asked.task.id)
    done = asking.evaluate(BOB, EXPORT, PLATE, {"approval": found.approval})
    twice = asking.evaluate(BOB, EXPORT, PLATE, {"approval": found.approval})
    world.close()

    assert (False, "approval_required") == (denied.proceed, denied.reason)
    assert denied.why.startswith("needs: approval by lieutenant")
    assert ("pending", None) == (asked.task.status, asked.approval)
    assert asked.task.id == again.task.id
    assert "approved" == found.task.status
    assert done.proceed
    assert (False, "approval_expired", "request") == (twice.proceed, twice.reason, twice.next_action)


def test_a_request_is_taken_back_and_a_bad_one_is_refused(tmp_path: Path) -> None:
    """A pending request can be cancelled; where nothing can be asked for nothing is sent; a strange task is refused."""
    world = World(tmp_path)
    client = client_of(world.served, token=world.tokens["decide harbor"])
    denied = client.evaluate(BOB, EXPORT, PLATE)
    asked = client.request_access(denied, BOB, EXPORT, PLATE, key="k-1")
    assert "cancelled" == client.cancel_request(asked.task.id).task.status
    with pytest.raises(RefusedError) as refused:
        client.access_request("nothing")
    assert 404 == refused.value.status
    with pytest.raises(QuestionError):
        client.request_access(Decision(proceed=False), BOB, EXPORT, PLATE, key="k-2")
    with pytest.raises(QuestionError):
        client.request_access(denied, BOB, EXPORT, PLATE, key="")
    world.close()
