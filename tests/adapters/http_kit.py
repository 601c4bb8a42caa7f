"""What the tests of the server share: a small department, its people and readers, and a client without a network."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import httpx
import referencing
from jsonschema import Draft202012Validator
from referencing.jsonschema import DRAFT202012

from alpr_policy import LivePolicyDecisionPoint
from alpr_policy.model.directory import Directory
from alpr_policy.reading.directory import read_directory_data
from alpr_policy_adapters.http import (
    Asking,
    Deciding,
    Keeper,
    Limits,
    Register,
    Resource,
    Service,
    TokenFile,
    application,
    openapi,
)

NOON = dt.datetime(2026, 5, 4, 16, 0, tzinfo=dt.UTC)
HAVEN = Path(__file__).parent / "server_files" / "haven.yaml"
REGISTER = Register(
    {
        "device": {
            "d-1": Resource("device", "d-1", {"status": "approved", "kind": "fixed"}),
            "d-2": Resource("device", "d-2", {"status": "suspended", "kind": "fixed"}),
            "d-3": Resource("device", "d-3", {"status": "approved", "kind": "mobile"}),
        }
    }
)
POINTS: list[LivePolicyDecisionPoint] = []


def point() -> LivePolicyDecisionPoint:
    """Return the decision point of the small department, which all tests share."""
    if not POINTS:
        POINTS.append(LivePolicyDecisionPoint(HAVEN, departments=["haven"]))
    return POINTS[0]


def people() -> Directory:
    """Return who is who."""
    persons = [
        {"id": "alice", "agency": "haven", "roles": [{"role": "chief"}], "sworn": True},
        {"id": "bob", "agency": "haven", "roles": [], "sworn": True},
        {"id": "carol", "agency": "haven", "roles": [], "sworn": False},
    ]
    agencies = [{"id": "haven", "kind": "own"}]
    return read_directory_data(
        {"directory": 1, "timezone": "America/New_York", "persons": persons, "agencies": agencies, "absences": []}
    )


def service(
    *,
    keeper: Keeper | None = None,
    tokens: TokenFile | None = None,
    limits: Limits | None = None,
    log: list[Any] | None = None,
) -> Service:
    """Return a service of the small department, with the clock at noon."""
    deciding = Deciding(point(), people=people(), keeper=keeper)
    asking = Asking(deciding, lambda: NOON, REGISTER, limits or Limits())
    return Service(
        asking,
        departments=("haven",),
        tokens=tokens,
        public_url="https://policy.example.org",
        log=log.append if log is not None else None,
    )


def ask(served: Service, method: str, path: str, **more: Any) -> httpx.Response:
    """Send one request, without a network."""

    async def sending() -> httpx.Response:
        transport = httpx.ASGITransport(app=application(served), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.request(method, path, **more)

    return asyncio.run(sending())


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Return what holds data against a schema of the OpenAPI document."""
    document = referencing.Resource(contents=openapi(), specification=DRAFT202012)
    registry: referencing.Registry[Any] = referencing.Registry().with_resource("urn:document", document)
    return Draft202012Validator(
        {"$ref": "urn:document" + schema["$ref"]} if "$ref" in schema else schema, registry=registry
    )
