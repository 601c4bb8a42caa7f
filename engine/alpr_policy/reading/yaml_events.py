"""YAML's events from libyaml or, where it is missing, from PyYAML's own parser, with one way for both to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import yaml
from yaml.events import Event
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from alpr_policy.reading.yaml_stops import Place, Stop, StoppedError


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
