"""Serving by profiles that change on disk: whole or not at all, with an alarm, under any number of threads."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alpr_policy import LivePolicyDecisionPoint, Outcome, PolicyError, ProfileError, UnknownProfileError

TOWN = """language: 1
profile: millbrook
department: Millbrook Police Department
policy: {title: Plate Readers, number: "7-04", effective: 2026-01-01}
timezone: America/New_York
silence: deny
permissions:
  - {id: official-use, cite: "1", action: search.run, when: {purpose: [PURPOSE]}, only: true}
outline: ["1"]
"""
TEMPLATE = """language: 1
profile: template
department: Any Police Department
policy: {title: Plate Readers, number: "1", effective: 2026-01-01}
timezone: America/New_York
silence: deny
parameters:
  head: {type: role, required: true, value: null, cite: "1"}
roles:
  chief: {title: Chief, cite: "1"}
approvals:
  - {id: word, cite: "1", action: search.run, by: [{parameter: head}, chief]}
outline: ["1"]
"""
SEARCH = {"action": "search.run", "at": "2026-05-04T10:00:00-04:00", "facts": {"purpose": "audit"}}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], None]:
    """Give a function that writes the department's profile as it permits one purpose; anything else breaks it."""
    stamp = iter(range(1, 1000))

    def put(purpose: str) -> None:
        path, now = tmp_path / "millbrook.yaml", 1_700_000_000 + next(stamp)
        path.write_text(TOWN.replace("PURPOSE", purpose), encoding="utf-8")
        os.utime(path, (now, now))

    return put


@pytest.fixture
def live(tmp_path: Path, write: Callable[[str], None]) -> Iterator[LivePolicyDecisionPoint]:
    """Give a live decision point over a department that permits audits."""
    write("audit")
    with LivePolicyDecisionPoint(tmp_path, departments=["millbrook"]) as point:
        yield point


def test_a_change_is_taken_up(live: LivePolicyDecisionPoint, write: Callable[[str], None]) -> None:
    """After a reload the new text judges, and the profile that is active is the new one."""
    before, hashed = live.decide(SEARCH).outcome, live.catalog.latest("millbrook").content_hash
    write("training")

    assert live.reload()
    assert (Outcome.ALLOW, Outcome.DENY) == (before, live.decide(SEARCH).outcome)
    assert hashed != live.catalog.latest("millbrook").content_hash


def test_what_cannot_be_used_leaves_the_last_good_profile_and_raises_an_alarm(
    tmp_path: Path, write: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    """A broken profile changes no decision; the listener, the log and `problem` say what is wrong with it."""
    heard: list[PolicyError] = []
    write("audit")
    live = LivePolicyDecisionPoint(tmp_path, departments=["millbrook"], on_alarm=heard.append)
    write("no_such_purpose")

    with caplog.at_level(logging.ERROR, logger="alpr_policy"):
        taken_up = live.reload()

    assert not taken_up
    assert Outcome.ALLOW is live.decide(SEARCH).outcome
    assert ["unknown-value"] == [d.code for d in heard[0].diagnostics]
    assert heard[0] is live.problem
    assert "no_such_purpose" in caplog.text
    write("audit")
    assert live.reload()
    assert live.problem is None


def test_a_listener_that_fails_stops_nothing(tmp_path: Path, write: Callable[[str], None]) -> None:
    """An alarm that cannot be delivered neither raises nor loses the last good profile."""

    def broken(error: PolicyError) -> None:
        raise OSError("no line")

    write("audit")
    live = LivePolicyDecisionPoint(tmp_path, departments=["millbrook"], on_alarm=broken)
    write("no_such_purpose")

    assert not live.reload()
    assert Outcome.ALLOW is live.decide(SEARCH).outcome


def test_a_profile_that_goes_missing_is_an_alarm(tmp_path: Path, live: LivePolicyDecisionPoint) -> None:
    """A department that is served may not vanish: the last good text stays in force."""
    (tmp_path / "millbrook.yaml").unlink()

    assert not live.reload()
    assert isinstance(live.problem, UnknownProfileError)
    assert Outcome.ALLOW is live.decide(SEARCH).outcome


def test_a_batch_is_judged_under_one_text(live: LivePolicyDecisionPoint, write: Callable[[str], None]) -> None:
    """A change in the middle of a batch is taken up by the next one."""
    batch = live.decide_all([SEARCH, SEARCH])
    first = next(batch).outcome
    write("training")
    live.reload()

    assert (Outcome.ALLOW, Outcome.ALLOW) == (first, next(batch).outcome)
    assert [Outcome.DENY] == [one.outcome for one in live.decide_all([SEARCH])]


def test_changes_are_noticed_while_it_watches(live: LivePolicyDecisionPoint, write: Callable[[str], None]) -> None:
    """A watching decision point takes up a change by itself, and closing it ends its thread."""
    live.watch(every=0.01)
    write("training")
    deadline = time.monotonic() + 20
    while live.decide(SEARCH).outcome is Outcome.ALLOW and time.monotonic() < deadline:
        time.sleep(0.01)
    live.close()

    assert Outcome.DENY is live.decide(SEARCH).outcome
    assert "alpr-policy-reload" not in {thread.name for thread in threading.enumerate()}


def test_many_threads_get_whole_answers_while_the_text_changes(
    live: LivePolicyDecisionPoint, write: Callable[[str], None]
) -> None:
    """Whatever the threads see is one text's answer or the other's, and afterwards all see the newest."""
    stop = threading.Event()

    def ask() -> set[tuple[str, tuple[str, ...], bool]]:
        seen = set()
        while not stop.is_set():
            decision = live.decide(SEARCH)
            seen.add((decision.outcome.value, tuple(r.effect for r in decision.reasons), bool(decision.faults)))
        return seen

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        for number in range(10):
            write("training" if number % 2 == 0 else "audit")
            assert live.reload()
        stop.set()
        seen = set().union(*(one.result() for one in asking))

    assert {("allow", ("permit",), False), ("deny", ("forbid",), False)} >= seen
    assert Outcome.ALLOW is live.decide(SEARCH).outcome


def test_an_event_loop_may_ask_while_another_thread_reloads(
    live: LivePolicyDecisionPoint, write: Callable[[str], None]
) -> None:
    """Deciding waits for nothing, so it may be called from a coroutine; reloading goes to a thread."""

    async def serve() -> list[Outcome]:
        before = live.decide(SEARCH).outcome
        write("training")
        await asyncio.to_thread(live.reload)
        return [before, live.decide(SEARCH).outcome]

    assert [Outcome.ALLOW, Outcome.DENY] == asyncio.run(serve())


def test_a_profile_with_an_open_position_is_not_served(tmp_path: Path) -> None:
    """A required parameter that nobody has filled refuses the service, by its name and place."""
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")

    with pytest.raises(ProfileError) as refused:
        LivePolicyDecisionPoint(tmp_path, departments=["template"])

    assert ["open-parameter"] == [d.code for d in refused.value.diagnostics]
    assert "`head`" in str(refused.value)
    assert refused.value.diagnostics[0].span.line == 8


def test_an_adopter_that_fills_it_is_served(tmp_path: Path) -> None:
    """The file that adopts a template and fills its positions is served, with the template beside it."""
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "town.yaml").write_text(
        "language: 1\nprofile: town\nadopts: template\ndepartment: Town Police Department\n"
        'policy: {title: Plate Readers, number: "1", effective: 2026-01-01}\ntimezone: America/New_York\n'
        "parameters: {head: chief}\n",
        encoding="utf-8",
    )

    assert Outcome.DENY is LivePolicyDecisionPoint(tmp_path, departments=["town"]).decide(SEARCH).outcome


def test_an_unknown_department_is_refused_at_once(tmp_path: Path) -> None:
    """Serving a department that nobody knows fails when it is set up, not with the first request."""
    with pytest.raises(UnknownProfileError):
        LivePolicyDecisionPoint(tmp_path, departments=["nowhere"])
