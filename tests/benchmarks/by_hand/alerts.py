"""Alerts by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.benchmarks.by_hand import words as w
from tests.benchmarks.by_hand.exceptions import exception, state_seen
from tests.benchmarks.by_hand.values import (
    ABSENT,
    ALLOW,
    DENY,
    INVALID,
    NEEDS,
    Facts,
    answer,
    flag,
    gap,
    had_come,
    training,
    truth_of,
    untrained,
    word,
)

from alpr_policy.model.decision import Decision, FactSeen, Need, NeedKind, Reason
from alpr_policy.model.values import Gap


def alert(raw: Facts, facts: Facts, at: datetime) -> Decision:
    """Say whether an alert may be shown to somebody."""
    get = facts.get
    barred: list[Reason] = []
    reasons: list[Reason] = []
    needs: list[Need] = []
    agency, originator = get("requester.agency", ABSENT), flag(get("alert.to_originator", ABSENT))
    if agency != "own":
        agency = word(agency, w.AGENCIES)
        if originator is not True:
            _recipients(agency, originator, barred, reasons, needs)
    categories = _categories(get("alert.categories", ABSENT))
    if categories.__class__ is Gap or not categories <= w.LISTED.keys() or "warrant" in categories:
        _unusual(raw, facts, at, categories, barred, reasons, needs)
    if barred:
        return answer(DENY, "alert.deliver", at, tuple(barred))
    if agency == "own" or agency.__class__ is Gap:
        designated = had_come(get("requester.designated_on", ABSENT), at)
        trained = had_come(get("requester.trained_on", ABSENT), at)
        if designated is not True or trained is not True:
            truth = "unknown" if agency.__class__ is Gap else untrained(designated, trained)
            seen = (w.S_AGENCY[agency], w.S_DESIGNATED[designated], w.S_TRAINED[trained])
            reasons.append(w.ALERTED(truth=truth, facts=seen))
            needs += training(designated, trained, w.ASK_ALERTED_DESIGNATED, w.ASK_ALERTED_TRAINED)
    if reasons:
        return answer(NEEDS, "alert.deliver", at, tuple(reasons), tuple(needs))
    to_whom = w.TO_OWN[originator] if agency == "own" else w.RECIPIENTS(truth="true", facts=_to(originator, agency))
    listed = w.LISTED_ALONE.get(categories) or _listed(categories)
    origin = word(get("alert.origin", ABSENT), w.ORIGINS)
    permits = (listed, to_whom) if listed is not None else (to_whom,)
    return answer(ALLOW, "alert.deliver", at, permits, obligations=w.NOTIFIED[origin])


def _to(originator: Any, agency: Any) -> tuple[FactSeen, ...]:
    return (w.S_ORIGINATOR[originator], w.S_AGENCY[agency])


def _recipients(agency: Any, originator: Any, barred: list[Reason], reasons: list[Reason], needs: list[Need]) -> None:
    """Note that an alert goes to neither the Department nor, as far as is known, to whoever asked for the entry."""
    truth = truth_of(agency, originator)
    (barred if truth == "true" else reasons).append(w.NO_RECIPIENTS(truth=truth, facts=_to(originator, agency)))
    if agency.__class__ is Gap:
        needs.append(w.ASK_RECIPIENT[agency])
    if originator.__class__ is Gap:
        needs.append(w.ASK_ORIGINATOR[originator])


def _categories(value: Any) -> Any:
    """Return the categories of an alert, or why they are not known."""
    if value is None:
        return frozenset()
    if value.__class__ is not list:
        return gap(value)
    found = frozenset(one if one.__class__ is str else "" for one in value)
    return found if found <= w.CATEGORIES else INVALID


def _shown(categories: Any) -> FactSeen:
    unknown = categories.__class__ is Gap
    text = (
        f"unknown ({categories.value})" if unknown else f"[{', '.join(sorted(categories))}]" if categories else "none"
    )
    return FactSeen(fact="alert.categories", value=text)


def _clauses(listed: dict[str, str], categories: Any) -> tuple[str, ...]:
    """Return the clause of each listed category that an alert has."""
    if categories.__class__ is Gap:
        return ()
    return tuple(dict.fromkeys(cite for category, cite in listed.items() if category in categories))


def _listed(categories: Any) -> Reason | None:
    cite = _clauses(w.LISTED, categories)
    shown = (_shown(categories),)
    return w.LISTED_ALERTS(truth="true", facts=shown, cite=(*cite, "IV.A.3.a")) if cite else None


def _unusual(
    raw: Facts, facts: Facts, at: datetime, found: Any, barred: list[Reason], reasons: list[Reason], needs: list[Need]
) -> None:
    """Note categories that are barred, or on no list, or not known, unless there is an exception for the user."""
    excused = exception(raw, facts, at, "alert_exception")
    if excused == "granted":
        return
    unknown = found.__class__ is Gap
    matter = word(facts.get("alert.matter", ABSENT), w.MATTERS)
    rules: list[tuple[str, bool]] = []
    if unknown or found & w.BARRED.keys():
        rules.append(("barred-alerts", unknown))
    if unknown or (found - w.LISTED.keys() and not rules):
        rules.append(("unlisted-alerts", unknown))
    if (unknown or "warrant" in found) and (matter == "immigration" or matter.__class__ is Gap):
        rules.append(("immigration-warrants", unknown or matter.__class__ is Gap))
    if unknown:
        needs.append(w.ASK_CATEGORIES[found])
    for rule, perhaps in rules:
        cite = (*(_clauses(w.BARRED, found) if rule == "barred-alerts" else ()), *w.BAR_CITES[rule])
        shown = [_shown(found), state_seen(f"exception.{rule}", excused)]
        if rule == "immigration-warrants":
            shown.insert(1, w.S_MATTER[matter])
        sought = excused in ("pending", "self", "wrong_role")
        make = w.EXCUSES[rule] if sought else w.BARS[rule]
        sure = not perhaps and excused.__class__ is not Gap
        reason = make(truth="true" if sure else "unknown", facts=tuple(shown), cite=cite)
        (barred if sure and not sought else reasons).append(reason)
        if not sure or sought:
            needs += _lacking(rule, excused, facts) if not unknown else ()
        if matter.__class__ is Gap and rule == "immigration-warrants":
            needs.append(w.ASK_MATTER[matter])


def _lacking(rule: str, excused: Any, facts: Facts) -> list[Need]:
    """Return what an exception lacks, so far as that is why it does not count."""
    if excused in ("none", "ended", "out_of_scope", "refused", "wrong_purpose"):
        return []
    requester = facts.get("requester.id", ABSENT)
    if excused.__class__ is Gap and requester.__class__ is not str:
        return [w.ASK_WHO[rule][None if requester is None else gap(requester)]]
    state = excused.value if excused.__class__ is Gap else excused
    return [
        Need(kind=NeedKind.EXCEPTION, name=rule, roles=("alpr_administrator",), state=state, cite=w.BAR_CITES[rule])
    ]
