"""The guard: what runs, what does not, what is seen to before and after; in functions, endpoints and applications."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from tests.adapters.client_kit import LOCAL, client_of, saying
from tests.adapters.guard_kit import BAD, GOOD, LATER, Diary, act_of, guarded
from tests.adapters.http_kit import NOON, point, service

from alpr_policy_adapters.client import AsyncPolicyClient, Decision, Obligation
from alpr_policy_adapters.guard import (
    Asked,
    Guard,
    NotPermittedError,
    Permit,
    UndecidedError,
    UnmetError,
    before,
    requires,
)
from alpr_policy_adapters.guard.handlers import must_come_first
from alpr_policy_adapters.http import application

# Functions


def test_what_is_permitted_runs() -> None:
    """An act that is permitted runs with its arguments, and gives what it gives; what follows is seen to afterwards."""
    diary = Diary()
    guard = guarded(log_entry=diary.handler("saw to"))

    assert "ran x" == act_of(guard, diary, GOOD)("x")
    assert "ran y" == act_of(guard, diary, LATER)("y")
    assert ["act", "act", "saw to log_entry"] == diary


@pytest.mark.parametrize(
    ("facts", "perform", "ran", "error"),
    [
        pytest.param(BAD, {}, [], NotPermittedError, id="a denial"),
        pytest.param({}, {}, [], NotPermittedError, id="needs"),
        pytest.param(LATER, {}, [], NotPermittedError, id="nobody sees to it"),
        pytest.param(LATER, {"custom": "saw to"}, [], NotPermittedError, id="custom is no task"),
        pytest.param(LATER, {"log_entry": before}, ["saw to log_entry", "act"], None, id="before if so told"),
        pytest.param(
            LATER, {"log_entry": "fails before"}, ["fails log_entry"], NotPermittedError, id="what fails first"
        ),
        pytest.param(LATER, {"log_entry": "fails"}, ["act", "fails log_entry"], UnmetError, id="afterwards"),
    ],
)
def test_what_is_not_permitted_does_not_run(facts: Any, perform: Any, ran: list[str], error: Any) -> None:
    """Without a permit, without somebody who sees to what is owed, and where what comes first fails, nothing runs."""
    diary, known = Diary(), {}
    for name, how in perform.items():
        failing = diary.handler("fails", ValueError("x"))
        plain = diary.handler("saw to")
        known[name] = {"fails before": before(failing), "fails": failing, "saw to": plain, before: before(plain)}[how]
    act = act_of(guarded(**known), diary, facts)
    if error is None:
        act()
    else:
        with pytest.raises(error):
            act()

    assert ran == diary


def test_what_is_owed_is_told() -> None:
    """Where something that follows fails, the rest is seen to; the error tells what is owed and what the act gave."""
    diary = Diary()
    duties = [{"id": one, "type": "t", "properties": {"task": one, "due": "at_once"}} for one in "abc"]
    client = saying({"decision": True, "context": {"outcome": "allow", "obligations": duties}})
    told = client.evaluate({"type": "a", "id": "b"}, "c", {"type": "d", "id": "e"})
    fails = diary.handler("fails", ValueError("x"))
    guard = guarded(Fixed(told), a=fails, b=diary.handler("saw to"), c=fails)
    with pytest.raises(UnmetError) as unmet:
        act_of(guard, diary, GOOD)("x")

    assert ["act", "fails a", "saw to b", "fails c"] == diary
    assert ["a", "c"] == [one.task for one in unmet.value.unmet]
    assert "ran x" == unmet.value.result


class Fixed:
    """A decider that always gives the same."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def decide(self, request: Any, /) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        ConnectionError("TEST01"), None, True, {"proceed": True}, Decision(proceed=False),
        Decision(proceed=True, outcome="deny"), Decision(proceed=True, outcome="allow", as_if=("other",)),
        point().decide({"action": "search.run", "at": NOON.isoformat(), "facts": BAD}, mode="observe"),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_what_is_no_permit_opens_nothing(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    """No answer, what is none, a decision on trial and one under a text that did not bind let nothing run."""
    diary = Diary()
    with caplog.at_level(logging.ERROR), pytest.raises(NotPermittedError) as refused:
        act_of(guarded(Fixed(answer)), diary, GOOD)()

    assert [] == diary
    assert "TEST01" not in str(refused.value) + json.dumps(refused.value.problem()) + caplog.text


def test_without_a_guard_nothing_runs() -> None:
    """A function that is guarded by nobody never runs."""
    diary = Diary()

    @requires("search.run", facts=lambda: GOOD)
    def act() -> None:
        diary.append("act")

    with pytest.raises(UndecidedError):
        act()
    assert [] == diary


def test_an_act_that_fails_is_owed_for_all_the_same() -> None:
    """Where the act raises it is not known that nothing was done: what follows is seen to, and the error goes on."""
    diary = Diary()
    with pytest.raises(KeyError):
        act_of(guarded(log_entry=diary.handler("saw to")), diary, LATER, KeyError("x"))()

    assert ["act", "saw to log_entry"] == diary


def test_an_act_that_is_broken_off_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Where the act is broken off, what is owed is in the log."""
    diary = Diary()
    act = act_of(guarded(log_entry=diary.handler("saw to")), diary, LATER, KeyboardInterrupt())  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR), pytest.raises(KeyboardInterrupt):
        act()

    assert ["act"] == diary
    assert "`log_entry` was not seen to" in caplog.text


def test_a_handler_that_is_broken_off_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Where a handler that follows is broken off, it and those behind it are in the log as owed."""
    diary = Diary()

    def broken(*_: Any) -> None:
        raise KeyboardInterrupt

    owed = [Obligation(task=name, due="at_once") for name in "abc"]
    decision = Decision(proceed=True, outcome="allow", obligations=tuple(owed))
    guard = guarded(Fixed(decision), a=diary.handler("saw to"), b=broken, c=diary.handler("saw to"))
    with caplog.at_level(logging.ERROR), pytest.raises(KeyboardInterrupt):
        act_of(guard, diary, GOOD)()

    assert ["act", "saw to a"] == diary
    assert ["`b` was not" in caplog.text, "`c` was not" in caplog.text] == [True, True]


def test_functions_that_are_awaited() -> None:
    """Coroutine functions are guarded alike, with facts and handlers of either kind, by a decider of either kind."""
    diary = Diary()

    async def noted(obligation: Obligation, permit: Permit) -> None:
        diary.append(f"awaited {obligation.name} of {permit.request['facts']['requester.id']}")

    async def told(_: str) -> Any:
        return Asked(facts=LATER, at=NOON, departments=["haven"], more={"approvals": []})

    async def run(decider: Any) -> str:
        @requires("search.run", facts=told, guard=Guard(decider, perform={"log_entry": noted}))
        async def act(what: str) -> str:
            diary.append("act")
            return f"ran {what}"

        assert inspect.iscoroutinefunction(act)
        return await act("x")

    async def all_of() -> list[str]:
        transport = httpx.ASGITransport(app=application(service()))
        async with AsyncPolicyClient(LOCAL, transport=transport) as client:
            return [await run(client), await run(point()), await run(Threaded())]

    assert ["ran x"] * 3 == asyncio.run(all_of())
    assert ["act", "awaited log_entry of alice"] * 3 == diary


class Threaded:
    """A decider that must not be asked in the event loop."""

    def decide(self, request: Any, /) -> Any:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return point().decide(request)


def test_a_client_decides_for_functions() -> None:
    """A client of a server stands in for a decision point; one that has to be awaited cannot for plain functions."""
    diary = Diary()
    perform = {"log_entry": diary.handler("saw to")}

    assert "ran x" == act_of(Guard(client_of(service()), perform=perform, clock=lambda: NOON), diary, LATER)("x")
    with pytest.raises(UndecidedError):
        act_of(Guard(AsyncPolicyClient(LOCAL), perform=perform), diary, LATER)("x")
    assert ["act", "saw to log_entry"] == diary


def test_what_cannot_be_guarded() -> None:
    """Generators are refused when they are guarded, and handlers or facts that are awaited in plain functions."""

    async def awaited(*_: Any) -> Any:
        return GOOD

    with pytest.raises(TypeError):

        @requires("search.run")
        def numbers() -> Any:
            yield 1

    diary = Diary()
    with pytest.raises(NotPermittedError):
        act_of(guarded(log_entry=before(awaited)), diary, LATER)()
    with pytest.raises(TypeError):
        requires("search.run", facts=awaited, guard=guarded())(diary.append)("act")
    assert [] == diary


@pytest.mark.parametrize(
    ("obligation", "comes_first"),
    [
        ({"task": "log_entry", "due": "2026-05-05T12:00:00-04:00"}, False),
        ({"task": "log_entry", "due": "2026-05-04T16:00:00+00:00"}, True),
        ({"task": "log_entry", "due": "2026-05-04T11:59:00-04:00"}, True),
        ({"task": "log_entry", "due": "as_soon_as_practicable"}, False),
        ({"task": "log_entry", "due": "at_once"}, False),
        ({"task": "log_entry"}, True),
        ({"type": "notification"}, True),
        ({"type": "step-up", "due": "2026-05-05T12:00:00-04:00"}, True),
    ],
)
def test_when_an_obligation_is_seen_to(obligation: dict[str, str], comes_first: bool) -> None:
    """What is due later is seen to after the act; a step up, what is due by then and what says no time come first."""
    decision = Decision(proceed=True, at=NOON.isoformat())

    assert comes_first is must_come_first(Obligation(**obligation), decision)
