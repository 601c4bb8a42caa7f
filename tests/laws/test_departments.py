"""Several texts at once: departments that all bind a request, and a floor under a profile."""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import lru_cache

from hypothesis import strategies as st
from tests.laws.altering import Raw, consistent, supplied, withhold
from tests.laws.strategies import OTHERS, Subject, everywhere, generic, requests, said, small, subjects
from tests.laws.subjects import STORED, Text

from alpr_policy import Decision, Outcome, PolicyDecisionPoint
from alpr_policy.meaning.combine import strictest
from alpr_policy.model.profile import Silence
from alpr_policy.reading.catalog import Catalog


def pair(data: st.DataObject, name: str, *, floor: bool = False) -> tuple[Text, Text, PolicyDecisionPoint, Raw]:
    """Draw two profiles, a decision point over both, and a request under either of them."""
    one, other = data.draw(subjects(name)), neighbour(data.draw(OTHERS), floor)
    upper = dataclasses.replace(one.text.profile, floor="other" if floor else None)
    pdp = PolicyDecisionPoint(Catalog({upper.profile: (upper,), "other": (other.text.profile,)}))
    return one.text, other.text, pdp, data.draw(requests(data.draw(st.sampled_from((one, other)))))


@lru_cache(maxsize=100)
def neighbour(seed: int, floor: bool) -> Subject:
    """Return a small profile under another name; as a floor it was always in force, and its silence allows."""
    profile = dataclasses.replace(small(seed, "x").text.profile, profile="other")
    if floor:
        policy = dataclasses.replace(profile.policy, effective=dt.date(2000, 1, 1))
        profile = dataclasses.replace(profile, policy=policy, silence=Silence(otherwise="allow"))
    return Subject(Text.alone(profile), effort=30)


def under(text: Text, request: Raw) -> Decision:
    """Decide a request under one text alone."""
    return text.pdp.decide({**request, "departments": [text.name]})


@everywhere
def test_the_strictest_department_decides(name: str, data: st.DataObject) -> None:
    """Where the texts of several departments bind an act, the strictest of their answers holds, in whatever order."""
    one, other, pdp, request = pair(data, name)
    answers = [pdp.decide({**request, "departments": names}) for names in ([one.name, "other"], ["other", one.name])]
    expected = strictest([under(one, request).outcome, under(other, request).outcome])

    assert [expected, expected] == [answer.outcome for answer in answers]


@everywhere
def test_withholding_under_several_departments(name: str, data: st.DataObject) -> None:
    """Under several departments, too, withholding a fact never allows, nor drops a duty while the outcome stays."""
    one, other, pdp, request = pair(data, name)
    asked = consistent(consistent({**request, "departments": [one.name, "other"]}, one), other)
    before = pdp.decide(asked)
    owed = {(o.profile, o.rule, o.task) for o in before.obligations}
    wrong = []
    for fact in supplied(asked):
        after = pdp.decide(withhold(withhold(asked, [fact], one), [fact], other))
        kept = {(o.profile, o.rule, o.task) for o in after.obligations}
        opened = after.outcome is Outcome.ALLOW and before.outcome is not Outcome.ALLOW
        wrong += [fact] if opened or (after.outcome is before.outcome and owed - kept) else []

    assert [] == wrong


@everywhere
def test_a_floor_is_never_undercut(name: str, data: st.DataObject) -> None:
    """A profile under a floor never answers milder than the floor, and never purges what the floor keeps or holds."""
    one, other, pdp, request = pair(data, name, floor=True)
    floor = under(other, request)
    found = pdp.decide({**request, "departments": [one.name]})
    if request["action"] not in STORED:
        assert strictest([floor.outcome, under(one, request).outcome]) is found.outcome
    elif floor.standing in ("must_keep", "held"):
        assert request["action"] == "data.store" or Outcome.DENY is found.outcome


@everywhere
def test_a_policy_about_other_things_changes_nothing(name: str, data: st.DataObject) -> None:
    """A policy about other things in the same catalog changes no answer of another department, nor is it changed."""
    one, other = data.draw(subjects(name)), generic(data.draw(OTHERS))
    beside = dataclasses.replace(other.text.profile, profile="beside")
    pdp = PolicyDecisionPoint(Catalog({**one.text.catalog.versions, "beside": (beside,)}))
    asked, beyond = data.draw(requests(one)), {**data.draw(requests(other)), "departments": ["beside"]}
    alone = PolicyDecisionPoint(Catalog({"beside": (beside,)}))

    assert said(one.text.pdp.decide(asked)) == said(pdp.decide(asked))
    assert said(alone.decide(beyond)) == said(pdp.decide(beyond))
