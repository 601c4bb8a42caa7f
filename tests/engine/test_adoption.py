"""A profile that adopts a template is made anew when that changes, and its expected answers prove the template."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from alpr_policy import PolicyDecisionPoint
from alpr_policy.questions.check import catalog_with
from alpr_policy.questions.coverage import ClauseStatus, coverage
from alpr_policy.questions.suites import read_suite
from alpr_policy.reading.catalog import Catalog, load_catalog

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
