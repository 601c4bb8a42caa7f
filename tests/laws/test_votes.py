"""The laws of frames that vote on one vehicle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alpr_policy_adapters.plate_read import Candidate, PlateRead
from alpr_policy_adapters.plates.track_vote import FrameVotes

frames = st.lists(
    st.tuples(
        st.text("AB01", min_size=2, max_size=4), st.floats(0.01, 1.0), st.sampled_from([None, None, None, "OH", "TX"])
    ),
    min_size=1,
    max_size=90,
)


def read_of(text: str, sure: float, state: str | None) -> PlateRead:
    """Make the read of one frame."""
    return PlateRead(
        raw=text,
        plate=text,
        confidence=sure,
        candidates=(Candidate(text=text, confidence=sure),),
        state=state,
        state_confidence=0.95 if state else None,
    )


def voted(seen: list[tuple[str, float, str | None]]) -> PlateRead:
    """Give what these frames make together."""
    votes = FrameVotes()
    for one in seen:
        votes.add(read_of(*one))
    return votes.read("gate#1")


@given(frames)
def test_never_surer_than_the_surest_frame(seen: list[tuple[str, float, str | None]]) -> None:
    """A vehicle's text is one that a frame read, and it is never surer than the surest frame of that text."""
    read = voted(seen)
    surest = max((sure for text, sure, _ in seen if text == read.plate), default=-1.0)

    assert read.confidence is not None
    assert read.confidence <= surest + 1e-4
    assert all(c.confidence is not None and c.confidence <= read.confidence for c in read.candidates)


@given(frames)
def test_a_state_needs_every_frame_that_names_one(seen: list[tuple[str, float, str | None]]) -> None:
    """A vehicle has a state exactly if its frames name one, and no two name different ones."""
    named = {state for _, _, state in seen if state}

    assert (named.pop() if len(named) == 1 else None) == voted(seen).state
