"""What a rule is, and what it finds. One rule is one module of `lint.rules`, with a page of the same name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from alpr_policy.source import Span

if TYPE_CHECKING:
    from alpr_policy.lint.subject import Subject

Option = int | str | tuple[str, ...]
Options = Mapping[str, Option]


class Level(StrEnum):
    """How much a finding weighs; `never` switches a rule off."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


class Reads(StrEnum):
    """What a rule looks at: the text of any file that is YAML, a profile that can be used, or what can be proven."""

    TEXT = "text"
    PROFILE = "profile"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` (from 0, of the whole text) become `text`."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that a rule found, in the words of a `Diagnostic`, and the edits that mend it for certain."""

    message: str
    span: Span
    help: str = ""
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the linter. `code` is stable; `options` are its settings with their defaults."""

    code: str
    about: str
    check: Callable[[Subject, Options], Iterator[Found]]
    level: Level = Level.WARNING
    reads: Reads = Reads.PROFILE
    options: Options = field(default_factory=dict)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Return every rule by its code; a module of `lint.rules` is one rule, and its name is the code."""
    package = import_module("alpr_policy.lint.rules")
    modules = (import_module(f"{package.__name__}.{one.name}") for one in iter_modules(package.__path__))
    return {module.RULE.code: module.RULE for module in modules}
