"""Pieces written out again: groups and lists as the author laid them out, keys in order, long lines wrapped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alpr_policy.formatting.layout_tree import Piece
from alpr_policy.formatting.orders import inside, order_of
from alpr_policy.reading.generic_shape import GENERIC
from alpr_policy.reading.profile_shape import PROFILE
from alpr_policy.reading.scalars import ScalarKind, meaning
from alpr_policy.reading.shapes import Shape

_PLAIN = re.compile(r"[A-Za-z](?:[^\n:#,\[\]{}]|(?<! )#|:(?=[^\s,\[\]{}]))*")


def quoted(piece: Piece) -> str:
    """Return one word or text on one line: bare where no reader could take it for anything else."""
    text = piece.value
    if not piece.style:
        return text
    said = meaning(text) if text else None
    safe = said is not None and said.fault is None and said.kind is ScalarKind.TEXT and text == text.strip()
    if safe and _PLAIN.fullmatch(text) and not text.endswith(":"):
        return text
    if not text.isprintable():
        return ""
    if ('"' in text or "\\" in text) and "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Printer:
    """Writes the lines of one file."""

    def __init__(self, lines: Sequence[str], width: int) -> None:
        """Keep the lines of the source, for what is kept as it is written."""
        self.lines = lines
        self.width = width
        self.out: list[str] = []

    def whole(self, root: Piece, foot: list[str]) -> str:
        """Return the text of a whole file."""
        generic = any(key is not None and key.value == "kind" for key, _ in root.items)
        self.block(root, 0, GENERIC if generic else PROFILE)
        self._asides(foot, 0)
        while self.out and not self.out[-1]:
            self.out.pop()
        while self.out and not self.out[0]:
            self.out.pop(0)
        return "\n".join(self.out) + "\n"

    def block(self, piece: Piece, indent: int, shape: Shape | None, first: str = "") -> None:
        """Write a group or list of lines; `first` stands before its first line instead of the indent."""
        entries = self._ordered(piece, shape)
        for key, value in entries:
            owner = key or value
            if first and owner.lead:
                self._asides(owner.lead, len(first) - 2)
            elif not first:
                self._asides(owner.lead, indent)
            start = first or " " * indent
            first = ""
            below = inside(shape, key.value if key is not None else None)
            if key is None:
                self._item(start, value, indent, below)
            else:
                self._entry(start, key, value, indent, below)
        self._asides(piece.foot, indent)

    def _ordered(self, piece: Piece, shape: Shape | None) -> list[tuple[Piece | None, Piece]]:
        order = order_of(shape) if piece.kind == "mapping" else None
        if order is None:
            return piece.items
        places = {key: number for number, key in enumerate(order)}
        return sorted(piece.items, key=lambda item: places.get(item[0].value if item[0] else "", len(places)))

    def _asides(self, asides: list[str], indent: int) -> None:
        for text in asides:
            if text:
                self.out.append(" " * indent + text)
            elif self.out and self.out[-1]:
                self.out.append("")

    def _item(self, start: str, value: Piece, indent: int, shape: Shape | None) -> None:
        if value.kind != "scalar" and not value.flow:
            self.block(value, indent + 2, shape, f"{start}- ")
        else:
            self._inline(f"{start}- ", value, indent + 2, shape)

    def _entry(self, start: str, key: Piece, value: Piece, indent: int, shape: Shape | None) -> None:
        name = quoted(key)
        if value.kind != "scalar" and not value.flow:
            self.out.append(f"{start}{name}:" + (f"  {key.trail}" if key.trail else ""))
            self.block(value, indent + 2, shape)
        elif value.kind == "scalar" and not value.value and not value.style:
            self.out.append(f"{start}{name}:" + (f"  {value.trail}" if value.trail else ""))
        else:
            self._inline(f"{start}{name}: ", value, indent + 2, shape)

    def _inline(self, start: str, value: Piece, hang: int, shape: Shape | None) -> None:
        text = start + self.lay(value, len(start), hang, 0, shape)
        self.out += (text + (f"  {value.trail}" if value.trail else "")).split("\n")

    # Values that stand in a line, and go on in the next where they are too long

    def lay(self, piece: Piece, column: int, hang: int, tail: int, shape: Shape | None) -> str:
        """Return a value that begins in a column; further lines begin at `hang`, and `tail` characters must follow."""
        if piece.raw:
            return self._as_written(piece, column)
        wrapped = self._wrapped(piece, column, hang, tail)
        if wrapped:
            return wrapped
        line = self.one_line(piece, shape)
        if not line and piece.kind == "scalar":
            return self._as_written(piece, column)
        if "\n" not in line and column + len(line) + tail <= self.width:
            return line
        if piece.kind == "scalar":
            return self._filled(line, column, hang, tail)
        return self._spread(piece, column, tail, shape)

    def _wrapped(self, piece: Piece, column: int, hang: int, tail: int) -> str:
        """Return a text that its author wrapped, wrapped at the same words; empty where a line would be too long."""
        if (
            piece.kind != "scalar"
            or piece.line == piece.end_line
            or bool(piece.style) == (quoted(piece)[:1] not in "\"'")
        ):
            return ""
        first, *more = self._as_written(piece, piece.column).split("\n")
        lines = [" " * column + first, *(" " * hang + line.strip() for line in more)]
        fits = all(len(line) <= self.width for line in lines) and len(lines[-1]) + tail <= self.width
        return "\n".join([first, *lines[1:]]) if fits and all(line.strip() for line in more) else ""

    def one_line(self, piece: Piece, shape: Shape | None) -> str:
        """Return a value on one line; one that is kept as written may bring line breaks along."""
        if piece.raw:
            return self._as_written(piece, piece.column)
        if piece.kind == "scalar":
            return quoted(piece) or self._as_written(piece, piece.column)
        parts = [
            (f"{quoted(key)}: " if key is not None else "")
            + self.one_line(value, inside(shape, key.value if key is not None else None))
            for key, value in self._ordered(piece, shape)
        ]
        joined = ", ".join(part.rstrip(" ") for part in parts)
        return f"{{{joined}}}" if piece.kind == "mapping" else f"[{joined}]"

    def _spread(self, piece: Piece, column: int, tail: int, shape: Shape | None) -> str:
        """Fill lines with the items of a group in brackets; those that fit nowhere are spread themselves."""
        opening, closing = "{}" if piece.kind == "mapping" else "[]"
        text, at, inner = opening, column + 1, column + 1
        items = self._ordered(piece, shape)
        for number, (key, value) in enumerate(items):
            below = inside(shape, key.value if key is not None else None)
            name = f"{quoted(key)}: " if key is not None else ""
            single = name + self.one_line(value, below)
            need = len(single) + (1 + tail if number == len(items) - 1 else 1)
            fits = "\n" not in single
            if number and fits and at + 1 + need <= self.width:
                text, at = text + " ", at + 1
            elif number:
                text, at = text + "\n" + " " * inner, inner
            if fits and at + need <= self.width:
                piece_text = single
            else:
                after = 1 + tail if number == len(items) - 1 else 1
                piece_text = name + self.lay(value, at + len(name), inner + 2, after, below)
            text += piece_text.rstrip(" ")
            at = len(text) - text.rindex("\n") - 1 if "\n" in text else column + len(text)
            if number < len(items) - 1:
                text, at = text + ",", at + 1
        return text + closing

    def _filled(self, line: str, column: int, hang: int, tail: int) -> str:
        """Break a long text at single blanks, which readers of YAML join again."""
        words = re.split(r"(?<=\S) (?=\S)", line)
        text, at = words[0], column + len(words[0])
        for number, word in enumerate(words[1:], start=2):
            more = len(word) + (tail if number == len(words) else 0)
            if at + 1 + more <= self.width or word.startswith(("#", "- ", "? ")):
                text, at = f"{text} {word}", at + 1 + len(word)
            else:
                text, at = f"{text}\n{' ' * hang}{word}", hang + len(word)
        return text

    def _as_written(self, piece: Piece, column: int) -> str:
        """Return a value as it stands in the source, further lines moved with its beginning."""
        last = piece.end_line
        if piece.line == last:
            return self.lines[last][piece.column : piece.end_column]
        block = piece.style in ("|", ">")
        middle = list(self.lines[piece.line + 1 : last + 1])
        if not block:
            middle[-1] = middle[-1][: piece.end_column]
        moved = 0 if block else column - piece.column
        shifted = [line if not line.strip() else _moved(line, moved) for line in middle]
        return "\n".join([self.lines[piece.line][piece.column :].rstrip(), *(line.rstrip() for line in shifted)])


def _moved(line: str, by: int) -> str:
    blanks = len(line) - len(line.lstrip(" "))
    return " " * max(1, blanks + by) + line[blanks:]
