"""The rows that the office writes: a step of a case, with the decision it rests on; an event that was not taken."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from alpr_policy.evaluators.stateful import CaseEvent, Step
from alpr_policy.model.decision import Decision
from alpr_policy.model.request import Mode, Request
from alpr_policy_adapters.ledger import (
    Asked,
    Catalogue,
    Kind,
    NewRow,
    PersonalValue,
    Sort,
    case_event_row,
    decision_row,
    other_row,
)
from alpr_policy_adapters.office.casebook import CASE

# The steps at which somebody asks whether an act may be done; at others the answer is a view of how the case stands.
ASKING = frozenset({"opened", "asked", "done"})

Judged = tuple[Request, Decision]


def step_row(
    event: CaseEvent, step: Step, judged: Judged | None, kept: Catalogue, *, program: str, mode: Mode = Mode.ENFORCE
) -> NewRow:
    """Return the row of a step that was taken: the event, the case it left, and what was decided, if it was asked."""
    assert step.case is not None
    case = (step.case.id, step.case.revision)
    told = case_event_row(*case, event.to_wire(), at=event.at, words=kept.words, departments=step.case.departments)
    summary: dict[str, Any] = {
        "subject": step.case.subject.value,
        "status": str(step.status) if step.status is not None else None,
        "done": step.done,
        "outcome": step.decision.outcome.value if step.decision is not None else None,
    }
    body = {**told.body, "step": summary}
    personal = {**told.personal, CASE: PersonalValue(step.case.to_wire())}
    if judged is None or event.kind not in ASKING:
        return dataclasses.replace(told, body=body, personal=personal)
    request, decision = judged
    row = decision_row(
        request,
        decision,
        words=kept.words,
        texts=kept.digest,
        asked=Asked(mode=mode),
        now=event.at,
        program=program,
        case=case,
    )
    return dataclasses.replace(row, body={**row.body, **body}, personal={**row.personal, **personal})


def refused_row(
    name: str, event: CaseEvent, step: Step, judged: Judged | None, kept: Catalogue, *, program: str, mode: Mode
) -> NewRow:
    """Return the row of an event that was not taken. It takes no step of the case, so it can meet no conflict."""
    assert step.refused is not None
    named = event.body.get("departments", ())
    departments = step.case.departments if step.case is not None else tuple(named)
    wire = {**event.to_wire(), "case": name}
    told = case_event_row(name, 1, wire, at=event.at, words=kept.words, departments=departments)
    row = told
    if judged is not None and event.kind in ASKING:
        asked = Asked(mode=mode)
        row = decision_row(*judged, words=kept.words, texts=kept.digest, asked=asked, now=event.at, program=program)
    body = {**row.body, **told.body, "refused": {"code": step.refused.code}}
    personal = {**row.personal, **told.personal, "/refused/message": PersonalValue(step.refused.message)}
    personal["/event/case"] = PersonalValue(name, Sort.CASE)  # by which the row is found, and purged, with its case
    return dataclasses.replace(row, body=body, personal=personal, case=None)


def defect_row(opinion: Mapping[str, Any], *, at: dt.datetime, rests_on: int | None = None) -> NewRow:
    """Return the row of a second opinion that does not agree: an error that somebody has to look into."""
    proof = () if rests_on is None else (rests_on,)
    return other_row(Kind.DEFECT, at=at, about={"defect": "second_opinion", "opinion": dict(opinion)}, proof=proof)
