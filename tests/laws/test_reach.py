"""The strategies reach every statement of every profile, and every state of every record."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from tests.laws.steering import raw_request
from tests.laws.strategies import SHIPPED, Raw, Subject, Target, law, requests
from tests.laws.subjects import LIST_OF, PLAIN_TIME, Text, filled

from alpr_policy.meaning.facts import Facts
from alpr_policy.model.statements import Approval, Check, Document
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary.states import STATES

ENOUGH, TRIES = 20, 25
# What a state takes to be possible: without it, no record can be in that state.
TAKES = {
    "absence_unknown": lambda spec: spec.exception and any(d.if_absent for step in spec.steps for d in step),
    "self": lambda spec: getattr(spec, "not_by_requester", getattr(spec, "by_requester", "allowed") is None),
    "wrong_purpose": lambda spec: spec.purposes,
    "wrong_role": lambda spec: hasattr(spec, "steps") or spec.by,
    "wrong_source": lambda spec: spec.sources,
    "incomplete": lambda spec: spec.fields,
}


def filled_in(name: str) -> Subject:
    """Return a shipped profile as its owner would fill it, since a statement with an open parameter never applies."""
    text = SHIPPED[name].text
    return Subject(Text.alone(filled(text.profile))) if text.profile.open_parameters else SHIPPED[name]


def reached(subject: Subject, request: Raw) -> list[str]:
    """Name the rules that apply to a request."""
    on = [target for target in subject.targets if request["action"] in target.actions]
    truths = subject.text.truths(request, (target.applies for target in on))
    return [target.name for target, applies in zip(on, truths, strict=True) if applies]


def draw_at(subject: Subject, target: Target, counts: Counter[str]) -> None:
    """Draw requests steered at one rule and count every rule that applies to them."""

    @settings(law, max_examples=TRIES)
    @given(request=requests(subject, target))
    def draw(request: Raw) -> None:
        counts.update(reached(subject, request))

    draw()


@pytest.mark.parametrize("name", SHIPPED)
def test_every_rule_is_reached(name: str) -> None:
    """Every rule of every profile applies to at least 20 of the requests drawn."""
    subject = filled_in(name)
    counts: Counter[str] = Counter({target.name: 0 for target in subject.targets})
    for target in subject.targets:
        if counts[target.name] < ENOUGH:
            draw_at(subject, target, counts)
    print(f"\n{name}: the ten rules least reached")
    for rule, times in sorted(counts.items(), key=lambda pair: pair[1])[:10]:
        print(f"{times:6} {rule}")

    assert [] == [rule for rule, times in counts.items() if times < ENOUGH]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_statement_has_a_rule(name: str) -> None:
    """Every statement is among the rules that are reached, but those that gate nothing."""
    subject = SHIPPED[name]
    gateless = {
        s.id for s in subject.text.profile.statements if isinstance(s, Approval | Check | Document) and not s.gate
    }

    assert {s.id for s in subject.text.profile.statements} - gateless == {t.statement for t in subject.targets}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_state_is_reached(name: str) -> None:
    """The records that are drawn put every approval, exception, check, document and hold into each of its states."""
    subject = SHIPPED[name]
    missed = []
    for fact, spec in subject.text.rules.specs.items():
        if type(spec) not in LIST_OF:
            continue
        actions = [action for action in subject.text.actions if fact in subject.text.states_on(action)]
        steering = subject.steering(actions[0], PLAIN_TIME)
        raws = [raw_request(subject.text, actions[0], PLAIN_TIME, way) for way in steering.ways(fact)]
        states = {Facts(read_request(raw), subject.text.rules).value(fact) for raw in raws}
        wanted = {s for s in STATES[fact.partition(".")[0]] if s not in TAKES or TAKES[s](spec)}
        missed += [f"{fact}: {state}" for state in sorted(wanted - states)]

    assert [] == missed
