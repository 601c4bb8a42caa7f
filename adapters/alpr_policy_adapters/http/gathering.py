"""Single decisions of many callers, made and written in groups: while one group is written the next one gathers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from alpr_policy_adapters.http.judging import Answer, Keeper, Wish

MOST: Final = 64
"""Decisions in one group: as many as can wait for one another without being noticed."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A caller who waits in an event loop for what was wished."""

    wish: Wish
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Answer]


class Gathering:
    """Hands wishes to a keeper in groups, one group at a time, each in a thread. Event loops may share it."""

    def __init__(self, keeper: Keeper, pool: Callable[[], Executor]) -> None:
        """Hand to `keeper` in threads of `pool`, which is asked for when it is needed."""
        self.keeper, self.pool = keeper, pool
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._at_work = False

    async def decided(self, wish: Wish) -> Answer:
        """Return the answer once it is written; whoever goes away before its group is begun is not asked about."""
        loop = asyncio.get_running_loop()
        one = _Waiting(wish, loop, loop.create_future())
        with self._lock:
            begins, self._at_work = not self._at_work, True
            self._waiting.append(one)
        if begins:
            try:
                self.pool().submit(self._work)
            except BaseException as error:
                with self._lock:
                    group, self._waiting, self._at_work = self._waiting, [], False
                _tell_all(group, (), error)
        return await one.future

    def _work(self) -> None:
        """Write group after group until nobody waits."""
        while True:
            with self._lock:
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                if not group:
                    self._at_work = False
                    return
            group = [one for one in group if not one.future.cancelled()]
            answers: Sequence[Answer] = ()
            fault: BaseException | None = None
            try:
                answers = self.keeper.decided_each([one.wish for one in group]) if group else ()
            except BaseException as error:  # each of them is told, or they would wait for ever
                fault = error
            _tell_all(group, answers, fault)


def _tell_all(group: Sequence[_Waiting], answers: Sequence[Answer], fault: BaseException | None) -> None:
    """Tell each who waits, in its own event loop."""
    for loop in {one.loop for one in group}:
        own = [number for number, one in enumerate(group) if one.loop is loop]
        told = [(group[number].future, None if fault else answers[number]) for number in own]
        try:
            loop.call_soon_threadsafe(_tell, told, fault)
        except RuntimeError:  # the loop has ended, and with it whoever waited there
            continue


def _tell(told: list[tuple[asyncio.Future[Answer], Answer | None]], fault: BaseException | None) -> None:
    for future, answer in told:
        if future.done():
            continue
        if answer is None:
            future.set_exception(RuntimeError(f"the decision was not made: {type(fault).__name__}"))
        else:
            future.set_result(answer)
