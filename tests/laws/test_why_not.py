"""What would help does, and no less of it would."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.strategies import NAMES, SHIPPED, Raw, Subject, cases, law, requests
from tests.laws.supply import climb

from alpr_policy import Outcome, read_request
from alpr_policy.questions.why_not import why_not
from alpr_policy.questions.why_not.elements import applied
from alpr_policy.questions.why_not.telling import lines

SECONDS, MOST, EXAMPLES = 0.5, 3, 8


@pytest.mark.parametrize("name", NAMES)
@settings(law, max_examples=EXAMPLES)
@given(data=st.data())
def test_each_set_leads_to_allow_and_no_part_of_it_does(name: str, data: st.DataObject) -> None:
    """With all of a set the act is allowed, and without any one of its elements it is not."""
    subject, raw = data.draw(cases(name))
    pdp = subject.text.pdp
    found = why_not(pdp, read_request(raw), seconds=SECONDS, most=MOST)

    for one in found.sets:
        assert Outcome.ALLOW == pdp.decide(applied(found.request, one.elements)).outcome
        for element in one.elements:
            less = [other for other in one.elements if other is not element]
            assert Outcome.ALLOW != pdp.decide(applied(found.request, less)).outcome, element


@pytest.mark.parametrize("name", SHIPPED)
@settings(law, max_examples=EXAMPLES)
@given(data=st.data())
def test_what_answering_brings_about_is_found(name: str, data: st.DataObject) -> None:
    """Where answering what is asked leads to allow, and nothing was stated against it, some set is found."""
    subject = SHIPPED[name]
    raw = plainly(subject, data.draw(requests(subject)))
    found = why_not(subject.text.pdp, read_request(raw), seconds=SECONDS, most=1)
    if found.decision.outcome is Outcome.NEEDS and climb(subject.text, raw).decision.outcome is Outcome.ALLOW:
        assert found.sets, found.barred


def plainly(subject: Subject, raw: Raw) -> Raw:
    """Return a request without records, and without facts that are worked out or in conflict."""
    words, specs = subject.text.words.facts, subject.text.rules.specs
    facts = {
        name: value
        for name, value in raw["facts"].items()
        if name in words and not words[name].derived_from and name not in specs and not isinstance(value, dict)
    }
    return {"action": raw["action"], "at": raw["at"], "departments": raw["departments"], "facts": facts}


@pytest.mark.parametrize("name", NAMES)
@settings(law, max_examples=EXAMPLES)
@given(data=st.data())
def test_what_only_waits_is_not_called_hopeless(name: str, data: st.DataObject) -> None:
    """An answer of needs is never called hopeless: without a set it is said that the search fell short."""
    subject, raw = data.draw(cases(name))
    found = why_not(subject.text.pdp, read_request(raw), seconds=SECONDS, most=1)
    if found.decision.outcome is Outcome.NEEDS and not found.sets:
        assert not found.complete
        assert "leads to allow. What stands" not in "\n".join(lines(found, None))
