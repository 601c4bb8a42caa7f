"""The document of a policy as Markdown that reads well as text: flows are drawn with characters, nothing is fetched."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from alpr_policy.questions.documents.parts import (
    Flow,
    Part,
    PolicyDocument,
    Section,
    Sentences,
    Statements,
    Step,
    Table,
)

WIDTH = 76
# What Markdown, or the HTML in it, would take for its own.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def policy_markdown(document: PolicyDocument) -> str:
    """Return the document as Markdown (CommonMark with tables)."""
    lines = [f"# {plain_text(document.department)}: {plain_text(document.title)}", ""]
    lines += [
        f"Policy {plain_text(document.version)}. Profile `{document.profile}`, content `{document.content_hash}`.",
        "",
    ]
    lines += [f"**{plain_text(document.note)}**", ""] if document.note else []
    lines += [f"{plain_text(hidden_note(document.hidden))}", ""] if document.hidden else []
    lines += ["Numbers in brackets are clauses of the policy.", ""]
    return markdown_of(lines, document.sections)


def markdown_of(head: Iterable[str], sections: Iterable[Section]) -> str:
    """Return lines that are Markdown already, and sections below them, as one text."""
    lines = list(head)
    for section in sections:
        lines += [f"## {plain_text(section.title)}", ""]
        for part in section.parts:
            lines += [*_part(part), ""]
    return "\n".join(lines).rstrip() + "\n"


def hidden_note(count: int) -> str:
    """Say that statements are left out."""
    return f"{count} statement{'s are' if count != 1 else ' is'} for auditors only, and not shown here."


def _part(part: Part) -> Iterator[str]:
    match part:
        case Sentences():
            yield from (
                (f"- {plain_text(text)}" for text in part.texts) if part.listed else (plain_text(" ".join(part.texts)),)
            )
        case Statements():
            yield from [f"### {plain_text(part.title)}", ""] if part.title else []
            for told in part.told:
                yield f"- **{plain_text(told.id)}**: {plain_text(told.whole)}"
                yield from [f"  *{plain_text(told.reading)}*"] if told.reading else []
        case Table():
            yield _row(part.headings)
            yield _row(["---"] * len(part.headings), raw=True)
            yield from (_row(cells) for cells in part.rows)
        case Flow():
            yield from [f"### {plain_text(part.title)}", "", "```text", *drawn(part), "```"]


def drawn(flow: Flow) -> list[str]:
    """Return a flow drawn with characters: a box for each step, an arrow between two."""
    lines: list[str] = []
    for number, step in enumerate(flow.steps):
        lines += ["        |", "        v"] if number else []
        lines += _box(step)
    return lines


def _box(step: Step) -> list[str]:
    inner = [line for text in (step.text, *step.notes) for line in _wrapped(text, first=text is step.text)]
    side = {"act": "=", "after": "."}.get(step.kind, "-")
    return [
        f"+{side * (WIDTH - 2)}+",
        *(f"| {line.ljust(WIDTH - 4)} |" for line in inner),
        f"+{side * (WIDTH - 2)}+",
    ]


def _wrapped(text: str, *, first: bool) -> list[str]:
    margin = "" if first else "  "
    return textwrap.wrap(_visible(text), WIDTH - 4, initial_indent=margin, subsequent_indent=margin) or [""]


def _row(cells: tuple[str, ...] | list[str], *, raw: bool = False) -> str:
    return "| " + " | ".join(cell if raw else plain_text(cell) for cell in cells) + " |"


def plain_text(text: str) -> str:
    """Return a text as Markdown on one line that shows it as it is."""
    return SPECIAL.sub(r"\\\1", _visible(text))


def _visible(text: str) -> str:
    """Return a text on one line; a character that hides or turns text is spelt out, and a fence cannot be closed."""
    one_line = " ".join(text.split()).replace("```", "'''")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in one_line)
