"""What a decision asks for is worth supplying."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.records import Part
from tests.laws.steering import raw_request
from tests.laws.strategies import EXAMPLES, SHIPPED, Raw, Subject, about_anything, cases, law, requests
from tests.laws.subjects import PLAIN_TIME, Text, filled
from tests.laws.supply import climb

from alpr_policy import Need, Outcome
from alpr_policy.durations import end_of_day, instant, parse_moment
from alpr_policy.ir.nodes import CheckSpec
from alpr_policy.model.decision import NeedKind

BARRED: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "barred.yaml").read_text(encoding="utf-8"))


def served(name: str) -> Subject:
    """Return a shipped profile as it may serve: its required parameters are filled by the owner."""
    subject = SHIPPED[name]
    if not subject.text.profile.open_parameters:
        return subject
    return Subject(Text.alone(filled(subject.text.profile)))


@pytest.mark.parametrize("name", SHIPPED)
@settings(law, max_examples=3 * EXAMPLES)
@given(data=st.data())
def test_the_listed_needs_give_allow(name: str, data: st.DataObject) -> None:
    """Supplying what is asked, as it is asked, leads to allow, or to a denial that an exception could lift."""
    subject = served(name)
    request = data.draw(requests(subject))
    if subject.text.pdp.decide(request).outcome is not Outcome.NEEDS:
        return
    end = climb(subject.text, request)

    assert end.decision.outcome is Outcome.ALLOW or end.excusable or waits_for_a_clock(subject.text, end.request)


def waits_for_a_clock(text: Text, request: Raw) -> bool:
    """Say whether a check counts only from a moment that has not come: the one need that nothing can meet yet."""
    return any(
        isinstance(spec, CheckSpec) and spec.after is not None and to_come(text, request, spec.after)
        for spec in (text.rules.specs[name] for name in text.states_on(request["action"]))
    )


def to_come(text: Text, request: Raw, fact: str) -> bool:
    """Say whether a moment is known never to have been, or lies after the act."""
    raw = request["facts"].get(fact, "unknown")
    if not isinstance(raw, str) or not raw[0].isdigit():
        return raw is None
    moment, now = parse_moment(raw), parse_moment(request["at"])
    assert isinstance(now, dt.datetime)
    whole = moment if isinstance(moment, dt.datetime) else end_of_day(moment, text.rules.zone)
    return instant(whole) > instant(now)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_act_can_be_allowed(name: str) -> None:
    """Every act can be brought to allow by answering what is asked, except those listed with the reason."""
    subject = served(name)
    ends = {
        action: climb(subject.text, raw_request(subject.text, action, PLAIN_TIME, Part()))
        for action in subject.text.actions
    }
    never = [action for action, end in ends.items() if end.decision.outcome is not Outcome.ALLOW]

    assert sorted(BARRED.get(name, {})) == sorted(never)


@about_anything
def test_a_need_names_what_is_missing(name: str, data: st.DataObject) -> None:
    """Every answer of needs lists some, and no fact is asked for that no rule on the act reads."""
    subject, request = data.draw(cases(name))
    decision = subject.text.pdp.decide(request)
    needs = list(flat(decision.needs))
    asked = {need.name for need in needs if need.kind is NeedKind.FACT}
    read = subject.text.read_on(request["action"]) | subject.text.tested_on(request["action"])

    assert (decision.outcome is Outcome.NEEDS) == bool(decision.needs)
    assert all(need.name for need in needs)
    assert set() == asked - read - set(scopes(request))


def flat(needs: tuple[Need, ...]) -> Iterator[Need]:
    """Yield needs and those inside alternatives."""
    for need in needs:
        if need.kind is NeedKind.ONE_OF:
            for group in need.one_of:
                yield from flat(group)
        else:
            yield need


def scopes(request: Raw) -> Iterator[str]:
    """Yield the facts to which some record is limited."""
    for records in request.values():
        if isinstance(records, list):
            for record in records:
                yield from record.get("scope", {}) if isinstance(record, dict) else ()
