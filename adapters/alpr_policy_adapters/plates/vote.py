"""Several crops of one plate, one text: each crop votes with its reader's confidence, the votes are summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alpr_policy_adapters.plate_read import Candidate
from alpr_policy_adapters.plates.syntax import normalise, plausible


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The outcome of a vote: the raw text of the winner's surest crop and all texts with their share, best first."""

    raw: str
    candidates: tuple[Candidate, ...]

    @property
    def winner(self) -> Candidate:
        """Give the text with the most votes."""
        return self.candidates[0]


def count(ballots: Sequence[Sequence[Candidate]]) -> Tally | None:
    """Sum the votes of all crops; None when no crop gave a text that a plate could have.

    A text's confidence is its sum over the number of crops: crops that disagree, or see nothing, lower it.
    """
    votes: dict[str, float] = {}
    surest: dict[str, Candidate] = {}
    for ballot in ballots:
        for vote in ballot:
            plate = normalise(vote.text)
            if not plausible(plate):
                continue
            votes[plate] = votes.get(plate, 0.0) + vote.weight
            if plate not in surest or vote.weight > surest[plate].weight:
                surest[plate] = vote
    if not votes:
        return None
    ranked = sorted(votes, key=lambda plate: (-votes[plate], plate))
    shares = tuple(Candidate(text=plate, confidence=min(1.0, votes[plate] / len(ballots))) for plate in ranked)
    return Tally(raw=surest[ranked[0]].text, candidates=shares)
