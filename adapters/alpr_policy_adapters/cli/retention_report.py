"""What people read of plans, purges and outlooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from rich.table import Table

from alpr_policy.questions.disposal import Course
from alpr_policy.questions.idle_holds import IdleHold
from alpr_policy.questions.retention_plan import DayVolume, NextChange, Plan, PlanLine
from alpr_policy_adapters.cli.output import Screen, columns, number, row
from alpr_policy_adapters.stores.journal import Doomed, Spared
from alpr_policy_adapters.stores.purge import PurgeReport, Selection

WORDS = {
    Course.MUST_GO: ("must go", "bold red"),
    Course.MAY_GO: ("may go", "green"),
    Course.MUST_STAY: ("may not go yet", "yellow"),
    Course.HELD: ("held", "bold yellow"),
    Course.BLOCKED: ("may not go", "yellow"),
    Course.UNKNOWN: ("not known", "bold magenta"),
    Course.SILENT: ("policy is silent", "dim"),
    Course.NO_POLICY: ("no policy in force", "bold red"),
}
MOST_DAYS = 14
DAILY = 62
BAR = 24
BLOCKS = " ▏▎▍▌▋▊▉█"


def show_plan(screen: Screen, plan: Plan, idle: Sequence[IdleHold] = ()) -> None:
    """Show what is held where, what follows, what is due by day, and the holds to review."""
    zone = ZoneInfo(plan.zone)
    head = f"{plan.department}, as of {_at(plan.at, zone)}: {number(plan.records, 'record')}"
    screen.say(head, style="bold")
    for course, (word, style) in WORDS.items():
        lines = [line for line in plan.lines if line.stand.course is course]
        if lines:
            screen.say()
            count = sum(line.count for line in lines)
            screen.say(f"{word[:1].upper()}{word[1:]} ({count:,})", style=style)
            screen.put(_group(lines, zone))
    _due(screen, plan)
    if plan.reviews:
        screen.say()
        screen.say("Holds due for review", style="bold")
        for one in plan.reviews:
            screen.say(f"  {one.id}: {one.basis}, placed by {one.by} ({one.role}), review by {one.review}")
    _idle(screen, idle)


def _idle(screen: Screen, idle: Sequence[IdleHold]) -> None:
    """Show the holds that keep nothing, which somebody may believe to keep something."""
    if idle:
        screen.say()
        screen.say("Holds that keep nothing under this policy", style="bold red")
        for one in idle:
            screen.say(f"  {one.id}: {one.why}")


def _group(lines: list[PlanLine], zone: ZoneInfo) -> Table:
    """Return what stands alike as a table, in which a column that would be empty is left out."""
    later = any(line.next for line in lines)
    asked = lines[0].stand.course is Course.UNKNOWN
    cited = any(_why(line) for line in lines)
    named = {"records": None, "what, where": 5, **({"not told" if asked else "clause": 3} if cited else {})}
    named |= {**({"then": 5} if later else {}), "such as": 4}
    table = columns(*named, ratios=tuple(named.values()))
    for line in lines:
        where = line.store if line.custodian == "?" else f"{line.store} ({line.custodian})"
        what = f"{', '.join(line.classes)}; {where}" if line.classes else where
        following = ["; ".join(_next(one, zone) for one in line.next)] if later else []
        why = [_why(line)] if cited else []
        row(table, f"{line.count:,}", what, *why, *following, ", ".join(line.keys))
    return table


def _due(screen: Screen, plan: Plan) -> None:
    if not plan.due:
        return
    screen.say()
    screen.say("Must go, by the last day on which it may stay", style="bold")
    for one in plan.due[:MOST_DAYS]:
        day = "overdue   " if one.overdue else str(one.day)
        screen.say(f"  {day}  {one.count:>9,}  {one.store}  {', '.join(one.cite)}")
    rest = plan.due[MOST_DAYS:]
    if rest:
        count = sum(one.count for one in rest)
        screen.say(f"  and {number(count, 'record')} more until {rest[-1].day}; --json lists every day")


def _why(line: PlanLine) -> str:
    if line.stand.course is Course.UNKNOWN:
        return ", ".join(line.stand.asks[:6])
    return ", ".join(line.stand.cite)


def _next(one: NextChange, zone: ZoneInfo) -> str:
    word = WORDS[one.course][0]
    when = _day(one.first, zone) if _day(one.first, zone) == _day(one.last, zone) else _range(one, zone)
    return f"{word} {when} ({', '.join(one.cite)})" if one.cite else f"{word} {when}"


def _range(one: NextChange, zone: ZoneInfo) -> str:
    return f"{_day(one.first, zone)} to {_day(one.last, zone)}"


def _day(moment: dt.datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _at(moment: dt.datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def show_volumes(screen: Screen, plan: Plan) -> None:
    """Show the volumes, by day for some weeks and else by week, with a bar for what is there."""
    step = 1 if len(plan.volumes) <= DAILY else 7
    most = max((_there(day) for day in plan.volumes), default=0)
    table = columns("as ends", "kept", "held", "not clear", "purged", "there")
    for last, days in _by(plan.volumes, step):
        purged = sum(day.purged for day in days)
        cells = (f"{last.kept:,}", f"{last.held:,}", f"{last.unclear:,}", f"{purged:,}")
        row(table, last.day.isoformat(), *cells, _bar(_there(last), most))
    screen.put(table)
    gone = sum(day.purged for day in plan.volumes)
    screen.say(f"{number(plan.records, 'record')} now, {gone:,} of them gone by {plan.volumes[-1].day}")


def _there(day: DayVolume) -> int:
    return day.kept + day.held + day.unclear


def _by(days: tuple[DayVolume, ...], step: int) -> Iterable[tuple[DayVolume, tuple[DayVolume, ...]]]:
    for start in range(0, len(days), step):
        part = days[start : start + step]
        yield part[-1], part


def _bar(value: int, most: int) -> str:
    eighths = round(value * BAR * 8 / most) if most else 0
    return "█" * (eighths // 8) + BLOCKS[eighths % 8].strip()


def show_selection(screen: Screen, found: Selection, idle: Sequence[IdleHold] = ()) -> None:
    """Show what would go, by store and clause, and what is refused."""
    for (store, cite), several in _alike(found.doomed).items():
        screen.say(f"{number(len(several), 'record')} of {store} would go, under {cite}: {_some(several)}")
    if not found.doomed:
        screen.say("nothing would go")
    _refused(screen, found.refused)
    for key in found.missing:
        screen.say(f"{key}: there is no such record")
    _idle(screen, idle)


def show_purge(screen: Screen, report: PurgeReport) -> None:
    """Show what went and what stays."""
    if report.resumed:
        screen.say("a purge that was begun before was finished first")
    screen.say(f"{number(report.deleted, 'record')} deleted")
    _refused(screen, report.spared)


def _refused(screen: Screen, refused: list[Spared]) -> None:
    for (store, cite), several in _alike(refused).items():
        word = WORDS[Course(several[0].course)][0]
        clause = f", under {cite}" if cite else ""
        screen.say(f"{number(len(several), 'record')} of {store} stays: {word}{clause}: {_some(several)}")


def _alike(found: Iterable[Doomed | Spared]) -> dict[tuple[str, str], list[Doomed | Spared]]:
    heaps: dict[tuple[str, str], list[Doomed | Spared]] = {}
    for one in found:
        heaps.setdefault((one.store, ", ".join(one.cite)), []).append(one)
    return heaps


def _some(several: list[Doomed | Spared]) -> str:
    return ", ".join(one.key for one in several[:5]) + (" …" if len(several) > 5 else "")
