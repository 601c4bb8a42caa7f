"""Searches by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.benchmarks.by_hand import words as w
from tests.benchmarks.by_hand.exceptions import exception, state_seen
from tests.benchmarks.by_hand.values import (
    ABSENT,
    ALLOW,
    DENY,
    NEEDS,
    Facts,
    answer,
    flag,
    had_come,
    missing,
    training,
    truth_of,
    untrained,
    word,
)

from alpr_policy.model.decision import Decision, Need, NeedKind, Reason
from alpr_policy.model.values import Gap


def search(raw: Facts, facts: Facts, at: datetime) -> Decision:
    """Say whether a search may be run."""
    get = facts.get
    barred: list[Reason] = []
    reasons: list[Reason] = []
    needs: list[Need] = []
    purpose, agency, finding = get("purpose", ABSENT), get("requester.agency", ABSENT), get("procedure.finding", ABSENT)
    if purpose.__class__ is not str or purpose not in w.OFFICIAL:
        purpose = word(purpose, w.PURPOSES)
        _forbid(w.NO_USE, w.S_PURPOSE, w.ASK_PURPOSE, purpose, barred, reasons, needs)
    if agency != "own":
        _forbid(w.OWN_ONLY, w.S_AGENCY, w.ASK_AGENCY, word(agency, w.AGENCIES), barred, reasons, needs)
    if finding is not None and finding != "allows":
        finding = word(finding, w.FINDINGS)
        if finding == "forbids" or finding.__class__ is Gap:
            _forbid(w.PROCEDURES_BAR, w.S_FINDING, w.ASK_FINDING, finding, barred, reasons, needs)
    if barred:
        return answer(DENY, "search.run", at, tuple(barred))
    designated = had_come(get("requester.designated_on", ABSENT), at)
    trained = had_come(get("requester.trained_on", ABSENT), at)
    if designated is not True or trained is not True:
        _untrained(designated, trained, reasons, needs)
    kind, concerns = get("basis.kind", ABSENT), get("basis.concerns", ABSENT)
    serious = concerns.__class__ is str and concerns in w.WEIGHTY
    if kind != "court_order" and not (serious and kind == "specific_facts"):
        _ground(word(kind, w.GROUNDS), word(concerns, w.CONCERNS), reasons, needs)
    if get("alert_profile.set", ABSENT) is not True:
        _profile_set(raw, facts, at, reasons, needs)
    if finding is not None and finding != "allows":
        _procedures(finding, reasons, needs)
    if (reason := get("reason.recorded", ABSENT)) is not True:
        reason = flag(reason)
        reasons.append(w.GIVE_REASON(truth=truth_of(reason), facts=(w.S_REASON[reason],)))
        needs.append(w.ASK_REASON[missing(reason)])
    if not reasons:
        return answer(ALLOW, "search.run", at, w.OFFICIAL_USE[purpose], obligations=w.LOGGED)
    if purpose.__class__ is Gap:
        reasons.append(w.MAY_USE(truth="unknown", facts=(w.S_PURPOSE[purpose],)))
    return answer(NEEDS, "search.run", at, tuple(reasons), tuple(needs))


def _forbid(
    rule: Any, seen: Any, ask: Any, value: Any, barred: list[Reason], reasons: list[Reason], needs: list[Need]
) -> None:
    """Note a prohibition that a value brings about, or may bring about where it is not known."""
    if value.__class__ is Gap:
        reasons.append(rule(truth="unknown", facts=(seen[value],)))
        needs.append(ask[value])
    else:
        barred.append(rule(truth="true", facts=(seen[value],)))


def _untrained(designated: Any, trained: Any, reasons: list[Reason], needs: list[Need]) -> None:
    shown = (w.S_DESIGNATED[designated], w.S_TRAINED[trained])
    reasons.append(w.TRAINED(truth=untrained(designated, trained), facts=shown))
    needs += training(designated, trained, w.ASK_DESIGNATED, w.ASK_TRAINED)


def _ground(kind: Any, concerns: Any, reasons: list[Reason], needs: list[Need]) -> None:
    """Note that an act rests on neither a court order nor specific facts of weight."""
    truth = truth_of(concerns) if kind == "specific_facts" else truth_of(kind)
    reasons.append(w.GROUND(truth=truth, facts=(w.S_CONCERNS[concerns], w.S_GROUND[kind])))
    if concerns in w.WEIGHTY:
        needs.append(w.ASK_EITHER[missing(kind)])
        return
    specific = () if kind == "specific_facts" else (w.ASK_SPECIFIC[missing(kind)],)
    ways = ((w.ASK_ORDER[missing(kind)],), (*specific, w.ASK_CONCERNS[missing(concerns)]))
    needs.append(Need(kind=NeedKind.ONE_OF, cite=w.C_GROUND, one_of=ways))


def _profile_set(raw: Facts, facts: Facts, at: datetime, reasons: list[Reason], needs: list[Need]) -> None:
    """Note that no alert profile is known to be set, unless the user was excused from it."""
    excused = exception(raw, facts, at, "profile_exception")
    if excused == "granted":
        return
    found = flag(facts.get("alert_profile.set", ABSENT))
    shown = w.S_NO_EXCEPTION if excused == "none" else state_seen("approval.profile-exception", excused)
    reasons.append(w.PROFILE_SET(truth=truth_of(found, excused), facts=(w.S_SET[found], shown)))
    needs.append(w.ASK_SET[missing(found)])


def _procedures(finding: Any, reasons: list[Reason], needs: list[Need]) -> None:
    """Note that the search procedures have not been found to allow the search."""
    reasons.append(w.PROCEDURES(truth=truth_of(finding), facts=(w.S_FINDING[finding],)))
    if finding.__class__ is not Gap:
        needs.append(w.ASK_FINDING[None])
