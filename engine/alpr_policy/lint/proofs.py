"""What is proven of a profile, asked once for all rules that want to know."""

from __future__ import annotations

from alpr_policy.evaluators.symbolic.duel import Solver
from alpr_policy.model.profile import Profile
from alpr_policy.questions.compare import USUAL_TIME, Side
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.verify import Verdict, Verifier

Proof = tuple[str, str, str, str]


class Prover:
    """Verifies each profile once; `undecided` names what could not be settled in time."""

    def __init__(self, pdp: PolicyDecisionPoint, seconds: float, solver: Solver | None = None) -> None:
        """Give each question so many seconds of processor time; a solver helps where it is installed."""
        self.pdp = pdp
        self.seconds = seconds
        self.solver = solver
        self.undecided: tuple[str, ...] = ()
        self._known: dict[str, tuple[Proof, ...]] = {}

    def proofs(self, profile: Profile) -> tuple[Proof, ...]:
        """Return what was found of a profile: kind of question, statement or act, verdict and sentence."""
        key = f"{profile.content_hash} {profile.spans['profile']}"
        if key not in self._known:
            side = Side.of(profile.profile, profile, self.pdp.texts.bound(profile, USUAL_TIME))
            found = list(Verifier(self.pdp, side, seconds=self.seconds, solver=self.solver).run())
            open_ones = [
                f"{profile.profile}: {one.about}: {one.told}" for one in found if one.verdict is Verdict.UNDECIDED
            ]
            self.undecided += tuple(open_ones)
            self._known[key] = tuple((one.kind, one.about, str(one.verdict), one.told) for one in found)
        return self._known[key]
