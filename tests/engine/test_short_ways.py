"""The short ways to a decision come out where the long ones do, and keep nothing that grows with what is asked."""

from __future__ import annotations

import dataclasses
import datetime as dt
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.test_requests import ODD, spoilt
from tests.laws.strategies import NAMES, cases

from alpr_policy import PolicyDecisionPoint, read_request
from alpr_policy.durations import fresh_moment, moment_with_text, parse_moment
from alpr_policy.evaluators.compiled.needed import Choice, Joined, Ready
from alpr_policy.meaning.judge import Judgement
from alpr_policy.meaning.needs import merged
from alpr_policy.model.decision import Decision, Need, NeedKind, Outcome
from alpr_policy.model.quick import maker
from alpr_policy.model.request import ApprovalRecord, CheckRecord, EventRecord, HoldRecord, Request
from alpr_policy.questions.texts import BindingText
from alpr_policy.reading import requests

PDP = PolicyDecisionPoint.load("examples/demo/policies")
AT = dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC)
GIVEN: dict[type[Any], dict[str, Any]] = {
    Request: {"action": "search.run", "at": AT},
    Decision: {
        "outcome": Outcome.DENY,
        "action": "search.run",
        "at": AT.isoformat(),
        "mode": "enforce",
        "proceed": False,
        "silent": True,
    },
    Judgement: {f.name: None for f in dataclasses.fields(Judgement) if f.default is dataclasses.MISSING},
    ApprovalRecord: {"topic": "search.run", "decision": "granted"},
    CheckRecord: {"check": "visual", "result": "pass"},
    HoldRecord: {"basis": "litigation"},
    EventRecord: {"event": "shift_ended"},
}


@pytest.mark.parametrize("cls", GIVEN, ids=lambda cls: cls.__name__)
def test_what_is_made_quickly_is_what_the_class_builds(cls: type[Any]) -> None:
    """An object made in one go is of the class itself, equal in every field, and as firm as any."""
    built, made = cls(**GIVEN[cls]), maker(cls)(**GIVEN[cls])

    assert (cls, built, repr(built)) == (type(made), made, repr(made))
    if cls is not Judgement:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, dataclasses.fields(cls)[0].name, None)


def test_two_objects_made_quickly_share_no_default() -> None:
    """A default that is made anew for each object is made anew here too."""
    make = maker(Request)
    one, other = make("search.run", AT), make("search.run", AT)

    assert (False, {}) == (one.facts is other.facts, other.facts)


_offsets = st.sampled_from(["Z", "+00:00", "-00:00", "-04:00", "+0530", "+05", "+23:59", "-24:00", "+29:10", ""])
_texts = st.builds(
    "{}T{}{}{}".format,
    st.sampled_from(["2026-05-04", "2026-02-30", "1899-12-31", "2099-12-31", "2150-01-01", "2026-W19-1", "20260504"]),
    st.sampled_from(["10:00:00", "23:59:59", "24:00:00", "10:00", "10:00:60", "9:00:00", "10.00.00"]),
    st.sampled_from(["", ".5", ".250", ".000000", ".123456", ".1234567", ",250", "."]),
    _offsets,
)


@settings(max_examples=400, deadline=None)
@given(text=_texts)
def test_a_moment_read_in_passing_is_the_moment_that_its_text_names(text: str) -> None:
    """The short way gives the moment that the long one reads, and writes it as `isoformat` does, or gives none."""
    try:
        long = parse_moment(text)
    except ValueError:
        long = None
    told = moment_with_text(text)

    assert long == fresh_moment(text)
    assert (None if long is None else (long, long.isoformat())) == told
    if isinstance(long, dt.datetime) and told is not None:
        assert long.utcoffset() == told[0].utcoffset()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_mapping_is_decided_as_the_request_that_is_read_from_it(name: str, data: st.DataObject) -> None:
    """Whoever reads a request first, gives it as it came, or as a mapping of another class gets the same decision."""
    subject, request = data.draw(cases(name))
    pdp = PolicyDecisionPoint(subject.text.catalog)
    for one in (request, spoilt(request, data.draw(st.integers(0, 60)), data.draw(st.sampled_from(ODD)))):
        decided = pdp.decide(one)
        assert decided == pdp.decide(read_request(one)) == pdp.decide(MappingProxyType(one))


@pytest.mark.parametrize("name", PDP.catalog.names)
def test_the_text_found_by_its_day_is_the_one_in_force(name: str) -> None:
    """Around the first and last day of every version, told in any zone, the text is the one that is in force."""
    days = [day for p in PDP.catalog.get(name) for day in (p.first_day, p.policy.until) if day is not None]
    for day in days:
        for hours in range(-24 * 5, 24 * 5, 4):
            for offset in (-dt.timedelta(hours=23, minutes=59), dt.timedelta(hours=-5), dt.timedelta(hours=14)):
                moment = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(hours=hours)
                at = moment.astimezone(dt.timezone(offset))
                found, active = PDP.texts.binding(name, at), PDP.catalog.active(name, at)
                bound = found.own.content_hash if isinstance(found, BindingText) else None
                assert (active.content_hash if active else None) == bound


def _need(name: str) -> Need:
    return Need(kind=NeedKind.FACT, name=name)


def test_what_ready_needs_come_to_is_kept_and_nothing_else() -> None:
    """Needs put together from ready ones are the same object each time; of others nothing stays."""
    ready = Ready()
    one, other = _need("purpose"), _need("reason.recorded")
    ready.add(one, other)
    join, choice = Joined(merged, ready), Choice(("1",), ready)

    assert merged([one, other]) == join([one, other]) == join((one, _need("reason.recorded")))
    assert join([one, other]) is join((one, other))
    assert choice([(one,), (other,)]) is choice([(one,), (other,)])
    for number in range(50):
        join([_need(f"f.{number}")])
        choice([(_need(f"f.{number}"),), (one,)])
    assert (1, 1) == (len(join._kept), len(choice._kept))


def test_what_is_kept_of_the_shapes_of_requests_is_bounded() -> None:
    """However many sets of names are asked with, only so many are kept, none of many or of long names."""
    for number in range(requests.MOST_SEEN + 100):
        read_request({"action": "a", "at": AT.isoformat(), "facts": {f"own.fact-{number}": True}})
    read_request({"action": "a", "at": AT.isoformat(), "facts": {f"own.{'x' * 200}": True}})
    read_request({"action": "a", "at": AT.isoformat(), "facts": {f"own.{n}": True for n in range(400)}})

    assert requests.MOST_SEEN >= len(requests._NAMES_SEEN)
    assert requests.MOST_NAMES >= max(map(len, requests._NAMES_SEEN))
    assert requests.LONGEST_KEPT >= max(len(name) for names in requests._NAMES_SEEN for name in names)
