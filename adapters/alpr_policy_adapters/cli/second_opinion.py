"""`--second-opinion`: another engine is asked about the case, and may only ask for more."""

from __future__ import annotations

from enum import StrEnum
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alpr_policy.model.decision import Decision
from alpr_policy.model.request import Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy_adapters.cli.output import to_stderr

if TYPE_CHECKING:
    from alpr_policy_adapters.durable import Opinion


class Engine(StrEnum):
    """Who gives a second opinion."""

    DURABLE = "durable"


Second = Annotated[
    Engine | None,
    typer.Option(
        "--second-opinion",
        help="Let durable_rules work out approvals, checks and documents too: it can add a need, never remove one.",
    ),
]


class SecondOpinion:
    """Asks another engine about every request, says on standard error where it does not agree, and ends it with us.

    Raises MissingExtraError where the engine is not installed.
    """

    def __init__(self, pdp: PolicyDecisionPoint, departments: tuple[str, ...], as_if: tuple[str, ...]) -> None:
        """Ask about requests that `pdp` judges for these departments, or as if under these texts."""
        from alpr_policy_adapters.durable import Cage

        self.pdp = pdp
        self.departments = departments
        self.as_if = as_if
        self.cage = Cage()

    def __enter__(self) -> SecondOpinion:
        """Return this."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the other engine."""
        self.cage.close()

    def on(self, request: Request, decision: Decision) -> Decision:
        """Return a decision with what the second opinion adds."""
        return self.reviewed(request, decision)[0]

    def reviewed(self, request: Request, decision: Decision) -> tuple[Decision, dict[str, Any] | None]:
        """Return the same, and the opinion as it is recorded where it does not agree."""
        from alpr_policy_adapters.durable import judging, second_opinion, strengthened

        texts = judging(self.pdp, request, self.departments, self.as_if)
        opinion = second_opinion(texts, request, decision, self.cage)
        self.told(opinion)
        return strengthened(decision, opinion), None if opinion.agrees else opinion.to_wire()

    def told(self, opinion: Opinion) -> None:
        """Say that an opinion is another, or that there is none."""
        if not opinion.agrees:
            to_stderr().say(opinion.sentence(), style="yellow")
