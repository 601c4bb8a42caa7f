"""The client and the guard as a caller uses them; mypy and pyright check this file strictly, nothing runs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alpr_policy import LivePolicyDecisionPoint
from alpr_policy_adapters.client import (
    AsyncPolicyClient,
    Case,
    ClientError,
    Decision,
    Entity,
    Obligation,
    Permission,
    PolicyClient,
    RefusedError,
    Words,
)
from alpr_policy_adapters.guard import Asked, Guard, NotPermittedError, Permit, PolicyMiddleware, before, requires


def wait(officer: Entity, plate: Entity) -> list[str]:
    """Ask and wait."""
    with PolicyClient("https://policy.example.org", token_file=Path("token"), timeout=2.0) as client:
        decision: Decision = client.evaluate(officer, "search.run", plate, {"facts": {"case.state": "open"}})
        many: tuple[Decision, ...] = client.evaluate_all([{"subject": officer}], resource=plate)
        permission: Permission = client.permitted(officer, "search.run", plate, able=["log_entry"])
        native: Decision = client.decide({"action": "search.run", "at": dt.datetime.now(dt.UTC)}, mode="observe")
        words: Words = client.facts("search.run", profile="cambridge")
        case: Case = client.take("c-1", {"kind": "opened"})
        ids: list[str] = [one.id for one in client.search_subjects("officer", "search.run", plate, limit=10)]
        told = [need.name for need in decision.needs] + [duty.due for duty in native.obligations]
        told += [permission.why, many[0].why, case.status, client.ledger().head]
        return told + ids + [fact.name for fact in words.facts]


async def awaited(officer: Entity, plate: Entity) -> bool:
    """Ask and await."""
    async with AsyncPolicyClient("https://policy.example.org") as client:
        await client.discover()
        try:
            decision: Decision = await client.evaluate(officer, "search.run", plate)
        except RefusedError as refused:
            return refused.status == 429
        except ClientError as error:
            print(error.why, error.request_id)
            return False
        ids: list[str] = [one.id async for one in client.search_subjects("officer", "search.run", plate)]
        permission: Permission = await client.permitted(officer, "search.run", plate)
        return decision.proceed and bool(permission) and bool(ids)


def log_entry(obligation: Obligation, permit: Permit) -> None:
    """See to an obligation."""
    print(obligation.task, obligation.due, permit.request["facts"])


def facts_of(purpose: str, *, case: str) -> Mapping[str, Any]:
    """Say what is known of the act."""
    return {"purpose": purpose, "case.number": case}


async def asked_of(purpose: str) -> Asked:
    """Say what is known of the act, with its records."""
    return Asked(facts={"purpose": purpose}, more={"approvals": []})


GUARD = Guard(LivePolicyDecisionPoint(departments=["cambridge"]), perform={"log_entry": before(log_entry)})


@requires("search.run", facts=facts_of, guard=GUARD)
def search(purpose: str, *, case: str) -> int:
    """Do what is guarded."""
    return len(purpose + case)


@requires("search.run", facts=asked_of)
async def search_later(purpose: str) -> int:
    """Do what is guarded and awaited."""
    return len(purpose)


async def use(app: Any, client: AsyncPolicyClient, waiting: PolicyClient) -> int:
    """Use what is guarded as if it were not."""
    inner = PolicyMiddleware(app, guard=Guard(client, perform={"log_entry": log_entry}))
    outer = PolicyMiddleware(inner, guard=Guard(waiting), acts=lambda request: request.path or None)
    try:
        return search("warrant", case=str(outer)) + await search_later("warrant")
    except NotPermittedError as refused:
        return refused.status
