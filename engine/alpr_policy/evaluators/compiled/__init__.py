"""Profiles as generated Python: one function per profile and act, written when the act is first asked about.

The reference says what a rule means by walking it; this walks it once and leaves a function behind. Both put judgements
together from the same parts (`alpr_policy.meaning`), and neither knows the other.
"""

from __future__ import annotations

from alpr_policy.evaluators.compiled.program import Program, Writer
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.meaning.judge import Judgement
from alpr_policy.model.request import Request


class Compiled:
    """The functions of one ruleset. Writing one twice at once does no harm, so threads may share it without a lock."""

    def __init__(self, ruleset: Ruleset, *, with_lifecycle: bool = True) -> None:
        """Judge with `ruleset`; a floor's has no standing of its own, so it goes without the lifecycle."""
        self.ruleset = ruleset
        self.with_lifecycle = with_lifecycle
        self._programs: dict[str, Program] = {}

    def program(self, action: str) -> Program:
        """Return the function for an act with its source; the act is one of the ruleset's."""
        found = self._programs.get(action)
        if found is None:
            found = Writer(self.ruleset, action, with_lifecycle=self.with_lifecycle).program()
            self._programs[action] = found
        return found

    def judge(self, request: Request, elsewhere: frozenset[str] = frozenset()) -> Judgement:
        """Say what the profile says of one request, as the reference does but for the trace."""
        return self.program(request.action).judge(request, elsewhere)


__all__ = ["Compiled", "Program"]
