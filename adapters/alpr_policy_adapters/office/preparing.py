"""A request as it is judged: filled from the directory, with the standing approvals that the ledger holds."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable

from alpr_policy.evaluators.stateful import Case, standing_grants
from alpr_policy.model.directory import Directory
from alpr_policy.model.request import ApprovalRecord, Request
from alpr_policy.questions.filling import fill


def standing_at(exceptions: Iterable[Case], departments: Iterable[str], at: dt.datetime) -> tuple[ApprovalRecord, ...]:
    """Return the approvals that open exceptions of these departments give to other acts, oldest case first."""
    names = set(departments)
    cases = sorted((one for one in exceptions if names & set(one.departments)), key=lambda one: (one.opened, one.id))
    return tuple(record for one in cases for record in standing_grants(one, at))


def without_grants_of(exceptions: Iterable[Case], held: tuple[ApprovalRecord, ...]) -> tuple[ApprovalRecord, ...]:
    """Return those of some records that none of these exceptions ever gave: what was told from elsewhere."""
    given = {_sign(one.record) for case in exceptions for one in case.approvals}
    return tuple(one for one in held if _sign(one) not in given)


def _sign(record: ApprovalRecord) -> tuple[object, ...]:
    """Return by what a grant is known, whether it has ended since or not."""
    return record.topic, record.by, record.at, json.dumps(dict(record.scope), sort_keys=True, default=str)


def with_standing(request: Request, records: tuple[ApprovalRecord, ...]) -> Request:
    """Add standing approvals to a request that tells its approvals.

    One that says nothing of approvals keeps them unknown: what the ledger holds need not be all there is.
    """
    if request.approvals is None:
        return request
    more = tuple(one for one in records if one not in request.approvals)
    return dataclasses.replace(request, approvals=(*request.approvals, *more)) if more else request


def filled(request: Request, directory: Directory | None) -> Request:
    """Return a request with the facts of the persons it names."""
    return fill(directory, request).request if directory is not None else request
