"""JSON from outside, read with limits: size, depth, digits, repeated keys and numbers that are none are all refused.

Python's own reader keeps the last of two equal keys, accepts NaN and gives no place for either; so the text is walked
once, word by word, before it is handed over.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.scalars import MAX_DIGITS, shown
from alpr_policy.reading.text_files import STANDARD, Limits, too_large
from alpr_policy.source import SourceFile, Span

_SPACE = re.compile(r"[ \t\n\r]*+")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]:,]|[^\s"{}\[\]:,]++', re.DOTALL)
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")
_NO_NUMBER = ("NaN", "Infinity", "-Infinity")


def parse_json(source: SourceFile, limits: Limits = STANDARD) -> tuple[Any, list[Diagnostic]]:
    """Read one JSON value. With diagnostics the value is None: nothing of a faulty text is used."""
    text = source.text.removeprefix("\ufeff")
    if len(text) > limits.max_bytes:
        code, message, help = too_large(len(text), limits.max_bytes)
        return None, [Diagnostic(code, message, Span(source.name, 1, 1), help)]
    if not text.strip():
        help = 'a request begins with `{"action": …`'
        return None, [Diagnostic("json-empty", "there is nothing here", Span(source.name, 1, 1), help)]
    walk = _Walk(source.name, text, limits)
    walk.run()
    if walk.found:
        return None, walk.found
    try:
        return json.loads(text, parse_constant=_refuse), []
    except json.JSONDecodeError as error:
        span = Span(source.name, error.lineno, error.colno)
        return None, [Diagnostic("json-syntax", f"this is not JSON: {_lowered(error.msg)}", span)]
    except (ValueError, RecursionError):  # the walk leaves nothing of the kind; should it, the text is refused
        return None, [Diagnostic("json-syntax", "this JSON cannot be read", Span(source.name, 1, 1))]


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]


@dataclass(slots=True)
class _Open:
    """An object or list that is being walked; `keys` is None for a list."""

    keys: set[str] | None
    wants_key: bool


@dataclass(slots=True)
class _Walk:
    """Goes over a text word by word. It judges only what the reader proper lets pass; syntax is the reader's."""

    name: str
    text: str
    limits: Limits
    found: list[Diagnostic] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)

    def run(self) -> None:
        """Walk until the end, the first word that is none, or the limit of depth."""
        at = _SPACE.match(self.text).end()  # type: ignore[union-attr]  # it matches nothing too
        while at < len(self.text) and len(self.found) < self.limits.max_errors:
            token = _TOKEN.match(self.text, at)
            if token is None or not self._take(token.group(), at):
                return
            at = _SPACE.match(self.text, token.end()).end()  # type: ignore[union-attr]  # it matches nothing too

    def _take(self, token: str, at: int) -> bool:
        """Take one word; return whether to go on."""
        if token in "{[":
            if len(self.stack) >= self.limits.max_depth:
                self._fault("json-too-deep", f"objects and lists are nested more than {self.limits.max_depth} deep", at)
                return False
            self.stack.append(_Open(set() if token == "{" else None, token == "{"))
        elif token in "}]":
            if self.stack:
                self.stack.pop()
        elif token in ",:":
            if self.stack and self.stack[-1].keys is not None:
                self.stack[-1].wants_key = token == ","
        elif token[0] == '"':
            self._text(token, at)
        else:
            self._word(token, at)
        return True

    def _text(self, token: str, at: int) -> None:
        here = self.stack[-1] if self.stack else None
        if len(token) > self.limits.max_scalar:
            message = f"this text has more than {self.limits.max_scalar:,} characters"
            self._fault("json-text-size", message, at)
        elif here is not None and here.keys is not None and here.wants_key:
            try:
                key = str(json.loads(token))
            except ValueError:
                return
            if key in here.keys:
                help = "keep one of the two"
                self._fault("json-duplicate-key", f"the key `{shown(key)}` stands here twice", at, len(token), help)
            here.keys.add(key)

    def _word(self, token: str, at: int) -> None:
        if token in _NO_NUMBER:
            self._fault("json-number", f"`{token}` is not a number in JSON", at, len(token), "use null or leave it out")
        elif _NUMBER.fullmatch(token):
            if sum(c.isdigit() for c in token) > MAX_DIGITS:
                message = f"`{shown(token)}` has more than {MAX_DIGITS} digits"
                self._fault("json-number", message, at, len(token), "put quotes round it if it is a text")
            elif not _finite(token):
                self._fault("json-number", f"`{shown(token)}` is beyond all numbers", at, len(token))

    def _fault(self, code: str, message: str, at: int, width: int = 1, help: str = "") -> None:
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        self.found.append(Diagnostic(code, message, Span(self.name, line, column, width), help))


def _finite(token: str) -> bool:
    try:
        return math.isfinite(float(token))
    except ValueError:  # not a number after all: the reader says so, with the place
        return True
