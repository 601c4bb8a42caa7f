"""Stored reads against a hot list: that is a search, whatever software calls it, and it is asked about as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from alpr_policy.model.decision import Obligation
from alpr_policy.model.request import Mode
from alpr_policy_adapters.hotlists import Hit, HotListEntry
from alpr_policy_adapters.pipeline.judge import Decider, Judge, now
from alpr_policy_adapters.pipeline.lookout import Lookout
from alpr_policy_adapters.pipeline.setting import Setting
from alpr_policy_adapters.pipeline.step import Step
from alpr_policy_adapters.plate_read import PlateRead

ACTION = "search.run"
Tasks = Mapping[str, Callable[[Obligation], None]]
NO_TASKS: Tasks = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The stretch of time whose stored reads are looked at, both ends included."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        """Refuse a window that is none; raises ValueError."""
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise ValueError("a window's ends must carry their offset from UTC")
        if self.until < self.since:
            raise ValueError("a window ends after it begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What came of the search: the act with its decisions, who let it be done, and what was found for each of them.

    `refused` says for each other department why its reads were not looked at. `undated` reads have no time, so
    they cannot be said to lie in the window, and were not compared.
    """

    asked: Step
    looked_for: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    hits: tuple[tuple[Hit, tuple[str, ...]], ...] = ()
    looked_at: int = 0
    undated: int = 0


def historical_hits(
    reads: Iterable[PlateRead],
    entries: Iterable[HotListEntry],
    pdp: Decider,
    departments: Iterable[str],
    *,
    window: Window,
    purpose: str,
    setting: Setting | None = None,
    at: datetime | None = None,
    tasks: Tasks = NO_TASKS,
) -> History:
    """Ask each department whether stored reads may be searched, and only then compare them with the list.

    The request says the purpose and the oldest read of the window (`record.captured`). `reads` is not touched before a
    department allows it. `tasks` are the obligations that the caller can see to, by task: where one is missing the
    search is not done. They are called before the first read is looked at. There is no mode that only observes.
    """
    when = at or now()
    known = setting or Setting()
    names = tuple(departments)
    judge = Judge(pdp=pdp, departments=names, clock=lambda _: when, setting=known, mode=Mode.ENFORCE)
    facts = {"purpose": purpose, "record.captured": window.since.isoformat()}
    asked = judge.ask(ACTION, facts, when)
    refused = {name: why for name in names if (why := _why_not(asked, name, tasks))}
    allowed = tuple(name for name in names if name not in refused)
    if not allowed:
        return History(asked=asked, refused=refused)
    for name in allowed:
        for duty in asked.decisions[name].obligations:
            tasks[duty.task](duty)
    lookout = Lookout(entries, pdp, allowed)
    found: list[tuple[Hit, tuple[str, ...]]] = []
    looked_at = undated = 0
    for read in reads:
        if read.captured_at is None:
            undated += 1
        elif window.since <= read.captured_at <= window.until:
            looked_at += 1
            found += lookout.hits(read, read.captured_at)
    return History(
        asked=asked, looked_for=allowed, refused=refused, hits=tuple(found), looked_at=looked_at, undated=undated
    )


def _why_not(asked: Step, name: str, tasks: Tasks) -> str:
    decision = asked.decisions[name]
    if not decision.proceed:
        return decision.outcome.value
    beyond = sorted({duty.task for duty in decision.obligations} - set(tasks))
    return f"nobody sees to {', '.join(beyond)}" if beyond else ""
