"""`show` and `matrix` leave nothing out, and call silence what `decide` calls silence."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from alpr_policy.errors import UnknownProfileError
from alpr_policy.model.statements import Permission
from alpr_policy.model.words import words_of
from alpr_policy.questions.as_of import request_time, text_at
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.matrix import matrix
from alpr_policy.questions.show import show
from alpr_policy.questions.stances import SILENT_ALLOWED, SILENT_REFUSED
from alpr_policy.questions.telling import Teller
from alpr_policy.questions.topics import SubjectError, belongs
from alpr_policy.reading.catalog import load_catalog, shipped_folder
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy.vocabulary.topics import TOPICS

PROFILES = Path(__file__).resolve().parents[1] / "cases" / "profiles"
PDP = PolicyDecisionPoint(load_catalog([shipped_folder(), *sorted(PROFILES.glob("*.yaml"))]))
NAMES = PDP.catalog.names
AT = dt.datetime(2026, 5, 4, 10, tzinfo=dt.timezone(dt.timedelta(hours=-4)))


@pytest.mark.parametrize("name", NAMES)
def test_show_tells_every_statement_once(name: str) -> None:
    """Every statement of a profile stands in exactly one chapter, with its clauses."""
    found = show(PDP, name, as_of=AT)
    profile = text_at(PDP.catalog, name, AT).profile
    told = [(one.id, one.cite) for chapter in found.chapters for one in chapter.statements]

    assert Counter((one.id, one.cite) for one in profile.statements) == Counter(told)


@pytest.mark.parametrize("name", NAMES)
def test_show_speaks_plainly(name: str) -> None:
    """No sentence shows an underscore, a brace or the name of a Python type."""
    found = show(PDP, name, as_of=AT)
    text = [one.text for chapter in found.chapters for one in chapter.statements]
    text += [line.text for line in (*found.silence, *found.offices, *found.open_positions)]

    assert [] == [one for one in text if "_" in one or "{" in one or "Ref(" in one or "None" in one]
    assert [] == [one for one in text if not one.endswith(".") or "  " in one or " ," in one]


@pytest.mark.parametrize("name", NAMES)
def test_matrix_marks_silence_as_decide_does(name: str) -> None:
    """For every act, `matrix` says silent where a request that holds nothing but its time is decided by silence."""
    text = text_at(PDP.catalog, name, AT)
    actions = sorted(VOCABULARY.actions)
    shown = {}
    for action in actions:
        (column,) = matrix(PDP, action, as_of=AT, profiles=[name]).columns
        shown[action] = column.stances[0].stance in (SILENT_ALLOWED, SILENT_REFUSED)
    as_if = () if text.in_force else (name,)
    empty = {"at": AT.isoformat(), "departments": [name]}
    decided = {action: PDP.decide({"action": action, **empty}, as_if=as_if).silent for action in actions}

    assert decided == shown


@pytest.mark.parametrize("name", NAMES)
def test_silence_means_that_no_permission_speaks(name: str) -> None:
    """Where `matrix` says silent, no permission of the text is about the act, whatever its conditions."""
    profile = text_at(PDP.catalog, name, AT).profile
    words = words_of(profile)
    spoken = {action for one in profile.permissions for action in words.expand(one.action)}
    silent = [
        action
        for action in sorted(VOCABULARY.actions)
        for column in matrix(PDP, action, as_of=AT, profiles=[name]).columns
        if column.stances[0].silent
    ]

    assert [] == [action for action in silent if action in spoken]


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_belongs_to_a_topic(name: str) -> None:
    """No statement is out of reach of all topics, except on acts that a profile adds."""
    profile = PDP.catalog.latest(name)
    words = words_of(profile)
    own = set(profile.actions)
    lost = [
        one.id
        for one in profile.statements
        if not any(belongs(one, topic, words) for topic in TOPICS.values())
        and not own.intersection(getattr(one, "action", ()))
    ]

    assert [] == lost


def test_matrix_shows_what_did_not_bind() -> None:
    """A template without a first day is shown, marked as not in force, with what it leaves open."""
    (column,) = matrix(PDP, "hotlist.add", as_of=AT, profiles=["template"]).columns

    assert (False, "not in force on 4 May 2026: its first day has not been set") == (column.in_force, column.note)
    assert ("approver",) == column.open_parameters


def test_matrix_as_if_says_so() -> None:
    """A text that is shown as if it bound carries that in its column."""
    (column,) = matrix(PDP, "search.run", as_of=AT, as_if=["old_town@2025-02-01"]).columns

    assert "old_town@2025-02-01" == column.as_if
    assert column.version.startswith(PDP.catalog.get("old_town")[0].policy.number)


def test_statement_on_more_acts_says_so() -> None:
    """A statement is told for the acts that are asked about, and for how many others it holds."""
    profile = PDP.catalog.latest("every_kind")
    chain = next(one for one in profile.permissions if isinstance(one, Permission))

    assert (
        "It is allowed to search stored reads only if the purpose is audit or training. "
        "This holds for 1 other act as well." == (Teller(profile, ["search.run"]).tell(chain).text)
    )


def test_unknown_subject_is_named() -> None:
    """What is neither an act, a group nor a topic raises, with the nearest of them."""
    with pytest.raises(SubjectError, match="not an action, a group of actions or a topic") as caught:
        matrix(PDP, "retentoin", as_of=AT)

    assert "did you mean `retention`?" == caught.value.diagnostics[0].help


def test_unknown_profile_is_named() -> None:
    """A department that nobody knows raises."""
    with pytest.raises(UnknownProfileError):
        show(PDP, "nowhere", as_of=AT)


def test_bare_day_is_read_where_the_department_is() -> None:
    """A day given for a request is the start of that day in the department's time zone, in UTC where none is known."""
    assert "2026-05-04T00:00:00-04:00" == request_time(PDP.catalog, ["village"], AT.date()).isoformat()
    assert "2026-05-04T00:00:00+00:00" == request_time(PDP.catalog, ["nowhere"], AT.date()).isoformat()


@pytest.mark.parametrize(
    ("profile", "action", "stance"),
    [
        ("every_kind", "device.repair", "silent: allowed"),
        ("every_kind", "role.assign", "silent: refused"),
        ("every_kind", "search.run", "depends"),
        ("leicester", "stop.start", "not barred"),
        ("cambridge", "credential.share", "forbidden"),
        ("cambridge", "log.write", "depends"),
        ("cambridge", "hotlist.load", "allowed"),
        ("every_kind", "drone.fly", "no such act"),
    ],
)
def test_stance(profile: str, action: str, stance: str) -> None:
    """Each word for what a text says of an act, where nothing else is known, has an example."""
    both = [profile, "village"]

    assert stance == matrix(PDP, action, as_of=AT, profiles=both).columns[0].stances[0].stance


def test_floor_is_told_with_the_text_it_binds() -> None:
    """What a floor states stands in the column of the text that it binds, under the floor's name."""
    (column,) = matrix(PDP, "data.share", as_of=AT, profiles=["town_under_floor"]).columns

    assert "floor_state" in {one.floor for one in column.statements}
    assert any(one.whole.endswith("[floor state: 1]") for one in column.statements)
