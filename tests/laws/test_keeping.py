"""Stored data: holds beat purges, floors come before them, and the last lawful second is lawful."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import strategies as st

from alpr_policy import Outcome
from alpr_policy.durations import CalendarSpan, add, end_of_day, parse_moment
from alpr_policy.ir.lower import clock_fact
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.truth import truth
from alpr_policy.model.statements import Hold, Retention
from alpr_policy.reading.requests import read_request
from tests.laws.rewriting import joined, text_of
from tests.laws.strategies import SHIPPED, Raw, Subject, cases, everywhere, requests, small, subjects
from tests.laws.subjects import AWKWARD_TIMES, PLAIN_TIME, SECOND, STORED

KEEPING = ("retention", "holds")


def purges(data: st.DataObject, name: str) -> tuple[Subject, Raw]:
    """Draw a profile, half the time with the retention and holds of another, and a request to purge under it."""
    subject = data.draw(subjects(name))
    if data.draw(st.booleans()):
        other = small(data.draw(st.integers(0, 39)), "x").text.profile
        subject = Subject(text_of(joined(subject.text.profile, other, KEEPING), subject.text.catalog), effort=1)
    stored = [target for target in subject.targets if target.actions == STORED]
    about = data.draw(st.sampled_from(stored)) if stored else None
    return subject, {**data.draw(requests(subject, about)), "action": "data.purge"}


def holds_true(subject: Subject, request: Raw, cond: object) -> bool:
    """Say whether a condition is true of a request."""
    facts = Facts(read_request(request), subject.text.rules)
    return truth(cond, lambda atom: matches(atom, facts.value(atom.fact))) is True  # type: ignore[arg-type]  # a Cond


@everywhere
def test_a_hold_beats_any_purge(name: str, data: st.DataObject) -> None:
    """While a hold is active nothing is purged, whatever ceiling has passed and wherever the data is."""
    subject, request = purges(data, name)
    active = [freeze for freeze in subject.text.rules.freezes if holds_true(subject, request, freeze.active)]

    assert not active or Outcome.DENY is subject.text.pdp.decide(request).outcome


@everywhere
def test_an_added_hold_beats_any_purge(name: str, data: st.DataObject) -> None:
    """A hold on all data, placed and not ended, stops every purge that a profile would allow."""
    subject, request = purges(data, name)
    hold = Hold(id="stop", cite=("title",), basis="direction")
    profile = dataclasses.replace(subject.text.profile, holds=(*subject.text.profile.holds, hold))
    placed = {"basis": "direction", "by": "deputy-1", "placed": request["at"]}
    held = {**request, "holds": [*request.get("holds", []), placed]}

    assert Outcome.DENY is text_of(profile, subject.text.catalog).pdp.decide(held).outcome


@everywhere
def test_purge_never_before_the_floor(name: str, data: st.DataObject) -> None:
    """Data is never purged while a retention period that applies to it still runs, or may still run."""
    subject, request = purges(data, name)
    statements = {statement.id: statement for statement in subject.text.profile.retention}
    applying = [keep for keep in subject.text.rules.keeps if holds_true(subject, request, keep.applies)]
    running = {unreached(subject, request, statements[keep.origin.id]) for keep in applying}
    outcome = subject.text.pdp.decide(request).outcome

    assert True not in running or outcome is Outcome.DENY
    assert None not in running or outcome is not Outcome.ALLOW


def unreached(subject: Subject, request: Raw, statement: Retention) -> bool | None:
    """Work out anew whether a floor in plain words still runs, start plus span being later; None while it is not known."""
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
    return parse_moment(request["at"]) < add(begin, statement.at_least, zone)


@everywhere
def test_the_last_lawful_second(name: str, data: st.DataObject) -> None:
    """A floor is reached at its very end and a ceiling passed only after it, so at that second both keeping and purging are lawful."""
    subject = data.draw(subjects(name))
    spans = [
        (statement, span, statement.at_most == span)
        for statement in subject.text.profile.retention
        for span in dict.fromkeys((statement.at_least, statement.at_most))
        if isinstance(span, CalendarSpan) and statement.clock in ("captured", "stored", "created")
    ]
    if not spans:
        return
    statement, span, is_ceiling = data.draw(st.sampled_from(spans))
    lone = Subject(text_of(alone(subject.text.profile, statement), subject.text.catalog), effort=1)
    start = parse_moment(data.draw(st.sampled_from((PLAIN_TIME, *AWKWARD_TIMES))))
    begin = end_of_day(start.date(), lone.text.rules.zone) if statement.counted == "whole_days" else start  # type: ignore[union-attr]  # an instant
    end = add(begin, span, lone.text.rules.zone)
    request = lone_request(data, lone, end.isoformat())
    if request is None:
        return
    request["facts"][f"record.{statement.clock}"] = start.isoformat()
    found = [standing(lone, request, end + step * SECOND) for step in (-1, 0, 1)]

    assert ("may_keep" if is_ceiling or statement.at_most is None else found[1]) == found[1]
    assert is_ceiling or "must_keep" == found[0]
    assert not is_ceiling or "purge_due" == found[2]
