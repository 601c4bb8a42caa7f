"""Nothing passes what a profile sets before an act: `only`, gates, requirements, bans with exceptions."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.laws.strategies import Raw, Subject, about_anything, often, requests, subjects
from tests.laws.subjects import Text

from alpr_policy import Outcome
from alpr_policy.ir.nodes import Forbid, Require
from alpr_policy.meaning.facts import Facts
from alpr_policy.reading.requests import read_request

# The state in which an approval, check or document is as it should be.
GOOD = {"approval": "granted", "check": "passed", "document": "complete", "exception": "granted"}
NOT_SOUGHT = ("none", "refused", "wrong_purpose", "out_of_scope", "ended")


def about(data: st.DataObject, name: str, effect: str) -> tuple[Subject, Raw]:
    """Draw a profile and a request that is steered, where it can be, at a rule of one effect."""
    subject = data.draw(subjects(name))
    targets = [target for target in subject.targets if target.effect == effect]
    return subject, data.draw(requests(subject, data.draw(st.sampled_from([None, *targets]))))


def applying(text: Text, request: Raw) -> list[Require]:
    """Return the binding requirements that surely apply to a request."""
    found = [r for r in text.rules.rules if isinstance(r, Require) and request["action"] in r.actions]
    truths = text.truths(request, (rule.applies for rule in found))
    return [rule for rule, applies in zip(found, truths, strict=True) if applies and not rule.origin.advisory]


@about_anything
def test_only_what_is_permitted(name: str, data: st.DataObject) -> None:
    """Where a permission says `only` and does not apply, the act is denied."""
    subject, request = about(data, name, "permit")
    decision = subject.text.pdp.decide(request, trace=True)
    only = {statement.id for statement in subject.text.profile.permissions if statement.only}
    false = {line.rule for line in decision.trace if line.effect == "permit" and line.truth == "not applicable"}

    assert not only & false or decision.outcome is Outcome.DENY


@about_anything
def test_nothing_passes_an_open_gate(name: str, data: st.DataObject) -> None:
    """What is allowed has every approval granted, check passed, document complete and requirement met, or excused."""
    subject, request = about(data, name, "require")
    text = subject.text
    if text.pdp.decide(request).outcome is not Outcome.ALLOW:
        return
    facts = Facts(read_request(request), text.rules)
    open_gates = []
    for rule in applying(text, request):
        met, excused = text.truths(request, (rule.met, rule.excused))
        kind, state = (rule.item or "").partition(".")[0], facts.value(rule.item) if rule.item else None
        good = met is True if rule.item is None or kind == "exception" else state == GOOD[kind]
        open_gates += [] if good or (excused and (rule.item is None or state == "not_done")) else [rule.origin.id]

    assert [] == open_gates


@often
def test_only_an_exception_that_is_granted_lifts_a_ban(name: str, data: st.DataObject) -> None:
    """A ban with an exception lets an act pass only if it is granted, and denies where none was properly sought."""
    subject = data.draw(subjects(name))
    rules = subject.text.rules.rules
    excused = {rule.excuse: rule.origin.id for rule in rules if isinstance(rule, Forbid) and rule.excuse}
    targets = [t for t in subject.targets if t.effect == "require" and t.statement in excused.values()]
    if not targets:
        return
    request = data.draw(requests(subject, data.draw(st.sampled_from(targets))))
    facts = Facts(read_request(request), subject.text.rules)
    states = {facts.value(rule.item) for rule in applying(subject.text, request) if rule.item in excused}
    outcome = subject.text.pdp.decide(request).outcome

    assert states <= {GOOD["exception"]} or outcome is not Outcome.ALLOW
    assert not states & set(NOT_SOUGHT) or outcome is Outcome.DENY
