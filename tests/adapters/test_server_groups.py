"""Single decisions of many callers that are judged and written together: each gets its own answer, and it stands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from tests.adapters.http_kit import people, point, service
from tests.adapters.ledger_kit import opened
from tests.adapters.office_kit import NOON, Clock, village
from tests.adapters.test_office_stretch import SEARCH

from alpr_policy import read_request
from alpr_policy.model.request import Mode, Request
from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.http import Answer, application
from alpr_policy_adapters.http.gathering import MOST, Gathering
from alpr_policy_adapters.http.judging import Wish
from alpr_policy_adapters.ledger import Kind, Ledger, LedgerUnavailableError, Wanted, recompute, verify
from alpr_policy_adapters.office import Office

CALLERS = 40
WISH = Wish(read_request({"action": "search.run", "at": "2026-05-04T10:00:00-04:00"}), ("haven",))


class Keeper:
    """A keeper that notes its groups, and does with each what a test says."""

    def __init__(self, before: Callable[[Sequence[Wish]], None] = lambda _: None) -> None:
        self.groups: list[int] = []
        self.before = before

    def decided_each(self, wishes: Sequence[Wish]) -> list[Answer]:
        """Answer each with its number in the group."""
        self.groups.append(len(wishes))
        self.before(wishes)
        decisions = [point().decide(one.request, departments=one.departments) for one in wishes]
        return [Answer(decision, number) for number, decision in enumerate(decisions)]


def gathered(keeper: Any, callers: int) -> list[Any]:
    """Let callers ask at once; return their answers, and what was raised instead."""

    async def all_of_them() -> list[Any]:
        with ThreadPoolExecutor(2) as pool:
            group = Gathering(keeper, lambda: pool)
            return await asyncio.gather(*(group.decided(WISH) for _ in range(callers)), return_exceptions=True)

    return asyncio.run(all_of_them())


def test_who_comes_meanwhile_is_in_the_next_group() -> None:
    """While one group is written the next gathers, none is larger than the most, and everybody is answered."""
    go = threading.Event()
    keeper = Keeper(lambda _: go.wait(10) and None)

    async def all_of_them() -> list[Answer]:
        with ThreadPoolExecutor(2) as pool:
            group = Gathering(keeper, lambda: pool)  # type: ignore[arg-type]  # all of a keeper that is needed
            first = asyncio.ensure_future(group.decided(WISH))
            while not keeper.groups:
                await asyncio.sleep(0.001)
            rest = [asyncio.ensure_future(group.decided(WISH)) for _ in range(MOST + 3)]
            await asyncio.sleep(0)
            go.set()
            return await asyncio.gather(first, *rest)

    answers = asyncio.run(all_of_them())

    assert [1, MOST, 3] == keeper.groups
    assert [0, *range(MOST), *range(3)] == [one.row for one in answers]


def test_who_went_away_is_not_asked_about() -> None:
    """A caller that is cancelled before its group begins is left out; the others are answered."""
    go = threading.Event()
    keeper = Keeper(lambda _: go.wait(10) and None)

    async def some_go() -> list[Any]:
        with ThreadPoolExecutor(2) as pool:
            group = Gathering(keeper, lambda: pool)  # type: ignore[arg-type]  # all of a keeper that is needed
            first = asyncio.ensure_future(group.decided(WISH))
            while not keeper.groups:
                await asyncio.sleep(0.001)
            rest = [asyncio.ensure_future(group.decided(WISH)) for _ in range(6)]
            await asyncio.sleep(0)
            for one in rest[::2]:
                one.cancel()
            await asyncio.sleep(0)
            go.set()
            return await asyncio.gather(first, *rest, return_exceptions=True)

    answers = asyncio.run(some_go())

    assert [1, 3] == keeper.groups
    assert 3 == sum(isinstance(one, asyncio.CancelledError) for one in answers)


def test_a_fault_is_told_to_each_and_the_next_group_goes_on() -> None:
    """Where a group fails, each of its callers is told, nobody waits for ever, and later ones are answered."""

    def failing(_: Sequence[Wish]) -> None:
        if len(keeper.groups) == 1:
            raise MemoryError

    keeper = Keeper(failing)
    told = gathered(keeper, 1) + gathered(keeper, 5)

    assert ["RuntimeError", *["Answer"] * 5] == [type(one).__name__ for one in told]


def test_a_pool_that_is_closed_keeps_nobody_waiting() -> None:
    """After the end of the threads a caller is told so at once, and so is the one after it."""
    pool = ThreadPoolExecutor(1)
    pool.shutdown()

    async def two() -> list[Any]:
        group = Gathering(Keeper(), lambda: pool)  # type: ignore[arg-type]  # all of a keeper that is needed
        return [await asyncio.gather(group.decided(WISH), return_exceptions=True) for _ in range(2)]

    assert [["RuntimeError"]] * 2 == [[type(one).__name__ for one in told] for told in asyncio.run(two())]


def test_each_of_many_gets_the_row_in_which_its_decision_stands(tmp_path: Path) -> None:
    """Asked at once over HTTP, each answer names the row that holds its own request, in fewer transactions."""
    place = str(tmp_path / "ledger.db")
    opened(place).close()
    keeper = Kept(place, point(), people=people())
    commits, commit = [0], keeper.office().ledger.commit

    def counted(batches: Any) -> Any:
        commits[0] += 1
        return commit(batches)

    keeper.office().ledger.commit = counted  # type: ignore[method-assign]  # to count transactions

    async def all_of_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=application(service(keeper=keeper)))
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:

            def asked(number: int) -> Any:
                body = {
                    "subject": {"type": "officer", "id": "alice" if number % 3 else "carol"},
                    "action": {
                        "name": "search.run",
                        "properties": {"purpose": "criminal_investigation", "reason.recorded": True},
                    },
                    "resource": {"type": "plate", "id": f"TEST{number:02}"},
                    "context": {"approvals": []},
                }
                return client.post("/access/v1/evaluation", json=body)

            return await asyncio.gather(*(asked(number) for number in range(CALLERS)))

    answers = [one.json() for one in asyncio.run(all_of_them())]
    ledger = Ledger.open(place)
    rows = [ledger.row(one["context"]["ledger"]["row"]) for one in answers]

    assert [bool(number % 3) for number in range(CALLERS)] == [one["decision"] for one in answers]
    assert [f"TEST{number:02}" for number in range(CALLERS)] == [
        row.whole["request"]["facts"]["plate.number"] for row in rows if row is not None
    ]
    assert commits[0] < CALLERS
    assert verify(ledger).is_whole
    assert 0 == len(recompute(ledger).different)


def _asked(office: Office, requests: Sequence[Request]) -> list[tuple[Any, Any]]:
    return office.decided_each([(one, ("village",), Mode.ENFORCE, None) for one in requests])


def test_what_counts_past_acts_counts_those_of_its_own_group(tmp_path: Path) -> None:
    """The third search for one plate in a group is noted as the third, and each has the row of its own."""
    ledger = Ledger.open(str(tmp_path / "ledger.db"), create=True)
    office = Office(village(), ledger, clock=Clock())
    told = _asked(office, [read_request(SEARCH)] * 3)
    rows = [receipt.seq for _, receipt in told]

    assert [[], [], ["repeats"]] == [[one.rule for one in decision.warnings] for decision, _ in told]
    assert rows == [row.seq for row in ledger.rows(Wanted(kinds=frozenset({Kind.DECISION})))]
    assert [ledger.row(row).hash for row in rows] == [receipt.hash for _, receipt in told]  # type: ignore[union-attr]


def test_a_group_that_cannot_be_written_is_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the ledger fails at the end, or when a count asks for it, all are denied after one try; then it goes on."""
    ledger = Ledger.open(str(tmp_path / "ledger.db"), create=True)
    office, tries = Office(village(), ledger, clock=Clock()), [0]
    _asked(office, [read_request({"action": "stop.start", "at": NOON, "facts": {"purpose": "stolen_property"}})])

    def failing(_: Any) -> Any:
        tries[0] += 1
        raise LedgerUnavailableError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "commit", failing)
        told = _asked(office, [read_request(SEARCH)] * 5)

    assert [("not_recorded", None)] * 5 == [(decision.reasons[0].rule, receipt) for decision, receipt in told]
    assert 1 == tries[0]
    assert all(receipt is not None for _, receipt in _asked(office, [read_request(SEARCH)] * 2))
    assert verify(ledger).is_whole


def test_what_others_did_is_seen_by_the_next_group(tmp_path: Path) -> None:
    """A step that another process takes is seen by every group that begins after it, for one look a group."""
    place = str(tmp_path / "ledger.db")
    office = Office(village(), Ledger.open(place, create=True))
    looks, steps = [0], office.ledger.steps

    def counted(after: int) -> Any:
        looks[0] += 1
        return steps(after)

    office.ledger.steps = counted  # type: ignore[method-assign]  # to count looks
    told = {"kind": "opened", "action": "search.run", "by": "officer-7", "departments": ["village"], "facts": {}}
    for number in range(3):
        Office(village(), Ledger.open(place)).take(f"other-{number}", told)
        _asked(office, [read_request(SEARCH)] * 4)
        assert number + 1 == len(list(office.book.all()))

    assert 3 == looks[0]
