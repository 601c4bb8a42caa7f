"""Reading what happened: from data and from files, one error for each record that cannot be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from alpr_policy.model.past import Past
from alpr_policy.reading.past import read_past, read_past_file, read_people


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, ["past-shape"]),
        ([], ["past-shape"]),
        ({"event": []}, ["past-shape"]),
        ({"events": {}}, ["past-shape"]),
        ({"events": [{}]}, ["past-record"]),
        ({"events": [{"event": "law_changed", "when": "2026-01-01"}]}, ["past-record"]),
        ({"events": [{"event": "law_changed", "at": "2026-13-01"}]}, ["past-record"]),
        ({"events": [{"event": "data.share", "outcome": "perhaps"}]}, ["past-record"]),
        ({"doings": [{"task": ""}, {"task": 7}, {"task": "audit"}]}, ["past-record", "past-record"]),
        ({"doings": [{"task": "audit", "roles": 7}]}, ["past-record"]),
        ({"doings": [{"task": "audit", "accepted": "yes"}]}, ["past-record"]),
        ({"facts": 7}, ["past-shape"]),
        ({"events": [], "doings": [], "facts": {"parameter.x": 1}}, []),
    ],
)
def test_what_cannot_be_used_is_told(raw: Any, expected: list[str]) -> None:
    """Each record that cannot be used is one error, and the others are read."""
    past, found = read_past(raw)

    assert expected == [one.code for one in found]
    assert all(one.task for one in past.doings)


def test_events_not_given_are_unknown() -> None:
    """Events that are not given are unknown, and an empty list of them says that there were none."""
    assert (None, ()) == (read_past({"doings": []})[0].events, read_past({"events": []})[0].events)


def test_untold_roles_are_unknown() -> None:
    """Roles and covers that are withheld, or left out, are unknown, and an empty list is not."""
    raw = [
        {"task": "audit", "roles": "withheld"},
        {"task": "audit"},
        {"task": "audit", "roles": [], "covers": "access"},
    ]
    past, _ = read_past({"doings": raw})

    assert [None, None, ()] == [one.roles for one in past.doings]
    assert ("access",) == past.doings[2].covers


def test_lines_that_cannot_be_read_cost_themselves(tmp_path: Path) -> None:
    """In a file of lines a bad line is told with its number, and all others are read."""
    file = tmp_path / "past.jsonl"
    lines = [
        b'{"event": "law_changed", "at": "2026-05-01"}',
        b"",
        b"{",
        b"[1]",
        b"\xff",
        b'{"task": "audit"}',
        b'{"task": "a", "x": 1}',
    ]
    file.write_bytes(b"\n".join(lines))
    past, found = read_past_file(file)

    assert (1, 1) == (len(past.events or ()), len(past.doings))
    assert [3, 4, 5, 7] == [one.span.line for one in found]


@pytest.mark.parametrize("name", ["missing.yaml", "missing.jsonl", "folder", "pipe.jsonl"])
def test_a_file_that_is_not_there(name: str, tmp_path: Path) -> None:
    """A file that cannot be opened leaves everything unknown, and one error says so."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    past, found = read_past_file(tmp_path / name)

    assert (Past(), 1) == (past, len(found))


def test_a_line_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """A line of more than a million bytes is passed over, and the next is read."""
    file = tmp_path / "past.jsonl"
    file.write_bytes(b'{"task": "' + b"a" * 1_500_000 + b'"}\n{"task": "audit"}\n')
    past, found = read_past_file(file)

    assert ["line-too-long"] == [one.code for one in found]
    assert ["audit"] == [one.task for one in past.doings]


def test_persons() -> None:
    """A person may have one time of training or several; one that stands twice, or has no id, is told."""
    raw = [
        {"id": "a", "trained": "2026-01-01"},
        {"id": "a"},
        {"trained": []},
        {"id": "b", "since": "2026-01-01T00:00:00Z"},
    ]
    people, found = read_people(raw, "America/New_York")

    assert ["a"] == [one.id for one in people]
    assert 1 == len(people[0].trained)
    assert 3 == len(found)
