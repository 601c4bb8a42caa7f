"""The options by which commands are given a ledger to write to, and the office that is opened on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import typer

from alpr_policy.model.decision import Decision
from alpr_policy.model.directory import Directory
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy_adapters.cli.second_opinion import SecondOpinion
from alpr_policy_adapters.ledger import Ledger, LedgerUnavailableError, Receipt
from alpr_policy_adapters.office import Office, denied

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


@dataclass(slots=True)
class Recording:
    """An office that judges and records. While its ledger cannot be reached it denies, and tries anew each time."""

    opening: Callable[[], Office]
    office: Office | None = None

    @classmethod
    def on(cls, place: str, pdp: PolicyDecisionPoint, second: SecondOpinion | None) -> Recording:
        """Open a ledger that is there, or will be; raises LedgerError for one that is none, and MissingExtraError."""
        made = cls(lambda: office_on(place, pdp, second))
        with suppress(LedgerUnavailableError):  # each answer will say so
            made.office = made.opening()
        return made

    def decided(self, request: Request, *, departments: Iterable[str], mode: Mode) -> tuple[Decision, Receipt | None]:
        """Judge a request and say where it was written down; what cannot be written is denied."""
        try:
            self.office = self.office or self.opening()
        except LedgerUnavailableError as error:
            return denied(request, mode, error), None
        return self.office.decided(request, departments=departments, mode=mode)
