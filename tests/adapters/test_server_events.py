"""Bodies of any shape sent to a case: an answer or a refusal, never a fault of ours, and the ledger stays whole."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.adapters.http_kit import ask, people, point, service
from tests.adapters.ledger_kit import opened

from alpr_policy.evaluators.stateful.events import BODIES
from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.ledger import Ledger, verify

AT = "2026-05-04T11:00:00-04:00"
FACTS = {"purpose": "criminal_investigation", "plate.number": "TEST01"}
RECORD = {"topic": "data.export", "decision": "granted", "by": "alice", "role": "chief", "at": AT}
OPENED = {"kind": "opened", "action": "data.export", "by": "bob", "facts": FACTS}
NEAR: tuple[dict[str, Any], ...] = (
    OPENED,
    OPENED | {"subject": "exception", "departments": ["haven"], "case": "c-9"},
    {"kind": "asked", "action": "data.export", "by": "bob", "facts": FACTS, "standing": [RECORD]},
    {"kind": "supplied", "by": "bob", "facts": FACTS, "source": "desk 1"},
    {"kind": "approval", "decision": "granted", "by": "alice", "role": "chief", "scope": {"plate.number": "TEST01"}},
    {"kind": "approval", "decision": "refused", "by": "alice", "role": "chief"},
    {"kind": "check", "check": "visual", "by": "alice", "result": "pass"},
    {"kind": "hold", "by": "alice", "basis": "court_order", "scope": FACTS},
    {"kind": "happened", "event": "arrest", "when": AT, "ends": AT, "of": "c-1"},
    {"kind": "done", "by": "bob"},
    {"kind": "withdrawn", "by": "bob", "note": "no longer needed"},
    {"kind": "closed", "by": "bob"},
    {"kind": "tick"},
    {"kind": "duty_done", "task": "log_transaction", "by": "bob", "when": AT},
    {"kind": "disposed", "by": "bob", "outcome": "unfounded"},
)
TEXTS = st.sampled_from(["", "unknown", "bob", "haven", AT, "9999-12-31", "\x00", "\ud800", "a" * 400]) | st.text()
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**39, -1, 0, 1e308])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


@st.composite
def nearly(draw: st.DrawFn) -> dict[str, Any]:
    """Return an event with some of its parts, or parts of its parts, replaced by anything."""
    event = copy.deepcopy(draw(st.sampled_from(NEAR)))
    for _ in range(draw(st.integers(0, 3))):
        inside: Any = event
        # A key that the kind does not know is refused at once, so such are drawn seldom.
        key: Any = draw(st.sampled_from([*BODIES[event["kind"]].fields, "by", "at", "by", "kind", "odd"]))
        while isinstance(inside.get(key), dict) and inside[key] and draw(st.booleans()):
            inside = inside[key]
            key = draw(st.sampled_from(sorted(inside)))
        if key == "kind":
            return event | {key: draw(ANYTHING)}
        inside[key] = draw(ANYTHING)
    if draw(st.booleans()):
        event.pop(draw(st.sampled_from(sorted(event))), None)
    return event


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Serve a ledger with one case."""
    place = str(tmp_path_factory.mktemp("events") / "ledger.db")
    opened(place).close()
    served = service(keeper=Kept(place, point(), people=people()))
    assert 200 == ask(served, "POST", "/v1/cases/c-1/events", json=OPENED | {"departments": ["haven"]}).status_code
    return served, place


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(name=st.sampled_from(["c-1", "c-2", "%20", "%F0%9F%9A%97"]), body=nearly() | nearly() | nearly() | ANYTHING)
@example(name="c-1", body={"kind": "opened", "departments": [None, {}, []], "facts": {"a": {"b": {}}}})
@example(name="c-1", body={"kind": "approval", "scope": {"plate.number": {"$set": [1]}}, "role": 7})
@example(name="c-1", body={"kind": "happened", "event": "arrest", "when": "0001-01-01T00:00:00+23:59"})
def test_no_event_is_a_fault_of_ours(kept: Any, name: str, body: Any) -> None:
    """Whatever is sent to a case is taken, refused in a step, or answered by a status below 500; 300 at each run."""
    served, _ = kept
    text = json.dumps(body, allow_nan=True)
    sent = ask(served, "POST", f"/v1/cases/{name}/events", content=text, headers={"Content-Type": "application/json"})

    assert sent.status_code in (200, 400, 404), (sent.status_code, sent.text)
    assert sent.status_code != 200 or "row" in sent.json()


def test_after_all_of_it_the_ledger_is_whole(kept: Any) -> None:
    """What was taken stands in the ledger unharmed, and the cases can still be read."""
    served, place = kept
    assert verify(Ledger.open(place)).is_whole
    assert 200 == ask(served, "GET", "/v1/cases").status_code
    assert 200 == ask(served, "GET", "/v1/cases/c-1").status_code
