"""A small department with its suites, written into a folder for a test."""

from __future__ import annotations

import textwrap
from pathlib import Path

PROFILE = """\
language: 1
profile: smallville
department: Smallville Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: deny
roles:
  chief: {title: Chief of Police, designee: true, cite: "1"}
permissions:
  - id: official
    cite: "2"
    action: search.run
    when: {purpose: [criminal_investigation, missing_person]}
    unless: {case.state: closed}
prohibitions:
  - id: traits
    cite: "3"
    action: search.run
    when: {any: [{basis.protected_trait: sole}, {basis.protected_trait: one_factor, data.custodian: vendor}]}
requirements:
  - {id: reasoned, cite: "4", action: search.run, force: should, must: {reason.recorded: true}}
approvals:
  - {id: asked, cite: "5", action: search.run, when: {data.custodian: department}, by: chief}
retention:
  - {id: month, cite: "6", data: read, at_most: 30 days}
duties:
  - {id: log, cite: "7", task: log_transaction, after: search.run, within: at_once}
outline: ["1", "2", "3", "4", "5", "6", "7"]
"""
HEAD = "profile: smallville\nat: 2026-05-04T10:00:00-04:00\n"
CLEAR = (
    "purpose: missing_person, data.custodian: device, basis.protected_trait: none, reason.recorded: true, "
    "case.state: open"
)


def write(folder: Path, suite: str, *, head: str = HEAD, profile: str = PROFILE) -> Path:
    """Write a profile and one suite beside it, and return the suite's file."""
    (folder / "smallville.yaml").write_text(profile, encoding="utf-8")
    (folder / "tests").mkdir(exist_ok=True)
    file = folder / "tests" / "smallville.yaml"
    file.write_text(head + textwrap.dedent(suite), encoding="utf-8")
    return file


def searching(name: str, expect: str, facts: str = CLEAR, more: str = "") -> str:
    """Return one case of a search, as an entry of `cases`."""
    return f"  - {{name: {name}, action: search.run, facts: {{{facts}}}, {more}expect: {{{expect}}}}}\n"
