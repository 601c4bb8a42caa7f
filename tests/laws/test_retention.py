"""Plans of retention: many records at once are said what each would be said by itself, at every instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from tests.laws.strategies import Raw, Subject, Target, everywhere, requests, subjects
from tests.laws.subjects import AWKWARD_TIMES, STORED

from alpr_policy.durations import add, instant, parse_moment
from alpr_policy.model.request import Request
from alpr_policy.questions.disposal import Outlook, Stand, StoredRecord, stored, weigh
from alpr_policy.questions.disposal_clocks import CLOCKS, TICK
from alpr_policy.questions.disposal_groups import Disposal
from alpr_policy.reading.requests import read_request

STEPS = (dt.timedelta(0), TICK, -TICK, dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1))


def asked(data: st.DataObject, name: str) -> tuple[Subject, Request, Raw]:
    """Draw a profile and a request about stored data under it, mostly one that some retention statement reaches."""
    subject = data.draw(subjects(name))
    kept: list[Target] = [target for target in subject.targets if target.actions == STORED]
    raw = data.draw(requests(subject, data.draw(st.sampled_from(kept)) if kept else None))
    return subject, read_request(raw), raw["facts"]


def records(data: st.DataObject, disposal: Disposal, facts: Raw, request: Request) -> list[StoredRecord]:
    """Draw records with the same facts and clocks near the edges of the rules, in the awkward nights, or unreadable."""
    found: list[StoredRecord] = []
    edges = disposal.watched.edges
    for number in range(data.draw(st.integers(1, 3))):
        mine: dict[str, Any] = dict(facts)
        for clock in sorted(CLOCKS):
            way = data.draw(st.integers(0, 5))
            if way > 2:
                base = request.at if way < 5 else parse_moment(data.draw(st.sampled_from(AWKWARD_TIMES)))
                assert isinstance(base, dt.datetime)
                spans = [edge.span for edge in edges if edge.clock == clock and edge.span is not None]
                start = instant(base)
                if spans:
                    start -= instant(add(base, data.draw(st.sampled_from(spans)), disposal.zone)) - start
                start += data.draw(st.sampled_from(STEPS))
                mine[clock] = start.date() if way == 3 else start.astimezone(disposal.zone)
            elif way == 2:
                mine[clock] = data.draw(st.sampled_from(("unknown", None, "soon", 7)))
        found.append(stored(f"r{number}", mine, request.events))
        # One of the same kind and mostly the same day, so that what is said of a day's records is said of several.
        moved = dt.timedelta(hours=data.draw(st.integers(-12, 12)))
        other = {name: one + moved if isinstance(one, dt.datetime) else one for name, one in mine.items()}
        found.append(stored(f"r{number} too", other, request.events))
    return found


def held(outlook: Outlook, at: dt.datetime) -> Stand:
    """Return what an outlook says of an instant."""
    return [change.stand for change in outlook if change.at <= at][-1]


@everywhere
def test_many_records_are_said_what_each_is_said(name: str, data: st.DataObject) -> None:
    """What a plan says of a record at any instant is what the decision point says of that record alone."""
    subject, request, facts = asked(data, name)
    at = instant(request.at) - data.draw(st.sampled_from((dt.timedelta(0), dt.timedelta(days=3), dt.timedelta(40))))
    until = at + dt.timedelta(days=data.draw(st.sampled_from((2, 50))))
    disposal = Disposal(subject.text.pdp, subject.text.name, at=at, until=until, holds=request.holds, samples=9)
    several = records(data, disposal, facts, request)
    bundles = list(disposal.bundles(several))
    of = {key: bundle for bundle in bundles for key in bundle.keys}

    assert sorted(record.key for record in several) == sorted(of)
    for record in several:
        outlook = disposal.outlook(record)
        edges = {point + step for point in (request.at, *(c.at for c in outlook)) for step in (-TICK, dt.timedelta(0))}
        inside = [at, until, *sorted(instant(p) for p in edges if at <= p <= until)]
        inside += [at + (until - at) * data.draw(st.integers(0, 1000)) / 1000 for _ in range(2)]
        for point in inside:
            alone = weigh(subject.text.pdp, subject.text.name, record, request.holds, point)
            assert alone == held(outlook, point)
        bundle = of[record.key]
        assert disposal.stand(record) == outlook[0].stand
        assert [c.stand for c in outlook] == [c.stand for c in bundle.first] == [c.stand for c in bundle.last]
        assert all(a.at <= b.at <= c.at for a, b, c in zip(bundle.first, outlook, bundle.last, strict=True))
        days = [[c.at.astimezone(disposal.zone).date() for c in one] for one in (bundle.first, outlook, bundle.last)]
        assert days[0] == days[1] == days[2]
