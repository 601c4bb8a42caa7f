"""`docs`: a policy as a document, as HTML and Markdown, kept fresh."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.adapters.cli_kit import FILES, KINDS, TOWN, run

from alpr_policy.errors import ExitCode

THEN = ("--as-of", "2026-05-04")
Golden = Callable[[str, str], None]


class Tags(HTMLParser):
    """Notes whether every element that is opened is closed in order, and which attributes could fetch something."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        """Begin with nothing open."""
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.names: list[str] = []
        self.fetching: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.open += [] if tag in self.VOID else [tag]
        self.names += [str(value) for name, value in attrs if name == "id"]
        self.fetching += [str(value) for name, value in attrs if name in ("src", "href") and str(value)[:1] != "#"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Let an element that closes itself be."""

    def handle_endtag(self, tag: str) -> None:
        """Note an end that does not fit."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.mark.parametrize(
    ("words", "file"),
    [(("exampletown", *TOWN), "docs-town.md"), (("every_kind", *KINDS), "docs-every-kind.md")],
)
def test_document_as_markdown(words: tuple[str, ...], file: str, golden: Golden) -> None:
    """The document of a profile is kept here, every section of it."""
    result = run("docs", *words, *THEN)

    assert ExitCode.OK == result.exit_code, result.stderr
    golden(file, result.stdout)


def test_document_as_page(golden: Golden, tmp_path: Path) -> None:
    """The page is whole, has each name once, and fetches nothing."""
    page = tmp_path / "town.html"
    result = run("docs", "exampletown", *TOWN, *THEN, "--html", str(page))
    tags = Tags()
    tags.feed(page.read_text(encoding="utf-8"))

    assert ExitCode.OK == result.exit_code, result.stderr
    assert ([], [], []) == (tags.open, tags.wrong, tags.fetching)
    assert len(set(tags.names)) == len(tags.names)
    golden("docs-town.html", page.read_text(encoding="utf-8"))


def test_what_auditors_alone_see_is_left_out() -> None:
    """A confidential statement is named nowhere, and counted; it is there for whoever asks for it."""
    public = run("docs", "exampletown", *TOWN, *THEN).stdout
    whole = run("docs", "exampletown", *TOWN, *THEN, "--confidential").stdout

    assert "watched-person" not in public
    assert "1 statement is for auditors only" in public
    assert "**watched-person**" in whole
    assert "auditors only" not in whole


def test_what_is_not_proven_is_shown(tmp_path: Path) -> None:
    """With expected answers the document says how much of the text is enforced, and what is not."""
    found = run("docs", "exampletown", *TOWN, *THEN, "--tests", str(FILES / "answers")).stdout

    assert re.search(r"\d+ of \d+ clauses that ask for something are enforced", found)
    assert "| cited, not proven |" in found


def test_fresh_and_stale(tmp_path: Path) -> None:
    """`--check` passes what was just written, and names the first line that differs and how to renew it."""
    page, text = tmp_path / "town.html", tmp_path / "town.md"
    words = ("docs", "exampletown", *TOWN, *THEN, "--html", str(page), "--markdown", str(text))
    run(*words)
    fresh = run(*words, "--check")
    text.write_text(text.read_text(encoding="utf-8").replace("## Who may", "## Who must"), encoding="utf-8")
    before = text.read_bytes()
    stale = run(*words, "--check")

    assert (ExitCode.OK, "") == (fresh.exit_code, fresh.stderr)
    assert ExitCode.BELOW_THRESHOLD == stale.exit_code
    line = before.decode().split("\n").index("## Who must do what") + 1
    assert f"town.md:{line}:1: error: this document is stale" in stale.stderr
    assert f"alpr-policy docs exampletown --markdown {text}" in stale.stderr
    assert before == text.read_bytes()


def test_a_missing_file_is_not_fresh(tmp_path: Path) -> None:
    """A document that is not there is no fresh one."""
    result = run("docs", "exampletown", *TOWN, "--html", str(tmp_path / "none.html"), "--check")

    assert ExitCode.BELOW_THRESHOLD == result.exit_code
    assert "[file-missing]" in result.stderr or "none.html" in result.stderr


def test_there_is_something_to_check() -> None:
    """`--check` without a file is a wrong call."""
    assert ExitCode.USAGE == run("docs", "exampletown", *TOWN, "--check").exit_code


def test_a_hostile_text_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    """What a profile says cannot become markup, close a fence or a cell, or pass for a heading."""
    town = (FILES / "town.yaml").read_text(encoding="utf-8")
    nasty = "<script>alert(1)</script> ``` | **x** [y](z) <img src=q>"
    made = town.replace("title: Plate Readers", f'title: "{nasty}"').replace(
        "title: Chief of Police", f'title: "{nasty}"'
    )
    profile, page = tmp_path / "town.yaml", tmp_path / "town.html"
    profile.write_text(made, encoding="utf-8")
    run("docs", "exampletown", "--policies", str(profile), *THEN, "--html", str(page))
    text = run("docs", "exampletown", "--policies", str(profile), *THEN).stdout
    tags = Tags()
    tags.feed(page.read_text(encoding="utf-8"))

    assert "<script" not in page.read_text(encoding="utf-8")
    assert ([], [], []) == (tags.open, tags.wrong, tags.fetching)
    assert 0 == text.count("```") % 2
    assert "<script" not in re.sub(r"```text.*?```", "", text.replace("\\<", "&lt;"), flags=re.DOTALL)
    table = [line for line in text.splitlines() if line.startswith("| act | when nothing")]
    assert 3 == len(re.findall(r"(?<!\\)\|", table[0])) - 1


def test_document_as_data() -> None:
    """`--json` gives the same sections, in order."""
    found = json.loads(run("docs", "exampletown", *TOWN, *THEN, "--json").stdout)

    assert ["about", "who", "prohibited", "needs"] == [one["name"] for one in found["sections"]][:4]
