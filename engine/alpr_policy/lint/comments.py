"""The comments of a file, and what they ask the linter to leave out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.source import SourceFile, Span

_IGNORE = re.compile(r"#\s*lint:\s*ignore(?P<file>-file)?\[(?P<codes>[^\]]*)\]\s*(?P<reason>.*)")


# Without any of these a line neither holds a comment nor begins a text that may hold what looks like one.
_SIGNS = re.compile(r"[#\"'|>]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """One request to leave a finding out: of which rules, in which lines, and why."""

    codes: tuple[str, ...]
    reason: str
    span: Span
    first: int
    last: int

    def covers(self, code: str, line: int) -> bool:
        """Say whether a finding is meant."""
        return code in self.codes and self.first <= line <= self.last


def comments(source: SourceFile) -> Iterator[tuple[int, int, str]]:
    """Yield the line, the column (from 1) and the text of every comment.

    A `#` counts where a blank or nothing stands before it, outside quotes and block texts.
    """
    block: int | None = None
    quote = ""
    for number, line in enumerate(source.text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if block is None and not quote and not _SIGNS.search(line):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if block is not None and (not line.strip() or indent > block):
            continue
        block = None
        column, quote = _comment(line, quote)
        code = line if column is None else line[:column]
        if not quote and re.search(r"(?:^|[\s:-])[|>][-+0-9]*\s*$", code):
            block = indent
        if column is not None:
            yield number, column + 1, line[column:]


def _comment(line: str, quote: str) -> tuple[int | None, str]:
    """Return where a comment begins in a line, and the quote that is still open at its end."""
    at = 0
    plain = False  # inside a plain word a quote is a letter
    while at < len(line):
        sign = line[at]
        if quote:
            if sign == "\\" and quote == '"':
                at += 1
            elif sign == quote:
                if quote == "'" and line[at + 1 : at + 2] == "'":
                    at += 1
                else:
                    quote, plain = "", True
        elif sign == "#" and (at == 0 or line[at - 1] in " \t"):
            return at, ""
        elif sign in "\"'" and not plain:
            quote = sign
        elif sign in " \t,[]{}:":
            plain = sign in " \t" and plain and not _ends_word(line, at)
        else:
            plain = sign not in "-?" or line[at + 1 : at + 2] not in (" ", "")
        at += 1
    return None, quote


def _ends_word(line: str, at: int) -> bool:
    """Say whether a new value may begin after a blank: behind a colon, a comma, a dash or a bracket."""
    before = line[:at].rstrip()
    return before == "" or before[-1] in ":,[{" or before.endswith(("- ", "-", "?"))


def ignores(source: SourceFile, tree: Node | None) -> tuple[Ignore, ...]:
    """Return the requests of a file to leave findings out.

    Behind code a request is about its line. On a line of its own it is about the next line that is no comment, and
    where an item of a list or a named thing begins there, about all of it.
    """
    if "lint:" not in source.text:
        return ()
    lines = source.text.split("\n")
    extents = _extents(tree)
    found: list[Ignore] = []
    for line, column, text in comments(source):
        asked = _IGNORE.match(text)
        if asked is None:
            continue
        codes = tuple(code.strip() for code in asked["codes"].split(",") if code.strip())
        first, last = line, line
        if asked["file"]:
            first, last = 1, len(lines)
        elif not lines[line - 1][: column - 1].strip():
            first = _next(lines, line)
            last = extents.get(first, first)
        span = Span(source.name, line, column, len(text.rstrip()))
        found.append(Ignore(codes=codes, reason=asked["reason"].strip(), span=span, first=first, last=last))
    return tuple(found)


def _next(lines: Sequence[str], line: int) -> int:
    """Return the first line after `line` that holds more than a comment."""
    for number in range(line + 1, len(lines) + 1):
        text = lines[number - 1].strip()
        if text and not text.startswith("#"):
            return number
    return line


def _extents(tree: Node | None) -> dict[int, int]:
    """Return for each line on which an entry or item begins the line on which the largest such thing ends."""
    found: dict[int, int] = {}

    def end(node: Node) -> int:
        if isinstance(node, ScalarNode):
            return node.span.line
        last = node.span.line
        if isinstance(node, SequenceNode):
            for item in node.items:
                stop = end(item)
                found[item.span.line] = max(found.get(item.span.line, 0), stop)
                last = max(last, stop)
        elif isinstance(node, MappingNode):
            for key, value in node.entries:
                stop = max(end(value), key.span.line)
                found[key.span.line] = max(found.get(key.span.line, 0), stop)
                last = max(last, stop)
        return last

    if tree is not None:
        end(tree)
    return found
