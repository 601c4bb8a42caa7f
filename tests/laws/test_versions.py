"""A text binds from its first day to its last, and changes nothing before."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import strategies as st
from tests.laws.rewriting import ADVISABLE, joined, point
from tests.laws.strategies import OTHERS, SHIPPED, Raw, Subject, cases, everywhere, said, small
from tests.laws.subjects import DAY, SECOND, shifted

from alpr_policy import Outcome, PolicyDecisionPoint, Profile
from alpr_policy.durations import parse_moment, start_of_day


def at_the_turn(data: st.DataObject, subject: Subject, request: Raw) -> tuple[dt.date, Raw]:
    """Draw a day near the request, and the request itself or one in the seconds about the day's beginning."""
    now = parse_moment(request["at"])
    assert isinstance(now, dt.datetime)
    day = now.astimezone(subject.text.rules.zone).date() + data.draw(st.sampled_from((-1, 0, 1))) * DAY
    midnight = start_of_day(day, subject.text.rules.zone)
    moments = (now, shifted(midnight, -SECOND), midnight, shifted(midnight, SECOND))
    return day, {**request, "at": data.draw(st.sampled_from(moments)).isoformat()}


@everywhere
def test_nothing_changes_before_the_effective_date(name: str, data: st.DataObject) -> None:
    """A new version changes no byte of a decision before its first day begins, and from then on it alone decides."""
    subject, request = data.draw(cases(name))
    day, request = at_the_turn(data, subject, request)
    old = begun(subject.text.profile, day - 400 * DAY)
    other = small(data.draw(OTHERS), "x").text.profile
    changed = joined(old, other, (*ADVISABLE, "permissions"))
    new = dataclasses.replace(begun(changed, day), content_hash="new")
    in_force = new if parse_moment(request["at"]) >= start_of_day(day, subject.text.rules.zone) else old

    assert said(point(in_force).decide(request, trace=True)) == said(point(old, new).decide(request, trace=True))


@everywhere
def test_no_text_no_permission(name: str, data: st.DataObject) -> None:
    """Before its first day and after its last a text permits nothing: the answer is deny, for want of a policy."""
    subject, request = data.draw(cases(name))
    day, request = at_the_turn(data, subject, request)
    starting = begun(subject.text.profile, day)
    before = begun(subject.text.profile, day - 400 * DAY)
    ending = dataclasses.replace(before, policy=dataclasses.replace(before.policy, until=day - DAY))
    turned = parse_moment(request["at"]) >= start_of_day(day, subject.text.rules.zone)
    found = {text: no_policy(point(one), request) for text, one in (("starting", starting), ("ending", ending))}

    assert {"starting": not turned, "ending": turned} == found


def begun(profile: Profile, day: dt.date) -> Profile:
    """Return a profile by itself, without its floor, that binds from a day on."""
    return dataclasses.replace(
        profile, floor=None, policy=dataclasses.replace(profile.policy, effective=day, until=None)
    )


def no_policy(pdp: PolicyDecisionPoint, request: Raw) -> bool:
    """Say whether a request is denied because no text was in force."""
    decision = pdp.decide(request)
    return decision.outcome is Outcome.DENY and [reason.rule for reason in decision.reasons] == ["no_policy"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_text_begins_on_its_day(name: str) -> None:
    """A second before the effective date of a shipped profile there is no policy; from that date on there is."""
    subject = SHIPPED[name]
    day = subject.text.profile.first_day
    asked = {"action": "search.run", "departments": [subject.text.name]}
    if day is None:  # a template binds nobody until an adopter sets its day
        assert no_policy(subject.text.pdp, {**asked, "at": "2026-05-04T10:00:00-04:00"})
        return
    begin = start_of_day(day, subject.text.rules.zone)
    moments = [shifted(begin, -SECOND).isoformat(), begin.isoformat()]

    assert [True, False] == [no_policy(point(begun(subject.text.profile, day)), {**asked, "at": at}) for at in moments]
