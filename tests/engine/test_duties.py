"""Where each duty of a profile stands: for whom it is owed, which doings count, and what cannot be told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.office_kit import FILES, at, doing, happening, harbour, point

from alpr_policy import parse_profile
from alpr_policy.model.past import Doing, Happening, ListedPerson, Past
from alpr_policy.questions.doings import stray_doings
from alpr_policy.questions.duties import DutyLine, duties, duties_of
from alpr_policy.reading.past import read_past_file, read_people_file

AUDIT = {"by": "lt-1", "roles": ("lieutenant",), "covers": ("access", "hits")}


def lines(duty: str, when: str, *, events: Any = (), doings: Any = (), **known: Any) -> list[DutyLine]:
    """Return the lines of one duty of the small department."""
    past = Past(events=None if events is None else tuple(events), doings=tuple(doings))
    return [line for line in duties(harbour(), past, at(when), **known) if line.duty == duty]


@pytest.mark.parametrize(
    ("duty", "when", "events", "doings", "known", "expected"),
    [
        pytest.param("audit", "2026-01-31T23:59:59-05:00", [], [], {}, [(None, "due")], id="in the first month"),
        pytest.param("audit", "2026-02-01T00:00:00-05:00", [], [], {}, [(None, "overdue")], id="a month missed"),
        pytest.param(
            "audit",
            "2026-02-01T00:00:00-05:00",
            [],
            [doing("audit", "2026-01-20", **AUDIT)],
            {},
            [(None, "due")],
            id="done in January, owed in February",
        ),
        pytest.param(
            "audit",
            "2026-02-01T00:00:00-05:00",
            [],
            [doing("audit", "2026-01-20", **AUDIT | {"roles": ("sergeant",)})],
            {},
            [(None, "overdue")],
            id="done by the wrong role",
        ),
        pytest.param(
            "audit",
            "2026-02-01T00:00:00-05:00",
            [],
            [doing("audit", "2026-01-20", **AUDIT | {"covers": ("access",)})],
            {},
            [(None, "overdue")],
            id="half of what it must cover",
        ),
        pytest.param(
            "audit",
            "2026-02-01T00:00:00-05:00",
            [],
            [doing("audit", "2026-01-20", **AUDIT | {"roles": None})],
            {},
            [(None, "overdue")],
            id="nobody knows in which role",
        ),
        pytest.param(
            "audit",
            "2026-02-01T00:00:00-05:00",
            [],
            [doing("audit", "2026-01-20", **AUDIT, accepted=False)],
            {},
            [(None, "overdue")],
            id="refused when it was reported",
        ),
        pytest.param(
            "audit",
            "2026-02-01T00:00:00-05:00",
            [],
            [doing("audit", None, **AUDIT)],
            {},
            [(None, "overdue")],
            id="nobody knows when",
        ),
        pytest.param(
            "refresher", "2026-06-01T00:00:00-04:00", [], [], {}, [(None, "undetermined")], id="no persons known"
        ),
        pytest.param("refresher", "2026-06-01T00:00:00-04:00", [], [], {"people": ()}, [], id="nobody is there"),
        pytest.param(
            "refresher",
            "2026-06-01T00:00:00-04:00",
            [],
            [],
            {"people": (ListedPerson(id="a", trained=(at("2024-05-01T12:00:00-04:00"),)), ListedPerson(id="b"))},
            [("a", "overdue"), ("b", "not_due")],
            id="each person by the own training",
        ),
        pytest.param(
            "refresher",
            "2026-06-01T00:00:00-04:00",
            [],
            [doing("refresher_training", "2026-05-02", "a")],
            {"people": (ListedPerson(id="a", trained=(at("2024-05-01T12:00:00-04:00"),)),)},
            [("a", "not_due")],
            id="a refresher that was done",
        ),
        pytest.param(
            "refresher",
            "2026-06-01T00:00:00-04:00",
            [],
            [],
            {
                "people": (
                    ListedPerson(id="a", until=at("2026-05-31T12:00:00-04:00").date(), timezone="America/New_York"),
                )
            },
            [],
            id="one who has left",
        ),
        pytest.param(
            "look", "2026-06-01T00:00:00-04:00", [], [], {"devices": ["r"]}, [("r", "undetermined")], id="vague"
        ),
        pytest.param(
            "aim",
            "2026-01-04T12:00:00-05:00",
            [],
            [],
            {"devices": ["r", "s"]},
            [("r", "due"), ("s", "due")],
            id="each device",
        ),
        pytest.param("spent", "2026-06-01T00:00:00-04:00", [], [], {}, [(None, "not_due")], id="nothing happened"),
        pytest.param("spent", "2026-06-01T00:00:00-04:00", None, [], {}, [(None, "undetermined")], id="nobody knows"),
        pytest.param(
            "spent",
            "2026-06-01T00:00:00-04:00",
            [
                happening("hit_acted_on", "2026-05-01T10:00:00-04:00", "e1"),
                happening("entry_stale", "2026-05-02", "e2"),
            ],
            [doing("update_entry", "2026-05-01T10:00:00-04:00", "e1")],
            {},
            [("e2", "overdue"), ("e1", "not_due")],
            id="an entry that was taken off, and one that was not",
        ),
        pytest.param(
            "spent",
            "2026-06-01T00:00:00-04:00",
            [happening("hit_acted_on", "2026-05-01T10:00:00-04:00", "e1")],
            [doing("update_entry", "2026-05-01T10:00:00-04:00", "e2")],
            {},
            [("e1", "overdue")],
            id="another entry",
        ),
        pytest.param(
            "spent",
            "2026-06-01T00:00:00-04:00",
            [happening("hit_acted_on", None, "e1")],
            [],
            {},
            [("e1", "undetermined")],
            id="nobody knows when",
        ),
        pytest.param(
            "list-of-the-shift",
            "2026-06-01T08:00:00-04:00",
            [happening("shift_started", "2026-06-01T07:40:00-04:00", "r")],
            [],
            {},
            [("r", "due")],
            id="within half an hour",
        ),
        pytest.param(
            "list-of-the-shift",
            "2026-06-01T08:20:00-04:00",
            [happening("shift_started", "2026-06-01T07:40:00-04:00", "r")],
            [doing("load_hotlist", "2026-06-01T06:50:00-04:00", "r")],
            {},
            [("r", "not_due")],
            id="an hour early will do",
        ),
    ],
)
def test_duty_stands(
    duty: str, when: str, events: Any, doings: Any, known: dict[str, Any], expected: list[tuple[str | None, str]]
) -> None:
    """A duty stands for each of those it is owed for where its statement and what is known put it."""
    found = lines(duty, when, events=events, doings=doings, **known)

    assert expected == [(line.of, str(line.standing)) for line in found]


@pytest.mark.parametrize(
    ("facts", "expected", "unknown"),
    [
        ({"recipient.kind": "court"}, "due", ()),
        ({"recipient.kind": "own_member"}, "not_due", ()),
        ({}, "undetermined", ("recipient.kind",)),
        ({"recipient.kind": "withheld"}, "undetermined", ("recipient.kind",)),
    ],
)
def test_when_is_judged_on_the_facts_of_the_act(facts: dict[str, Any], expected: str, unknown: tuple[str, ...]) -> None:
    """Whether a duty after an act is owed follows from the facts of that act, and what is not known is named."""
    share = happening("data.share", "2026-06-01T08:00:00-04:00", facts=facts)
    (found,) = lines("log-shares", "2026-06-01T12:00:00-04:00", events=[share])

    assert expected == found.standing
    assert unknown == found.unknown


def test_an_act_that_was_refused_owes_nothing() -> None:
    """A duty after an allowed act does not follow one that was denied."""
    share = happening("data.share", "2026-06-01T08:00:00-04:00", outcome="deny", facts={"recipient.kind": "court"})
    (found,) = lines("log-shares", "2026-06-01T12:00:00-04:00", events=[share])

    assert "not_due" == found.standing


def test_a_line_says_all_that_is_asked_of_it() -> None:
    """A line names who owes it, the clause, the proof of the last doing, what does not count, and how grave it is."""
    done = [
        doing("audit", "2026-03-10", **AUDIT, reference="row-1"),
        doing("audit", "2026-04-10", **AUDIT | {"roles": ("sergeant",)}, reference="row-2"),
    ]
    (found,) = lines("audit", "2026-06-01T12:00:00-04:00", doings=done)

    assert ("the Records Lieutenant or whoever is acting in the office", ("lieutenant",)) == (found.who, found.by)
    assert (("5.a",), "serious", ("access", "hits")) == (found.cite, found.severity, found.covers)
    assert found.last_done is not None
    assert ("row-1", "lt-1") == (found.last_done.reference, found.last_done.by)
    assert ["row-2"] == [one.doing.reference for one in found.discounted]
    assert "lieutenant" in found.discounted[0].why


def test_an_open_period_names_who_sets_it() -> None:
    """Where the text sets no period the line names the parameter and who sets it; advice is a minor matter."""
    (vague,) = lines("look", "2026-06-01T12:00:00-04:00", devices=["r"])
    (advice,) = lines("aim", "2026-01-02T12:00:00-05:00", devices=["r"])

    assert ("review_interval", "chief") == (vague.parameter, vague.set_by)
    assert ("should", "minor") == (advice.force, advice.severity)


def test_one_doing_serves_the_duty_it_fits() -> None:
    """Where two duties share a task, a doing counts only for the one whose role and cover it has."""
    profile = parse_profile(
        """
        language: 1
        profile: two
        department: Two
        policy: {title: R, number: "1", effective: 2026-01-01}
        timezone: America/New_York
        silence: allow
        roles: {chief: {title: C}}
        duties:
          - {id: lists, cite: "1", task: audit, covers: [hot_lists], by: chief, every: 1 month}
          - {id: uses, cite: "2", task: audit, covers: [access], every: 1 month}
        outline: ["1", "2"]
        """.replace("\n        ", "\n")
    )
    past = Past(events=(), doings=(doing("audit", "2026-01-20", covers=("access",), roles=()),))
    found = {line.duty: line for line in duties(profile, past, at("2026-02-05T12:00:00-05:00"))}

    assert ("overdue", "not_due") == (found["lists"].standing, found["uses"].standing)
    assert (1, 0) == (len(found["lists"].discounted), len(found["uses"].discounted))


def test_a_floor_owes_its_own_duties() -> None:
    """The duties of a floor are owed beside those of the text that stands on it."""
    floor = parse_profile(
        'language: 1\nprofile: state\ndepartment: State\npolicy: {title: S, number: "1", effective: 2025-01-01}\n'
        "timezone: America/New_York\nsilence: allow\n"
        'duties: [{id: report, cite: "1", task: report, every: 1 year}]\noutline: ["1"]\n'
    )
    text = (
        (FILES / "harbour.yaml")
        .read_text(encoding="utf-8")
        .replace("profile: harbour", "profile: harbour\nfloor: state")
    )
    catalog = point(parse_profile(text), floor).catalog
    found = duties_of(catalog, "harbour", Past(), at("2026-06-01T12:00:00-04:00"))

    assert ("state", "overdue") in {(line.profile, str(line.standing)) for line in found if line.duty == "report"}
    assert "audit" in {line.duty for line in found if line.profile == "harbour"}


def test_the_most_pressing_comes_first() -> None:
    """Lines come overdue first, then due, then undetermined, then the rest, the oldest deadline first among equals."""
    past, faults = read_past_file(FILES / "happened.yaml")
    people, more = read_people_file(FILES / "persons.yaml", "America/New_York")
    found = duties(harbour(), past, at(), people=people, devices=["reader-1"])
    standings = [str(line.standing) for line in found]
    late = [line.due_by for line in found if line.standing == "overdue"]

    assert ((), ()) == (faults, more)
    assert sorted(standings, key=["overdue", "due", "undetermined", "not_due"].index) == standings
    assert sorted(late, key=str) == late
    assert json.loads(json.dumps([line.to_wire() for line in found]))[0]["duty"] == "aim"


def test_what_no_duty_asks_is_told() -> None:
    """A doing of a task that no duty has is named, since the task may be misspelt."""
    strays = stray_doings([harbour()], [doing("audti", "2026-01-01"), doing("audit", "2026-01-01")])

    assert ["audti"] == [one.task for one in strays]


def test_wire_keeps_what_is_known_to_be_none() -> None:
    """A doing in no role, or an event without an outcome, reads back as it was written."""
    assert [] == Doing(task="audit", roles=(), covers=()).to_wire()["roles"]
    assert {"event": "law_changed"} == Happening(event="law_changed").to_wire()
