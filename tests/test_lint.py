"""The rules of the linter: each finds what its page and its folder show, word for word, and nothing where it is mended.

`tests/lint/<rule>/found*` stands beside `<same name>.txt`, which `make golden` rewrites: what one rule says of a
profile, or of the profiles of a folder together, whose expected answers lie in `tests`. In `clean*` it finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lint_kit import whole
from tests.pages import ROOT, blocks, section

from alpr_policy.errors import Diagnostic
from alpr_policy.formatting import format_text
from alpr_policy.lint.config import Settings
from alpr_policy.lint.rule import Reads, Rule, all_rules
from alpr_policy.lint.run import Wanted, lint_files
from alpr_policy.source import SourceFile

FOLDER, PAGES = ROOT / "tests" / "lint", ROOT / "docs" / "lint"
RULES = sorted(all_rules().values(), key=lambda rule: rule.code)
PLACES = [place for rule in RULES for place in sorted((FOLDER / rule.code).iterdir()) if place.suffix != ".txt"]
# What the linter says of requests to ignore; no rule finds it, so it cannot be ignored itself.
OF_IGNORES = ("ignore-idle", "ignore-unknown", "ignore-without-reason")


def found_in(place: Path, code: str) -> tuple[Diagnostic, ...]:
    """Lint a file, or the files of a folder together, by one rule; nothing may refuse them."""
    tests = (place / "tests",) if (place / "tests").is_dir() else ()
    deep = all_rules()[code].reads is Reads.PROOF
    asked = Wanted(only=frozenset({code}), deep=deep, tests=tests, settings=lambda _: Settings())
    found = lint_files([place], wanted=asked)
    assert not found.refused, found.diagnostics
    return tuple(one for one in found.diagnostics if one.code == code)


def told(found: tuple[Diagnostic, ...], folder: Path) -> str:
    """Return what a person reads, places counted from a folder."""
    lines: list[str] = []
    for one in found:
        place = f"{Path(one.span.file).relative_to(folder).as_posix()}:{one.span.line}:{one.span.column}"
        lines.append(f"{place}: {one.severity}: {one.message} [{one.code}]\nhelp: {one.help}\n")
    return "\n".join(lines)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.parent.name}/{place.stem}")
def test_rule_says_what_is_pinned(place: Path, golden: Callable[..., None]) -> None:
    """A rule finds what its folder shows, at the very word and in the very words, and nothing in what is clean."""
    found = found_in(place, place.parent.name)

    if place.stem.startswith("clean"):
        assert () == found
    else:
        assert found
        golden(f"{place.stem}.txt", told(found, place.parent), place.parent)


def examples(rule: Rule, title: str) -> list[str]:
    """Return the YAML blocks of a section of a rule's page."""
    page = PAGES / f"{rule.code}.md"
    return [block.text for block in blocks(section(page, title), page.name) if block.language == "yaml"]


def written(folder: Path, parts: list[str]) -> Path:
    """Write each block of a section as a file of its own; expected answers go into the folder `tests`."""
    for number, part in enumerate(parts):
        if part.startswith("cases:"):
            (folder / "tests").mkdir()
            head = "profile: excerpt\nat: 2026-05-04T10:00:00-04:00\n"
            (folder / "tests" / "answers.yaml").write_text(head + part, encoding="utf-8")
        else:
            (folder / f"{number}.yaml").write_text(whole(part), encoding="utf-8")
    return folder


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_page_tells_what_to_avoid(rule: Rule, tmp_path: Path) -> None:
    """The example that a rule's page says to avoid is found by the rule, and the one to prefer is not."""
    (tmp_path / "avoid").mkdir()
    (tmp_path / "prefer").mkdir()
    avoid = written(tmp_path / "avoid", examples(rule, "Avoid"))
    prefer = written(tmp_path / "prefer", examples(rule, "Prefer"))

    assert found_in(avoid, rule.code)
    assert () == found_in(prefer, rule.code)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_page_of_a_rule_is_whole(rule: Rule) -> None:
    """A rule's page has its code as title, its sentence and level, and the sections that all have, in their order."""
    text = (PAGES / f"{rule.code}.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    about = rule.about[:1].upper() + rule.about[1:]

    assert f"# `{rule.code}`\n\n{about}. Level: {rule.level}." == text[: text.index(f"Level: {rule.level}.")] + (
        f"Level: {rule.level}."
    )
    assert ["Avoid", "Prefer", "Why", "Configure"] == [head for head in heads if head != "Related"]
    assert [] == [name for name in rule.options if f"`{name}`" not in text]


def test_rules_pages_and_folders_are_the_same() -> None:
    """Each rule has one module of its name, one page and one folder of tests, and none of these is left over."""
    modules = {path.stem.replace("_", "-") for path in (ROOT / "engine/alpr_policy/lint/rules").glob("[a-z]*.py")}
    codes = {rule.code for rule in RULES}

    assert len(RULES) >= 30
    assert codes == modules
    assert codes == {path.stem for path in PAGES.glob("[a-z]*.md")}
    assert codes == {path.name for path in FOLDER.iterdir()}


def test_index_of_rules_names_each_with_its_level() -> None:
    """The index of the rules has a row for each, with its link, its level and its sentence."""
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    rows = [
        f"| [`{rule.code}`]({rule.code}.md) | {rule.level}{', with `--deep`' if rule.reads is Reads.PROOF else ''} |"
        f" {rule.about} |"
        for rule in RULES
    ]

    assert [] == [row for row in rows if row not in text]
    assert [] == [code for code in OF_IGNORES if f"`{code}`" not in text]


@pytest.mark.parametrize("file", sorted((ROOT / "policies").glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_profiles_are_laid_out(file: Path) -> None:
    """The shipped profiles are laid out as the formatter does, in the width that this repository sets."""
    text = file.read_text(encoding="utf-8")

    assert text == format_text(SourceFile(file.name, text), 128).text


def test_shipped_profiles_are_clean() -> None:
    """In the shipped profiles nothing is found that is not ignored with a reason."""
    found = lint_files([ROOT / "policies"])

    assert () == found.diagnostics
    assert not found.refused
