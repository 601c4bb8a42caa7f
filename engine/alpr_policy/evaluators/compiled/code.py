"""Source text under construction. Values enter it as named constants alone, so no word of a profile is ever code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SAFE = re.compile(r"[A-Za-z0-9_.,() -]{1,120}")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


class Code:
    """Lines of Python with the constants they name."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._depth = 1
        self._count = 0
        self._known: list[dict[object, tuple[str, object]]] = [{}]

    def line(self, text: str) -> None:
        """Add one line."""
        self.lines.append("    " * self._depth + text)

    def remark(self, text: str) -> None:
        """Add a comment, or nothing where the text could be more than one."""
        if SAFE.fullmatch(text):
            self.line(f"# {text}")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Add a head such as `if x is True:` and indent what is added within."""
        self.line(head)
        self._depth += 1
        self._known.append({})
        yield
        self._known.pop()
        self._depth -= 1

    def known(self, key: object) -> str | None:
        """Return the variable that holds something already worked out on every way to this line."""
        return next((scope[key][0] for scope in reversed(self._known) if key in scope), None)

    def keep(self, key: object, variable: str, what: object) -> None:
        """Note that from here on, within this block, a variable holds something."""
        self._known[-1][key] = (variable, what)

    def const(self, value: object, what: str = "K") -> str:
        """Return the name of a constant; the same object gets the same name."""
        key = (what, id(value))
        if key not in self._names:
            self._names[key] = f"{what}{len(self.constants)}"
            self.constants[self._names[key]] = value
        return self._names[key]

    def variable(self, what: str = "t") -> str:
        """Return a new name for a local variable."""
        self._count += 1
        return f"{what}{self._count}"


def local(fact: str, number: int) -> str:
    """Return a readable name for the variable that holds a fact; the number makes it unique."""
    return f"f{number}_{_NOT_IN_NAMES.sub('_', fact)[:40]}"
