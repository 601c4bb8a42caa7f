"""Laws of the drafts of profiles: whatever is answered, the files hold."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy.questions.drafting import Draft, Topic, files_of, topics
from alpr_policy.vocabulary import VOCABULARY


def answer(topic: Topic) -> st.SearchStrategy[object]:
    """Draw an answer to a question, or none."""
    kinds: dict[str, st.SearchStrategy[object]] = {
        "yes": st.booleans(),
        "number": st.integers(0, topic.most),
        "choice": st.sampled_from(topic.choices or ("never",)),
        "always": st.none(),
    }
    return st.none() | kinds[topic.kind]


PURPOSES = [one for one in VOCABULARY.lists["purposes"] if one != "personal"]
DRAFTS = st.builds(
    Draft,
    profile=st.from_regex(r"[a-z][a-z0-9]{0,6}(_[a-z0-9]{1,5}){0,2}", fullmatch=True),
    department=st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=40),
    title=st.just("Readers"),
    number=st.just("7"),
    effective=st.dates(dt.date(1970, 1, 1), dt.date(2199, 12, 31)),
    timezone=st.sampled_from(["America/New_York", "Pacific/Honolulu", "Asia/Kolkata", "Europe/Dublin", "UTC"]),
    silence=st.sampled_from(["deny", "allow"]),
    chief=st.just("Chief of Police"),
    purposes=st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=6, unique=True).map(tuple),
    taken=st.fixed_dictionaries({one.name: answer(one) for one in topics()}),
)


@given(DRAFTS)
@settings(max_examples=25, deadline=None)
def test_whatever_is_answered_the_files_hold(draft: Draft) -> None:
    """Any answers give a profile without error or warning, of which every expected answer holds."""
    files = files_of(draft)

    assert sum(one.section != "not_enforced" for one in draft.chosen()) == files.statements
    assert files.answers >= files.statements
