"""`alpr-policy lint` and `alpr-policy fmt` as a user calls them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.adapters.cli_kit import run
from tests.lint_kit import whole

from alpr_policy.errors import ExitCode
from alpr_policy.lint.rule import all_rules

GOOD = """
permissions:
  - {id: open-case, cite: "1", action: search.run, when: {case.state: open}}
retention:
  - {id: reads, cite: "2", data: read, at_most: 21 days}
"""
ODD = GOOD.replace("open-case", "rule-3")
TWICE = GOOD.replace("case.state: open", "purpose: [audit, audit]")


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return a file for a profile in a folder whose settings are empty, so that no other folder's count."""
    (tmp_path / ".alpr-policy.yaml").write_text("lint: {}\n", encoding="utf-8")
    return tmp_path / "town.yaml"


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        (GOOD, (), ExitCode.OK),
        (ODD, (), ExitCode.OK),
        (ODD, ("--fail-on", "info"), ExitCode.BELOW_THRESHOLD),
        (TWICE, (), ExitCode.BELOW_THRESHOLD),
        (TWICE, ("--fail-on", "error"), ExitCode.OK),
        (TWICE, ("--rule", "opaque-id"), ExitCode.OK),
        (GOOD.replace("search.run", "search.rum"), (), ExitCode.BAD_PROFILE),
    ],
)
def test_lint_ends_with(text: str, words: tuple[str, ...], code: ExitCode, town: Path) -> None:
    """The exit code says whether a profile cannot be used, or something was found from the level asked for on."""
    town.write_text(whole(text), encoding="utf-8")

    assert code == run("lint", str(town), *words).exit_code


def test_lint_says_what_it_found_and_left_out(town: Path) -> None:
    """A clean file is told so, with how much was ignored; a finding shows its place, its line and what to do."""
    town.write_text(whole(ODD.replace("open}}", "open}}  # lint: ignore[opaque-id] it is numbered")), encoding="utf-8")
    clean = run("lint", str(town))
    town.write_text(whole(TWICE), encoding="utf-8")
    found = run("lint", str(town))

    assert "nothing found in 1 file; 1 finding ignored with a reason\n" == clean.stdout
    assert ":9:76: warning: `audit` stands in this list twice [duplicate-value]\n" in found.stdout
    assert "help: take one of the two out\n" in found.stdout
    assert found.stdout.endswith("1 warning\n")


def test_lint_as_json(town: Path) -> None:
    """For programs: how many files, what was found with place and help, what was ignored and not decided."""
    town.write_text(whole(TWICE), encoding="utf-8")
    told = json.loads(run("lint", str(town), "--json").stdout)

    assert (1, False, 0, []) == (told["files"], told["refused"], told["ignored"], told["undecided"])
    assert [("duplicate-value", "warning", 9, 76)] == [
        (one["code"], one["severity"], one["line"], one["column"]) for one in told["diagnostics"]
    ]


@pytest.mark.parametrize("form", ["sarif", "junit", "github", "gitlab"])
def test_lint_for_ci_servers(form: str, town: Path) -> None:
    """Every form names the finding and its file, as seen from the folder of the caller."""
    town.write_text(whole(TWICE), encoding="utf-8")
    before = Path.cwd()
    os.chdir(town.parent)
    try:
        result = run("lint", str(town), "--format", form)
    finally:
        os.chdir(before)

    assert ExitCode.BELOW_THRESHOLD == result.exit_code
    assert "duplicate-value" in result.stdout
    assert "town.yaml" in result.stdout


def test_lint_lists_its_rules() -> None:
    """`--list` names every rule."""
    told = json.loads(run("lint", "--list", "--json").stdout)
    shown = run("lint", "--list").stdout

    assert sorted(all_rules()) == [one["code"] for one in told]
    assert all(code in shown for code in all_rules())


@pytest.mark.parametrize("words", [("--rule", "opaque"), ("--fail-on", "much"), ("--format", "xml")])
def test_lint_called_wrongly(words: tuple[str, ...], town: Path) -> None:
    """A rule, level or form that does not exist is a wrong call."""
    town.write_text(whole(GOOD), encoding="utf-8")

    assert ExitCode.USAGE == run("lint", str(town), *words).exit_code


def test_lint_with_bad_settings(town: Path) -> None:
    """Settings that cannot be used end the command before anything is judged."""
    town.write_text(whole(GOOD), encoding="utf-8")
    (town.parent / ".alpr-policy.yaml").write_text("lint: {levels: {opaque: error}}\n", encoding="utf-8")
    result = run("lint", str(town))

    assert ExitCode.BAD_INPUT == result.exit_code
    assert "`opaque` is not a rule [unknown-rule]" in result.stderr


def test_lint_mends(town: Path) -> None:
    """`--fix` says what was mended in which file, and what is left is linted."""
    town.write_text(whole(TWICE), encoding="utf-8")
    result = run("lint", str(town), "--fix")

    assert ExitCode.OK == result.exit_code
    assert "mended duplicate-value" in result.stdout
    assert "purpose: [audit]" in town.read_text(encoding="utf-8")


def test_lint_deeply(town: Path) -> None:
    """`--deep` finds what only a proof shows, and says what was not decided."""
    text = GOOD + (
        'prohibitions:\n  - {id: sworn, cite: "2", action: search.run, unless: {requester.sworn: true}}\n'
        '  - {id: not-sworn, cite: "3", action: search.run, unless: {requester.sworn: false}}\n'
    )
    town.write_text(whole(text), encoding="utf-8")
    told = json.loads(run("lint", str(town), "--deep", "--rule", "barred-act", "--json").stdout)

    assert ["no request for `search.run` can ever be allowed"] == [one["message"] for one in told["diagnostics"]]
    assert [] == told["undecided"]


def test_lint_deeply_without_the_solver(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the solver is not installed that is said, and what can be proven without it is."""
    monkeypatch.setattr("alpr_policy_adapters.cli.lint.solver_if_here", lambda: None)
    town.write_text(whole(GOOD), encoding="utf-8")
    result = run("lint", str(town), "--deep")

    assert ExitCode.OK == result.exit_code
    assert "the extra `verify` is not installed" in result.stderr


# The layout

LOOSE = whole(GOOD).replace(
    '{id: open-case, cite: "1", action: search.run', '{action: search.run,   cite: "1", id: open-case'
)


def test_fmt_writes_once(town: Path) -> None:
    """A file is laid out anew and then left as it is."""
    town.write_text(LOOSE, encoding="utf-8")
    first, second = run("fmt", str(town)), run("fmt", str(town))

    assert (ExitCode.OK, ExitCode.OK) == (first.exit_code, second.exit_code)
    assert "laid out anew" in first.stdout
    assert "1 file is laid out as it should be\n" == second.stdout
    assert whole(GOOD).replace("\n\n", "\n") == town.read_text(encoding="utf-8").replace("\n\n", "\n")


@pytest.mark.parametrize("how", ["--check", "--diff"])
def test_fmt_looks_only(how: str, town: Path) -> None:
    """`--check` and `--diff` write nothing, and end with 7 where something would change."""
    town.write_text(LOOSE, encoding="utf-8")
    result = run("fmt", how, str(town))

    assert ExitCode.BELOW_THRESHOLD == result.exit_code
    assert LOOSE == town.read_text(encoding="utf-8")
    assert ("+  - {id: open-case" in result.stdout) is (how == "--diff")


def test_fmt_leaves_what_it_cannot_read(town: Path) -> None:
    """A file that YAML refuses is told of and left alone, and the others are laid out all the same."""
    town.write_text(LOOSE, encoding="utf-8")
    broken = town.parent / "broken.yaml"
    broken.write_text("language: 1\npermissions\n", encoding="utf-8")
    result = run("fmt", str(town.parent))

    assert ExitCode.PARTIAL == result.exit_code
    assert "[yaml-syntax]" in result.stderr
    assert "language: 1\npermissions\n" == broken.read_text(encoding="utf-8")
    assert LOOSE != town.read_text(encoding="utf-8")
    assert ExitCode.BAD_INPUT == run("fmt", str(broken)).exit_code


def test_fmt_keeps_the_width_of_the_settings(town: Path) -> None:
    """Lines are as long as the settings allow."""
    (town.parent / ".alpr-policy.yaml").write_text("format: {width: 60}\n", encoding="utf-8")
    town.write_text(LOOSE, encoding="utf-8")
    run("fmt", str(town))

    assert 60 >= max(map(len, town.read_text(encoding="utf-8").splitlines()))


def test_fmt_as_json(town: Path) -> None:
    """For programs: which files changed, and whether they were written."""
    town.write_text(LOOSE, encoding="utf-8")
    told = json.loads(run("fmt", "--check", "--json", str(town)).stdout)

    assert (1, False, 1, []) == (told["files"], told["written"], len(told["changed"]), told["diagnostics"])
