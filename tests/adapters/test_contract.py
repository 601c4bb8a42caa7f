"""The server held to its own OpenAPI document by schemathesis: what is sent is taken as it says, and answered so."""

from __future__ import annotations

import copy
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("schemathesis", reason="needs schemathesis: pip install --group dev")

import schemathesis
from hypothesis import HealthCheck, settings
from tests.adapters.http_kit import NOON, people, point, service
from tests.adapters.ledger_kit import opened

from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.http import SCOPES, Limits, TokenFile, application, new_token, openapi

pytestmark = pytest.mark.contract

NEGATIVE, POSITIVE = "negative_data_rejection", "positive_data_acceptance"
# A check that does not apply to a path, and why.
LEFT_OUT = {
    # A request that is wrong is judged all the same, and denied: docs/decisions.md.
    "/v1/decide": {NEGATIVE},
    "/v1/explain": {NEGATIVE},
    # An item that cannot be evaluated is denied in its place, as AuthZEN asks.
    "/access/v1/evaluations": {NEGATIVE},
    # A token of a page is known to the server that gave it out alone.
    "/access/v1/search/subject": {POSITIVE},
    "/access/v1/search/resource": {POSITIVE},
    "/access/v1/search/action": {POSITIVE},
    # Which characters can be seen is more than a pattern can say.
    "/v1/cases/{case}": {POSITIVE},
    # What an event must have besides its kind depends on the kind, and on the case.
    "/v1/cases/{case}/events": {POSITIVE},
    # A request is about a denial that was given out here, by its name.
    "/access/v1/requests": {POSITIVE},
    "/access/v1/requests/{task}": {POSITIVE},
    "/access/v1/requests/{task}/cancel": {POSITIVE},
    # Whether a person has the roles that let them is for the row and the directory to say.
    "/v1/ledger/{row}/override": {POSITIVE},
}
SECONDS = 120.0
KEEPING = r"^/(v1/(cases|ledger|duties)|access/v1/evaluation$)"
QUICK = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def made(keeps: bool) -> tuple[Any, str, tempfile.TemporaryDirectory[str]]:
    """Return an application with or without a ledger, a token that opens all of it, and the folder of both."""
    folder = tempfile.TemporaryDirectory(prefix="alpr-policy-contract-")
    text, _ = new_token(Path(folder.name) / "tokens.json", scopes=SCOPES, now=NOON)
    place = str(Path(folder.name) / "ledger.db")
    keeper = None
    if keeps:
        opened(place).close()
        keeper = Kept(place, point(), people=people())
    tokens = TokenFile(Path(folder.name) / "tokens.json", lambda: NOON)
    # A machine that is busy is no fault of the server.
    served = service(keeper=keeper, tokens=tokens, limits=Limits(seconds=SECONDS))
    return application(served), text, folder


def described(*, keeps: bool) -> Any:
    """Return the published document, led to an application that is made when it is first asked."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await made(keeps)[0](scope, receive, send)

    schema = schemathesis.openapi.from_dict(copy.deepcopy(openapi()))
    schema.app = app
    return schema


def held(case: Any, *, keeps: bool) -> None:
    """Send a case, and hold the answer to every check that applies."""
    names = LEFT_OUT.get(case.operation.path, set())
    left_out = [schemathesis.checks.CHECKS.get_one(name) for name in sorted(names)]
    case.call_and_validate(
        headers={"Authorization": f"Bearer {made(keeps)[1]}"}, excluded_checks=left_out, timeout=SECONDS
    )


@described(keeps=False).parametrize()
@QUICK
def test_the_document_is_kept_without_a_ledger(case: Any) -> None:
    """Whatever the document lets be sent, or does not, is answered as it says, and never by a fault of ours."""
    held(case, keeps=False)


@described(keeps=True).include(path_regex=KEEPING).parametrize()
@QUICK
def test_the_document_is_kept_with_a_ledger(case: Any) -> None:
    """The same with a ledger, on the paths that ask it."""
    held(case, keeps=True)


@pytest.mark.slow
@described(keeps=True).parametrize()
@LONG
def test_the_document_is_kept_on_very_many(case: Any) -> None:
    """The same on many more of every path."""
    held(case, keeps=True)


@pytest.mark.slow
def test_the_document_is_kept_in_a_row() -> None:
    """What one answer gives, such as the name of a case, is asked for by the next, and everything fits the document."""
    schema = described(keeps=True)
    headers = {"Authorization": f"Bearer {made(True)[1]}"}

    class Workflow(schema.as_state_machine()):  # type: ignore[misc]  # a class that schemathesis makes
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers, "timeout": SECONDS}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            names = LEFT_OUT.get(case.operation.path, set())
            left_out = [schemathesis.checks.CHECKS.get_one(name) for name in sorted(names)]
            case.validate_response(response, excluded_checks=left_out, headers=headers)

    Workflow.run(settings=settings(LONG, max_examples=30, stateful_step_count=6))
