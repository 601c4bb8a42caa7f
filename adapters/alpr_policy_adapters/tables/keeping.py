"""Two questions about a log under two texts: how much is stored day by day, and which audits are overdue at its end."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day, instant, start_of_day
from alpr_policy.evaluators.columnar.naming import held
from alpr_policy.meaning.schedule import DutyStanding
from alpr_policy.model.past import Doing, Past
from alpr_policy.model.profile import Profile
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.disposal import Course, StoredRecord
from alpr_policy.questions.disposal_groups import Disposal
from alpr_policy.questions.duties import DutyLine, duties
from alpr_policy.questions.replay_parts import TableEngine
from alpr_policy_adapters.tables.stretches import AT, ROW, dated

Frame = Any
DAY: Final = dt.timedelta(days=1)
READ: Final = "read.capture"
CLASSES, CUSTODIAN = "data.classes", "data.custodian"
# What a read is where the table does not say: what a policy calls a read, held by the department itself.
PLAIN: Final[Mapping[str, str]] = {CLASSES: "read", CUSTODIAN: "department"}
CLOCKS: Final = ("record.captured", "record.stored")
MOST_KINDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Captured:
    """How many records of one kind were captured on one local day."""

    facts: Mapping[str, Any]
    day: dt.date
    rows: int


def captured(frame: Frame, engine: TableEngine, zone: ZoneInfo) -> list[Captured]:
    """Count the reads of a table by local day and kind; `data.classes` and `data.custodian` where it has them."""
    import narwhals as nw

    reads = frame.filter((nw.col("action") == READ) & ~nw.col(AT).is_null())
    schema = frame.collect_schema()
    names = [name for name in PLAIN if held(name) in schema]

    def told(day: dt.date) -> list[tuple[dt.datetime, str]]:
        first = dt.datetime.combine(day, dt.time.min)
        before = first.replace(tzinfo=dt.UTC).astimezone(zone).date()
        later = [
            (instant(start_of_day(one, zone)).replace(tzinfo=None), one) for one in (before + DAY, before + 2 * DAY)
        ]
        return [(first, before.isoformat()), *[(at, one.isoformat()) for at, one in later if first < at < first + DAY]]

    counted = reads.join(dated(reads, engine, told, "local day"), on=ROW, how="inner")
    groups = counted.group_by("local day", *[held(name) for name in names]).agg(nw.len().alias("rows"))
    groups = groups.select("local day", *[held(name) for name in names], "rows")
    found = []
    for batch in engine.rows(groups, 10_000):
        for day, *values, number in batch:
            facts: dict[str, Any] = {**PLAIN, **{n: v for n, v in zip(names, values, strict=True) if v is not None}}
            facts[CLASSES] = facts[CLASSES].split("|") if facts[CLASSES] else []
            found.append(Captured(facts, dt.date.fromisoformat(day), int(number)))
    return sorted(found, key=lambda one: (one.day, repr(sorted(one.facts.items()))))


def retention_curve(
    reads: Iterable[Captured],
    before: tuple[PolicyDecisionPoint, str],
    after: tuple[PolicyDecisionPoint, str],
    *,
    last: dt.date | None = None,
) -> list[dict[str, Any]]:
    """Return how many reads are stored as each local day ends, from the first capture to `last` (or the last capture).

    `before` and `after` are the decision point and the department of each text. What must go is gone on the day on
    which it must; nothing is held, and what is not known stays. Days are those of each department.
    """
    every = list(reads)
    if not every:
        return []
    first, end = min(one.day for one in every), last or max(one.day for one in every)
    curves = [_curve(every, *side, first, end) for side in (before, after)]
    days = [first + number * DAY for number in range((end - first).days + 1)]
    return [{"day": day.isoformat(), "before": curves[0][day], "after": curves[1][day]} for day in days]


def _curve(
    reads: Sequence[Captured], point: PolicyDecisionPoint, department: str, first: dt.date, end: dt.date
) -> Counter[dt.date]:
    moves: Counter[dt.date] = Counter()
    gone: dict[Any, dt.date] = {}
    for one in reads:
        key = (one.day, repr(sorted(one.facts.items())))
        if key not in gone:
            gone[key] = _goes_on(point, department, one, end)
        moves[one.day] += one.rows
        moves[gone[key]] -= one.rows
    stored, curve = 0, Counter[dt.date]()
    for number in range((end - first).days + 1):
        day = first + number * DAY
        stored += moves[day]
        curve[day] = stored
    return curve


def _goes_on(point: PolicyDecisionPoint, department: str, one: Captured, end: dt.date) -> dt.date:
    """Return the local day on which a record must go, or one after the end."""
    zone = ZoneInfo(point.catalog.latest(department).timezone)
    at, until = (instant(end_of_day(day, zone)) for day in (one.day, max(end, one.day)))
    record = StoredRecord("", one.facts, dict.fromkeys(CLOCKS, one.day), ())
    for change in Disposal(point, department, at=at, until=until, holds=()).outlook(record):
        if change.stand.course is Course.MUST_GO:
            return change.at.astimezone(zone).date()
    return end + DAY


# Audits


TASK, DONE, AUDIT = "duty.task", "duty.complete", "audit"


def audits_done(frame: Frame, engine: TableEngine) -> dict[str, list[Doing]]:
    """Return the audits that a table reports as done, by agency (empty where it tells none); each with who did it."""
    import narwhals as nw

    schema = frame.collect_schema()
    if held(TASK) not in schema:
        return {}
    wanted = ("agency", AT, "requester.id", "duty.done_by", "duty.covers")
    there = [name for name in wanted if held(name) in schema]
    rows = frame.filter((nw.col("action") == DONE) & (nw.col(held(TASK)) == AUDIT) & ~nw.col(AT).is_null())
    found: dict[str, list[Doing]] = {}
    for batch in engine.rows(rows.select(*[held(name) for name in there]), 10_000):
        for values in batch:
            told = dict(zip(there, values, strict=True))
            roles, covers = (_members(told.get(name)) for name in ("duty.done_by", "duty.covers"))
            at = told[AT].replace(tzinfo=dt.UTC)
            done = Doing(task=AUDIT, at=at, by=told.get("requester.id"), roles=roles, covers=covers)
            found.setdefault(told.get("agency") or "", []).append(done)
    return found


def _members(text: Any) -> tuple[str, ...] | None:
    return None if text is None else tuple(text.split("|")) if text else ()


def audits_overdue(
    done: Mapping[str, Sequence[Doing]],
    before: Profile,
    after: Profile,
    at: dt.datetime,
) -> list[dict[str, Any]]:
    """Return by how many whole days each duty to audit is overdue at `at` under each text, for each agency.

    0 is not overdue, None is not known or no duty of that text. `done` as `audits_done` gives it; an agency without an
    audit stands in it with none.
    """
    found = []
    for agency in sorted(done):
        past = Past(events=(), doings=tuple(sorted(done[agency], key=lambda one: str(one.at))))
        sides = [
            {_named(line): line for line in duties(text, past, at) if line.task == AUDIT} for text in (before, after)
        ]
        for name in sorted(sides[0].keys() | sides[1].keys()):
            lines = [side.get(name) for side in sides]
            clause = next(line for line in lines if line is not None).cite
            days = {key: _days(line, at) for key, line in zip(("overdue_before", "overdue_after"), lines, strict=True)}
            found.append({"agency": agency, "duty": name, "clause": list(clause), **days})
    return found


def _named(line: DutyLine) -> str:
    return line.duty


def _days(line: DutyLine | None, at: dt.datetime) -> int | None:
    if line is None or line.standing is DutyStanding.undetermined:
        return None
    if line.standing is not DutyStanding.overdue or line.due_by is None:
        return 0
    return max(0, (instant(at) - instant(line.due_by)).days)
