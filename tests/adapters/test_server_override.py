"""Two departments in one act, observing, and acting against a denial, over HTTP as in the core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from tests.adapters.http_kit import HAVEN, NOON, ask
from tests.adapters.ledger_kit import opened

from alpr_policy import LivePolicyDecisionPoint
from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.http import Asking, Deciding, Limits, Register, Service, TokenFile, new_token

FORDHAM = Path(__file__).parent / "office_files" / "fordham.yaml"
SEARCH = {"action": "search.run", "at": "2026-05-04T12:00:00-04:00", "facts": {"purpose": "personal"}, "approvals": []}
WHY = {"by": "pat", "why": "a child is missing", "roles": ["chief"]}


def served(tmp_path: Path, *departments: str, tokens: TokenFile | None = None) -> Service:
    """Return a service of Fordham and Haven that keeps a ledger."""
    place = str(tmp_path / "ledger.db")
    opened(place).close()
    point = LivePolicyDecisionPoint(FORDHAM, HAVEN, departments=departments)
    deciding = Deciding(point, keeper=Kept(place, point))
    return Service(Asking(deciding, lambda: NOON, Register(), Limits()), departments=departments, tokens=tokens)


def post(service: Service, path: str, body: dict[str, Any], token: str = "") -> tuple[int, Any]:
    """Send a body; return the status and the answer."""
    answer = ask(service, "POST", path, json=body, headers={"Authorization": f"Bearer {token}"} if token else {})
    return answer.status_code, answer.json()


def test_the_strictest_of_two_departments_stands(tmp_path: Path) -> None:
    """An act under two departments is judged by both, and what one alone would allow waits for the other."""
    both = served(tmp_path, "fordham", "haven")
    facts = {"purpose": "criminal_investigation", "requester.sworn": True, "reason.recorded": True}
    _, answer = post(both, "/v1/decide", {**SEARCH, "facts": facts})
    assert {"fordham": "needs", "haven": "allow"} == {one["profile"]: one["outcome"] for one in answer["judged_by"]}
    assert "needs" == answer["outcome"]


def test_observing_judges_and_lets_pass(tmp_path: Path) -> None:
    """In mode observe the outcome is the same and stands in the ledger, and the caller may go on."""
    service = served(tmp_path, "fordham")
    _, answer = post(service, "/v1/decide?mode=observe", SEARCH)
    assert ("deny", True, "observe") == (answer["outcome"], answer["proceed"], answer["mode"])
    assert answer["ledger"]["row"] > 0


def test_a_denial_is_acted_against_once_by_whom_the_policy_lets(tmp_path: Path) -> None:
    """Who holds no role that the policy names may not; the chief may, once, and the second time is told why not."""
    service = served(tmp_path, "fordham")
    _, denial = post(service, "/v1/decide", SEARCH)
    assert ("deny", ["chief"]) == (denial["outcome"], denial["override"])
    path = f"/v1/ledger/{denial['ledger']['row']}/override"
    status, answer = post(service, path, {**WHY, "roles": ["sergeant"]})
    assert (200, False, None) == (status, answer["answer"]["may"], answer["row"])
    status, answer = post(service, path, WHY)
    assert (200, True, "chief") == (status, answer["answer"]["may"], answer["override"]["role"])
    assert answer["row"] > denial["ledger"]["row"]
    status, answer = post(service, path, WHY)
    assert (200, False, None) == (status, answer["answer"]["may"], answer["row"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/ledger/999/override", WHY, 404),
        ("/v1/ledger/x/override", WHY, 404),
        ("/v1/ledger/٣/override", WHY, 404),
        (f"/v1/ledger/{'9' * 40}/override", WHY, 404),
        ("/v1/ledger/1/override", {**WHY, "why": " "}, 400),
        ("/v1/ledger/1/override", {**WHY, "by": 7}, 400),
        ("/v1/ledger/1/override", {**WHY, "roles": "chief"}, 400),
        ("/v1/ledger/1/override", {"why": "x"}, 400),
    ],
)
def test_what_is_no_override_is_refused(tmp_path: Path, path: str, body: dict[str, Any], status: int) -> None:
    """A row that is none, a reason or a person that is not said: each with its own status, and nothing is written."""
    service = served(tmp_path, "fordham")
    assert status == post(service, path, body)[0]


def test_an_override_takes_its_scope_its_person_and_its_department(tmp_path: Path) -> None:
    """A token without `approve`, of another person, or of another department does not act against a denial."""
    tokens = tmp_path / "tokens.json"
    made = {
        name: new_token(tokens, scopes=scopes, now=NOON, person=person, departments=departments)[0]
        for name, scopes, person, departments in (
            ("officer", ["decide"], "", ["fordham"]),
            ("chief", ["approve"], "pat", ["fordham"]),
            ("haven", ["approve"], "", ["haven"]),
        )
    }
    service = served(tmp_path, "fordham", "haven", tokens=TokenFile(tokens, lambda: NOON))
    _, denial = post(service, "/v1/decide", SEARCH, made["officer"])
    path = f"/v1/ledger/{denial['ledger']['row']}/override"
    assert 403 == post(service, path, WHY, made["officer"])[0]
    assert 404 == post(service, path, WHY, made["haven"])[0]
    assert 403 == post(service, path, {**WHY, "by": "kim"}, made["chief"])[0]
    status, answer = post(service, path, {"why": WHY["why"], "roles": ["chief"]}, made["chief"])
    assert (200, "pat") == (status, answer["override"]["by"])
