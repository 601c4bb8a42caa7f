"""How an outcome comes about: forbids, silence, advice."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.laws.rewriting import ADVISABLE, advised, banned, silent, without_advice
from tests.laws.strategies import OTHERS, about_anything, cases, everywhere, extended, requests, rewritten, subjects
from tests.laws.subjects import STORED

from alpr_policy import Decision, Outcome, Profile


def binding(profile: Profile) -> set[str]:
    """Return the ids of the statements that bind."""
    return {s.id for s in profile.statements if s.force == "must"}


def truths(decision: Decision, effect: str) -> list[str]:
    """Return the truth of each rule of one effect."""
    return [line.truth for line in decision.trace if line.effect == effect]


@about_anything
def test_a_true_forbid_denies(name: str, data: st.DataObject) -> None:
    """A forbid that is true denies, whatever else is true or unknown, and is among the reasons."""
    subject, request = data.draw(cases(name))
    decision = subject.text.pdp.decide(request, trace=True)
    bound = binding(subject.text.profile)
    forbidding = {t.rule for t in decision.trace if (t.effect, t.truth) == ("forbid", "true") and t.rule in bound}

    assert not forbidding or decision.outcome is Outcome.DENY
    assert forbidding <= {reason.rule for reason in decision.reasons}


@everywhere
def test_a_ban_without_condition_denies(name: str, data: st.DataObject) -> None:
    """Where an act is banned without condition, no permission, approval or silence lets it pass."""
    subject, request = data.draw(cases(name))

    assert Outcome.DENY is rewritten(subject, banned, request["action"]).pdp.decide(request).outcome


@about_anything
def test_silence_does_as_told(name: str, data: st.DataObject) -> None:
    """Where no permission is true or unknown the answer is deny unless silence allows the act, and is marked silent."""
    subject, request = data.draw(cases(name))
    decision = subject.text.pdp.decide(request, trace=True)
    permitted = {"true", "unknown"} & set(truths(decision, "permit")) or request["action"] in STORED
    forbidden = "true" in truths(decision, "forbid")
    told = Outcome.ALLOW if request["action"] in subject.text.rules.silence_allows else Outcome.DENY

    assert permitted or told is Outcome.ALLOW or decision.outcome is Outcome.DENY
    assert permitted or forbidden or decision.outcome is not told or decision.silent
    assert not (decision.silent and decision.outcome is Outcome.NEEDS)


@everywhere
def test_silence_leaves_data_where_it_is(name: str, data: st.DataObject) -> None:
    """Where no retention statement applies, data may stay and may not be purged, whatever silence says."""
    subject, request = data.draw(cases(name))
    request["facts"] |= data.draw(st.sampled_from(({"data.classes": []}, {})))
    told = {}
    for action in STORED:
        for otherwise in ("allow", "deny"):
            decision = rewritten(subject, silent, otherwise).pdp.decide({**request, "action": action})
            if decision.standing == "silent" and decision.silent:
                told[action, otherwise] = decision.outcome

    assert {key: Outcome.ALLOW if key[0] == "data.store" else Outcome.DENY for key in told} == told


@about_anything
def test_silence_matters_only_where_nothing_permits(name: str, data: st.DataObject) -> None:
    """What a profile says of silence changes no answer where a permission is true, and none on stored data."""
    subject, request = data.draw(cases(name))
    told = {one: rewritten(subject, silent, one).pdp.decide(request, trace=True) for one in ("allow", "deny")}
    permits = set(truths(told["deny"], "permit"))
    if "true" in permits or request["action"] in STORED:
        assert told["allow"].to_wire() == told["deny"].to_wire()
    else:
        assert Outcome.ALLOW is not told["deny"].outcome
        assert told["allow"].outcome.strictness <= told["deny"].outcome.strictness


def essence(decision: Decision) -> tuple[object, ...]:
    """Return what advice must not change."""
    return (
        decision.outcome,
        decision.silent,
        decision.reasons,
        decision.needs,
        decision.may_also_need,
        decision.standing,
    )


@everywhere
def test_advice_never_decides(name: str, data: st.DataObject) -> None:
    """Leaving out every statement that only advises changes neither outcome nor reasons nor needs."""
    subject, request = data.draw(cases(name))
    bare = rewritten(subject, without_advice)

    assert essence(bare.pdp.decide(request)) == essence(subject.text.pdp.decide(request))


@everywhere
def test_added_advice_never_decides(name: str, data: st.DataObject) -> None:
    """Advice of any kind that is added to a profile changes neither outcome nor reasons nor needs."""
    subject = data.draw(subjects(name))
    more = extended(subject, data.draw(OTHERS), ADVISABLE, "should")
    request = data.draw(requests(more))

    assert essence(subject.text.pdp.decide(request)) == essence(more.text.pdp.decide(request))


@everywhere
def test_unmet_advice_warns(name: str, data: st.DataObject) -> None:
    """Made into advice, whatever would have denied or asked is a warning, and nothing but silence is left to deny."""
    subject, request = data.draw(cases(name))
    strict = subject.text.pdp.decide(request)
    soft = rewritten(subject, advised).pdp.decide(request, trace=True)
    gates = {s.id for kind in ADVISABLE for s in getattr(subject.text.profile, kind)}
    open_or_true = {t.rule for t in soft.trace if t.rule in gates and _unmet(t.effect, t.truth)}

    assert open_or_true == {warning.rule for warning in soft.warnings}
    assert not gates & {reason.rule for reason in soft.reasons}
    assert soft.outcome.strictness <= strict.outcome.strictness


def _unmet(effect: str, truth: str) -> bool:
    return (effect, truth) in (("forbid", "true"), ("require", "true"), ("require", "unknown"))
