"""YAML's events from libyaml or, where it is missing, from PyYAML's own parser, with one way for both to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import yaml
from yaml.events import Event
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner


class PlainParser(Reader, Scanner, Parser):
    """PyYAML's own parser in Python, for machines without libyaml: the same events, about twenty times slower."""

    def __init__(self, stream: str) -> None:
        """Start reading a text."""
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)


try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    PARSER: Callable[[str], CParser | PlainParser] = PlainParser
else:
    PARSER = CParser


class Place(NamedTuple):
    """A line and a column of a file, both from 0, in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where the parser stopped and what it said; `begun` is where the thing that it was reading began."""

    problem: str
    context: str
    at: Place
    begun: Place | None


class StoppedError(Exception):
    """The parser cannot go on."""

    def __init__(self, stop: Stop) -> None:
        """Keep where and why."""
        self.stop = stop
        super().__init__(stop.problem)


def events(text: str, first_line: int = 0) -> Iterator[Event]:
    """Give the events of a text one by one; whatever goes wrong in the parser comes out as a StoppedError."""
    last = Place(first_line, 0)
    try:
        parser = PARSER(text)
        while (event := parser.get_event()) is not None:
            yield event
    except yaml.MarkedYAMLError as error:
        at = _place(error.problem_mark, first_line) or last
        begun = _place(error.context_mark, first_line)
        stop = Stop(problem=error.problem or "", context=error.context or "", at=at, begun=begun)
        raise StoppedError(stop) from None
    except Exception as error:  # a parser that fails in a way of its own must not take the command down
        problem = str(error) or type(error).__name__
        raise StoppedError(Stop(problem=problem, context="", at=last, begun=None)) from error


def _place(mark: object, first_line: int) -> Place | None:
    """Turn a parser's mark into a place of the whole file."""
    line, column = getattr(mark, "line", None), getattr(mark, "column", None)
    return Place(line + first_line, column) if isinstance(line, int) and isinstance(column, int) else None
