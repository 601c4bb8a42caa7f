"""Events to nodes: a stack of open lists and mappings, with every limit and refusal applied while reading."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.scalars import Fault, Meaning, ScalarKind, ScalarNode, meaning, shown
from alpr_policy.reading.text_files import Limits, describe, forbidden
from alpr_policy.reading.yaml_stops import Place
from alpr_policy.source import Span

if TYPE_CHECKING:
    from yaml.events import Event


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list; its span is its first line."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys with values, in the order written; its span is its first line.

    `dropped` names top-level entries that a syntax error made unreadable, so that nobody calls them missing.
    """

    entries: tuple[tuple[ScalarNode, Node], ...]
    span: Span
    dropped: tuple[str, ...] = ()

    def get(self, key: str) -> Node | None:
        """Give the value of a key, or None."""
        return next((value for name, value in self.entries if name.text == key), None)

    def key_span(self, key: str) -> Span:
        """Give the place of a key, or of the whole mapping when it has no such key."""
        return next((name.span for name, _ in self.entries if name.text == key), self.span)


Node = ScalarNode | SequenceNode | MappingNode


class _Mark(Protocol):
    """A place of the parser's, from 0, in characters."""

    line: int
    column: int


class _AnyEvent(Protocol):
    """All that events of any type hold; each is asked only for what its own type has."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None
    flow_style: bool | None


class EnoughError(Exception):
    """Reading must end here; the reason has been reported."""


@dataclass(slots=True)
class Frame:
    """A list or mapping that is being read.

    `key` waits for its value; with `skip` both will be left out. `bare` are keys that no colon follows. `last` is the
    key of the last finished entry, or the last finished item.
    """

    start: Place
    mapping: bool
    flow: bool
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[ScalarNode, Node]] = field(default_factory=list)
    seen: dict[str, Span] = field(default_factory=dict)
    key: ScalarNode | None = None
    skip: bool = False
    bare: list[ScalarNode] = field(default_factory=list)
    last: Node | None = None


_TOKEN = re.compile(r"[^\s,\[\]{}]+")


class TreeBuilder:
    """Takes the events of a file, in parts if need be, and grows one tree; all places are those of the whole file.

    INVARIANT: the stack is never deeper than the limit, and no method calls itself.
    """

    def __init__(self, name: str, lines: Sequence[str], limits: Limits) -> None:
        """Start with an empty tree for the file `name`."""
        self.name = name
        self.lines = lines
        self.limits = limits
        self.found: list[Diagnostic] = []
        self.stack: list[Frame] = []
        self.root: Frame | None = None
        self.bare: Span | None = None  # a text that stands alone where a mapping should be
        self.last: ScalarNode | None = None  # the last word or text that was read
        self._first = 0
        self._documents = 0
        self._nodes = 0
        self._meanings: dict[str, Meaning] = {}
        # By name, so that the YAML library is loaded with the first file that is read and no sooner.
        self._handlers: dict[str, Callable[[Any], None]] = {
            "AliasEvent": self._alias,
            "DocumentEndEvent": self._end_document,
            "DocumentStartEvent": self._start_document,
            "MappingEndEvent": self._end,
            "MappingStartEvent": self._start_mapping,
            "ScalarEvent": self._scalar,
            "SequenceEndEvent": self._end,
            "SequenceStartEvent": self._start_sequence,
        }

    def begin_part(self, first: int) -> None:
        """Get ready for events that are counted from line `first` (from 0) of the file."""
        self._first, self._documents = first, 0
        self.stack, self.last = [], None

    def feed(self, events: Iterable[Event]) -> None:
        """Take events; raises EnoughError when reading must end."""
        handlers = self._handlers
        for event in events:
            handler = handlers.get(type(event).__name__)
            if handler is not None:
                handler(event)

    def tree(self, dropped: Sequence[str]) -> MappingNode | SequenceNode | None:
        """Give what was read so far, without what is unfinished."""
        if self.root is None:
            return None
        node = self._build(self.root, len(self.lines[self.root.start.line].rstrip()))
        return MappingNode(node.entries, node.span, tuple(dropped)) if isinstance(node, MappingNode) else node

    def report(self, code: str, message: str, span: Span, help: str = "") -> None:
        """Keep an error; after too many, reading ends."""
        self.found.append(Diagnostic(code, message, span, help))
        if len(self.found) == self.limits.max_errors:
            self.stop("yaml-too-many-errors", "reading stopped here: too many errors", span, "mend these first")

    def stop(self, code: str, message: str, span: Span, help: str = "") -> NoReturn:
        """Report the last error and end the reading."""
        self.found.append(Diagnostic(code, message, span, help))
        raise EnoughError

    # --- events ---

    def _span(self, start: _Mark, end: _Mark) -> Span:
        """Give the place of something: its width on its first line."""
        line, column = start.line + self._first, start.column
        stop = end.column if end.line == start.line else len(self.lines[line].rstrip())
        return Span(self.name, line + 1, column + 1, stop - column if stop > column else 1)

    def _start_document(self, event: _AnyEvent) -> None:
        """Let one document begin, and no second."""
        self._documents += 1
        if self._documents > 1:
            span = self._span(event.start_mark, event.end_mark)
            help = "keep one document per file: take the `---` out, or split the file"
            self.stop("yaml-many-documents", "a second document starts here", span, help)

    def _end_document(self, event: _AnyEvent) -> None:
        """Forget the last text: what follows the document is not its fault."""
        self.last = None

    def _start_mapping(self, event: _AnyEvent) -> None:
        """Begin a mapping."""
        self._start(event, mapping=True)

    def _start_sequence(self, event: _AnyEvent) -> None:
        """Begin a list."""
        self._start(event, mapping=False)

    def _start(self, event: _AnyEvent, *, mapping: bool) -> None:
        """Begin a list or mapping, unless it is one too many or too deep."""
        span = self._span(event.start_mark, event.start_mark)
        self._nodes += 1
        if self._nodes > self.limits.max_nodes:
            self._too_many(span)
        if len(self.stack) >= self.limits.max_depth:
            message = f"lists and mappings are nested more than {self.limits.max_depth} deep here"
            self.stop("yaml-too-deep", message, span, "is this the right file?")
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, span)
        if not self.stack and self.root and self.root.mapping is mapping:
            frame = self.root  # a later part goes on where the earlier one broke off
            frame.key, frame.skip, frame.last = None, False, None
            frame.bare.clear()
        else:
            frame = Frame(Place(span.line - 1, span.column - 1), mapping, bool(event.flow_style))
        if self.root is None:
            self.root = frame
        self.stack.append(frame)

    def _end(self, event: _AnyEvent) -> None:
        """End a list or mapping and hand it to the one around it; the outermost waits for later parts."""
        frame = self.stack.pop()
        for key in frame.bare:  # told only now, since an open bracket explains them better
            help = "write `key: value`, with a space after the colon; a list goes in `[ ]`"
            self.report("yaml-syntax", f"expected a `:` after the key `{shown(key.text)}`", key.span, help)
        if self.stack:
            here = event.end_mark.line + self._first == frame.start.line
            stop = event.end_mark.column if here else len(self.lines[frame.start.line].rstrip())
            self._attach(self._build(frame, stop))

    def _build(self, frame: Frame, stop: int) -> SequenceNode | MappingNode:
        """Make the node of a finished list or mapping that reaches to column `stop` of its first line."""
        line, column = frame.start
        span = Span(self.name, line + 1, column + 1, max(1, stop - column))
        return MappingNode(tuple(frame.entries), span) if frame.mapping else SequenceNode(tuple(frame.items), span)

    def _alias(self, event: _AnyEvent) -> None:
        """Refuse an alias; it stands in the tree as the text that it is."""
        span = self._span(event.start_mark, event.end_mark)
        self._nodes += 1
        if self._nodes > self.limits.max_nodes:
            self._too_many(span)
        text = f"*{event.anchor}"
        help = f'write the value out; if the star belongs to a text, put quotes round it: `"{shown(text)}"`'
        self.report("yaml-alias", f"`{shown(text)}` is an alias, and this language has none", span, help)
        self._attach(ScalarNode(text, text, span, False, ScalarKind.TEXT))

    def _scalar(self, event: _AnyEvent) -> None:
        """Read one word or text."""
        span = self._span(event.start_mark, event.end_mark)
        self._nodes += 1
        if self._nodes > self.limits.max_nodes:
            self._too_many(span)
        text = event.value
        if len(text) > self.limits.max_scalar:
            message = f"this text has {len(text):,} characters; at most {self.limits.max_scalar:,} are read"
            self.report("yaml-scalar-size", message, span, "is a closing quote missing?")
            text = text[: self.limits.max_scalar]
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, span)
        if event.style or event.tag is not None:
            if event.style == '"' or event.style == "'":
                self._check_quoted(text, span, event.end_mark.line + self._first)
            node = ScalarNode(text, text, span, True, ScalarKind.TEXT)
        else:
            means = self._meanings.get(text)
            if means is None:
                means = self._meanings[text] = meaning(text)
            if means.fault:
                means = self._refuse_word(means.fault, means, span, text)
            if " - " in text and self.stack and not self.stack[-1].flow:
                self._refuse_folded_item(span.line, event.end_mark.line + self._first)
            node = ScalarNode(means.value, text, span, False, means.kind)
        if text or node.quoted:
            self.last = node
        self._attach(node)

    def _refuse_word(self, fault: Fault, means: Meaning, span: Span, text: str) -> Meaning:
        """Report a word that readers of YAML disagree on; as a key it is a text, whatever they say."""
        frame = self.stack[-1] if self.stack else None
        if frame and frame.mapping and frame.key is None and means.kind is not ScalarKind.TEXT:
            self.report(fault.code, fault.message, span, f'put quotes round the key: `"{shown(text)}"`')
            return Meaning(text, ScalarKind.TEXT)
        self.report(fault.code, fault.message, span, fault.help)
        return means

    def _check_quoted(self, text: str, span: Span, last: int) -> None:
        """Report an escape that makes a forbidden character, and a quote that swallows the entries after it."""
        bad = forbidden().search(text)
        if bad:
            self.report("yaml-character", f"this text holds {describe(bad[0])}, written as an escape", span)
        if last < span.line:
            return
        around = next((frame.start.column for frame in reversed(self.stack) if not frame.flow), -1)
        for line in self.lines[span.line : last + 1]:
            if line.strip() and len(line) - len(line.lstrip(" ")) <= around:
                message = "a quote is opened here and not closed where its text ends"
                place = Span(span.file, span.line, span.column)  # as the parser's complaint, if it has one, will say
                self.report("yaml-syntax", message, place, f"the next such quote stands on line {last + 1}")
                return

    def _refuse_folded_item(self, first: int, last: int) -> None:
        """Report a list item, on lines `first` to `last` from 0, that YAML would fold into the text above."""
        for number in range(first, last + 1):
            line = self.lines[number]
            if line.lstrip(" ").startswith("- "):
                place = Span(self.name, number + 1, len(line) - len(line.lstrip(" ")) + 1, len(line.strip()))
                message = "this list item is indented further than the one above it, which makes it a part of that text"
                help = "line it up with the one above; if it is no list item, put quotes round the text"
                self.report("yaml-syntax", message, place, help)

    def _too_many(self, span: Span) -> NoReturn:
        """End the reading at the limit of nodes."""
        message = f"the file holds more than {self.limits.max_nodes:,} words, lists and mappings"
        self.stop("yaml-too-many-nodes", message, span, "is this the right file?")

    def _refuse_properties(self, event: _AnyEvent, span: Span) -> None:
        """Refuse the anchor and the tag of a node; the node itself is read on."""
        token = _TOKEN.match(self.lines[span.line - 1], span.column - 1)
        sign = shown(token[0]) if token else "!"
        place = Span(span.file, span.line, span.column, len(token[0]) if token else 1)
        if event.anchor is not None:
            help = "take it out, and write the value out wherever it is wanted"
            self.report("yaml-anchor", f"`{sign}` is an anchor, and this language has none", place, help)
        if event.tag is not None:
            help = "take it out; a text that starts with `!` needs quotes round it"
            self.report("yaml-tag", f"`{sign}` is a tag, and this language has none", place, help)

    # --- growing ---

    def _attach(self, node: Node) -> None:
        """Put a finished node where it belongs: as an item, a key or the value of the waiting key."""
        if not self.stack:
            self.bare = node.span if isinstance(node, ScalarNode) and (node.text or node.quoted) else None
            return
        frame = self.stack[-1]
        if not frame.mapping:
            frame.items.append(node)
            frame.last = node
        elif frame.key is None:
            self._key(frame, node)
        else:
            key = frame.key
            frame.key, frame.last = None, key
            if frame.skip:
                frame.skip = False
            elif node.__class__ is ScalarNode and not node.text and self._lacks_colon(key, node):
                frame.bare.append(key)
            else:
                frame.entries.append((key, node))

    def _key(self, frame: Frame, node: Node) -> None:
        """Keep a key until its value comes; one that may not be is left out together with its value."""
        span = node.span
        frame.skip = True
        if not isinstance(node, ScalarNode):
            frame.key = ScalarNode("", "", span, True, ScalarKind.TEXT)
            help = "a key is one word; if the brackets belong to a text, put quotes round it"
            self.report("yaml-key", "a list or mapping in brackets stands here as a key", span, help)
            return
        frame.key = node
        if node.text == "<<" and not node.quoted:
            message = "`<<` merges mappings, and this language has no merging"
            self.report("yaml-merge", message, span, "write the entries out")
        elif not node.text:
            self.report("yaml-key", "the key before this `:` is missing", span)
        elif node.text in frame.seen:
            lines = f"on line {frame.seen[node.text].line} and on line {span.line}"
            message = f"the key `{shown(node.text)}` is written twice, {lines}"
            self.report("yaml-duplicate-key", message, span, "keep one of the two")
        else:
            frame.seen[node.text] = span
            frame.skip = False

    def _lacks_colon(self, key: ScalarNode, value: ScalarNode) -> bool:
        """Say whether no colon stands between a key and nothing; YAML would quietly take that for null."""
        first, last = key.span.line - 1, value.span.line - 1
        start, stop = key.span.column + key.span.width - 1, value.span.column - 1
        if value.quoted or first == last:
            return not value.quoted and ":" not in self.lines[first][start:stop]
        return not any(":" in part for part in (self.lines[first][start:], *self.lines[first + 1 : last]))
