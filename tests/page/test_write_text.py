"""A draft on the page, without a browser: what is found in it, how it is marked and mended, its tests."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="needs the extra: pip install 'alpr-policy[web]'")

from tests.adapters.cli_kit import ROOT

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import PolicyError, ProfileError
from alpr_policy.lint.run import lint_files
from alpr_policy.questions.editing import draft
from alpr_policy.questions.suites import SuiteError
from alpr_policy.questions.testing.running import Status
from alpr_policy.reading.catalog import Catalog
from alpr_policy.source import SourceFile
from alpr_policy_adapters.web.work import StoppedError, Work
from alpr_policy_adapters.web.write_tests import own_text, short, suites_here, suites_of
from alpr_policy_adapters.web.write_tests import tested as run_tests
from alpr_policy_adapters.web.write_text import (
    MOST,
    SHOWN,
    counted,
    draft_of,
    laid_out,
    look_at,
    marks,
    mends,
    outline,
    parts_of,
    text_of,
    tooltips,
    with_draft,
)

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """Give the shipped profiles."""
    return PolicyDecisionPoint.load().catalog


def step(name: str, total: int) -> None:
    """Hear of each test."""
    assert name and total


@pytest.mark.parametrize("name", ["waltham", "leicester"])
def test_a_served_text_is_found_as_the_linter_finds_its_file(catalog: Catalog, name: str) -> None:
    """A text as it lies on the server has the findings of `lint FILE`, its floor and its settings included."""
    looked = look_at(text_of(catalog, name), catalog, name)
    found = lint_files([ROOT / "policies" / f"{name}.yaml"]).diagnostics
    assert [(one.code, one.span.line, one.message) for one in found] == [
        (one.code, one.span.line, one.message) for one in looked.look.diagnostics
    ]


def test_a_floor_is_found_among_the_profiles_that_are_known(catalog: Catalog) -> None:
    """A draft that is laxer than its floor is told so, though its floor is another text."""
    text = outline("mill_brook", NOW).profile.replace("\ntimezone:", "\nfloor: waltham\ntimezone:", 1)
    looked = look_at(text, catalog, "")
    codes = {one.code for one in looked.look.diagnostics}
    assert "unknown-floor" not in codes and "weaker-than-floor" in codes


def test_a_template_is_adopted(catalog: Catalog) -> None:
    """A draft that takes a template over is filled from the known one."""
    text = (ROOT / "examples" / "demo" / "policies" / "exampletown.yaml").read_text(encoding="utf-8")
    looked = look_at(text, catalog, "")
    assert 0 == looked.errors
    pdp, profile = with_draft(looked.draft, catalog)
    assert "exampletown" == profile.profile and "exampletown" in pdp.catalog.names


def test_too_long_a_text_is_not_read(catalog: Catalog) -> None:
    """A character more than is looked at is one finding, and nothing is read."""
    looked = look_at("#" * (MOST + 1), catalog, "")
    assert ["file-too-large"] == [one.code for one in looked.look.diagnostics]
    with pytest.raises(PolicyError):
        draft_of("#" * (MOST + 1), catalog, "")
    assert "file-too-large" not in {one.code for one in look_at("#" * MOST, catalog, "").look.diagnostics}


def test_marks_stand_under_the_words_that_are_blamed(catalog: Catalog) -> None:
    """Each mark covers the very words, counted in characters, and the line that was asked for has its own."""
    text = "# 🚓\nlanguage: 1\nprofil: mill_brook\n"
    looked = look_at(text, catalog, "")
    found = next(one for one in looked.look.diagnostics if one.code == "unknown-key")
    made = marks(text, [found], here=2)
    assert "profil" == text[made[0]["from"] : made[0]["to"]]
    assert {"kind": "line", "line": 2, "class": "d-here"} == made[1]
    assert {3: f"error: {found.message}"} == tooltips([found])


def test_marks_never_leave_the_text(catalog: Catalog) -> None:
    """What is blamed on an empty line, behind the end or on no line at all is listed, and not marked."""
    for text in ("", "\n\n", "language: 1", "a: [", "x: |\n", "\t"):
        looked = look_at(text, catalog, "")
        for one in marks(text, looked.look.diagnostics, here=99):
            assert 0 <= one["from"] < one["to"] <= len(text)


def test_a_mend_is_the_whole_text_mended(catalog: Catalog) -> None:
    """The mend that the help of a finding names takes the finding away, and touches nothing else."""
    text = outline("mill_brook", NOW).profile
    broken = text.replace("purpose: {in: official}", "purpos: {in: official}", 1)
    looked = look_at(broken, catalog, "")
    found = next(one for one in looked.look.diagnostics if one.is_error)
    assert text in [made for _, made in mends(looked, found)]


def test_findings_are_counted_in_words(catalog: Catalog) -> None:
    """Errors come first, and nothing is said to be nothing."""
    assert "nothing found" == counted([])
    several = look_at("language: 1\n", catalog, "").look.diagnostics
    assert f"{len(several)} errors" == counted(several)
    assert 0 < len(several) <= SHOWN


def test_the_parts_of_a_text_are_found_by_line(catalog: Catalog) -> None:
    """Every statement is a part, at the line on which its id stands."""
    text = text_of(catalog, "leicester")
    found = parts_of(draft(SourceFile("x", text)))
    lines = text.split("\n")
    profile = catalog.latest("leicester")
    for one in profile.statements:
        assert any(name.split(" › ")[-1].startswith(one.id) and one.id in lines[n - 1] for n, name in found.items())


def test_a_text_is_laid_out_as_its_file_would_be(catalog: Catalog) -> None:
    """A shipped text is left as it is, by the settings of its folder, and a broken one with the reason."""
    assert text_of(catalog, "waltham") == laid_out(text_of(catalog, "waltham"), catalog, "waltham").text
    assert laid_out("a: [", catalog, "").diagnostics


def test_an_outline_has_no_findings(catalog: Catalog) -> None:
    """Settings and tests of the folder in which the server runs are none of an outline's."""
    assert () == look_at(outline("mill_brook", NOW).profile, catalog, "").look.diagnostics


def test_an_outline_is_tested_by_its_own_answers(catalog: Catalog) -> None:
    """All expected answers of an outline hold, and what they cover is told of it."""
    made = outline("mill_brook", NOW)
    found = run_tests(draft_of(made.profile, catalog, ""), catalog, made.suite, step)
    assert made.answers == found.ran.count(Status.PASSED) + found.ran.count(Status.IDLE)
    assert ["mill_brook"] == [one.profile for one in found.covered]


def test_a_departments_own_suites_are_found_beside_its_profile(tmp_path: Path) -> None:
    """Those of the folder `tests` beside it that name it; the draft stands for the profile, which may fail them now."""
    made = outline("mill_brook", NOW)
    (tmp_path / "tests").mkdir()
    (tmp_path / "mill_brook.yaml").write_text(made.profile, encoding="utf-8")
    (tmp_path / "tests" / "mill_brook.yaml").write_text(made.suite, encoding="utf-8")
    shutil.copy(ROOT / "tests" / "policies" / "model.yaml", tmp_path / "tests")
    catalog = PolicyDecisionPoint.load(tmp_path).catalog
    found = suites_of(catalog, "mill_brook", None)
    assert ["mill_brook.yaml"] == [file.name for file in found.files]
    assert made.suite == own_text(found)
    changed = made.profile.replace("criminal_investigation", "traffic_enforcement")
    ran = run_tests(draft_of(changed, catalog, "mill_brook"), catalog, found, step).ran
    assert 0 < ran.count(Status.FAILED)
    assert found == suites_of(catalog, "mill_brook", tmp_path / "tests")


def test_what_cannot_be_tested_is_told(catalog: Catalog) -> None:
    """A broken draft, a broken suite, one about somebody else, and none at all are each a refusal."""
    made = outline("mill_brook", NOW)
    good = draft_of(made.profile, catalog, "")
    with pytest.raises(ProfileError):
        run_tests(draft_of("language: 1\n", catalog, ""), catalog, made.suite, step)
    for suite in ("", "x: 1\n", "#" * (MOST + 1), made.suite.replace("profile: mill_brook", "profile: nobody")):
        with pytest.raises(SuiteError):
            run_tests(good, catalog, suite, step)
    with pytest.raises(SuiteError):
        suites_here(catalog, "", None)
    with pytest.raises(PolicyError):
        draft_of(" \n", catalog, "")


def test_no_folder_of_the_server_is_shown() -> None:
    """A file is named without its folders, and its line stays."""
    assert "waltham.yaml:12:3" == short("/srv/policies/tests/waltham.yaml:12:3")
    assert "draft.yaml" == short("draft.yaml")


def test_work_ends_when_it_is_stopped_or_late() -> None:
    """A step after the stop, or after the last second, is refused; before that each counts."""
    seconds = [0.0]
    work = Work(10.0, clock=lambda: seconds[0])
    assert 0.0 == work.share
    work.step("a", 4)
    work.step("b", 4)
    assert (2, "b", 0.25) == (work.done, work.about, work.share)
    seconds[0] = 10.1
    with pytest.raises(StoppedError, match="longer than 10 s"):
        work.step("c")
    work.stop()
    with pytest.raises(StoppedError, match="stopped"):
        work.step("d")
