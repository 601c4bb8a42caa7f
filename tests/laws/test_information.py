"""Knowing less never opens a door and never hides what must follow."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st
from tests.laws.altering import consistent, supplied, withhold
from tests.laws.strategies import GAPS, Raw, Subject, about_anything, cases, often, requests, subjects
from tests.laws.subjects import RECORD_LISTS, Text

from alpr_policy import Decision, Outcome
from alpr_policy.ir.nodes import Atom, Cond, Sure


def weakened(data: st.DataObject, subject: Subject, request: Raw) -> list[tuple[tuple[str, ...], Decision]]:
    """Decide a request with each supplied thing removed by itself, and with a few of them removed together."""
    names = supplied(request)
    few = data.draw(st.lists(st.sampled_from(names), min_size=2, max_size=5, unique=True)) if len(names) > 1 else []
    removals = [*((name,) for name in names), *([tuple(few)] if few else [])]
    return [(gone, subject.text.pdp.decide(withhold(request, gone, subject.text))) for gone in removals]


@about_anything
def test_removing_a_fact_never_allows(name: str, data: st.DataObject) -> None:
    """Removing a fact, with the answers that derive from it, never turns deny or needs into allow."""
    subject, request = data.draw(cases(name))
    request = consistent(request, subject.text)
    before = subject.text.pdp.decide(request)
    opened = [gone for gone, after in weakened(data, subject, request) if after.outcome is Outcome.ALLOW]

    assert before.outcome is Outcome.ALLOW or [] == opened


@about_anything
def test_withholding_a_fact_never_removes_an_obligation(name: str, data: st.DataObject) -> None:
    """While the outcome stays the same, withholding a fact never removes an obligation."""
    subject = data.draw(subjects(name))
    obliging = [target for target in subject.targets if target.effect == "oblige"]
    request = data.draw(requests(subject, data.draw(st.sampled_from([None, *obliging]))))
    request = consistent(request, subject.text)
    before = subject.text.pdp.decide(request)
    owed = {(o.rule, o.task) for o in before.obligations}
    lost = [
        (gone, owed - kept)
        for gone, after in weakened(data, subject, request)
        if after.outcome is before.outcome and owed - (kept := {(o.rule, o.task) for o in after.obligations})
    ]

    assert [] == lost


@about_anything
def test_allowed_unseen_is_allowed_seen(name: str, data: st.DataObject) -> None:
    """What is allowed while a fact is unknown is allowed for every value of that fact."""
    subject, request = data.draw(cases(name))
    text = subject.text
    unseen = {fact: withhold(request, [fact], text) for fact in sorted(text.read_on(request["action"]))}
    allowed = [fact for fact, one in unseen.items() if text.pdp.decide(one).outcome is Outcome.ALLOW]
    if not allowed:
        return
    fact = data.draw(st.sampled_from(allowed))
    seen = data.draw(st.permutations(answers(subject, unseen[fact], fact)))[:20]

    assert [] == [one for one in seen if text.pdp.decide(one).outcome is not Outcome.ALLOW]


def answers(subject: Subject, request: Raw, fact: str) -> list[Raw]:
    """Return the request with each answer to one open fact; a record list is answered by records in all states."""
    if fact in RECORD_LISTS:
        steering = subject.steering(request["action"], request["at"])
        ways = [way.records for state in subject.text.states_on(request["action"]) for way in steering.ways(state)]
        return [{**request, fact: records} for records in ([], *(way[fact] for way in ways if fact in way))]
    near, other = subject.text.palette(fact, request["at"])
    return [{**request, "facts": {**request["facts"], fact: value}} for value in (*near, *other, None)]


@often
def test_more_knowledge_contradicts_nothing(name: str, data: st.DataObject) -> None:
    """A condition that is true or false while some facts are unknown stays so when they become known."""
    subject, request = data.draw(cases(name))
    request = consistent(request, subject.text)
    text = subject.text
    conds = [cond for cond in text.conditions(request["action"]) if not by_pairs(cond)]
    known = text.truths(request, conds)
    names = supplied(request)
    few = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True)) if names else []
    contradicted = [
        (gone, cond)
        for gone in (*([one] for one in names), few)
        for cond, full, part in zip(conds, known, text.truths(withhold(request, gone, text), conds), strict=True)
        if part is not None and part is not full
    ]

    assert [] == contradicted


def by_pairs(cond: Cond) -> bool:
    """Say whether a condition asks what is known, or for an exception: two rules share that, and both keep the law."""
    inside = getattr(cond, "of", ())
    parts = inside if isinstance(inside, tuple) else (inside,)
    asked = isinstance(cond, Atom) and cond.fact.startswith("exception.")
    return asked or isinstance(cond, Sure) or any(by_pairs(part) for part in parts)


@about_anything
def test_not_knowing_is_one_thing(name: str, data: st.DataObject) -> None:
    """A fact left out, said to be unknown, withheld, contradicted or outside its list gives the same outcome."""
    subject, request = data.draw(cases(name))
    names = sorted(subject.text.read_on(request["action"]) - set(RECORD_LISTS))
    assume(names)
    fact = data.draw(st.sampled_from(names))
    without = withhold(request, [fact], subject.text)
    gaps = [gap for gap in GAPS if not fits(subject.text, fact, gap)]
    outcomes = {
        str(gap): subject.text.pdp.decide({**without, "facts": {**without["facts"], fact: gap}}).outcome for gap in gaps
    }
    expected = subject.text.pdp.decide(without).outcome

    assert dict.fromkeys(outcomes, expected) == outcomes


def fits(text: Text, fact: str, value: object) -> bool:
    """Say whether a value that is wrong for most facts is right here: any word is a text, any number a count."""
    kind = text.words.facts[fact].kind.value
    open_text = kind == "text" or text.words.facts[fact].list_name == "roles"
    return (open_text and value == "no_such_value") or (kind == "count" and value == 7)
