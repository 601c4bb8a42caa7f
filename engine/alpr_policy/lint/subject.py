"""What rules look at: one file with its text, and, where it can be used, its profile, rules and versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from alpr_policy.ir.conditions import Conditions, both, negated
from alpr_policy.ir.nodes import FALSE, TRUE, Cond, Ruleset
from alpr_policy.lint.regions import Regions
from alpr_policy.lint.rule import Edit
from alpr_policy.model.condition import Condition
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import ActionStatement, Statement
from alpr_policy.model.words import words_of
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.source import NOWHERE, SourceFile, Span
from alpr_policy.vocabulary import Vocabulary

Proofs = Callable[[], tuple[tuple[str, str, str, str], ...]]


@dataclass
class Subject:
    """One file. `profile` and what follows from it may only be asked for by rules that read profiles.

    `versions` are all texts of the same id in order of their first day. `tested` are the clauses that expected answers
    cite, None where no folder of them is known. `proofs` gives what is proven of the profile: kind, statement or act,
    verdict, sentence.
    """

    source: SourceFile
    tree: MappingNode | None = None
    known: Profile | None = None
    rules: Ruleset | None = None
    versions: tuple[Profile, ...] = ()
    tested: frozenset[str] | None = None
    proofs: Proofs | None = None
    _applies: dict[int, Cond] = field(default_factory=dict)
    _lowered: dict[int, Cond] = field(default_factory=dict)
    _acts: dict[int, frozenset[str]] = field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        """Return the profile, for rules that read one."""
        assert self.known is not None
        return self.known

    @cached_property
    def ruleset(self) -> Ruleset | None:
        """Return the lowered rules, where they are known."""
        return self.rules

    @cached_property
    def words(self) -> Vocabulary:
        """Return the words that the profile may use."""
        return self.rules.vocabulary if self.rules is not None else words_of(self.profile)

    @cached_property
    def conditions(self) -> Conditions:
        """Return what lowers the profile's conditions."""
        return Conditions(self.profile, self.words, ZoneInfo(self.profile.timezone))

    @cached_property
    def regions(self) -> Regions:
        """Return what tells whether conditions can hold together."""
        return Regions(self.words)

    def applies(self, statement: Statement) -> Cond:
        """Return where a statement applies."""
        known = self._applies.get(id(statement))
        if known is None:
            unless = negated(self.lowered(statement.unless, FALSE))
            known = self._applies[id(statement)] = both(self.lowered(statement.when, TRUE), unless)
        return known

    def lowered(self, condition: Condition | None, absent: Cond = TRUE) -> Cond:
        """Lower one condition of the profile."""
        if condition is None:
            return absent
        known = self._lowered.get(id(condition))
        if known is None:
            known = self._lowered[id(condition)] = self.conditions.lower(condition, absent)
        return known

    def acts(self, statement: ActionStatement) -> frozenset[str]:
        """Return the acts that a statement is about."""
        known = self._acts.get(id(statement))
        if known is None:
            known = self._acts[id(statement)] = frozenset(self.words.expand(statement.action))
        return known

    def at(self, key: str) -> Span:
        """Return the place of a top-level key of the profile, or of its first line."""
        return self.profile.spans.get(key, self.profile.spans.get("profile", NOWHERE))

    # The text

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Return the lines of the text without their ends."""
        return tuple(line.removesuffix("\r") for line in self.source.text.split("\n"))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        starts = [0]
        for line in self.source.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return tuple(starts)

    def offset(self, line: int, column: int) -> int:
        """Return where a place (from 1) is in the text, counted from 0."""
        return self._starts[line - 1] + column - 1

    def place(self, line: int, column: int, width: int = 1) -> Span:
        """Return a place of this file."""
        return Span(self.source.name, line, column, width)

    def edit(self, span: Span, text: str) -> Edit:
        """Return the edit that puts `text` in place of what a span covers."""
        start = self.offset(span.line, span.column)
        return Edit(start, start + span.width, text)

    def without_item(self, items: tuple[Node, ...], number: int) -> tuple[Edit, ...]:
        """Return the edit that takes one plain word out of a list on one line, or out of a list of lines.

        Nothing where the list is laid out in another way, or a comment stands in the gap.
        """
        item, text = items[number], self.source.text
        if number == 0 or not isinstance(item, ScalarNode):
            return ()
        before = items[number - 1]
        start = self.offset(item.span.line, item.span.column)
        end = start + item.span.width
        if before.span.line != item.span.line:  # a list of lines: `- word` alone on its line goes with the line
            first, last = self._starts[item.span.line - 1], self._starts[item.span.line]
            own = text[first:last].strip()
            return (Edit(first, last),) if own in (f"- {text[start:end]}", f"-   {text[start:end]}") else ()
        gap = self.offset(before.span.line, before.span.column) + before.span.width
        return (Edit(gap, end),) if text[gap:start].strip() == "," else ()


def where(statement: Statement, key: str) -> Span:
    """Return the place of a key of a statement, or of the statement."""
    return statement.spans.get(key, statement.span)


def lists_in(node: Node | None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], SequenceNode]]:
    """Yield every list in a tree with the keys that lead to it."""
    if isinstance(node, SequenceNode):
        yield path, node
        for item in node.items:
            yield from lists_in(item, path)
    elif isinstance(node, MappingNode):
        for key, value in node.entries:
            yield from lists_in(value, (*path, key.text))


def scalars_in(node: Node | None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], ScalarNode]]:
    """Yield every single value in a tree with the keys that lead to it."""
    if isinstance(node, ScalarNode):
        yield path, node
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from scalars_in(item, path)
    elif isinstance(node, MappingNode):
        for key, value in node.entries:
            yield from scalars_in(value, (*path, key.text))


__all__ = ["Subject", "lists_in", "scalars_in", "where"]
