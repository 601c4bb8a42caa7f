"""A text as it is laid out: every value with its place, its comments and the blank lines above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.lint.comments import comments
from alpr_policy.reading.yaml_events import events
from alpr_policy.source import SourceFile

MAX_DEPTH = 60


class TooOddError(Exception):
    """The text is laid out in a way that the formatter leaves alone."""


@dataclass(slots=True)
class Piece:
    """A value: its kind, its place (lines and columns from 0), and what it holds.

    `items` are entries of a group as pairs of pieces, or items of a list with None for a key. `raw` values are kept as
    they are written. `lead` are comments and blank lines (empty texts) above, `foot` those below the last item.
    """

    kind: str
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0
    value: str = ""
    style: str = ""
    flow: bool = False
    raw: bool = False
    items: list[tuple[Piece | None, Piece]] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)
    trail: str = ""
    foot: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Aside:
    """A comment on a line of its own, or a blank line (an empty text)."""

    line: int
    column: int
    text: str


def read(source: SourceFile) -> tuple[Piece | None, list[str]]:
    """Return the tree of a text and the comments below it; raises TooOddError."""
    lines = source.text.split("\n")
    if any(line.startswith(("---", "...", "%")) for line in lines):
        raise TooOddError("it has marks of YAML documents")
    told = [(line - 1, column - 1, text.rstrip()) for line, column, text in comments(source)]
    asides = [_Aside(line, column, text) for line, column, text in told if not lines[line][:column].strip()]
    trails = {line: text for line, column, text in told if lines[line][:column].strip()}
    taken = {aside.line for aside in asides}
    asides += [_Aside(n, 0, "") for n, line in enumerate(lines) if not line.strip() and n not in taken]
    asides.sort(key=lambda aside: aside.line)
    root = _grown(source.text)
    if root is None:
        return None, [aside.text for aside in asides]
    placing = _Placing(lines, asides, trails)
    placing.place(root, len(lines) + 1)
    if placing.trails:
        raise TooOddError("a comment stands where it cannot be kept")
    return root, [aside.text for aside in placing.asides]


def _grown(text: str) -> Piece | None:
    """Build the tree of pieces from the parser's events."""
    stack: list[Piece] = []
    keys: list[Piece | None] = []
    root: Piece | None = None
    for one in events(text):
        event: Any = one  # each is asked only for what its own type has
        name = type(event).__name__
        if name in ("MappingEndEvent", "SequenceEndEvent"):
            done = stack.pop()
            keys.pop()
            done.end_line, done.end_column = event.end_mark.line, event.end_mark.column
            if not done.flow:
                last = done.items[-1][1]
                done.end_line, done.end_column = last.end_line, last.end_column
            continue
        piece = _piece(event, name)
        if piece is None:
            continue
        if not stack:
            root = piece
        elif stack[-1].kind == "sequence":
            stack[-1].items.append((None, piece))
        elif keys[-1] is None:
            if piece.kind != "scalar":
                raise TooOddError("a key is not a word")
            keys[-1] = piece
            continue
        else:
            stack[-1].items.append((keys[-1], piece))
            keys[-1] = None
        if piece.kind != "scalar":
            stack.append(piece)
            keys.append(None)
        if len(stack) > MAX_DEPTH:
            raise TooOddError("it is nested too deep")
    return root


def _piece(event: Any, name: str) -> Piece | None:
    start, end = event.start_mark, event.end_mark
    if name == "ScalarEvent":
        piece = Piece("scalar", start.line, start.column, end.line, end.column, event.value, event.style or "")
        piece.raw = piece.style in "|>" and bool(piece.style)
        piece.raw |= "\n" in piece.value
        return piece
    if name in ("MappingStartEvent", "SequenceStartEvent"):
        kind = "mapping" if name.startswith("Mapping") else "sequence"
        return Piece(kind, start.line, start.column, flow=bool(event.flow_style))
    if name == "AliasEvent":
        raise TooOddError("it has aliases")
    return None


class _Placing:
    """Gives every comment and blank line to the value that it stands above, behind or below."""

    def __init__(self, lines: list[str], asides: list[_Aside], trails: dict[int, str]) -> None:
        self.lines = lines
        self.asides = asides
        self.trails = trails

    def place(self, piece: Piece, limit: int) -> None:
        """Place what stands in and around a value that ends before line `limit`."""
        if piece.kind == "scalar" or piece.flow:
            self._inline(piece)
            return
        for number, (key, value) in enumerate(piece.items):
            following = piece.items[number + 1] if number + 1 < len(piece.items) else None
            bound = (following[0] or following[1]).line if following else limit
            owner = key or value
            owner.lead = [*self._behind_marks(owner.line), *self._above(owner.line)]
            nested = value.kind != "scalar" and not value.flow
            if nested and key is not None and value.line > key.line:
                key.trail = self.trails.pop(key.line, "")
            if key is not None and key.end_line != key.line:
                raise TooOddError("a key takes several lines")
            elif key is not None and value.line > key.line:  # behind a key whose value begins in the next line
                owner.lead += self._behind_marks(value.line)
            self.place(value, bound)
        piece.foot = list(self._below(piece.column, limit))

    def _inline(self, piece: Piece) -> None:
        """A value on one or several lines: what stands inside is kept as it is written, with all around it."""
        if piece.kind == "scalar" and piece.style in ("|", ">"):
            piece.end_line = _last_of_block(self.lines, piece)
            self.asides = [a for a in self.asides if not piece.line < a.line <= piece.end_line]
            piece.trail = ""
            if piece.line in self.trails:
                raise TooOddError("a comment stands beside a block text")
            return
        inner = [line for line in self.trails if piece.line <= line < piece.end_line]
        inside = [a for a in self.asides if piece.line < a.line < piece.end_line and a.text]
        if inner or inside:
            piece.raw = True
            for line in inner:
                del self.trails[line]
        self.asides = [a for a in self.asides if not piece.line < a.line < piece.end_line]
        piece.trail = self.trails.pop(piece.end_line, "")

    def _behind_marks(self, line: int) -> Iterator[str]:
        """Take the comments before a line that stand behind a dash or a key, with nothing else to go with."""
        while self.trails and (first := next(iter(self.trails))) < line:
            yield self.trails.pop(first)

    def _above(self, line: int) -> Iterator[str]:
        while self.asides and self.asides[0].line < line:
            yield self.asides.pop(0).text

    def _below(self, column: int, limit: int) -> Iterator[str]:
        """Take the comments below the last item that are indented as far as the items, with blanks between them."""
        if column == 0:
            return
        count = 0
        for number, aside in enumerate(self.asides):
            if aside.line >= limit or (aside.text and aside.column < column):
                break
            count = number + 1 if aside.text else count
        for aside in self.asides[:count]:
            yield aside.text
        del self.asides[:count]


def _last_of_block(lines: list[str], piece: Piece) -> int:
    """Return the last line of a block text that is not blank."""
    last = min(piece.end_line, len(lines)) - 1 if piece.end_column == 0 else piece.end_line
    while last > piece.line and not lines[last].strip():
        last -= 1
    return last
