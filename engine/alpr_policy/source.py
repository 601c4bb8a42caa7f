"""Where a word stands: file, line and column, and the snippet that shows it to a person."""

from __future__ import annotations

from dataclasses import dataclass

SNIPPET_WIDTH = 100


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one line of a file.

    Lines and columns count from 1; `width` is in characters and at least 1.
    """

    file: str
    line: int
    column: int
    width: int = 1

    def __str__(self) -> str:
        """Give the place as `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Span("<none>", 0, 0, 1)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The text of one file, kept so that errors can show the line they speak of."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """Return line `number` (from 1) without its line break, or an empty text."""
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def snippet(self, span: Span) -> str:
        """Draw the line of `span` with a caret under the words it covers."""
        line = self.line(span.line)
        if not line:
            return ""
        start = max(0, span.column - 1 - SNIPPET_WIDTH // 2) if span.column > SNIPPET_WIDTH else 0
        shown = "".join(c if c.isprintable() else " " for c in line[start : start + SNIPPET_WIDTH])
        column = span.column - 1 - start
        width = max(1, min(span.width, len(shown) - column))
        gutter = f"{span.line:>5} | "
        return f"{gutter}{shown}\n{' ' * (len(gutter) - 2)}| {' ' * column}{'^' * width}"
