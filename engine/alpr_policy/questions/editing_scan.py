"""The words of a half-typed profile and where each belongs: a reader that never refuses and never stops early.

It understands the layout of YAML as profiles use it. Where a text is whole it gives the same keys and values at the
same places as the real reader (a law); where it is broken, what stands above and below the break is still found.
Nothing is judged from it: it serves an editor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from alpr_policy.source import SourceFile, Span

MAX_DEPTH = 40
MAX_QUOTED_LINES = 200
# Of a plain key every letter is looked at once, however many blanks there are: the text may be hostile.
_KEY = re.compile(
    r"""(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*|[^\s"'#\[\]{},&*!|>%@`](?:(?!\s\#|:(?:\s|$)).)*):(?=\s|$)"""
)
_DASH = re.compile(r"-(?:\s+|$)")
_BLOCK_TEXT = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$")
_PLAIN = re.compile(r"(?:(?!\s#).)+")
_FLOW_PLAIN = re.compile(r"(?:(?!\s#|:(?:[\s,\[\]{}]|$))[^,\[\]{}])+")
_FLOW_COLON = re.compile(r"\s*:(?=[\s,\[\]{}]|$)")
_QUOTED = {'"': re.compile(r'"(?:[^"\\]|\\.)*"'), "'": re.compile(r"'(?:[^']|'')*'")}
_CLOSING = {'"': re.compile(r'(?:[^"\\]|\\.)*"'), "'": re.compile(r"(?:[^']|'')*'")}


@dataclass(eq=False, slots=True)
class Word:
    """A key or a single value. `span` covers its first line, quotes included; `lone` if nothing else stands there."""

    text: str
    span: Span
    quoted: bool = False
    lone: bool = False


@dataclass(eq=False, slots=True)
class Entry:
    """A key and what stands behind it; without `colon` it is a word that may become a key."""

    key: Word
    value: Part | None = None
    colon: bool = True


@dataclass(eq=False, slots=True)
class Group:
    """Keys with values, in the order written."""

    entries: list[Entry] = field(default_factory=list)

    def get(self, key: str) -> Part | None:
        """Give the value of a key, or None."""
        return next((one.value for one in self.entries if one.colon and one.key.text == key), None)


@dataclass(eq=False, slots=True)
class Items:
    """A list."""

    items: list[Part] = field(default_factory=list)


Part = Word | Group | Items


@dataclass(eq=False, slots=True)
class Spot:
    """A word in its place: the keys that lead to it (its own left out), and the groups around it, outermost first."""

    word: Word
    path: tuple[str, ...]
    groups: tuple[Group, ...]
    is_key: bool
    colon: bool = True


def spots(part: Part | None, path: tuple[str, ...] = (), groups: tuple[Group, ...] = ()) -> Iterator[Spot]:
    """Yield every word in the order written."""
    if isinstance(part, Word):
        yield Spot(part, path, groups, is_key=False)
    elif isinstance(part, Items):
        for item in part.items:
            yield from spots(item, path, groups)
    elif isinstance(part, Group):
        inside = (*groups, part)
        for entry in part.entries:
            yield Spot(entry.key, path, inside, is_key=True, colon=entry.colon)
            yield from spots(entry.value, (*path, entry.key.text), inside)


def words_in(part: Part | None) -> tuple[Word, ...]:
    """Return the single values below a part; keys are left out."""
    return tuple(spot.word for spot in spots(part) if not spot.is_key)


def scan(source: SourceFile) -> Group:
    """Read a text; whatever is wrong with it, something comes back."""
    return _Scanner(source).run()


@dataclass(slots=True)
class _Frame:
    indent: int
    part: Group | Items


class _DeepError(Exception):
    """Nested too deeply to be a profile; what was read so far is kept."""


class _Scanner:
    def __init__(self, source: SourceFile) -> None:
        self.name = source.name
        self.lines = [line.removesuffix("\r") for line in source.text.removeprefix("\ufeff").split("\n")]
        self.line = 0
        self.root = Group()
        self.stack = [_Frame(0, self.root)]

    def run(self) -> Group:
        try:
            while self.line < len(self.lines):
                self._line()
        except _DeepError:
            pass
        return self.root

    def _line(self) -> None:
        raw = self.lines[self.line]
        column = len(raw) - len(raw.lstrip(" "))
        if not raw.strip() or raw[column] == "#" or raw.startswith(("---", "...", "%")):
            self.line += 1
            return
        dash = _DASH.match(raw, column)
        top = self.stack[-1]
        while len(self.stack) > 1 and (
            top.indent > column or (isinstance(top.part, Items) and top.indent == column and not dash)
        ):
            self.stack.pop()
            top = self.stack[-1]
        fresh = False
        while dash:
            self._items_at(column)
            column, fresh = dash.end(), True
            dash = _DASH.match(raw, column)
        if column >= len(raw) or raw[column] == "#":
            self.line += 1
            return
        self._content(raw, column, fresh)

    def _content(self, raw: str, column: int, fresh: bool) -> None:
        found = _KEY.match(raw, column) if raw[column] not in "{[" else None
        if found is None:
            self._value(raw, column, fresh, lone=True)
            return
        key = self._word(raw, column, found.group().rstrip(":").rstrip())
        self._group_at(column, fresh).entries.append(Entry(key))
        after = found.end()
        while after < len(raw) and raw[after].isspace():
            after += 1
        if after >= len(raw) or raw[after] == "#":
            self.line += 1
            return
        self._value(raw, after, fresh=False, lone=False)

    def _value(self, raw: str, column: int, fresh: bool, *, lone: bool) -> None:
        if raw[column] in "{[":
            made = _Flow(self, self.line, column, self.stack[-1].indent)
            self._attach(made.part, column, fresh)
            self.line = made.line + 1
            return
        if _BLOCK_TEXT.match(raw, column):
            self._block_text()
            return
        if raw[column] in _QUOTED:
            word, end, line = self.quoted(self.line, column, self.stack[-1].indent)
            word.lone = lone and end >= len(raw)
            self._attach(word, column, fresh)
            self.line = line + 1
            return
        plain = _PLAIN.match(raw, column)
        word = self._word(raw, column, plain.group().rstrip() if plain else raw[column:].rstrip())
        word.lone = lone
        self._attach(word, column, fresh)
        self.line += 1

    def _block_text(self) -> None:
        indent = self.stack[-1].indent
        self.line += 1
        while self.line < len(self.lines):
            raw = self.lines[self.line]
            if raw.strip() and len(raw) - len(raw.lstrip(" ")) <= indent:
                return
            self.line += 1

    def _word(self, raw: str, column: int, text: str) -> Word:
        span = Span(self.name, self.line + 1, column + 1, max(1, len(text)))
        quoted = len(text) > 1 and text[0] in _QUOTED and text[-1] == text[0]
        return Word(bare(text) if quoted else text, span, quoted)

    def quoted(self, line: int, column: int, indent: int) -> tuple[Word, int, int]:
        """Read a text in quotes, on several lines if need be; give it, the column behind it and its last line."""
        raw, sign = self.lines[line], self.lines[line][column]
        span = Span(self.name, line + 1, column + 1, max(1, len(raw) - column))
        whole = _QUOTED[sign].match(raw, column)
        if whole:
            return Word(bare(whole.group()), Span(*_at(span), len(whole.group())), True), whole.end(), line
        parts = [raw[column + 1 :].strip()]
        for number in range(line + 1, min(len(self.lines), line + MAX_QUOTED_LINES)):
            below = self.lines[number]
            if below.strip() and len(below) - len(below.lstrip(" ")) <= indent:
                break
            closing = _CLOSING[sign].match(below)
            if closing:
                parts.append(closing.group()[:-1].strip())
                return Word(" ".join(parts), span, True), closing.end(), number
            parts.append(below.strip())
        return Word(raw[column + 1 :].strip(), span, True), len(raw), line

    # Where a part goes

    def _push(self, indent: int, part: Group | Items) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _DeepError
        self.stack.append(_Frame(indent, part))

    def _items_at(self, column: int) -> Items:
        top = self.stack[-1]
        if isinstance(top.part, Items) and top.indent == column:
            return top.part
        made = Items()
        self._adopt_lone(made)
        self._attach(made, column, fresh=False)
        self._push(column, made)
        return made

    def _group_at(self, column: int, fresh: bool) -> Group:
        top = self.stack[-1]
        if isinstance(top.part, Group) and not fresh:
            last = top.part.entries[-1] if top.part.entries else None
            open_ = last is not None and last.colon and (last.value is None or self._lone(last.value, column))
            if top.indent == column or not open_:
                return top.part
        made = Group()
        if not fresh:
            self._adopt_lone(made, column)
        self._attach(made, column, fresh)
        self._push(column, made)
        return made

    def _lone(self, part: Part | None, column: int) -> bool:
        return isinstance(part, Word) and part.lone and part.span.column == column + 1

    def _adopt_lone(self, made: Group | Items, column: int | None = None) -> None:
        """Take over a word that stands alone above the first key or item of what it will belong to."""
        top = self.stack[-1].part
        if isinstance(top, Items) and isinstance(made, Group) and top.items and self._lone(top.items[-1], column or 0):
            word = top.items.pop()
        elif isinstance(top, Group) and top.entries and isinstance(top.entries[-1].value, Word):
            word = top.entries[-1].value
            if not word.lone:
                return
            top.entries[-1].value = None
        else:
            return
        assert isinstance(word, Word)
        if isinstance(made, Group):
            made.entries.append(Entry(word, colon=False))
        else:
            made.items.append(word)

    def _attach(self, part: Part, column: int, fresh: bool) -> None:
        top = self.stack[-1]
        if isinstance(top.part, Items):
            if fresh or not isinstance(part, Word) or not top.part.items:
                top.part.items.append(part)
            return
        last = top.part.entries[-1] if top.part.entries else None
        room = last is not None and last.colon and last.value is None
        if room and last is not None and (column > top.indent or isinstance(part, Items)):
            last.value = part
        elif isinstance(part, Word) and (column == top.indent or last is None):
            top.part.entries.append(Entry(part, colon=False))


class _Flow:
    """What stands in brackets, read over as many lines as it takes."""

    def __init__(self, scanner: _Scanner, line: int, column: int, indent: int) -> None:
        self.scanner, self.line, self.column, self.indent = scanner, line, column, indent
        self.stack: list[Group | Items] = []
        self.part: Group | Items = Items()
        self.fresh = True  # a comma or an opening bracket stands before what comes
        while self._token():
            pass

    def _token(self) -> bool:
        raw = self.scanner.lines[self.line]
        while self.column < len(raw) and raw[self.column].isspace():
            self.column += 1
        if self.column >= len(raw) or raw[self.column] == "#":
            return self._next_line()
        sign = raw[self.column]
        if sign in "{[":
            self._open(Group() if sign == "{" else Items())
        elif sign in "}]":
            self.stack.pop()
            self.column += 1
            self.fresh = False
            return bool(self.stack)
        elif sign == ",":
            self.column, self.fresh = self.column + 1, True
        else:
            self._read_word(raw)
        return True

    def _next_line(self) -> bool:
        lines = self.scanner.lines
        number = self.line + 1
        while number < len(lines) and not lines[number].strip():
            number += 1
        if number >= len(lines):
            return False
        raw = lines[number]
        column = len(raw) - len(raw.lstrip(" "))
        if column <= self.indent and (_KEY.match(raw, column) or _DASH.match(raw, column)):
            return False  # the bracket was not closed, and something else begins
        self.line, self.column = number, 0
        return True

    def _open(self, part: Group | Items) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _DeepError
        if self.stack:
            self._put(part)
        else:
            self.part = part
        self.stack.append(part)
        self.column, self.fresh = self.column + 1, True

    def _read_word(self, raw: str) -> None:
        start = self.line, self.column
        if raw[self.column] in _QUOTED:
            word, self.column, self.line = self.scanner.quoted(self.line, self.column, self.indent)
        else:
            found = _FLOW_PLAIN.match(raw, self.column)
            text = found.group().rstrip() if found else raw[self.column]
            span = Span(self.scanner.name, self.line + 1, self.column + 1, len(text))
            word, self.column = Word(text, span), self.column + len(text)
        colon = _FLOW_COLON.match(self.scanner.lines[self.line], self.column)
        top = self.stack[-1]
        if colon and isinstance(top, Group) and self.line == start[0]:
            top.entries.append(Entry(word))
            self.column, self.fresh = colon.end(), False
            return
        if colon:
            self.column = colon.end()
        self._put(word)

    def _put(self, part: Part) -> None:
        top = self.stack[-1]
        if isinstance(top, Items):
            if self.fresh or not isinstance(part, Word):
                top.items.append(part)
        elif not self.fresh and top.entries and top.entries[-1].colon:
            if top.entries[-1].value is None:
                top.entries[-1].value = part
        elif isinstance(part, Word):
            top.entries.append(Entry(part, colon=False))
        self.fresh = False


def _at(span: Span) -> tuple[str, int, int]:
    return span.file, span.line, span.column


def bare(text: str) -> str:
    """Take the quotes off a word, with the signs that quotes need."""
    inside = text[1:-1]
    return inside.replace("''", "'") if text[0] == "'" else re.sub(r"\\(.)", r"\1", inside)
