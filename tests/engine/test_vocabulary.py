"""The vocabulary is closed, typed and free of words that are easily taken for one another."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from alpr_policy.vocabulary import HUMAN_ACTIONS, MACHINE_ACTIONS, VOCABULARY, Fact, FactKind

FACTS = sorted(VOCABULARY.facts.values(), key=lambda fact: fact.name)
# YAML 1.1 reads these as truth values, so none may be a name or a value.
TRUTH_WORDS = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
NAMED_LISTS = {
    **VOCABULARY.lists,
    "facts": tuple(VOCABULARY.facts),
    "actions": tuple(VOCABULARY.actions),
    **{fact.name: fact.values for fact in FACTS if fact.values},
}


def _one_edit_apart(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_every_fact_says_what_it_means_and_who_can_supply_it(fact: Fact) -> None:
    """A fact has a meaning, a supplier, a unit, actions it belongs to, and values where it is an enum."""
    closed = fact.kind is not FactKind.ENUM or fact.list_name in VOCABULARY.lists or len(fact.values) > 1

    assert (True, True, True, True, True) == (
        bool(fact.means),
        bool(fact.supplied_by),
        bool(fact.unit),
        bool(fact.actions) and fact.actions <= VOCABULARY.actions.keys(),
        closed,
    )


@pytest.mark.parametrize("fact", [f for f in FACTS if f.derived_from], ids=lambda fact: fact.name)
def test_a_derived_fact_and_its_inputs_belong_to_the_same_actions(fact: Fact) -> None:
    """An input belongs to every action its derived fact belongs to."""
    for name in fact.derived_from:
        assert set() == fact.actions - VOCABULARY.facts[name].actions


def test_names_follow_one_pattern() -> None:
    """Actions are noun.verb, facts entity.attribute, values snake_case."""
    wrong = [n for n in VOCABULARY.actions if not re.fullmatch(r"[a-z]+\.[a-z_]+", n)]
    wrong += [n for n in VOCABULARY.facts if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", n)]
    wrong += [v for values in NAMED_LISTS.values() for v in values if not re.fullmatch(r"[a-z][a-z0-9_.]*", v)]

    assert [] == wrong


def test_no_word_is_a_truth_value_in_yaml() -> None:
    """No name or value is yes, no, on, off, y or n."""
    words = {word for values in NAMED_LISTS.values() for word in values}

    assert set() == words & TRUTH_WORDS


@pytest.mark.parametrize("name", sorted(NAMED_LISTS))
def test_no_two_words_of_a_list_are_one_letter_apart(name: str) -> None:
    """A slip of one letter never turns one known word into another."""
    assert [] == [pair for pair in combinations(sorted(NAMED_LISTS[name]), 2) if _one_edit_apart(*pair)]


def test_every_act_is_a_persons_or_a_machines() -> None:
    """The facts of human acts belong to every action but the machine's own."""
    assert (set(VOCABULARY.actions), set()) == (HUMAN_ACTIONS | MACHINE_ACTIONS, HUMAN_ACTIONS & MACHINE_ACTIONS)


def test_what_can_name_a_plate_person_or_case_is_marked() -> None:
    """The facts that hold a plate, a person, a case number or free text are marked personal."""
    marked = {fact.name for fact in FACTS if fact.personal}

    persons = {"requester.id", "recipient.named", "grantee.id", "appointee.id"}
    assert {"plate.number", "case.number", "reason.text"} | persons == marked


def test_a_boolean_close_to_a_conclusion_says_why_it_is_none() -> None:
    """Booleans that a reader could take for a verdict carry the reason why they are recordable."""
    close = {"purpose.contradicted", "status.prevented", "export.tracks_person", "area.targeted", "record.relevant"}

    assert set() == {name for name in close if not VOCABULARY.facts[name].why}
