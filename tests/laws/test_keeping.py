"""Stored data: holds beat purges, floors come before them, and the last lawful second is lawful."""

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from tests.laws.altering import withhold
from tests.laws.records import MISSPELT
from tests.laws.rewriting import text_of
from tests.laws.strategies import OTHERS, Raw, Subject, everywhere, extended, requests, subjects
from tests.laws.subjects import AWKWARD_TIMES, PLAIN_TIME, SECOND, STORED, shifted

from alpr_policy import Outcome
from alpr_policy.durations import CalendarSpan, add, end_of_day, instant, parse_moment
from alpr_policy.model import condition
from alpr_policy.model.statements import Hold, Retention

KEEPING = ("retention", "holds")
RECORDED = ("captured", "stored", "downloaded", "uploaded", "created")


def purges(data: st.DataObject, name: str) -> tuple[Subject, Raw]:
    """Draw a profile, half the time with the retention and holds of another, and a request to purge under it."""
    subject = data.draw(subjects(name))
    if data.draw(st.booleans()):
        subject = extended(subject, data.draw(OTHERS), KEEPING)
    stored = [target for target in subject.targets if target.actions == STORED]
    about = data.draw(st.sampled_from(stored)) if stored else None
    return subject, {**data.draw(requests(subject, about)), "action": "data.purge"}


@everywhere
def test_a_hold_beats_any_purge(name: str, data: st.DataObject) -> None:
    """While a hold is active nothing is purged, whatever ceiling has passed and wherever the data is."""
    subject, request = purges(data, name)
    active = subject.text.truths(request, (freeze.active for freeze in subject.text.rules.freezes))

    assert True not in active or Outcome.DENY is subject.text.pdp.decide(request).outcome


@everywhere
def test_an_added_hold_beats_any_purge(name: str, data: st.DataObject) -> None:
    """A hold on all data, placed and not known to have ended, stops every purge that a profile would allow."""
    subject, request = purges(data, name)
    # Its end is a condition on a fact that nobody states: an end that is not known ends nothing.
    disposed = condition.Test("record.case", (condition.Matcher("is", (condition.Literal("disposed"),)),))
    until = data.draw(st.sampled_from((None, disposed)))
    request = withhold(request, ["record.case"], subject.text) if until else request
    hold = Hold(id="stop", cite=("title",), basis="direction", until=until)
    profile = dataclasses.replace(subject.text.profile, holds=(*subject.text.profile.holds, hold))
    placed = {"basis": "direction", "by": "deputy-1", "placed": request["at"]}
    # A list with a word that nobody knows is unknown as a whole, and what is placed in it as well.
    others = [one for one in request.get("holds", []) if one["basis"] != MISSPELT]
    held = {**request, "holds": [*others, placed]}

    assert Outcome.DENY is text_of(profile, subject.text.catalog).pdp.decide(held).outcome


@everywhere
def test_purge_never_before_the_floor(name: str, data: st.DataObject) -> None:
    """Data is never purged while a retention period that applies to it still runs, or may still run."""
    subject, request = purges(data, name)
    statements = {statement.id: statement for statement in subject.text.profile.retention}
    keeps = subject.text.rules.keeps
    applying = subject.text.truths(request, (keep.applies for keep in keeps))
    found = [keep for keep, applies in zip(keeps, applying, strict=True) if applies]
    running = {unreached(subject, request, statements[keep.origin.id]) for keep in found}
    outcome = subject.text.pdp.decide(request).outcome

    assert True not in running or outcome is Outcome.DENY
    assert None not in running or outcome is not Outcome.ALLOW


def unreached(subject: Subject, request: Raw, statement: Retention) -> bool | None:
    """Work out anew whether a plain floor still runs, its end being later; None while that is not known."""
    if not isinstance(statement.at_least, CalendarSpan):
        return statement.at_least == "indefinite"
    if statement.clock in ("shift_ended", "case_closed"):
        return False
    raw = request["facts"].get(f"record.{statement.clock}", "unknown")
    if not isinstance(raw, str) or not raw[0].isdigit():
        stated = statement.clock == "captured" and "record.age" in request["facts"]
        return False if stated else None
    zone, start = subject.text.rules.zone, parse_moment(raw)
    if statement.counted == "whole_days" and isinstance(start, dt.datetime):
        start = start.astimezone(zone).date()
    begin = start if isinstance(start, dt.datetime) else end_of_day(start, zone)
    now = parse_moment(request["at"])
    assert isinstance(now, dt.datetime)
    return instant(now) < instant(add(begin, statement.at_least, zone))


@everywhere
def test_the_last_second_belongs_to_both(name: str, data: st.DataObject) -> None:
    """A floor is reached at its very end and a ceiling passed only after it, whatever the calendar does between."""
    subject = data.draw(subjects(name))
    spans = [(s, span) for s in subject.text.profile.retention for span in ends(s) if s.clock in RECORDED]
    if not spans:
        return
    statement, span = data.draw(st.sampled_from(spans))
    lone = dataclasses.replace(statement, when=None, unless=None, keep_until=None, purge_when=None)
    profile = dataclasses.replace(subject.text.profile, retention=(lone,), holds=(), floor=None)
    zone, start = subject.text.rules.zone, parse_moment(data.draw(st.sampled_from((PLAIN_TIME, *AWKWARD_TIMES))))
    assert isinstance(start, dt.datetime)
    begin = end_of_day(start.astimezone(zone).date(), zone) if statement.counted == "whole_days" else start
    moments = [shifted(add(begin, span, zone), step * SECOND) for step in (-1, 0, 1)]
    facts = {
        f"record.{statement.clock}": start.isoformat(),
        "data.custodian": next(iter(statement.custodian), "vendor"),
    }
    asked = {"action": "data.store", "departments": [profile.profile]}
    asked["facts"] = facts | {"data.classes": list(statement.data[:1]) or ["read"]}
    pdp = text_of(profile, subject.text.catalog).pdp

    expected = [standing(statement, begin, moment, zone) for moment in moments]
    assert expected == [pdp.decide({**asked, "at": moment.isoformat()}).standing for moment in moments]


def ends(statement: Retention) -> list[CalendarSpan]:
    """Return the spans of a retention statement."""
    return [span for span in (statement.at_least, statement.at_most) if isinstance(span, CalendarSpan)]


def standing(statement: Retention, begin: dt.datetime, moment: dt.datetime, zone: ZoneInfo) -> str:
    """Work out the standing of a record to which one statement alone applies."""
    low, high = statement.at_least, statement.at_most
    if isinstance(low, CalendarSpan) and instant(moment) < instant(add(begin, low, zone)):
        return "must_keep"
    over = isinstance(high, CalendarSpan) and instant(moment) > instant(add(begin, high, zone))
    return "purge_due" if over else "may_keep"
