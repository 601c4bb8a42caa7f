"""Many frames of one vehicle, one text: frames vote character by character, and two names of states are no state.

The text that wins is one that a frame read: characters of different frames never make a plate that nobody
saw. A frame counts by the square of its confidence, so that one sure frame outweighs several that are not.
"""

from __future__ import annotations

from dataclasses import replace

from alpr_policy_adapters.plate_read import Candidate, PlateRead
from alpr_policy_adapters.plates.syntax import alternates

MAX_TEXTS = 64
"""How many different texts a track remembers; of more, those with the most votes."""

MAX_CANDIDATES = 8


class FrameVotes:
    """Collects the reads of one passing vehicle, frame by frame; its memory does not grow with their number."""

    def __init__(self) -> None:
        """Begin with no vote."""
        self.frames = 0
        self._votes: dict[str, float] = {}
        self._best: dict[str, PlateRead] = {}
        self._states: dict[str, float] = {}

    def add(self, read: PlateRead) -> bool:
        """Count what one frame read; say whether no frame before was as sure of the same text."""
        self.frames += 1
        for candidate in read.candidates:
            self._votes[candidate.text] = self._votes.get(candidate.text, 0.0) + candidate.weight**2
        if read.state is not None:
            self._states[read.state] = max(read.state_confidence or 0.0, self._states.get(read.state, 0.0))
        before = self._best.get(read.plate)
        better = before is None or _sure(read) > _sure(before)
        if better:
            self._best[read.plate] = read
        self._forget()
        return better

    def leading(self) -> str:
        """Give the text that wins as things stand."""
        return self._ranked()[0]

    def surest(self) -> float:
        """Give the confidence of the surest frame of the leading text."""
        return _sure(self._best[self.leading()])

    def read(self, track: str) -> PlateRead:
        """Give the one read of the vehicle, with the surest frame of its text as its picture.

        Its confidence is that of the surest frame times the share of all votes that agree with its least certain
        character: a vehicle is never surer than its surest frame. At least one frame must have been added.
        """
        ranked = self._ranked()
        winner = ranked[0]
        best = self._best[winner]
        confidence = round(_sure(best) * self._agreement(winner), 4)
        total = sum(self._votes.values()) or 1.0
        others = [
            Candidate(text=text, confidence=round(min(confidence, _sure(best) * self._votes[text] / total), 4))
            for text in sorted(self._votes, key=lambda text: (-self._votes[text], text))
            if text != winner
        ]
        state = next(iter(self._states)) if len(self._states) == 1 else None
        return replace(
            best,
            confidence=confidence,
            candidates=(Candidate(text=winner, confidence=confidence), *others[: MAX_CANDIDATES - 1]),
            alternates=alternates(winner),
            state=state,
            state_confidence=self._states[state] if state else None,
            track=track,
            frames=self.frames,
        )

    def states(self) -> tuple[str, ...]:
        """Give the states that frames named, in order; more than one is a conflict."""
        return tuple(sorted(self._states))

    def _ranked(self) -> list[str]:
        """Order what frames read: by the votes for a text's length, then for its characters."""
        lengths: dict[int, float] = {}
        places: dict[tuple[int, int, str], float] = {}
        for text, votes in self._votes.items():
            lengths[len(text)] = lengths.get(len(text), 0.0) + votes
            for place, character in enumerate(text):
                key = (len(text), place, character)
                places[key] = places.get(key, 0.0) + votes

        def worth(text: str) -> tuple[float, float, float]:
            characters = sum(places.get((len(text), place, c), 0.0) for place, c in enumerate(text))
            return -lengths.get(len(text), 0.0), -characters, -_sure(self._best[text])

        return sorted(self._best, key=lambda text: (worth(text), text))

    def _agreement(self, winner: str) -> float:
        """Give the share of all votes that the least certain character of a text has."""
        total = sum(self._votes.values())
        same = [(text, votes) for text, votes in self._votes.items() if len(text) == len(winner)]
        shares = [sum(votes for text, votes in same if text[place] == c) for place, c in enumerate(winner)]
        return min(1.0, min(shares, default=0.0) / total) if total else 0.0

    def _forget(self) -> None:
        """Drop the texts with the fewest votes when there are too many."""
        for kept in (self._votes, self._best):
            if len(kept) > MAX_TEXTS:
                last = min(kept, key=lambda text: (self._votes.get(text, 0.0), text))
                del kept[last]


def _sure(read: PlateRead) -> float:
    return read.confidence or 0.0
