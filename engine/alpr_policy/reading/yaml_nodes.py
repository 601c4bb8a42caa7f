"""YAML text to our own tree, with the line and column of every word kept and every error reported at once.

Built on the parser's events, never on PyYAML's constructors: what YAML can do beyond plain data (anchors, aliases,
tags, merge keys, several documents, directives) is refused; depth, size and number are bounded while reading.
"""

from __future__ import annotations

import re
from typing import Literal, overload

from alpr_policy.errors import Diagnostic, in_order
from alpr_policy.reading.scalars import ScalarKind, ScalarNode, shown
from alpr_policy.reading.text_files import STANDARD, Limits, forbidden_character, read_text, too_large
from alpr_policy.reading.yaml_stops import Place, Stop, StoppedError
from alpr_policy.reading.yaml_syntax import Scene, explain
from alpr_policy.reading.yaml_tree import EnoughError, MappingNode, Node, SequenceNode, TreeBuilder
from alpr_policy.source import SourceFile, Span

__all__ = ["Limits", "MappingNode", "Node", "ScalarKind", "ScalarNode", "SequenceNode", "parse", "read_text"]


@overload
def parse(
    source: SourceFile, limits: Limits = STANDARD, *, allow_sequence: Literal[False] = False
) -> tuple[MappingNode | None, list[Diagnostic]]: ...


@overload
def parse(
    source: SourceFile, limits: Limits = STANDARD, *, allow_sequence: bool
) -> tuple[MappingNode | SequenceNode | None, list[Diagnostic]]: ...


def parse(
    source: SourceFile, limits: Limits = STANDARD, *, allow_sequence: bool = False
) -> tuple[MappingNode | SequenceNode | None, list[Diagnostic]]:
    """Read a file of `key: value` lines (or of list items, where allowed) into a tree and the list of all errors.

    A tree that comes with errors is what could be read; the file is refused all the same.
    """
    text = source.text.removeprefix("\ufeff")
    size = len(text.encode("utf-8", "surrogatepass")) if len(text) <= limits.max_bytes else len(text)
    if size > limits.max_bytes:
        code, message, help = too_large(size, limits.max_bytes)
        return None, [Diagnostic(code, message, Span(source.name, 1, 1), help)]
    bad = forbidden_character(text)
    if bad is not None:
        line, column, message = bad
        help = "delete it and type the place anew; if there are many, this may not be a text file"
        return None, [Diagnostic("yaml-character", message, Span(source.name, line, column), help)]
    reader = _Reader(source.name, text, limits)
    tree = reader.read()
    found = reader.builder.found
    if isinstance(tree, SequenceNode) and not allow_sequence:
        found.append(Diagnostic("yaml-top-level", "the file is a list; `key: value` lines are expected", tree.span))
        tree = None
    return tree, list(in_order(found))


# A line that starts an entry of the outermost mapping or list, for reading to go on from after a syntax error.
_KEY_LINE = r"""(?:"(?:[^"\\]|\\.)*"\s*|'[^']*'\s*|(?![-?:](?:\s|$))[^\s#,\[\]{}&*!|>'"%@`].*?):(?:\s|$)"""
_ITEM_LINE = r"-(?:\s|$)"


class _Reader:
    """Reads one text, part by part: after a syntax error it starts anew at the next outermost entry."""

    def __init__(self, name: str, text: str, limits: Limits) -> None:
        """Get ready to read one text."""
        self.name = name
        self.limits = limits
        self.lines = [line.removesuffix("\r") for line in text.split("\n")]
        self.lines.append("")  # the parser may stop on the line after the last
        self.dropped: list[str] = []
        self.builder = TreeBuilder(name, self.lines, limits)

    def read(self) -> MappingNode | SequenceNode | None:
        """Read the whole text and give what could be read of it."""
        builder = self.builder
        try:
            self._refuse_directives()
            first: int | None = 0
            for _ in range(self.limits.max_resumptions + 1):
                if first is None:
                    break
                first = self._read_part(first)
            if first is not None:
                span = Span(self.name, first + 1, 1)
                builder.stop("yaml-too-many-errors", "reading stopped here: too many errors", span, "mend these first")
            self._check_top()
        except EnoughError:
            self._drop_unfinished()
        return builder.tree(self.dropped)

    def _refuse_directives(self) -> None:
        """Report `%` lines above the content and make comments of them; PyYAML would skip the ones it does not know."""
        for number, line in enumerate(self.lines):
            if line.startswith("%"):
                self.lines[number] = "#" + line[1:]
                message = f"`{shown(line)}` is a directive, and this language has none"
                self.builder.report("yaml-directive", message, Span(self.name, number + 1, 1, len(line)), "take it out")
            elif line.strip() and not line.lstrip().startswith("#"):
                return

    def _check_top(self) -> None:
        """Report a file with nothing of the right form in it, unless another error explains that."""
        builder = self.builder
        if builder.root or builder.found:
            return
        if builder.bare is None:
            comments = any(line.strip() for line in self.lines)
            message = "the file holds nothing but comments" if comments else "the file is empty"
            builder.report("yaml-empty", message, Span(self.name, 1, 1))
        else:
            builder.report("yaml-top-level", "`key: value` lines are expected here, not a single text", builder.bare)

    def _read_part(self, first: int) -> int | None:
        """Read from line `first` on; after a syntax error give the line to go on from, if there is one."""
        from alpr_policy.reading.yaml_events import events  # brings the YAML library, which nothing else needs

        builder = self.builder
        builder.begin_part(first)
        known = len(builder.found)
        try:
            builder.feed(events("\n".join(self.lines[first:-1]), first))
        except StoppedError as stopped:
            return self._after(stopped.stop, known)
        return None

    def _after(self, stop: Stop, known: int) -> int | None:
        """Report a syntax error, drop the entry it broke, and find the next line to read from."""
        builder = self.builder
        following = self._next_start(self._drop_broken(stop))
        if following is not None:  # what was found beyond it may be an echo, and will be found again if it is not
            builder.found[known:] = [each for each in builder.found[known:] if each.span.line <= following]
        bracket = next((frame.start for frame in reversed(builder.stack) if frame.flow), None)
        last = builder.last
        word = Place(last.span.line - 1, last.span.column - 1) if last else None
        quoted = last is not None and last.quoted
        told = explain(Scene(stop=stop, lines=self.lines, bracket=bracket, word=word, quoted=quoted))
        line, column = told.place
        if not self.lines[line].strip():  # nothing to be seen there: point behind the last thing that can be
            line = max((n for n in range(line) if self.lines[n].strip()), default=0)
            column = len(self.lines[line])
        width = max(1, min(told.width, len(self.lines[line]) - column))
        builder.report(told.code, told.message, Span(self.name, line + 1, column + 1, width), told.help)
        return following

    def _drop_unfinished(self) -> int | None:
        """Give up the outermost entry that is still being read; give the line on which it starts, or None."""
        stack = self.builder.stack
        if stack and stack[0].key:
            self.dropped.append(stack[0].key.text)
            return stack[0].key.span.line - 1
        return stack[1].start.line if len(stack) > 1 else None

    def _drop_broken(self, stop: Stop) -> int:
        """Take the outermost entry that holds the syntax error out of the tree; give the line on which it starts."""
        begun = self._drop_unfinished()
        if begun is not None:
            return begun
        # A missing colon and an open quote are noticed late; they are where the unfinished thing began.
        late = "simple key" in stop.context or "quoted" in stop.context
        at = stop.begun if stop.begun and late else stop.at
        last = self.builder.last
        if not self.builder.stack:
            return min(at.line, last.span.line - 1) if last else at.line
        root = self.builder.stack[0]
        line = self.lines[at.line]
        column = at.column if line[: at.column].strip() else max(at.column, len(line) - len(line.lstrip(" \t")))
        if column <= root.start.column or root.last is None:
            return at.line
        if root.items:
            root.items.pop()
        elif root.entries and root.entries[-1][0] is root.last:
            name = root.entries.pop()[0].text
            root.seen.pop(name, None)
            self.dropped.append(name)
        return root.last.span.line - 1

    def _next_start(self, broken: int) -> int | None:
        """Find the first line after `broken` that starts an outermost entry of the same document."""
        root = self.builder.root
        if root and root.flow:
            return None
        pattern = (_KEY_LINE if root.mapping else _ITEM_LINE) if root else f"{_KEY_LINE}|{_ITEM_LINE}"
        starts = re.compile(f" {{{root.start.column if root else 0}}}(?:{pattern})")
        for number in range(broken + 1, len(self.lines)):
            if self.lines[number].startswith(("---", "...")):
                return None
            if starts.match(self.lines[number]):
                return number
        return None
