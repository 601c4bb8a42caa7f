"""What is added to a table before a replay: history, people, approvals, trainings; and what is shown beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan
from alpr_policy.errors import Diagnostic
from alpr_policy.model.directory import Directory
from alpr_policy.model.profile import Profile
from alpr_policy.model.words import words_of
from alpr_policy.questions.history import asked_of_history
from alpr_policy.questions.replay_sides import ReplayError, ReplaySide
from alpr_policy_adapters.tables.approvals import with_approvals, with_trainings
from alpr_policy_adapters.tables.files import act_files
from alpr_policy_adapters.tables.history import with_counts
from alpr_policy_adapters.tables.keeping import audits_done, audits_overdue, captured, retention_curve
from alpr_policy_adapters.tables.roster import with_directory

Frame = Any
MOST_MONTHS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What stands beside the log: who is who, approvals and trainings on record, and how large a read is in bytes."""

    directory: Directory | None = None
    approvals: Path | None = None
    same: tuple[str, ...] = ("case.number",)
    within: CalendarSpan | None = None
    trainings: Path | None = None
    read_size: int | None = None


def prepared(frame: Frame, engine: Any, added: Added, sides: tuple[ReplaySide, ReplaySide]) -> Frame:
    """Return a table with what a live request would have been given besides; raises HistoryError, ReplayError."""
    if added.directory is not None:
        frame = with_directory(frame, engine, added.directory)
    if added.trainings is not None:
        frame = with_trainings(frame, engine, engine.open(act_files([added.trainings])))
    if added.approvals is not None:
        profile = _newest(sides[0])
        zone = ZoneInfo(profile.timezone)
        table = engine.open(act_files([added.approvals])).drop("row", strict=False)
        frame = with_approvals(frame, engine, table, same=added.same, within=added.within, zone=zone)
    counting = _counting(sides)
    for profile in counting:
        frame = with_counts(frame, engine, profile)
    touched = added.directory or added.trainings or added.approvals or counting
    return engine.kept(frame) if touched else frame


def _newest(side: ReplaySide) -> Profile:
    return side.point.catalog.latest(side.text.partition("@")[0])


def _counting(sides: tuple[ReplaySide, ReplaySide]) -> list[Profile]:
    """Return a profile for each set of declared counts; raises ReplayError where two texts count one fact otherwise."""
    seen: dict[str, tuple[Any, str]] = {}
    found: list[Profile] = []
    for side in sides:
        for profile in side.point.catalog.get(side.text.partition("@")[0]):
            words = words_of(profile)
            counts = {n: (f, profile.timezone) for n, f in profile.facts.items() if asked_of_history(f, words)}
            clash = [name for name, how in counts.items() if name in seen and seen[name] != how]
            if clash:
                told = f"`{clash[0]}` is counted otherwise in two of the texts"
                help = "give the counts as columns of the table, or replay the texts one by one"
                raise ReplayError([Diagnostic("replay-counts", told, help=help)])
            if counts.keys() - seen.keys():
                found.append(profile)
            seen |= counts
    return found


def beside(
    frame: Frame, engine: Any, added: Added, sides: tuple[ReplaySide, ReplaySide], last: Any
) -> Mapping[str, Any]:
    """Return what is stored day by day under each text, and how many audits were overdue as each month ended."""
    profiles = tuple(_newest(side) for side in sides)
    reads = captured(frame, engine, ZoneInfo(profiles[0].timezone))
    places = [(side.point, side.text.partition("@")[0]) for side in sides]
    found: dict[str, Any] = {"retention": retention_curve(reads, places[0], places[1]) if reads else []}
    if added.read_size is not None:
        size = added.read_size
        found["storage"] = [
            {"day": one["day"], "before": one["before"] * size, "after": one["after"] * size}
            for one in found["retention"]
        ]
    done = audits_done(frame, engine)
    if done and last is not None:
        found["audits"] = list(_audits(done, (profiles[0], profiles[1]), last))
    return found


def _audits(done: Mapping[str, Any], profiles: tuple[Profile, Profile], last: dt.datetime) -> Iterator[dict[str, Any]]:
    """Yield for the last day of each month how many duties to audit were overdue, of all agencies together."""
    first = min(one.at for several in done.values() for one in several if isinstance(one.at, dt.datetime))
    months = [
        (number // 12, number % 12 + 1)
        for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]
    for year, month in months[-MOST_MONTHS:]:
        end = dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=dt.UTC) - dt.timedelta(seconds=1)
        lines = audits_overdue(done, *profiles, min(end, last.replace(tzinfo=dt.UTC)))
        told = {side: sum(bool(line[f"overdue_{side}"]) for line in lines) for side in ("before", "after")}
        yield {"day": end.date().isoformat(), **told}
