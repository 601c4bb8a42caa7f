"""What of a decision is the same for all rows that no rule can tell apart."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

from alpr_policy.model.decision import Decision
from alpr_policy.questions.replay_result import Gist, GistObligation, GistReason

NOT_IN_FORCE: Final = "no_policy"
_REASON: Final = attrgetter("profile", "rule", "kind", "effect", "truth", "cite")
_RULE: Final = attrgetter("profile", "rule", "cite")
_TASK: Final = attrgetter("task", "rule", "profile", "cite", "by")


class Gists:
    """Numbers gists as they come. What is alike is told by plain tuples, which is quicker than making it first."""

    def __init__(self) -> None:
        """Begin without any."""
        self.numbers: dict[Gist, int] = {}
        self._seen: dict[tuple[Any, ...], int] = {}

    def number(self, decision: Decision) -> int:
        """Return the number of a decision's gist."""
        key = (
            decision.outcome,
            decision.silent,
            decision.standing,
            tuple(map(_REASON, decision.reasons)),
            decision.needs,
            tuple(map(_RULE, decision.may_also_need)),
            tuple(map(_TASK, decision.obligations)),
            tuple(map(_RULE, decision.warnings)),
        )
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self.numbers.setdefault(gist_of(decision), len(self.numbers))
        return found


def gist_of(decision: Decision) -> Gist:
    """Return a decision without values, places and dates."""
    reasons = tuple(
        GistReason(profile=r.profile, rule=r.rule, kind=r.kind, effect=r.effect, truth=r.truth, cite=r.cite)
        for r in decision.reasons
    )
    return Gist(
        outcome=decision.outcome,
        silent=decision.silent,
        in_force=not any(r.kind == "system" and r.rule == NOT_IN_FORCE for r in reasons),
        reasons=tuple(dict.fromkeys(reasons)),
        needs=decision.needs,
        may_also_need=tuple((m.profile, m.rule, m.cite) for m in decision.may_also_need),
        obligations=tuple(
            dict.fromkeys(
                GistObligation(task=o.task, rule=o.rule, profile=o.profile, cite=o.cite, by=o.by)
                for o in decision.obligations
            )
        ),
        warnings=tuple((w.profile, w.rule, w.cite) for w in decision.warnings),
        standing=decision.standing,
    )
