"""What a guard says: a permit for one act, or an error that says why there is none, which HTTP can carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy_adapters.client import Decision, Obligation

PROBLEM: Final = "application/problem+json"
EMPTY: Final[tuple[Any, ...]] = ("", (), None, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """One act that may be done: what was asked, what was decided, and which obligations follow the act."""

    action: str
    request: Mapping[str, Any] = field(repr=False)
    decision: Decision
    afterwards: tuple[Obligation, ...] = ()


class GuardError(PolicyError):
    """The root of what a guard raises. `status` and `problem()` are what a caller over HTTP is told (RFC 9457)."""

    code: str = "not-permitted"
    status = 403
    title = "not permitted"

    def __init__(self, message: str, help: str = "") -> None:
        """Say why."""
        super().__init__([Diagnostic(self.code, message, help=help)])

    def __str__(self) -> str:
        """Return the sentence with its code; there is no place to tell."""
        return f"{self.why} [{self.code}]"

    @property
    def why(self) -> str:
        """Return the sentence without its code."""
        return self.diagnostics[0].message

    def problem(self) -> dict[str, Any]:
        """Return the refusal as a problem of RFC 9457."""
        return {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.why}


class NotPermittedError(GuardError):
    """The act was not done: the policy does not permit it, or something it obliges to cannot be seen to.

    `decision` is None where nothing could be decided.
    """

    def __init__(self, why: str, decision: Decision | None = None) -> None:
        """Refuse an act."""
        self.decision = decision
        super().__init__(why, "supply what is needed and ask again, or do not act")

    def problem(self) -> dict[str, Any]:
        """Return the refusal, with the reasons that are no secret and what is needed."""
        told = GuardError.problem(self)
        if self.decision is not None:
            told |= {"outcome": self.decision.outcome} if self.decision.outcome else {}
            reasons = [shown(one) for one in self.decision.reasons if not one.confidential]
            needs = [shown(one) for one in self.decision.needs]
            obligations = [shown(one) for one in self.decision.obligations]
            told |= {"reasons": reasons, "needs": needs, "obligations": obligations}
        return {key: value for key, value in told.items() if value not in EMPTY and value != []}


class UndecidedError(NotPermittedError):
    """Nobody could be asked, or what came was no answer: the act was not done."""

    code: str = "not-decided"
    status = 503
    title = "nothing can be decided at present"


class UnmetError(GuardError):
    """The act was done, and something that must follow could not be seen to; `result` is what the act gave."""

    code: str = "obligation-unmet"
    status = 500
    title = "done, but not what must follow"

    def __init__(self, unmet: Sequence[Obligation], result: Any = None) -> None:
        """Name the obligations that are still owed."""
        self.unmet, self.result = tuple(unmet), result
        names = ", ".join(one.name for one in unmet)
        super().__init__(f"the act was done, and this is still owed: {names}", "see to it by hand")

    def problem(self) -> dict[str, Any]:
        """Return what is owed."""
        return {**GuardError.problem(self), "obligations": [shown(one) for one in self.unmet]}


def shown(one: Any) -> dict[str, Any]:
    """Return a part of a decision as JSON data, without what is empty."""
    plain = asdict(one)
    more = plain.pop("more", {})
    return {key: value for key, value in {**more, **plain}.items() if value not in EMPTY and value is not False}
