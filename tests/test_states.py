"""Laws of made-up states: their duties stand where the text says, and together they use the whole language.

What they decide is asked by test_cases.py, and what comes of their cases by test_stories.py; the texts of several
files (a state's floor and its town, an order for a season, a model and who adopts it) lie among the fixtures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.suites import DutyCase, duty_differences
from tests.test_cases import EVALUATORS, FIXTURES, FOLDER, point, read

from alpr_policy import read_request
from alpr_policy.model.overrides import Authority
from alpr_policy.model.words import FACT_TYPES
from alpr_policy.questions.history import Act, with_history
from alpr_policy.questions.override import may_override
from alpr_policy.reading import profile_shape as shape
from alpr_policy.reading.grammar import KINDS
from alpr_policy.reading.yaml_nodes import parse, read_text
from alpr_policy.reading.yaml_plain import to_plain
from alpr_policy.source import SourceFile
from alpr_policy.vocabulary.actions import ACTIONS

STATES = sorted((FOLDER / "states").glob("*.yaml"))
SEVERAL = ("coast_state", "harbor_town_1", "harbor_town_2", "river_model", "river_town")
DUTIES = [pytest.param(path, duty, id=f"{path.stem}: {duty.name}") for path in STATES for duty in read(path)[0].duties]
LEAST_ANSWERS = 12


@pytest.mark.parametrize(("path", "duty"), DUTIES)
def test_a_duty_of_a_made_up_state_stands_where_its_text_says(path: Path, duty: DutyCase) -> None:
    """The standing of a duty, to the second and over leap days and changes of the clocks, is the one written down."""
    assert [] == duty_differences(duty, point("compiled", path))


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_each_made_up_state_has_enough_expected_answers(path: Path) -> None:
    """Every one of them states at least a dozen answers."""
    assert len(read(path)[0].cases) + len(read(path)[0].duties) >= LEAST_ANSWERS


def _texts() -> list[Any]:
    """Return the profiles of all made-up states as plain data."""
    found: list[Any] = []
    for path in (*STATES, *(FIXTURES / f"{name}.yaml" for name in SEVERAL)):
        source, _ = read_text(path)
        plain = to_plain(parse(source)[0]) if source is not None else {}
        if "policy" not in plain and "\n" in plain["profile"]:
            plain = to_plain(parse(SourceFile(path.name, plain["profile"]))[0])
        found += [plain] if "policy" in plain else []
    return found


TEXTS = _texts()


def _groups(key: str) -> Iterator[Any]:
    """Give every group of keys under one key of the profiles, whether it stands alone, in a list or under names."""
    for text in TEXTS:
        under = text.get(key)
        if isinstance(under, list):
            yield from under
        elif isinstance(under, dict):
            named = all(isinstance(one, dict) for one in under.values()) and key != "override"
            yield from under.values() if named else (under,)


GROUPS = {
    **KINDS,
    "roles": shape.ROLE,
    "terms": shape.TERM,
    "parameters": shape.PARAMETER,
    "facts": shape.FACT,
    "actions": shape.ACTION_EXTENSION,
    "override": shape.OVERRIDE,
    "matching": shape.MATCHING,
    "reasons": shape.REASONS,
    "policy": shape.POLICY,
    "demands": shape.DEMAND,
    "not_enforced": shape.NOT_ENFORCED,
}


@pytest.mark.parametrize("key", GROUPS)
def test_the_made_up_states_use_every_field(key: str) -> None:
    """Each field that a part of a profile may have is used by some of them."""
    used = {name for group in _groups(key) if isinstance(group, dict) for name in group}

    assert [] == [field.key for field in GROUPS[key].fields if field.key not in used]


def test_the_made_up_states_use_every_key_list_derivation_and_act() -> None:
    """Every key of a profile and of an adoption, list, sort of fact, reason and act is used by some."""
    keys = {key for text in TEXTS for key in text}
    lists = {name for text in TEXTS for name in text.get("lists", ())}
    kinds = {group.get("type") for group in _groups("facts")}
    whole = str(TEXTS)

    assert [] == [one.key for one in (*shape.PROFILE.fields, *shape.ADOPTION.fields) if one.key not in keys]
    assert [] == [name for name in shape.ADDABLE if name not in lists]
    assert [] == [kind for kind in FACT_TYPES if kind not in kinds]
    assert [] == [why for why in shape.WHY if why not in {group["why"] for group in _groups("not_enforced")}]
    assert [] == [act for act in ACTIONS if act not in whole]


NOON = dt.datetime.fromisoformat("2026-11-30T10:00:00-08:00")


def _case(name: str, of: str) -> tuple[Path, dict[str, Any]]:
    """Return the file of a made-up state and the request of one of its cases."""
    path = next(one for one in STATES if one.stem == name)
    return path, dict(next(case.request for case in read(path)[0].cases if case.name == of))


@pytest.mark.parametrize(
    ("days", "plate", "person", "outcome"),
    [
        ((1, 10, 30), "4KAN123", "det-1", "needs"),
        ((1, 10, 31), "4KAN123", "det-1", "allow"),
        ((1, 10), "4KAN123", "det-1", "allow"),
        ((1, 10, 30), "5XYZ890", "det-1", "allow"),
        ((1, 10, 30), "4KAN123", "det-2", "allow"),
        ((1, 10, 30), None, "det-1", "needs"),
    ],
    ids=["three", "one too long ago", "two", "another plate", "another person", "a plate nobody noted"],
)
@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_repeated_searches_are_counted_over_what_was_done(
    evaluator: str, days: tuple[int, ...], plate: str | None, person: str, outcome: str
) -> None:
    """A third search of a plate by one person within thirty days makes the next one wait, and a doubt about it too."""
    path, raw = _case("watching_those_who_search", "The same plate again and again: twice before")
    facts = {"requester.id": person} | ({"plate.number": plate} if plate is not None else {})
    past = [Act(action="search.run", at=NOON - dt.timedelta(days=day), facts=facts) for day in days]
    asked = {
        name: fact for name, fact in raw["facts"].items() if name not in ("plate.repeats", "plate.searched_before")
    }
    pdp = point(evaluator, path)
    request = read_request(raw | {"facts": asked})

    assert outcome == pdp.decide(with_history(pdp.catalog.latest("redwood"), request, past)).outcome


@pytest.mark.parametrize(
    ("person", "until"),
    [
        (Authority(id="chief-1", roles=("chief",)), "2026-07-01T14:00:00-07:00"),
        (Authority(id="cap-1", acting_as=("captain",), absent=("captain",)), "2026-07-01T14:00:00-07:00"),
        (Authority(id="cm-1", roles=("city_manager",), absent=("captain",)), "2026-07-01T14:00:00-07:00"),
        (Authority(id="cm-1", roles=("city_manager",), absent=()), None),
        (Authority(id="aud-1", roles=("auditor",)), None),
    ],
    ids=["the chief", "acting as captain", "in the captain's absence", "while the captain is there", "the auditor"],
)
def test_who_may_act_against_a_denial_in_a_made_up_state(person: Authority, until: str | None) -> None:
    """An override of the city with an auditor is for those whom its ordinance names, and for two hours."""
    path = next(one for one in STATES if one.stem == "an_auditor_each_second_year")
    pdp, at = point("compiled", path), dt.datetime.fromisoformat("2026-07-01T12:00:00-07:00")
    decision = pdp.decide(
        {"action": "search.run", "at": at, "departments": ["bayshore"], "facts": {"purpose": "personal"}}
    )

    answer = may_override([pdp.catalog.latest("bayshore")], decision, person, at)

    assert until == (answer.until.isoformat() if answer.until is not None else None)
