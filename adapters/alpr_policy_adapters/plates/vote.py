"""Several crops of one plate, one text.

Of a reader that gives texts alone each crop votes with its confidence, and the votes are summed. Of a reader that shows
its probabilities each text that any crop makes likely is judged by every crop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alpr_policy_adapters.plate_read import Candidate
from alpr_policy_adapters.plates.arrangements import weight
from alpr_policy_adapters.plates.ctc import texts_in, together
from alpr_policy_adapters.plates.protocol import Reading
from alpr_policy_adapters.plates.syntax import normalise, plausible

LEAST_SHARE = 0.005
MAX_CANDIDATES = 8


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


def agree(readings: Sequence[Reading]) -> Tally | None:
    """Judge every likely text by all crops; None when no crop shows a text that a plate could have.

    A text's confidence is the mean, over the crops, of its probability in each: one crop that cannot be this text
    lowers it as much as a crop that shows nothing.
    """
    seen = [reading.lattice for reading in readings]
    texts = sorted({text for one in seen for text in texts_in(one) if plausible(text)})
    shares = dict(zip(texts, together(seen, texts), strict=True))
    ranked = sorted((t for t in texts if shares[t] >= LEAST_SHARE), key=lambda text: (-shares[text], text))
    if not ranked:
        return None
    found = tuple(Candidate(text=text, confidence=min(1.0, shares[text])) for text in ranked[:MAX_CANDIDATES])
    return doubted(Tally(raw="", candidates=found), [c for reading in readings for c in reading.texts])


def doubted(tally: Tally, spelt: Sequence[Candidate] = ()) -> Tally:
    """Let unusual arrangements count less, and give the raw text of the one that is then first.

    `spelt` are the readers' own spellings: the surest of the winner is its raw text. Where no crop alone spells it,
    the winner itself is.
    """
    ranked = sorted(
        (Candidate(text=c.text, confidence=c.weight * weight(c.text)) for c in tally.candidates),
        key=lambda c: (-c.weight, c.text),
    )
    own = [c for c in spelt if normalise(c.text) == ranked[0].text]
    raw = max(own, key=lambda c: c.weight).text if own else ranked[0].text
    return Tally(raw=raw, candidates=tuple(ranked))
