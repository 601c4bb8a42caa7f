"""Software that asks over HTTP, and software that is guarded: what is no clear yes is a no."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy_adapters.client import ClientError, Decision, Obligation, PolicyClient
from alpr_policy_adapters.guard import Guard, NotPermittedError, Permit, UnmetError, before, requires

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TASKS = ("log_entry", "notify_supervisor", "audit", "verify_status")
DUE = ("", "at_once", "2026-05-04T16:00:00+00:00", "2026-05-06T16:00:00+00:00")
OBLIGATIONS = st.lists(
    st.builds(Obligation, task=st.sampled_from(TASKS), due=st.sampled_from(DUE), type=st.sampled_from(("", "custom"))),
    max_size=4,
)
OWED = st.sampled_from(TASKS).map(lambda task: {"id": "1", "type": "custom", "properties": {"task": task}})
# A clear yes, in which a few parts are changed or not at all, so that one thing alone is wrong with many.
WRONG: dict[str, Any] = {
    "decision": None,
    "outcome": st.sampled_from(("needs", "deny", "other")) | JSON,
    "obligations": st.lists(OWED | JSON, max_size=2) | JSON,
    "reasons": st.sampled_from(([], "none", [7], {}, 0)),
    "error": JSON,
}


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Draw the body of an answer."""
    changes = draw(st.sets(st.sampled_from(sorted(WRONG)), max_size=2))
    context: dict[str, Any] = {"outcome": "allow", "obligations": draw(st.lists(OWED, max_size=2))}
    context |= {name: draw(WRONG[name]) for name in sorted(changes - {"decision"})}
    decision = draw(st.just(False) | JSON) if "decision" in changes else True
    whole = {"decision": decision, "context": draw(st.sampled_from((context, context, context, None, [], 0)))}
    return draw(st.just(json.dumps(whole).encode()) | st.just(json.dumps(whole).encode()) | st.binary(max_size=30))


KINDS = st.sampled_from(("application/json", "application/json", "application/json; charset=utf-8", "text/html", ""))
STATUSES = st.sampled_from((200, 200, 200, 201, 204, 302, 400, 401, 403, 500, 503))


@settings(max_examples=300)
@given(status=STATUSES, kind=KINDS, body=bodies(), able=st.frozensets(st.sampled_from(TASKS)))
def test_only_a_clear_yes_permits(status: int, kind: str, body: bytes, able: frozenset[str]) -> None:
    """A client permits only on a whole answer of status 200 that says yes, with nothing owed beyond the caller."""

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body, headers={"content-type": kind})

    client = PolicyClient("http://localhost", transport=httpx.MockTransport(handler), retries=0)
    asked = ({"type": "officer", "id": "a"}, "search.run", {"type": "plate", "id": "TEST01"})
    permission = client.permitted(*asked, able=able)
    try:
        decision: Decision | None = client.evaluate(*asked)
    except ClientError:
        decision = None

    assert permission.granted is _clearly(status, kind, body, able)
    assert permission.granted is (decision is not None and decision.proceed and _within(decision, able))
    assert permission.granted or permission.why


def _clearly(status: int, kind: str, body: bytes, able: frozenset[str]) -> bool:
    """Say by the answer itself, read in another way, whether it permits."""
    if status != 200 or not kind.startswith("application/json"):
        return False
    try:
        data: Any = json.loads(body)
    except ValueError:
        return False
    context = data.get("context") if isinstance(data, dict) else 0
    context = {} if context is None else context
    if not isinstance(context, dict) or data.get("decision") is not True:
        return False
    told = [context.get(key) for key in ("outcome", "error")]
    owed = context.get("obligations")
    if told != [None, None] and (told[0] != "allow" or told[1] is not None or not _listed(context.get("reasons"))):
        return False
    return owed is None or (isinstance(owed, list) and all(_seen_to(one, able) for one in owed))


def _listed(reasons: Any) -> bool:
    return reasons is None or reasons == []


def _seen_to(one: Any, able: frozenset[str]) -> bool:
    inner = one.get("properties") if isinstance(one, dict) else None
    return isinstance(inner, dict) and isinstance(inner.get("task"), str) and inner["task"] in able


def _within(decision: Decision, able: frozenset[str]) -> bool:
    return all(one.task in able for one in decision.obligations)


class Fixed:
    """A decider that always gives the same."""

    def __init__(self, answer: Decision) -> None:
        self.answer = answer

    def decide(self, request: Any, /) -> Decision:
        return self.answer


@settings(max_examples=200)
@given(
    proceed=st.booleans(),
    obligations=OBLIGATIONS,
    known=st.dictionaries(st.sampled_from((*TASKS, "custom")), st.tuples(st.booleans(), st.booleans()), max_size=5),
    is_awaited=st.booleans(),
    is_told=st.booleans(),
)
def test_nothing_runs_that_nobody_sees_to(
    proceed: bool,
    obligations: list[Obligation],
    known: dict[str, tuple[bool, bool]],
    is_awaited: bool,
    is_told: bool,
) -> None:
    """A guarded function runs once, where it is permitted and all that it obliges to has a handler; else never."""
    ran: list[str] = []

    def handler(name: str, fails: bool) -> Any:
        def handle(obligation: Obligation, permit: Permit) -> None:
            ran.append(name)
            if fails:
                raise ValueError

        return handle

    perform = {
        name: before(handler(name, fails)) if first else handler(name, fails) for name, (fails, first) in known.items()
    }
    outcome = ("allow" if proceed else "deny") if is_told else ""
    decision = Decision(
        proceed=proceed, outcome=outcome, at="2026-05-04T16:00:00+00:00", obligations=tuple(obligations)
    )
    raised = _ran(Guard(Fixed(decision), perform=perform), ran, is_awaited)
    handled = all(one.task in known for one in obligations)
    first = [one for one in obligations if handled and (known[one.task][1] or one.due in ("", decision.at))]
    spoilt = any(known[one.task][0] for one in first)

    assert ran.count("act") == (proceed and handled and not spoilt)
    assert (raised is NotPermittedError) is ("act" not in ran)
    if "act" in ran:
        assert sorted([one.task for one in obligations] + ["act"]) == sorted(ran)
        assert [one.task for one in first] == ran[: ran.index("act")]
        assert (raised is UnmetError) is any(known[one.task][0] for one in obligations)
    elif not (proceed and handled):
        assert [] == ran


def _ran(guard: Guard, ran: list[str], is_awaited: bool) -> type[Exception] | None:
    @requires("search.run", guard=guard)
    def plain() -> None:
        ran.append("act")

    @requires("search.run", guard=guard)
    async def awaited() -> None:
        ran.append("act")

    try:
        if is_awaited:
            asyncio.run(awaited())
        else:
            plain()
    except (NotPermittedError, UnmetError) as error:
        return type(error)
    return None
