"""A text laid out anew, or left alone: what comes out is read again and must say the very same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.formatting.layout_tree import TooOddError, read
from alpr_policy.formatting.printer import Printer
from alpr_policy.lint.comments import comments
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.reading.yaml_stops import StoppedError
from alpr_policy.reading.yaml_tree import MappingNode, Node
from alpr_policy.source import SourceFile, Span

WIDTH = 120
TIMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """What came of formatting a text: the new one, or the old one with the reasons why it was left alone."""

    text: str
    diagnostics: tuple[Diagnostic, ...] = ()


def format_text(source: SourceFile, width: int = WIDTH) -> Formatted:
    """Lay a profile out anew, in lines of at most `width` characters where words allow it.

    A text that YAML refuses is left alone and told of, and so is one whose new layout would not say the very same:
    the same keys and values of the same sort, lists in the same order, and every comment.
    """
    tree, found = parse(source)
    if tree is None or found:
        return Formatted(text=source.text, diagnostics=tuple(found))
    try:
        text = _settled(source, width)
    except (TooOddError, StoppedError, RecursionError) as odd:
        why = str(odd) if isinstance(odd, TooOddError) else "its layout is not understood"
        return _left(source, why)
    after, faults = parse(SourceFile(source.name, text))
    if after is None or faults or _data(after) != _data(tree):
        return _left(source, "laid out anew it would not say the same")
    if _comments(source) != _comments(SourceFile(source.name, text)):
        return _left(source, "laid out anew a comment of it would be lost")
    return Formatted(text=text)


def _settled(source: SourceFile, width: int) -> str:
    """Lay a text out until nothing moves any more; mostly once is enough."""
    text = source.text.removeprefix("\ufeff").replace("\r\n", "\n")
    for _ in range(TIMES):
        root, foot = read(SourceFile(source.name, text))
        if root is None or root.kind != "mapping" or root.flow:
            raise TooOddError("it is not a profile of `key: value` lines")
        laid = Printer(text.split("\n"), width).whole(root, foot)
        if laid == text:
            return text
        text = laid
    raise TooOddError("its layout does not settle")


def _left(source: SourceFile, why: str) -> Formatted:
    help = "nothing was changed; `check` reads the file as it is"
    told = Diagnostic("format-left", f"this file is left as it is: {why}", Span(source.name, 1, 1), help)
    return Formatted(text=source.text, diagnostics=(told,))


def _comments(source: SourceFile) -> Counter[str]:
    return Counter(text.strip() for _, _, text in comments(source))


def _data(node: Node) -> Any:
    """Return what a tree says: keys without their order, values with their sort."""
    if isinstance(node, ScalarNode):
        return (str(node.kind), node.value)
    if isinstance(node, MappingNode):
        return {key.text: _data(value) for key, value in node.entries}
    return [_data(item) for item in node.items]
