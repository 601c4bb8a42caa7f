"""The defects of a typed reason follow from shapes and from the word lists alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy.meaning.reasons import defects_of_text, looks_like_plate
from alpr_policy.model.profile import ReasonWords
from alpr_policy.vocabulary import VOCABULARY

WORDS = ReasonWords(
    generic=("inquiry", "suspect vehicle"), placeholders=("none", "n/a"), agencies=("north county",), min_length=4
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("stolen lorry", set()),
        ("INQUIRY!", {"generic"}),
        ("suspect vehicle inquiry", {"generic"}),
        ("suspect", set()),
        ("n/a", {"placeholder", "too_short"}),
        ("None", {"placeholder"}),
        ("—", {"placeholder", "too_short"}),
        ("?????", {"placeholder"}),
        ("459", {"code_only", "too_short"}),
        ("459(a)(1) PC", {"code_only"}),
        ("10851 VC, 496d PC", {"code_only"}),
        ("459 PC inquiry", {"generic"}),
        ("459 PC quay", set()),
        ("26-00417", {"case_in_reason"}),
        ("#26-00417", {"case_in_reason"}),
        ("QD26-00417 / 459 PC", {"case_in_reason", "code_only"}),
        ("202600417", {"case_in_reason"}),
        ("26-00417 quay fire", set()),
        ("for north  county", {"for_other_agency"}),
        ("north and county", set()),
        ("запрос", set()),
    ],
)
def test_defects(text: str, found: set[str]) -> None:
    """Each text has just the defects of the table."""
    assert found == defects_of_text(text, WORDS)


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("4KAN123", True),
        ("kan 1234", True),
        ("KAN-1234", True),
        ("123KAN", True),
        ("26-00417", False),
        ("QD2600417", False),
        ("202600417", False),
        ("KANKAN", False),
        ("123456", False),
        ("K1", False),
        ("", False),
    ],
)
def test_the_look_of_a_plate(text: str, plate: bool) -> None:
    """Three letters in a row with digits round them look like a plate; numbers and case numbers do not."""
    assert plate is looks_like_plate(text)


def test_without_words_only_shapes_count() -> None:
    """Empty lists make no text generic, a filler, too short or another agency's."""
    assert [set(), {"code_only"}] == [defects_of_text(text, ReasonWords()) for text in ("none", "459 PC")]


@settings(max_examples=300)
@given(st.text(max_size=200), st.sampled_from((" ", "\t", "  ")))
def test_any_text_has_known_defects(text: str, space: str) -> None:
    """Whatever is typed, the defects are some of the vocabulary's, and spaces round it make no difference."""
    found = defects_of_text(text, WORDS)

    assert found <= VOCABULARY.values_of(VOCABULARY.facts["reason.defects"])
    assert found == defects_of_text(f"{space}{text}{space}", WORDS)
