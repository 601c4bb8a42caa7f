"""A directory says who was what at any instant, and every fault in its files is told with its place."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.directory_kit import TOWN, town

from alpr_policy.durations import parse_moment
from alpr_policy.model.directory import Directory, Person
from alpr_policy.questions.persons import findings, standing_of
from alpr_policy.reading.directory import DirectoryError, directory_to_wire, read_directory, read_directory_data
from alpr_policy.reading.profiles import parse_profile

NOON = "2026-05-04T12:00:00-04:00"


def at(text: str) -> dt.datetime:
    """Return an instant."""
    moment = parse_moment(text)
    assert isinstance(moment, dt.datetime)
    return moment


def known(directory: Directory, name: str) -> Person:
    """Return a person who is there."""
    person = directory.person(name)
    assert person is not None
    return person


@pytest.mark.parametrize(
    ("name", "when", "held"),
    [
        ("p-1", "2025-12-31T23:59:59-05:00", []),
        ("p-1", "2026-01-01T00:00:00-05:00", [("chief", "holder")]),
        ("p-1", "2026-06-30T23:59:59-04:00", [("chief", "holder")]),
        ("p-1", "2026-07-01T00:00:00-04:00", []),
        ("p-2", "2026-05-04T07:59:59-04:00", [("chief", "designee")]),
        ("p-2", "2026-05-04T08:00:00-04:00", [("sergeant", "holder"), ("chief", "designee")]),
        ("p-2", "2026-05-04T16:00:00-04:00", [("sergeant", "holder"), ("chief", "designee")]),
        ("p-2", "2026-05-04T16:00:01-04:00", [("chief", "designee")]),
        ("p-2", "2026-07-01T12:00:00-04:00", []),  # its holder is chief no longer
    ],
)
def test_roles_are_those_of_the_instant(name: str, when: str, held: list[tuple[str, str]]) -> None:
    """A role counts from the first to the last instant of its days, a designation while its holder holds the role."""
    directory = town()
    roles = directory.roles(known(directory, name), at(when))

    assert roles is not None
    assert held == list(roles.pairs())


@pytest.mark.parametrize(
    ("when", "absent"),
    [
        ("2026-04-30T12:00:00-04:00", set()),
        ("2026-05-03T12:00:00-04:00", {"chief"}),
        (NOON, {"chief", "registrar"}),
        ("2026-05-15T00:00:00-04:00", {"registrar"}),
        ("2026-07-01T12:00:00-04:00", {"registrar"}),  # that nobody is chief is no absence
    ],
)
def test_absent_roles(when: str, absent: set[str]) -> None:
    """A role is absent while every holder is away, or while an absence names it."""
    assert absent == town().absent_roles(at(when))


def test_absence_of_one_of_two_holders_is_none() -> None:
    """While one of several holders is there the role is not absent."""
    two = [*TOWN["persons"][:1], {"id": "p-9", "roles": [{"role": "chief"}]}]

    assert frozenset() == town(persons=two, absences=TOWN["absences"][:1]).absent_roles(at(NOON))


@pytest.mark.parametrize("changed", [{"absences": None}, {"persons": [*TOWN["persons"], {"id": "p-5"}]}])
def test_absence_is_unknown_where_it_is_not_told(changed: dict[str, Any]) -> None:
    """Without absences, or with a person whose roles nobody tells, it is not known which roles are absent."""
    assert None is town(**changed).absent_roles(at(NOON))


def test_what_is_not_told_is_unknown() -> None:
    """Roles, training and flags that are left out are None; listed as none they are none."""
    directory = town(persons=[{"id": "p-1"}, {"id": "p-2", "roles": [], "training": []}])
    first, second = known(directory, "p-1"), known(directory, "p-2")

    assert (None, None, None) == (
        directory.roles(first, at(NOON)),
        directory.trainings(first, at(NOON)),
        directory.flag(first, "sworn", at(NOON)),
    )
    assert [] == list((directory.roles(second, at(NOON)) or pytest.fail("told")).pairs())
    assert () == directory.trainings(second, at(NOON))


def test_complete_parts_are_none_where_nobody_names_them() -> None:
    """A file that tells a part in full says of a person who does not name it that there is none."""
    directory = town(persons=[{"id": "p-1"}], complete=["roles", "training"], absences=None)

    assert ((), (), None) == (
        known(directory, "p-1").roles,
        known(directory, "p-1").training,
        known(directory, "p-1").status,
    )


def test_trainings_that_expired_or_lie_ahead_do_not_count() -> None:
    """A training counts from its day on through the day on which it expires."""
    directory = town()
    person = known(directory, "p-1")

    def names(when: str) -> list[str | None]:
        return [one.what for one in directory.trainings(person, at(when)) or ()]

    assert [] == names("2024-01-09T12:00:00-05:00")
    assert ["user"] == names("2026-01-08T12:00:00-05:00")
    assert ["user", "refresher"] == names("2026-01-10T23:59:59-05:00")
    assert ["refresher"] == names("2026-01-11T00:00:00-05:00")
    assert (dt.date(2024, 1, 10), dt.date(2026, 1, 9)) == directory.training_moments("p-1")
    assert None is directory.training_moments("nobody")


def test_persons_of_a_day() -> None:
    """Who is gone by a day does not belong to it, and neither does anybody whose access was withdrawn throughout."""
    gone = {"id": "p-6", "status": [{"status": "withdrawn", "from": "2026-05-04"}]}
    directory = town(persons=[*TOWN["persons"], gone])

    assert ["p-1", "p-2", "p-3", "p-4", "p-6"] == [one.id for one in directory.persons_at(dt.date(2026, 5, 3))]
    assert ["p-1", "p-2", "p-4"] == [one.id for one in directory.persons_at(dt.date(2026, 5, 4))]


def test_somebody_who_is_gone_holds_nothing() -> None:
    """After the last day nothing is true of a person any more, and no role is held."""
    directory = town(persons=[{"id": "p-1", "sworn": True, "until": "2026-05-03", "roles": [{"role": "chief"}]}])
    person = known(directory, "p-1")

    assert (False, []) == (
        directory.flag(person, "sworn", at(NOON)),
        list((directory.roles(person, at(NOON)) or pytest.fail("told")).pairs()),
    )
    assert () == directory.holders("chief", at(NOON))


def test_read_after_write_is_identity() -> None:
    """A directory written as plain data and read again is the same, and so through JSON text."""
    directory = town()
    wire = directory_to_wire(directory)

    assert directory == read_directory_data(json.loads(json.dumps(wire)))
    assert wire == directory_to_wire(read_directory_data(wire))


BAD: list[tuple[dict[str, Any], str]] = [
    ({"timezone": "Mars/Base"}, "unknown-timezone"),
    ({"persons": [{"id": "p-1"}, {"id": "p-1"}]}, "directory-twice"),
    ({"persons": [{"id": "p-1", "agency": "oakam"}]}, "directory-agency"),
    ({"persons": [{"id": "p-1", "roles": [{"role": "chief", "of": "p-1", "capacity": "acting"}]}]}, "directory-of"),
    ({"persons": [{"id": "p-1", "roles": [{"role": "chief", "of": "p-1"}]}]}, "directory-of"),
    ({"persons": [{"id": "p-1", "roles": [{"role": "chief", "of": "p-7", "capacity": "acting"}]}]}, "directory-nobody"),
    (
        {"persons": [{"id": "p-1", "roles": [{"role": "chief", "from": "2026-02-01", "until": "2026-01-31"}]}]},
        "directory-backwards",
    ),
    ({"persons": [{"id": "p-1", "from": "2026-02-01", "until": "2026-01-31"}]}, "directory-backwards"),
    (
        {"persons": [{"id": "p-1", "status": [{"status": "active"}, {"status": "suspended", "from": "2026-01-01"}]}]},
        "directory-overlap",
    ),
    ({"absences": [{"person": "p-7"}]}, "directory-nobody"),
    ({"absences": [{"from": "2026-01-01"}]}, "directory-absence"),
    ({"absences": [{"person": "p-1", "role": "chief"}]}, "directory-absence"),
    ({"persons": [{"id": "p-1", "training": [{"completed": "2026-02-30"}]}]}, "bad-time"),
    ({"persons": [{"id": "p-1", "training": [{"completed": "2026-02-03T10:00:00"}]}]}, "bad-time"),
    ({"persons": [{"id": "p-1", "kind": "membr"}]}, "bad-choice"),
    ({"persons": [{"id": "p-1", "rols": []}]}, "unknown-key"),
    ({"directory": 2}, "out-of-range"),
]


@pytest.mark.parametrize(("changed", "code"), BAD)
def test_what_is_wrong_is_refused(changed: dict[str, Any], code: str) -> None:
    """Each fault refuses the directory under its own code."""
    with pytest.raises(DirectoryError) as caught:
        town(**{"absences": [], **changed})

    assert [code] == [one.code for one in caught.value.diagnostics]


CSV = {
    "persons.csv": "id,agency,kind,sworn,supervisor,designated\n"
    "p-1,own,member,true,2026-01-01..,2025-12-01\n007,own,member,,false,never\n",
    "roles.csv": "person,role,capacity,of,from,until\np-1,chief,,,2026-01-01,2026-06-30\n007,chief,designee,p-1,,\n",
    "training.csv": 'person,what,completed,covers,expires\np-1,"user, first",2026-01-09,policy; equipment,\n',
    "absences.csv": "person,role,from,until\np-1,,2026-05-01,2026-05-14\n",
    "status.csv": "person,status,from,until\np-1,active,,2026-05-10\np-1,suspended,2026-05-11,\n",
    "agencies.csv": "id,kind,status\noakham,other_police,active\n",
    "agency_status.csv": "agency,status,from,until\noakham,suspended,2026-01-01,\n",
    "hours.csv": "person,days,start,end\np-1,mon;tue,22:00,06:00\n",
}


def folder(path: Path, **changed: str) -> Path:
    """Write the tables of a directory, some of them changed."""
    (path / "directory.yaml").write_text("directory: 1\ntimezone: America/New_York\n", encoding="utf-8")
    for name, text in {**CSV, **{f"{name}.csv": text for name, text in changed.items()}}.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def test_tables_say_what_a_file_says(tmp_path: Path) -> None:
    """A folder of tables is the directory that a file with the same content is; a table that is there is complete."""
    file = tmp_path / "same.yaml"
    file.write_text(
        """directory: 1
timezone: America/New_York
complete: [roles, training, status, hours]
agencies: [{id: oakham, kind: other_police, status: [{status: suspended, from: 2026-01-01}]}]
persons:
  - {id: p-1, agency: own, kind: member, sworn: true, supervisor: {from: 2026-01-01}, designated: 2025-12-01,
     roles: [{role: chief, from: 2026-01-01, until: 2026-06-30}],
     training: [{what: "user, first", completed: 2026-01-09, covers: [policy, equipment]}],
     status: [{status: active, until: 2026-05-10}, {status: suspended, from: 2026-05-11}],
     hours: [{days: [mon, tue], start: "22:00", end: "06:00"}]}
  - {id: "007", agency: own, kind: member, supervisor: false, designated: null,
     roles: [{role: chief, capacity: designee, of: p-1}]}
absences: [{person: p-1, from: 2026-05-01, until: 2026-05-14}]
""",
        encoding="utf-8",
    )
    tables = tmp_path / "tables"
    tables.mkdir()

    assert directory_to_wire(read_directory(file)) == directory_to_wire(read_directory(folder(tables)))


@pytest.mark.parametrize(
    ("table", "text", "told"),
    [
        ("persons", "id,knd\np-1,member\n", [("directory-column", 1, 4)]),
        ("persons", "kind\nmember\n", [("directory-column", 1, 1)]),
        ("persons", "id,kind\np-1,membr\n007,outsidr\n", [("bad-choice", 2, 5), ("bad-choice", 3, 5)]),
        ("persons", "id,kind\np-1\n007,member\n", [("directory-row", 2, 1)]),
        ("persons", 'id,kind\n"p-1,member\n', [("directory-row", 2, 1)]),
        ("persons", "", [("directory-row", 1, 1)]),
        ("roles", "person,role\np-9,chief\n", [("directory-nobody", 2, 1)]),
        ("roles", "person,role,from\np-1,chief,2026-02-30\n", [("bad-time", 2, 11)]),
        ("absence", "person\np-1\n", [("directory-table", 1, 1)]),
    ],
)
def test_faults_of_tables_have_their_cell(
    tmp_path: Path, table: str, text: str, told: list[tuple[str, int, int]]
) -> None:
    """Every fault in a table is told with the line and column of its cell."""
    with pytest.raises(DirectoryError) as caught:
        read_directory(folder(tmp_path, **{table: text}))

    place = f"{table}.csv"
    found = [(d.code, d.span.line, d.span.column) for d in caught.value.diagnostics if d.span.file.endswith(place)]
    assert told == found


def test_any_bytes_in_a_table_are_read_or_refused(tmp_path: Path) -> None:
    """Bytes that are no text are refused in one error."""
    (folder(tmp_path) / "persons.csv").write_bytes(b"id\n\xff\xfe\x00")
    with pytest.raises(DirectoryError) as caught:
        read_directory(tmp_path)

    assert 1 == len([d for d in caught.value.diagnostics if d.span.file.endswith("persons.csv")])


PROFILE = """
language: 1
profile: millbrook
department: Millbrook Police Department
policy: {title: Plate Readers, number: "1", effective: 2026-01-01}
timezone: America/New_York
silence: deny
roles:
  chief: {title: Chief, designee: true}
  sergeant: {title: Sergeant}
  clerk: {title: Clerk}
  auditor: {title: Auditor}
approvals:
  - {id: search, cite: "1", action: search.run, by: [chief, {role: clerk, if_absent: sergeant}], then: [auditor]}
outline: ["1"]
"""


def test_findings() -> None:
    """Roles that nobody can fill, roles that the profile does not know and trainings that ran out are told."""
    people = [
        {
            "id": "p-1",
            "roles": [{"role": "chief"}, {"role": "cheif"}],
            "training": [{"completed": "2020-01-01", "expires": "2021-01-01"}],
        },
        {"id": "p-2", "roles": [{"role": "clerk"}], "training": [], "status": "active"},
        {
            "id": "p-3",
            "roles": [
                {"role": "sergeant", "until": "2026-05-31"},
                {"role": "sergeant", "capacity": "designee", "of": "p-1"},
            ],
        },
    ]
    directory = town(persons=people, absences=[{"person": "p-1"}, {"person": "p-2"}])
    profile = parse_profile(PROFILE, "millbrook.yaml")

    expected = [
        ("directory-training-past", "p-1", None),
        ("directory-untrained", "p-2", None),
        ("directory-designation-lapsed", "p-3", "sergeant"),
        ("directory-role-unknown", None, "cheif"),
        ("directory-role-unheld", None, "auditor"),
        ("directory-no-stand-in", "p-1", "chief"),
    ]
    assert expected == [(one.code, one.person, one.role) for one in findings(directory, at(NOON), profile)]
    # In June nobody is sergeant, so nobody stands in for the clerk either.
    june = findings(directory, at("2026-06-01T12:00:00-04:00"), profile)
    assert ["auditor", "chief", "clerk", "sergeant"] == [one.role for one in june[-4:]]


def test_a_designee_or_stand_in_who_is_there_is_enough() -> None:
    """A role whose holder is away is no finding while its designee is there."""
    people = [
        {"id": "p-1", "roles": [{"role": "chief"}]},
        {"id": "p-2", "roles": [{"role": "chief", "capacity": "designee", "of": "p-1"}]},
    ]
    profile = parse_profile(PROFILE, "millbrook.yaml")
    told = findings(town(persons=people, absences=[{"person": "p-1"}]), at(NOON), profile)

    assert [] == [one for one in told if one.role == "chief"]


def test_standing_is_plain_data() -> None:
    """What is known of a person on a day is plain data, without what is not told."""
    directory = town()
    told = standing_of(directory, known(directory, "p-2"), at(NOON)).to_wire()

    assert {
        "person": "p-2",
        "at": NOON,
        "belongs": True,
        "agency": "millbrook",
        "kind": "member",
        "away": False,
        "sworn": False,
        "roles": [{"role": "sergeant", "capacity": "holder"}, {"role": "chief", "capacity": "designee"}],
        "designated_on": None,
        "training": [],
    } == json.loads(json.dumps(told))


SINGLE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from(("p-1", "chief"))
)
KEYS = st.sampled_from(("id", "from", "role", "x"))
JSON = st.recursive(
    SINGLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150)
@given(st.sampled_from(sorted(TOWN)), st.sampled_from((None, *TOWN["persons"][0])), JSON)
def test_any_data_is_read_or_refused(key: str, inside: str | None, value: Any) -> None:
    """Whatever stands in the place of a part of a directory, it is read or refused with a place and a reason."""
    data: dict[str, Any] = {**TOWN, "persons": [dict(one) for one in TOWN["persons"]]}
    if inside is None:
        data[key] = value
    else:
        data["persons"][0][inside] = value
    try:
        assert isinstance(read_directory_data(data), Directory)
    except DirectoryError as error:
        assert all(one.code and one.message for one in error.diagnostics)


@settings(max_examples=100)
@given(st.sampled_from(sorted(CSV)), st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_bytes_are_a_table_or_refused(name: str, end: bytes) -> None:
    """Whatever bytes follow in a table, the folder is read or refused, and nothing else is raised."""
    with TemporaryDirectory() as place:
        file = folder(Path(place)) / name
        file.write_bytes(file.read_bytes() + end)
        try:
            assert read_directory(Path(place)).persons
        except DirectoryError as error:
            assert error.diagnostics
