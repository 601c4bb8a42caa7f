"""A profile that adopts a template is made anew when that changes, and its expected answers prove the template."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

from tests.laws.small_profiles import write_yaml

from alpr_policy import PolicyDecisionPoint, parse_profile
from alpr_policy.questions.check import catalog_with
from alpr_policy.questions.coverage import ClauseStatus, coverage
from alpr_policy.questions.suites import read_suite
from alpr_policy.reading.catalog import Catalog, build, load_catalog, shipped_folder
from alpr_policy.reading.profiles import canonical, load_file, load_source
from alpr_policy.source import SourceFile

PROFILES = Path("tests/cases/profiles")
CATALOG = load_catalog([PROFILES / "template.yaml", PROFILES / "adopting_town.yaml"])
ANSWERS = """\
profile: adopting_town
at: 2026-05-04T10:00:00-04:00
cases:
  - {name: An entry waits., action: hotlist.add, approvals: [], expect: {outcome: needs, needs: [{approval: captain}]}}
"""


def _without_approvals(catalog: Catalog) -> Catalog:
    template = catalog.latest("template")
    return catalog.with_changed(template, dataclasses.replace(template, approvals=()))


def test_a_catalog_knows_who_adopted_a_template() -> None:
    """The profiles made of a template are known by it, and a profile that nobody adopted has none."""
    assert (("adopting_town",), ()) == (CATALOG.adopters("template"), CATALOG.adopters("adopting_town"))


def test_a_changed_template_changes_its_adopters() -> None:
    """What is taken away from a template is missing where it was adopted, and what was filled there stays filled."""
    town = _without_approvals(CATALOG).latest("adopting_town")

    assert ((), "captain") == (town.approvals, town.parameters["approver"].value)
    assert CATALOG.latest("adopting_town").content_hash != town.content_hash


def test_a_changed_adopter_leaves_its_template_alone() -> None:
    """A profile that adopts is changed by itself."""
    town = CATALOG.latest("adopting_town")
    changed = CATALOG.with_changed(town, dataclasses.replace(town, approvals=()))

    assert ((), CATALOG.latest("template")) == (changed.latest("adopting_town").approvals, changed.latest("template"))


def test_the_answers_of_an_adopter_prove_its_template(tmp_path: Path) -> None:
    """An answer of a town that fails without a statement of the template shows that the statement is enforced."""
    file = tmp_path / "town.yaml"
    file.write_text(ANSWERS, encoding="utf-8")
    found = coverage(CATALOG, CATALOG.latest("template"), [read_suite(file)])

    assert (1, ()) == (found.answers, found.broken)
    assert ClauseStatus.ENFORCED is found.rows[0].status
    assert {"entry", "entries", "parameter approver"} >= {*found.rows[0].proven_by} >= {"entry", "entries"}


def test_a_template_without_a_day_says_so() -> None:
    """The version of a template is its number; that of a town which filled it names the first day too."""
    versions = [PolicyDecisionPoint(CATALOG).ruleset(CATALOG.latest(name)).version for name in CATALOG.names]

    assert ["7 of 2026-01-01", "1 of no day yet"] == versions


def test_a_draft_of_a_template_brings_its_adopters() -> None:
    """Where the file of a template is asked about, the towns beside it that adopt it are made of that file."""
    catalog, own = catalog_with([PROFILES / "template.yaml"], [PROFILES])

    assert (("template",), ("adopting_town",)) == (tuple(p.profile for p in own), catalog.adopters("template"))


def test_saying_the_first_day_outright_fills_it() -> None:
    """An adopter that writes its first day as any policy does is in force from then, with nothing left open."""
    template = load_file(shipped_folder() / "model.yaml")
    written = SourceFile("town.yaml", TOWN)
    catalog = build([template, load_source(written)])
    town = catalog.latest("town")

    assert (dt.date(2026, 3, 1), ()) == (town.first_day, town.open_parameters)
    assert catalog.active("town", dt.datetime(2026, 3, 2, tzinfo=dt.UTC)) is town
    assert town == parse_profile(write_yaml(canonical(town)))


TOWN = """\
language: 1
profile: town
adopts: model
department: Town Police Department
policy: {title: Plate Readers, number: "1", effective: 2026-03-01}
timezone: America/New_York
parameters: {command_post: command_officer, repository_option: other}
"""
