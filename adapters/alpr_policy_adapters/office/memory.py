"""What a ledger remembers, in the terms in which duties, audits and evidence ask: acts, events, doings, overrides.

A row whose personal values were purged still tells what kind of act it was, when, and how it was decided.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.durations import parse_moment
from alpr_policy.errors import PolicyError
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.directory import Directory
from alpr_policy.model.overrides import OverrideRecord
from alpr_policy.model.past import Doing, Happening, Past
from alpr_policy.model.request import Moment
from alpr_policy.questions.acts import read_override
from alpr_policy.questions.decisions import read_decision
from alpr_policy_adapters.ledger import Kind, Ledger, Row, Wanted
from alpr_policy_adapters.ledger.requests import request_of

# What the row of an act is itself the record of: of any act, and of one by which data goes out.
SERVED: Final = ("log_transaction", "log_dissemination")
DISSEMINATION: Final = frozenset({"data.share"})
DISPOSITION: Final = "record_disposition"


def reference_of(row: Row) -> str:
    """Name a row as proofs, reports and doings do."""
    return f"row-{row.seq}"


@dataclass(frozen=True, slots=True)
class Memory:
    """The rows of one department in a ledger. A directory says in which roles somebody did what a row does not say."""

    ledger: Ledger
    department: str
    directory: Directory | None = None

    def rows(self, *kinds: Kind, since: dt.datetime | None = None, until: dt.datetime | None = None) -> Iterator[Row]:
        """Yield the department's rows of some kinds, in order; raises LedgerError."""
        return self.ledger.rows(Wanted(kinds=frozenset(kinds), department=self.department, since=since, until=until))

    def acts(self, *, until: dt.datetime | None = None) -> list[RecordedAct]:
        """Return what was asked and decided: of a case each act that was asked for, with whether it was done.

        A row of which so much was purged that no request is left gives no act.
        """
        found = []
        undone = _overridden(self.rows(Kind.OVERRIDE, until=until))
        for row in self.rows(Kind.DECISION, until=until):
            act = _act(row, undone)
            if act is not None:
                found.append(act)
        return found

    def overrides(self, *, until: dt.datetime | None = None) -> list[OverrideRecord]:
        """Return the overrides that were made."""
        found = (read_override(row.whole.get("override"))[0] for row in self.rows(Kind.OVERRIDE, until=until))
        return [one for one in found if one is not None]

    def audited(self, before: dt.date) -> frozenset[str]:
        """Return the ids of the overrides that an audit has shown whose period was over by then, and that was signed.

        A sign-off that was refused signs nothing; and an audit that was signed comes out the same when it is run again.
        """
        told = [row.body["about"] for row in self.rows(Kind.SIGN_OFF)]
        signed = [one for one in told if one.get("accepted") is True and _ended(one, before)]
        return frozenset(str(name) for one in signed for name in one.get("overrides", ()))

    def past(self, *, until: dt.datetime | None = None) -> Past:
        """Return what happened and was done. What is not in the ledger is taken not to have happened."""
        events: list[Happening] = []
        doings: list[Doing] = []
        kinds = (Kind.DECISION, Kind.CASE_EVENT, Kind.DUTY, Kind.SIGN_OFF)
        for row in self.rows(*kinds, until=until):
            if row.kind in (Kind.DUTY, Kind.SIGN_OFF):
                doings.append(_duty(row))
                continue
            if row.kind is Kind.DECISION:
                acts = list(acted(row))
                events += acts
                doings += (doing for one in acts for doing in _logged(one))
            if row.case is not None and "event" in row.body:
                more, done = _case_event(row)
                events += more
                doings += done
        return Past(events=tuple(events), doings=tuple(self._with_roles(one) for one in doings))

    def _with_roles(self, doing: Doing) -> Doing:
        person = self.directory.person(doing.by) if self.directory is not None and doing.by is not None else None
        if self.directory is None or person is None or doing.roles is not None or doing.at is None:
            return doing
        held = self.directory.roles(person, doing.at)
        if held is None:
            return doing
        roles = sorted({role for role, _ in held.pairs()})
        return dataclasses.replace(doing, roles=tuple(roles))


def _overridden(rows: Iterator[Row]) -> dict[str, str]:
    """Return the ids of overrides by the act that each is about."""
    told = (row.whole.get("override") for row in rows)
    return {str(one["act"]): str(one["id"]) for one in told if isinstance(one, Mapping) and {"act", "id"} <= one.keys()}


def _act(row: Row, overridden: Mapping[str, str]) -> RecordedAct | None:
    whole, name = row.whole, reference_of(row)
    step = whole.get("step")
    try:
        request, decision = request_of(whole["request"]), read_decision(whole["decision"])
    except (PolicyError, ValueError, TypeError, KeyError):
        return None
    override = overridden.get(name)
    done: bool | None = None
    if isinstance(step, Mapping):
        if whole.get("event", {}).get("kind") != "done" and decision.proceed:
            return None  # asked for and allowed, and not done by this row: the row of the doing tells of it
        done = step.get("done") is True
    elif "refused" in whole or not decision.proceed:
        done = False
    return RecordedAct(
        id=name,
        request=request,
        decision=decision,
        done=True if override is not None else done,
        override=override,
        served=SERVED,
        reference=row.case[0] if row.case is not None else None,
    )


def acted(row: Row) -> Iterator[Happening]:
    """Give an act as something that happened: in a case once it is done, elsewhere as it was decided."""
    whole = row.whole
    step, decision = whole.get("step"), whole.get("decision", {})
    outcome = decision.get("outcome")
    if "refused" in whole or (isinstance(step, Mapping) and step.get("done") is not True and outcome != "deny"):
        return
    action = whole.get("request", {}).get("action")
    if not isinstance(action, str):
        return
    facts = whole["request"].get("facts", {})
    yield Happening(
        event=action,
        of=row.case[0] if row.case is not None else reference_of(row),
        at=row.happened,
        reference=reference_of(row),
        outcome=outcome if isinstance(outcome, str) else None,
        facts={name: value for name, value in facts.items() if not isinstance(value, dict)},
    )


def _logged(act: Happening) -> Iterator[Doing]:
    """Give the row of an act as the logging of it, which no person did and in no role."""
    for task in SERVED if act.event in DISSEMINATION else SERVED[:1]:
        yield Doing(task=task, of=act.of, at=act.at, roles=(), reference=act.reference)


def _case_event(row: Row) -> tuple[list[Happening], list[Doing]]:
    """Give what an event of a case says happened, and what it says was done."""
    assert row.case is not None
    event, case = row.whole["event"], row.case[0]
    at, by = _when(event, row), event.get("by")
    doer = by if isinstance(by, str) else None
    proof = reference_of(row)
    match event.get("kind"):
        case "happened" if isinstance(event.get("event"), str):
            ends = event.get("ends")
            order = parse_moment(ends) if isinstance(ends, str) and ends[:1].isdigit() else None
            of = event.get("of")
            about = of if isinstance(of, str) else case
            return [Happening(event=event["event"], of=about, at=at, ends=order, reference=proof)], []
        case "duty_done" if isinstance(event.get("task"), str):
            return [], [Doing(task=event["task"], of=case, at=at, by=doer, reference=proof)]
        case "disposed":
            return [], [Doing(task=DISPOSITION, of=case, at=at, by=doer, reference=proof)]
    return [], []


def _when(event: Mapping[str, Any], row: Row) -> Moment:
    when = event.get("when")
    return parse_moment(when) if isinstance(when, str) else row.happened


def _duty(row: Row) -> Doing:
    """Give a duty that was reported, or an audit that was signed."""
    about, by = row.body.get("about", {}), row.whole.get("by")
    return Doing(
        task=str(about.get("task", "")),
        of=about.get("of"),
        at=row.happened,
        by=by if isinstance(by, str) else None,
        roles=_names(about.get("roles")),
        covers=_names(about.get("covers")),
        reference=reference_of(row),
        accepted=about.get("accepted"),
        facts=about.get("facts", {}),
    )


def _ended(about: Mapping[str, Any], before: dt.date) -> bool:
    """Say whether a sign-off is of an audit of days before a day; one that names no period is taken for one."""
    last = about.get("audit", {}).get("last")
    return not isinstance(last, str) or last < before.isoformat()


def _names(raw: Any) -> tuple[str, ...] | None:
    return tuple(map(str, raw)) if isinstance(raw, list) else None
