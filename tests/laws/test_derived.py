"""Facts that are worked out from others claim no more than these settle."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.laws.altering import Raw, supplied, withhold
from tests.laws.records import Part
from tests.laws.steering import raw_request
from tests.laws.strategies import Subject, about_anything, subjects
from tests.laws.subjects import PLAIN_TIME

from alpr_policy.durations import CalendarSpan
from alpr_policy.ir.nodes import Atom, Op
from alpr_policy.meaning.facts import Facts
from alpr_policy.model.values import Unknown
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import Fact, FactKind

DAY = CalendarSpan.parse("1 day")


def worked_out(data: st.DataObject, subject: Subject) -> tuple[Fact, Raw]:
    """Draw a derived fact of a profile, and a request that supplies all that it is worked out from."""
    text = subject.text
    facts = [fact for fact in text.words.facts.values() if fact.derived_from and text.sources(fact.name) - {fact.name}]
    fact = data.draw(st.sampled_from(sorted(facts, key=lambda one: one.name)))
    action = data.draw(st.sampled_from(sorted(fact.actions)))
    steering = subject.steering(action, PLAIN_TIME)
    part = Part()
    for source in sorted(text.sources(fact.name) - {fact.name}):
        ways = steering.ways(fact.name if source == "events" else source)
        part += data.draw(st.sampled_from([way for way in ways if fact.name not in way.facts]))
    return fact, raw_request(text, action, PLAIN_TIME, part)


def questions(fact: Fact, values: frozenset[str]) -> list[Atom]:
    """Return comparisons of every kind that fit a fact."""
    listed = [frozenset({value}) for value in sorted(values)[:6]]
    match fact.kind:
        case FactKind.BOOL:
            found = [Atom(fact.name, op, frozenset({True})) for op in (Op.IN, Op.NOT_IN)]
        case FactKind.SET:
            found = [Atom(fact.name, op, one) for op in (Op.HAS_ANY, Op.HAS_ALL, Op.OUTSIDE) for one in listed]
        case FactKind.AGE:
            found = [Atom(fact.name, op, DAY) for op in (Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN)]
        case FactKind.COUNT:
            found = [Atom(fact.name, op, 1) for op in (Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN)]
        case _:
            found = [Atom(fact.name, op, one) for op in (Op.IN, Op.NOT_IN) for one in listed]
    return [*found, Atom(fact.name, Op.NONE)]


@about_anything
def test_derived_facts_are_strict(name: str, data: st.DataObject) -> None:
    """With something unknown that a fact is worked out from, every test of it is unknown or comes out as it would."""
    subject = data.draw(subjects(name))
    fact, request = worked_out(data, subject)
    text = subject.text
    asked = questions(fact, text.words.values_of(fact))
    known = text.truths(request, asked)
    for gone in supplied(request):
        part = text.truths(withhold(request, [gone], text), asked)

        assert known == [full if one is None else one for full, one in zip(known, part, strict=True)], gone


@about_anything
def test_a_stated_answer_overrides_nothing(name: str, data: st.DataObject) -> None:
    """Where all is known that a fact is worked out from, a stated answer changes nothing or leaves it unknown."""
    subject = data.draw(subjects(name))
    fact, request = worked_out(data, subject)
    near, other = subject.text.palette(fact.name, PLAIN_TIME)
    answer = data.draw(st.sampled_from([*near, *other, None]))
    stated = {**request, "facts": {**request["facts"], fact.name: answer}}
    before, after = (Facts(read_request(one), subject.text.rules).value(fact.name) for one in (request, stated))

    assert isinstance(before, Unknown) or isinstance(after, Unknown) or before == after
