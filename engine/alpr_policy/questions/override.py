"""Acting against a denial: who may, until when, and whether it was reviewed in time (the profile's key `override`).

Off unless every text that denies has the key. A denial that rests on no policy (nothing to judge by, an unreadable
request, a defect) can be overridden by nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.durations import add, end_of_day, instant, parse_moment
from alpr_policy.meaning.combine import strictest
from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.overrides import Authority, OverrideRecord
from alpr_policy.model.past import REVIEW, Doing
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Moment
from alpr_policy.model.statements import Approver
from alpr_policy.model.wire import plain
from alpr_policy.model.words import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideAnswer:
    """Whether a person may act against a denial, in which role, until when; or why not."""

    may: bool
    why: str
    role: str | None = None
    until: dt.datetime | None = None
    review_by: tuple[str, ...] = ()
    review_due: dt.datetime | None = None
    cite: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data; `may` is always there."""
        wire: dict[str, Any] = plain(self)
        return {**wire, "may": self.may}


class ReviewStanding(StrEnum):
    """Where the review of an override stands."""

    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    DONE_LATE = "done_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """Where the review stands, by whom it is owed until when, the doing that served it, and those that do not count."""

    standing: ReviewStanding
    by: tuple[str, ...]
    due: dt.datetime
    done: Doing | None = None
    discounted: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        wire: dict[str, Any] = plain(self)
        return wire


def may_override(texts: Sequence[Profile], decision: Decision, person: Authority, at: dt.datetime) -> OverrideAnswer:
    """Say whether a person may act against this decision at `at`; `texts` are the profiles that judged.

    Every text that denies must be among them, in the very version that judged, have `override` and name the act; the
    person must hold, or rightly fill, a role that each of them names. The shortest validity and review bind.
    """
    refusal = _refused(texts, decision, at)
    if refusal:
        return OverrideAnswer(may=False, why=refusal)
    denying = _denying(texts, decision)
    shared = [_roles(text, person) for text in denying]
    # The decision names the roles that every denying text lets act; it must agree with the texts.
    common = [role for role in shared[0] if role in decision.override and all(role in one for one in shared)]
    if not common:
        named = ", ".join(decision.override) or "nobody"
        return OverrideAnswer(may=False, why=f"{person.id} is none of those who may: {named}")
    known = [(text, one) for text in denying if (one := text.override) is not None]
    ends = [add(at, one.valid, ZoneInfo(text.timezone)) for text, one in known]
    reviews = [add(at, one.review_within, ZoneInfo(text.timezone)) for text, one in known]
    return OverrideAnswer(
        may=True,
        why=f"the policy lets the {common[0].replace('_', ' ')} act against this denial",
        role=common[0],
        until=min(ends, key=instant),
        review_by=tuple(dict.fromkeys(one.review_by for _, one in known)),
        review_due=min(reviews, key=instant),
        cite=tuple(dict.fromkeys(cite for _, one in known for cite in one.cite)),
    )


def _refused(texts: Sequence[Profile], decision: Decision, at: dt.datetime) -> str:
    """Return why nobody may act against a decision; empty where somebody may."""
    if decision.outcome is not Outcome.DENY:
        return f"the decision is {decision.outcome}, and only a denial can be overridden"
    if decision.as_if:
        return "the decision was made as if under a text that did not bind"
    if any(reason.kind == "system" for reason in decision.reasons) or not decision.judged_by:
        return "the denial rests on no policy, so nobody may override it"
    if strictest([one.outcome for one in decision.judged_by]) is not Outcome.DENY:
        return "no text denies by itself"
    if not decision.at or instant(_instant_of(decision.at)) > instant(at):
        return "an override cannot be older than the denial"
    denying = {(one.profile, one.content_hash) for one in decision.judged_by if one.outcome is Outcome.DENY}
    known = {(text.profile, text.content_hash) for text in texts}
    if not denying <= known:
        missing = ", ".join(sorted(name for name, _ in denying - known))
        return f"the text of {missing} that denied is not at hand"
    without = [text.profile for text in _denying(texts, decision) if not _covers(text, decision.action)]
    if without:
        return f"the policy of {', '.join(without)} lets nobody override this act"
    return ""


def _instant_of(text: str) -> dt.datetime:
    moment = parse_moment(text)
    return moment if isinstance(moment, dt.datetime) else end_of_day(moment, ZoneInfo("UTC"))


def _denying(texts: Sequence[Profile], decision: Decision) -> list[Profile]:
    denied = {(one.profile, one.content_hash) for one in decision.judged_by if one.outcome is Outcome.DENY}
    return [text for text in texts if (text.profile, text.content_hash) in denied]


def _covers(text: Profile, action: str) -> bool:
    override = text.override
    return override is not None and action in words_of(text).expand(override.actions)


def _roles(text: Profile, person: Authority) -> tuple[str, ...]:
    """Return the roles of a text's override that a person fills at this moment, in the text's order."""
    by = text.override.by if text.override is not None else ()
    return tuple(dict.fromkeys(one.role for one in by if isinstance(one.role, str) and _fills(text, one, person)))


def _fills(text: Profile, one: Approver, person: Authority) -> bool:
    """Say whether a person is who a text names: the holder, or a stand-in where the text lets one act."""
    assert isinstance(one.role, str)
    if one.role in person.roles:
        return True
    role = text.roles.get(one.role)
    stands_in = role is not None and (
        (role.designee and one.role in person.designee_of) or (role.acting and one.role in person.acting_as)
    )
    if stands_in and not one.in_person:
        return True
    # For an absent holder the named stand-in acts; who is absent must be known.
    away = person.absent is not None and one.role in person.absent
    return one.if_absent is not None and away and one.if_absent in person.roles


def override_record(
    identity: str,
    act: str,
    decision: Decision,
    answer: OverrideAnswer,
    person: Authority,
    at: dt.datetime,
    why: str = "",
) -> OverrideRecord:
    """Return the record of an override that may be made; raises ValueError where it may not."""
    if not answer.may or answer.role is None or answer.until is None or answer.review_due is None:
        raise ValueError(f"there is no override to record: {answer.why}")
    return OverrideRecord(
        id=identity,
        act=act,
        action=decision.action,
        by=person.id,
        role=answer.role,
        at=at,
        until=answer.until,
        review_by=answer.review_by,
        review_due=answer.review_due,
        profiles=tuple(one.profile for one in decision.judged_by if one.outcome is Outcome.DENY),
        cite=answer.cite,
        why=why,
    )


def is_valid(record: OverrideRecord, at: dt.datetime) -> bool:
    """Say whether an override still lets the act be done: from when it was made until its very last instant."""
    return instant(record.at) <= instant(at) <= instant(record.until)


def review_state(record: OverrideRecord, doings: Iterable[Doing], at: dt.datetime, zone: ZoneInfo) -> ReviewState:
    """Say where the review of an override stands at `at`; bare dates are days of `zone`.

    A review counts if it names the override, was made after it, by somebody else, in each role that owes one. A role
    or a doer that is not known does not count.
    """
    open_roles = list(record.review_by)
    discounted: list[str] = []
    last: tuple[dt.datetime, Doing] | None = None
    mine = [one for one in doings if one.task == REVIEW and one.of == record.id]
    timed = sorted(((_moment(one.at, at, zone), one) for one in mine if one.at is not None), key=lambda pair: pair[0])
    discounted += ["a review does not say when it was made" for one in mine if one.at is None]
    for moment, one in timed:
        why = _not_counted(record, one, moment, at)
        served = [role for role in open_roles if role in (one.roles or ())]
        if why or not served:
            discounted.append(why or f"the review by {one.by} is in none of the roles {', '.join(record.review_by)}")
            continue
        open_roles = [role for role in open_roles if role not in served]
        last = (moment, one)
        if not open_roles:
            break
    done = last is not None and not open_roles
    late = instant(last[0] if done and last is not None else at) > instant(record.review_due)
    standing = (
        (ReviewStanding.DONE_LATE if late else ReviewStanding.DONE)
        if done
        else (ReviewStanding.OVERDUE if late else ReviewStanding.DUE)
    )
    served_by = last[1] if done and last is not None else None
    return ReviewState(
        standing=standing, by=record.review_by, due=record.review_due, done=served_by, discounted=tuple(discounted)
    )


def _not_counted(record: OverrideRecord, one: Doing, moment: dt.datetime, at: dt.datetime) -> str:
    if one.accepted is False:
        return "a review was refused when it was reported"
    if moment > instant(at):
        return "a review has not been made yet"
    if moment < instant(record.at):
        return "a review is older than the override"
    if one.by is None:
        return "a review does not say by whom it was made"
    return "nobody reviews an override of one's own" if one.by == record.by else ""


def _moment(moment: Moment, at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return a moment as an instant; a bare date is the last of its day that has come by `at`."""
    if isinstance(moment, dt.datetime):
        return instant(moment)
    today = moment == at.astimezone(zone).date()
    return instant(at) if today else instant(end_of_day(moment, zone))
