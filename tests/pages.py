"""The Markdown pages of the repository: their fenced blocks, headings and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MANUAL = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
PAGES = (*MANUAL, *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")))

_FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(?P<level>#{1,6}) (?P<title>.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]\[]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, what it holds, and the block that shows its output, if one follows at once."""

    page: str
    line: int
    language: str
    text: str
    output: str | None = None

    def __str__(self) -> str:
        """Name the block by its place."""
        return f"{self.page}:{self.line}"


def name_of(page: Path) -> str:
    """Return a page's path inside the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str, page: str) -> list[Block]:
    """Return the fenced blocks of a text, each with the output that stands right under it."""
    found = list(_FENCE.finditer(text))
    return [
        Block(
            page,
            text.count("\n", 0, one.start()) + 2,
            one["language"],
            one["text"],
            after["text"] if after and not text[one.end() : after.start()].strip() and after["language"] else None,
        )
        for one, after in pairwise([*found, None])
        if one is not None
    ]


def all_blocks(*languages: str) -> list[Block]:
    """Return the blocks of some languages on all pages of the manual."""
    every = (block for page in MANUAL for block in blocks(page.read_text(encoding="utf-8"), name_of(page)))
    return [block for block in every if block.language in languages]


def section(page: Path, title: str) -> str:
    """Return what stands under a heading, its own deeper headings included."""
    text = page.read_text(encoding="utf-8")
    heads = list(_HEADING.finditer(_without_blocks(text)))
    at = next(number for number, head in enumerate(heads) if head["title"] == title)
    level = len(heads[at]["level"])
    end = next((head.start() for head in heads[at + 1 :] if len(head["level"]) <= level), len(text))
    return text[heads[at].end() : end]


def anchors(page: Path) -> set[str]:
    """Return the names under which the headings of a page can be linked to."""
    return {_slug(head["title"]) for head in _HEADING.finditer(_without_blocks(page.read_text(encoding="utf-8")))}


def links(page: Path) -> Iterator[str]:
    """Return the targets of a page's links, code left aside."""
    for link in _LINK.finditer(_CODE.sub("", page.read_text(encoding="utf-8"))):
        yield link["target"]


def _without_blocks(text: str) -> str:
    """Blank out fenced blocks, in which `#` is a comment; every other place stays where it is."""
    return _FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def _slug(title: str) -> str:
    plain = re.sub(r"[^\w\- ]", "", title.replace("`", "").lower())
    return plain.strip().replace(" ", "-")
