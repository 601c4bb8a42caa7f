"""The laws of duties, their calendar, overrides of denials, and audits."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.rewriting import text_of
from tests.laws.strategies import cases, everywhere
from tests.office_kit import harbour

from alpr_policy import Decision, Outcome, Profile
from alpr_policy.durations import CalendarSpan, Unit, end_of_day, instant, passed
from alpr_policy.meaning.schedule import Counted, DutyStanding, FirstPeriod, Recurrence, next_due
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.overrides import Authority, OverrideRecord
from alpr_policy.model.past import Doing, Happening, Past
from alpr_policy.model.profile import Override
from alpr_policy.model.statements import Approver
from alpr_policy.model.words import words_of
from alpr_policy.questions.audits import audit
from alpr_policy.questions.calendars import calendar_text, entries, escaped, folded
from alpr_policy.questions.duties import duties
from alpr_policy.questions.override import is_valid, may_override, override_record
from alpr_policy.questions.recurring import repeat_of
from alpr_policy.questions.sampling import drawn
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.past import read_past
from alpr_policy.reading.requests import read_request

ZONE = ZoneInfo("America/New_York")
BEGUN = dt.datetime(2026, 1, 1, 5, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 200 * 24).map(lambda hours: BEGUN + dt.timedelta(hours=hours))
NOW = BEGUN + dt.timedelta(days=201)
PRESSING = {DutyStanding.overdue: 3, DutyStanding.due: 2, DutyStanding.undetermined: 1, DutyStanding.not_due: 0}
KINDS = ("own_member", "court", "press")
# `unknown` and `withheld` say of any field that it is not told, so nothing can have these names.
words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), min_size=1, max_size=8
).filter(lambda text: text not in ("unknown", "withheld"))
maybe = st.none() | words
times = st.none() | MOMENTS | st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))
names = st.none() | st.lists(words, max_size=3, unique=True).map(tuple)
happenings = st.builds(
    Happening,
    event=words,
    of=maybe,
    at=times,
    ends=times,
    reference=maybe,
    outcome=st.sampled_from([None, "allow", "deny", "needs"]),
    facts=st.dictionaries(words, words | st.booleans(), max_size=2),
)
doings = st.builds(
    Doing,
    task=words,
    of=maybe,
    at=times,
    by=maybe,
    roles=names,
    covers=names,
    reference=maybe,
    accepted=st.none() | st.booleans(),
    facts=st.dictionaries(words, words | st.booleans(), max_size=2),
)


def standings(past: Past, profile: Profile | None = None) -> dict[tuple[str, str | None], DutyStanding]:
    """Return where each line of the small department stands."""
    lines = duties(profile or harbour(), past, NOW, people=(), devices=["r1"])
    return {(line.duty, line.of): line.standing for line in lines}


# Duties


@given(
    st.lists(st.tuples(MOMENTS, st.sampled_from(KINDS), st.booleans()), min_size=1, max_size=5),
    st.lists(MOMENTS, max_size=3),
)
def test_withheld_facts_settle_no_duty(shares: list[tuple[dt.datetime, str, bool]], logged: list[dt.datetime]) -> None:
    """Where facts of what happened are withheld, a duty stands as it would with them, or is undetermined."""
    told = tuple(Happening(event="data.share", at=at, facts={"recipient.kind": kind}) for at, kind, _ in shares)
    kept = tuple(
        one if known else dataclasses.replace(one, facts={}) for one, (_, _, known) in zip(told, shares, strict=True)
    )
    done = tuple(Doing(task="log_dissemination", at=at) for at in logged)
    full = standings(Past(events=told, doings=done))["log-shares", None]
    less = standings(Past(events=kept, doings=done))["log-shares", None]

    assert less in (full, DutyStanding.undetermined)


@given(
    st.lists(st.sampled_from(["lieutenant", "chief", "sergeant", "clerk"]), max_size=2, unique=True),
    st.lists(st.sampled_from(["access", "hits", "hot_lists"]), max_size=3, unique=True),
    st.sampled_from(["both", "no roles", "no covers"]),
)
def test_a_doing_counts_as_the_duty_asks(roles: list[str], covers: list[str], told: str) -> None:
    """A doing counts exactly if its doer is known to have acted in a role that the duty names, and covered it all."""
    done = Doing(
        task="audit",
        at=NOW,
        roles=None if told == "no roles" else tuple(roles),
        covers=None if told == "no covers" else tuple(covers),
    )
    (line,) = [one for one in duties(harbour(), Past(doings=(done,)), NOW) if one.duty == "audit"]
    fits = told == "both" and "lieutenant" in roles and {"access", "hits"} <= set(covers)

    assert fits is (line.last_done is not None)
    assert fits is not bool(line.discounted)


@given(
    st.lists(st.tuples(st.sampled_from(["hit_acted_on", "entry_stale"]), MOMENTS), max_size=4),
    st.lists(MOMENTS, max_size=4),
    MOMENTS,
    st.sampled_from(["audit", "policy_review", "check_camera_aim", "load_hotlist", "update_entry", "tell_users"]),
)
def test_a_doing_never_adds_a_debt(
    events: list[tuple[str, dt.datetime]], before: list[dt.datetime], more: dt.datetime, task: str
) -> None:
    """One more doing since the policy's first day never makes a duty more pressing."""
    happened = tuple(Happening(event=event, of="e1", at=at) for event, at in events)
    happened += tuple(Happening(event="law_changed", at=at) for _, at in events)
    roles, covers = ("lieutenant", "chief"), ("access", "hits")
    done = [Doing(task=task, of=of, at=at, roles=roles, covers=covers) for at in (*before, more) for of in ("e1", "r1")]
    less = standings(Past(events=happened, doings=tuple(done[:-2])))
    full = standings(Past(events=happened, doings=tuple(done)))

    assert [] == [key for key in less if PRESSING[full[key]] > PRESSING[less[key]]]


@given(st.lists(happenings, max_size=3), st.lists(doings, max_size=3))
def test_what_happened_reads_back(events: list[Happening], done: list[Doing]) -> None:
    """What happened, written down as plain data and read again, is the same."""
    past = Past(events=tuple(events), doings=tuple(done))

    assert (past, ()) == read_past(past.to_wire())


# The calendar


@st.composite
def recurrences(draw: st.DrawFn) -> Recurrence:
    """Draw a duty that recurs by the calendar alone."""
    if draw(st.booleans()):
        day = draw(st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31)))
        return Recurrence(on_date=(day.month, day.day))
    unit = draw(st.sampled_from([Unit.day, Unit.week, Unit.month, Unit.quarter, Unit.year]))
    every = CalendarSpan(draw(st.integers(1, 5)), unit)
    return Recurrence(every=every, counted=Counted.calendar, first_period=draw(st.sampled_from(list(FirstPeriod))))


def last_days(rec: Recurrence, effective: dt.date, count: int) -> list[dt.date]:
    """Return the last days of the first windows of a duty that is always done at the last second."""
    done: list[dt.datetime] = []
    at = instant(end_of_day(effective, ZONE)) - dt.timedelta(hours=12)
    for _ in range(count):
        window = next_due(rec, effective=effective, done=done, events=(), at=at, zone=ZONE)
        assert window is not None
        assert window.due_by is not None
        done.append(window.due_by)
        at = instant(window.due_by) + dt.timedelta(seconds=1)
    return [one.astimezone(ZONE).date() for one in done]


@given(recurrences(), st.dates(dt.date(2023, 1, 1), dt.date(2029, 12, 31)))
def test_repeating_entries_fall_on_last_days(rec: Recurrence, effective: dt.date) -> None:
    """A repeating entry stands on the last day of each window of its duty and on no other, in any calendar program."""
    from dateutil.rrule import rrulestr

    days = last_days(rec, effective, 6)
    repeat = repeat_of(rec, days[0])
    assert repeat is not None
    start = dt.datetime.combine(days[0], dt.time())
    shown = rrulestr(repeat.rule, dtstart=start).between(start, dt.datetime.combine(days[-1], dt.time()), inc=True)

    assert days == list(repeat.between(days[0], days[-1]))
    assert days == [one.date() for one in shown]
    assert days[2:4] == list(repeat.between(days[2], days[3]))


@given(st.text(max_size=200))
def test_no_text_breaks_a_calendar(text: str) -> None:
    """Whatever a text holds, its lines have at most 75 octets, and unfolded it is one line that says the same."""
    shown = text.encode("utf-8", "replace").decode("utf-8")
    line = f"SUMMARY:{escaped(shown)}"
    pieces = folded(line).split("\r\n")

    assert [] == [piece for piece in pieces if len(piece.encode()) > 75]
    assert line == pieces[0] + "".join(piece[1:] for piece in pieces[1:])
    assert {" "} >= {piece[0] for piece in pieces[1:]}
    assert "\n" not in line


@given(st.lists(st.tuples(st.sampled_from(["law_changed", "shift_started"]), MOMENTS, maybe), max_size=3))
def test_every_calendar_file_is_read(events: list[tuple[str, dt.datetime, str | None]]) -> None:
    """Every calendar file is read by a calendar program with as many entries as were written, each with its own id."""
    past = Past(events=tuple(Happening(event=name, at=at, of=of) for name, at, of in events))
    written = entries(harbour(), duties(harbour(), past, NOW, people=(), devices=["r1"]), NOW)
    calendar = icalendar.Calendar.from_ical(calendar_text(written, name="Harbour", stamp=NOW))
    read = [*calendar.walk("VEVENT"), *calendar.walk("VTODO")]

    assert len(written) == len(read)
    assert len(read) == len({str(one["UID"]) for one in read})


# Overrides

SPANS = st.sampled_from([CalendarSpan.parse(text) for text in ("30 minutes", "4 hours", "1 day", "1 month")])


def with_override(profile: Profile, valid: CalendarSpan) -> Profile:
    """Return a profile that lets its first role act against every denial, and has the same role review it."""
    roles = sorted(profile.roles) or ["chief"]
    actions = tuple(sorted(words_of(profile).actions))
    return dataclasses.replace(
        profile,
        override=Override(
            by=(Approver(role=roles[0], in_person=True),),
            actions=actions,
            valid=valid,
            review_by=roles[0],
            review_within=valid,
        ),
    )


def almighty(profile: Profile) -> Authority:
    """Return somebody who holds every role."""
    return Authority(id="p1", roles=(*sorted(profile.roles), "chief"), absent=())


@everywhere
def test_nobody_overrides_unless_the_policy_lets(name: str, data: st.DataObject) -> None:
    """Where a profile says nothing of overriding, nobody may act against a denial, whatever roles they hold."""
    subject, request = data.draw(cases(name))
    profile = dataclasses.replace(subject.text.profile, override=None)
    decision = text_of(profile, subject.text.catalog).pdp.decide(request)

    assert () == decision.override
    assert not may_override([profile], decision, almighty(profile), NOW + dt.timedelta(days=3650)).may


@everywhere
def test_an_override_is_for_denials_by_the_policy(name: str, data: st.DataObject) -> None:
    """With an override for everything its role may act against a denial by the policy, and against nothing else."""
    subject, request = data.draw(cases(name))
    profile = with_override(subject.text.profile, data.draw(SPANS))
    decision = text_of(profile, subject.text.catalog).pdp.decide(request)
    at = dt.datetime.fromisoformat(request["at"])
    system = any(reason.kind == "system" for reason in decision.reasons)

    assert (decision.outcome is Outcome.DENY and not system) is may_override(
        [profile], decision, almighty(profile), at
    ).may
    assert not may_override([profile], decision, Authority(id="p2", absent=()), at).may


@everywhere
def test_a_denial_on_no_policy_stands(name: str, data: st.DataObject) -> None:
    """A denial that rests on no policy can be overridden by nobody, whatever a profile says."""
    subject, request = data.draw(cases(name))
    profile = with_override(subject.text.profile, data.draw(SPANS))
    spoilt = request | data.draw(
        st.sampled_from(
            [{"departments": ["nowhere"]}, {"departments": []}, {"action": "no.such"}, {"at": "1950-01-01T00:00:00Z"}]
        )
    )
    decision: Decision = text_of(profile, subject.text.catalog).pdp.decide(spoilt)

    assert Outcome.DENY is decision.outcome
    assert not may_override([profile], decision, almighty(profile), NOW).may


@given(st.integers(0, 400 * 24), SPANS, st.integers(-100_000, 4_000_000))
def test_no_override_outlives_its_validity(start: int, valid: CalendarSpan, after: int) -> None:
    """An override holds from the instant it is made to the end of the policy's span, and at no other instant."""
    profile = with_override(harbour(), valid)
    at = BEGUN + dt.timedelta(hours=start)
    raw = {"action": "search.run", "at": at.isoformat(), "departments": ["harbour"], "facts": {"purpose": "personal"}}
    decision = text_of(profile, Catalog({})).pdp.decide(raw)
    answer = may_override([profile], decision, almighty(profile), at)
    record = override_record("o", "a", decision, answer, almighty(profile), at)
    moment = at + dt.timedelta(seconds=after)

    assert (after >= 0 and not passed(at, valid, moment, ZONE)) is is_valid(record, moment)


records = st.builds(
    OverrideRecord,
    id=st.sampled_from([f"o{n}" for n in range(9)]),
    act=st.just("a"),
    action=st.just("search.run"),
    by=st.just("p1"),
    role=st.just("chief"),
    at=MOMENTS,
    until=MOMENTS,
    review_by=st.just(("chief",)),
    review_due=MOMENTS,
    profiles=st.just(("harbour",)),
)


@given(
    st.lists(records, max_size=6, unique_by=lambda one: one.id),
    st.dates(dt.date(2026, 1, 2), dt.date(2026, 7, 20)),
    st.integers(0, 40),
    st.sets(st.sampled_from([f"o{n}" for n in range(9)])),
)
def test_every_override_is_audited(made: list[OverrideRecord], first: dt.date, length: int, audited: set[str]) -> None:
    """Every override up to the end of a period is in its audit, unless a signed audit has shown it."""
    last = first + dt.timedelta(days=length)
    report = audit(harbour(), (), Past(), first, last, overrides=made, audited=audited)
    due = {one.id for one in made if instant(one.at) <= instant(end_of_day(last, ZONE))} - audited

    assert due == {one.record.id for one in report.overrides}


# Audits


@everywhere
def test_no_exception_is_left_out(name: str, data: st.DataObject) -> None:
    """Whatever was denied, or may have been done without being allowed, is among the exceptions of its day's audit."""
    subject, request = data.draw(cases(name))
    done = data.draw(st.sampled_from([True, False, None]))
    decision = subject.text.pdp.decide(request)
    act = RecordedAct(id="a", request=read_request(request), decision=decision, done=done)
    profile = subject.text.profile
    day = act.request.at.astimezone(ZoneInfo(profile.timezone)).date()
    report = audit(profile, [act], Past(), day, day)
    wanted = decision.outcome is Outcome.DENY or (decision.outcome is Outcome.NEEDS and done is not False)

    assert wanted is bool(report.exceptions)


@given(st.lists(words, max_size=20), st.integers(0, 20), words, st.randoms(use_true_random=False))
def test_a_sample_can_be_drawn_again(ids: list[str], count: int, seed: str, rng: Any) -> None:
    """The same cases and seed give the same sample in whatever order they come, and a larger one begins with it."""
    mixed = list(ids)
    rng.shuffle(mixed)

    assert drawn(ids, count, seed) == drawn(mixed, count, seed)
    assert drawn(ids, count, seed) == drawn(ids, count + 1, seed)[:count]
    assert min(count, len(set(ids))) == len(set(drawn(ids, count, seed)))
