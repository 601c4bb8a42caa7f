"""Shapes of single values: each knows how to read a node, write a value back, and describe itself as JSON Schema.

One definition for all three is what keeps the reader, the canonical form and the schema in agreement.
"""

from __future__ import annotations

import datetime as dt
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.durations import CalendarSpan
from alpr_policy.errors import Diagnostic
from alpr_policy.model.condition import ParameterRef
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.source import Span
from alpr_policy.suggest import did_you_mean, nearest

Json = dict[str, Any]


class _Bad:
    """What a shape gives back when it could not read a node; the reason has been noted."""


BAD = _Bad()


@dataclass(slots=True)
class Notes:
    """Collects what is wrong while reading goes on, and the names of what had to be left out because of it."""

    found: list[Diagnostic] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)

    def fault(self, code: str, message: str, span: Span, help: str = "") -> _Bad:
        """Note one error and return the mark for a value that could not be read."""
        self.found.append(Diagnostic(code, message, span, help))
        return BAD


def kind_of(node: Node) -> str:
    """Name what stands there, for people."""
    if isinstance(node, MappingNode):
        return "a group of keys"
    if isinstance(node, SequenceNode):
        return "a list"
    return {
        "text": f"`{node.text[:40]}`",
        "null": "nothing",
        "boolean": f"`{node.text}` (true or false)",
        "integer": f"the number `{node.text}`",
        "date": f"the date `{node.text}`",
    }[str(node.kind)]


class Shape(ABC):
    """What may stand at one place of a profile."""

    what: str

    @abstractmethod
    def read(self, node: Node, notes: Notes) -> Any:
        """Return the value, or BAD after noting why not."""

    def write(self, value: Any) -> Any:
        """Return the value as plain data in canonical form."""
        return value

    @abstractmethod
    def schema(self) -> Json:
        """Describe the shape as JSON Schema."""

    def parts(self) -> tuple[Shape, ...]:
        """Return the shapes of which one stands here, for whoever walks the grammar; none for a shape by itself."""
        return ()

    def wrong(self, node: Node, notes: Notes) -> _Bad:
        """Note that something else was expected here."""
        return notes.fault("wrong-type", f"expected {self.what}, found {kind_of(node)}", node.span, self.remedy(node))

    def remedy(self, node: Node) -> str:
        """Say what would make a value of another sort right."""
        unquoted = isinstance(node, ScalarNode) and node.kind in _UNQUOTED
        return "put it in quotes" if unquoted and self.what.startswith(_WORDY) else ""


def _bare(node: Node, texts: tuple[str, ...]) -> str:
    quoted = isinstance(node, ScalarNode) and node.quoted and node.text in texts
    return "take the quotes away" if quoted else ""


_UNQUOTED = ("integer", "date", "boolean")
_WORDY = ("a text", "a clause", "a name", "an id")


@dataclass(frozen=True)
class Word(Shape):
    """A text of one pattern."""

    what: str
    pattern: str
    longest: int = 200
    code: str = "bad-word"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the text if it fits the pattern."""
        if not isinstance(node, ScalarNode) or node.kind != "text":
            return self.wrong(node, notes)
        if len(node.text) > self.longest or not re.fullmatch(self.pattern, node.text):
            return notes.fault(self.code, f"`{node.text[:60]}` is not {self.what}", node.span, self.hint(node.text))
        return node.text

    def hint(self, text: str) -> str:
        """Say how the text should look."""
        if "A-Z" in self.pattern:
            return ""
        for sign in ("-", "_"):
            folded = re.sub(r"[^a-z0-9]+", sign, text.lower()).strip("-_")
            if folded != text and re.fullmatch(self.pattern, folded):
                return f"write it as `{folded}`"
        return ""

    def schema(self) -> Json:
        """Describe as a pattern."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "maxLength": self.longest}


@dataclass(frozen=True)
class Choice(Shape):
    """One of a few words."""

    values: tuple[str, ...]
    what: str = ""

    def __post_init__(self) -> None:
        """Name the choice by its words."""
        if not self.what:
            object.__setattr__(self, "what", " or ".join(f"`{value}`" for value in self.values))

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the word if it is one of them."""
        if not isinstance(node, ScalarNode) or node.kind != "text":
            return self.wrong(node, notes)
        if node.text not in self.values:
            return notes.fault(
                "bad-choice",
                f"`{node.text[:60]}` is not a choice here",
                node.span,
                did_you_mean(node.text, self.values),
            )
        return node.text

    def schema(self) -> Json:
        """Describe as an enumeration."""
        return {"enum": list(self.values)}


@dataclass(frozen=True)
class Flag(Shape):
    """True or false."""

    only: bool | None = None
    what: str = "true or false"

    def remedy(self, node: Node) -> str:
        """A truth value in quotes is a text."""
        return _bare(node, ("true", "false"))

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the truth value."""
        if not isinstance(node, ScalarNode) or not isinstance(node.value, bool):
            return self.wrong(node, notes)
        if self.only is not None and node.value is not self.only:
            return notes.fault(
                "bad-choice", f"only `{str(self.only).lower()}` can stand here", node.span, "leave the key out"
            )
        return node.value

    def schema(self) -> Json:
        """Describe as a boolean."""
        return {"type": "boolean"} if self.only is None else {"const": self.only}


@dataclass(frozen=True)
class Whole(Shape):
    """A whole number within bounds."""

    least: int
    most: int
    what: str = "a whole number"

    def remedy(self, node: Node) -> str:
        """A number in quotes is a text."""
        return _bare(node, (node.text,)) if isinstance(node, ScalarNode) and node.text.isdecimal() else ""

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the number if it lies within the bounds."""
        if not isinstance(node, ScalarNode) or isinstance(node.value, bool) or not isinstance(node.value, int):
            return self.wrong(node, notes)
        if not self.least <= node.value <= self.most:
            wanted = f"`{self.least}`" if self.least == self.most else f"a number from {self.least} to {self.most}"
            return notes.fault("out-of-range", f"`{node.value}` cannot stand here", node.span, f"write {wanted}")
        return node.value

    def schema(self) -> Json:
        """Describe as an integer with bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Day(Shape):
    """A calendar date."""

    what: str = "a date such as 2025-08-07"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the date."""
        return (
            node.value if isinstance(node, ScalarNode) and isinstance(node.value, dt.date) else self.wrong(node, notes)
        )

    def write(self, value: Any) -> Any:
        """Keep the date."""
        return value

    def schema(self) -> Json:
        """Describe as a text that looks like a date."""
        return {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


@dataclass(frozen=True)
class Period(Shape):
    """A calendar span such as `14 days`; some words may stand instead."""

    words: tuple[str, ...] = ()
    what: str = "a period such as 14 days"

    def remedy(self, node: Node) -> str:
        """A bare number lacks its unit."""
        return f"say in what: `{node.text} days`" if isinstance(node, ScalarNode) and node.kind == "integer" else ""

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the span, or one of the words."""
        if not isinstance(node, ScalarNode) or node.kind != "text":
            return self.wrong(node, notes)
        if node.text in self.words:
            return node.text
        try:
            return CalendarSpan.parse(node.text)
        except ValueError as error:
            word = nearest(node.text, self.words)
            help = f"did you mean `{word}`?" if word else "write it as 14 days, 1 quarter or 2 years"
            return notes.fault("bad-period", str(error), node.span, help)

    def write(self, value: Any) -> Any:
        """Write the span as text."""
        return str(value)

    def schema(self) -> Json:
        """Describe as a number with a unit."""
        words = "".join(f"|{w}" for w in self.words)
        return {"type": "string", "pattern": f"^(?:[1-9][0-9]* (?:minute|hour|day|week|month|quarter|year)s?{words})$"}


@dataclass(frozen=True)
class Reference(Shape):
    """`{parameter: name}`."""

    what: str = "{parameter: name}"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the reference."""
        name = node.get("parameter") if isinstance(node, MappingNode) and len(node.entries) == 1 else None
        if not isinstance(name, ScalarNode) or name.kind != "text":
            return self.wrong(node, notes)
        return ParameterRef(name.text, name.span)

    def write(self, value: Any) -> Any:
        """Write the reference."""
        return {"parameter": value.name}

    def schema(self) -> Json:
        """Describe as an object with that one key."""
        return {
            "type": "object",
            "properties": {"parameter": {"type": "string"}},
            "required": ["parameter"],
            "additionalProperties": False,
        }
