"""The options by which commands are given a ledger to write to, and the office that is opened on it."""

from __future__ import annotations

from typing import Annotated

import typer

from alpr_policy.model.directory import Directory
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy_adapters.cli.second_opinion import SecondOpinion
from alpr_policy_adapters.ledger import Ledger
from alpr_policy_adapters.office import Office

RecordTo = Annotated[
    str | None,
    typer.Option(
        "--ledger", "-l", metavar="FILE|URL", help="Write each decision to this ledger before it is answered."
    ),
]


def office_on(
    place: str,
    pdp: PolicyDecisionPoint,
    second: SecondOpinion | None = None,
    *,
    directory: Directory | None = None,
) -> Office:
    """Open an office on a ledger that is there; raises LedgerError and MissingExtraError."""
    reviewer = second.reviewed if second is not None else None
    return Office(pdp, Ledger.open(place), directory=directory, reviewer=reviewer)
