"""A small department for tests of the office: its profile, its people, and a clock that can be foretold."""

from __future__ import annotations

import datetime as dt

from alpr_policy import PolicyDecisionPoint
from alpr_policy.model.directory import Directory
from alpr_policy.reading.catalog import build
from alpr_policy.reading.directory import read_directory_data
from alpr_policy.reading.profiles import load_source
from alpr_policy.source import SourceFile

NOON = dt.datetime(2026, 5, 4, 16, 0, tzinfo=dt.UTC)
PROFILE = """
language: 1
profile: village
department: Village Police
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: deny
roles:
  chief: {title: Chief, designee: true, acting: false, cite: I}
  clerk: {title: Clerk, designee: false, acting: false, cite: I}
permissions:
  - id: searches
    cite: II
    action: [search.run, alert.deliver, stop.start]
    when: {purpose: [criminal_investigation, stolen_property]}
prohibitions:
  - id: categories
    cite: III
    action: alert.deliver
    when: {alert.categories: {outside: [stolen_vehicle]}}
    excused_by: {topic: alert_exception, by: chief}
approvals:
  - {id: by-chief, cite: IV, action: search.run, by: chief, each: true}
facts:
  search.repeats:
    {type: count, actions: [search.run], of: search.run, same: [plate.number, requester.id], within: 30 days}
requirements:
  - id: repeats
    cite: VIII
    action: search.run
    when: {search.repeats: {at_least: 2}}
    must: {case.state: open}
    force: should
checks:
  - {id: look, cite: V, action: stop.start, check: visual, compares: [characters, state]}
duties:
  - {id: monthly, cite: VI, task: audit, covers: [query_records], by: chief, every: 1 month, counted: calendar}
override: {by: chief, actions: [search.run], valid: 1 hour, review: {by: clerk, within: 2 days}, cite: VII}
outline: [I, II, III, IV, V, VI, VII, VIII]
"""
PEOPLE = {
    "directory": 1,
    "timezone": "America/New_York",
    "persons": [
        {"id": "chief-1", "roles": [{"role": "chief"}]},
        {"id": "clerk-2", "roles": [{"role": "clerk"}]},
        {"id": "officer-7", "roles": []},
    ],
    "absences": [],
}


class Clock:
    """A clock that goes on by one minute at each look."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        self.now += dt.timedelta(minutes=1)
        return self.now


def village() -> PolicyDecisionPoint:
    """Return a decision point that knows the village alone."""
    return PolicyDecisionPoint(build([load_source(SourceFile("village.yaml", PROFILE))]))


def people() -> Directory:
    """Return who is who in the village."""
    return read_directory_data(PEOPLE)
