"""Work that takes its time: how far it is, a way to stop it, and an end of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from nicegui import ui
from nicegui.element import Element

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy_adapters.http import Refusal
from alpr_policy_adapters.web.desk import Desk

T = TypeVar("T")
AT_ONCE: Final = 4
"""So much long work is done at the same time for all visitors; the rest is asked to come back."""
EVERY: Final = 0.25
"""Seconds between looks at how far the work is."""
_room = threading.BoundedSemaphore(AT_ONCE)


class StoppedError(PolicyError):
    """Work ended before it was done: somebody stopped it, or it took too long."""


@dataclass(slots=True)
class Work:
    """How far some work is. The thread that does it calls `step`; everybody else only reads."""

    seconds: float
    about: str = ""
    done: int = 0
    total: int = 0
    stopped: bool = False
    clock: Callable[[], float] = time.monotonic
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin now."""
        self._begun = self.clock()

    def step(self, about: str = "", total: int | None = None) -> None:
        """Note that the next step begins; raises StoppedError where there is to be none."""
        if self.stopped:
            raise _stopped("it was stopped")
        if self.clock() - self._begun > self.seconds:
            raise _stopped(f"it took longer than {self.seconds:g} s, and was given up")
        self.about = about or self.about
        self.total = self.total if total is None else total
        self.done += 1

    def stop(self) -> None:
        """Let it end at the next step."""
        self.stopped = True

    @property
    def share(self) -> float:
        """Return how much is done, from 0 to 1."""
        return min(1.0, max(0, self.done - 1) / self.total) if self.total else 0.0


def _stopped(told: str) -> StoppedError:
    return StoppedError([Diagnostic("work-stopped", told)])


async def worked(desk: Desk, place: Element, asked: Callable[[Work], T], *, what: str, seconds: float) -> T:
    """Do `asked` in a thread, and show in `place` how far it is, with a button to stop it; raises StoppedError.

    It is stopped, too, when the visitor leaves. Raises Refusal where too much is being done already.
    """
    if not _room.acquire(blocking=False):
        raise Refusal(503, "others are at work here: try again in a moment")
    work = Work(seconds)
    try:
        place.client.on_delete(work.stop)
        with place, ui.row().classes("items-center gap-3 w-full no-wrap").props("role=status") as shown:
            bar = ui.linear_progress(0, show_value=False).props(f'aria-label="{what}"').classes("flex-grow")
            told = ui.label(what).classes("quiet text-sm")
            ui.button("Stop", on_click=work.stop).props("flat dense no-caps").classes("m-stop")

            def look() -> None:
                bar.set_value(round(work.share, 3))
                told.set_text(f"{what}: {work.about}" if work.about else what)

            timer = ui.timer(EVERY, look)
        try:
            return await desk.thread(asked, work)
        finally:
            timer.cancel()
            if not shown.is_deleted:
                shown.delete()
    finally:
        work.stop()
        _room.release()
