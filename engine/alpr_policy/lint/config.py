"""Settings of the linter and the formatter: `.alpr-policy.yaml`, found in the folder of a file or above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.lint.rule import Level, Option, Options, Rule, all_rules
from alpr_policy.reading.grammar import TEXT
from alpr_policy.reading.groups import Field, ListOf, MapOf, Record
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.shapes import BAD, Choice, Json, Notes, Shape, Whole, Word
from alpr_policy.reading.yaml_nodes import parse, read_text
from alpr_policy.reading.yaml_tree import Node, SequenceNode
from alpr_policy.suggest import did_you_mean

NAME = ".alpr-policy.yaml"
WIDTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Pardon:
    """Findings of one rule that are left out in some files, and why."""

    rule: str
    files: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a team has chosen: levels and options of rules, pardoned files, folders of expected answers, line width."""

    levels: Mapping[str, Level] = field(default_factory=dict)
    options: Mapping[str, Options] = field(default_factory=dict)
    pardons: tuple[Pardon, ...] = ()
    tests: tuple[str, ...] = ()
    width: int = WIDTH
    folder: Path | None = None

    def level(self, rule: Rule) -> Level:
        """Return the level of a rule here."""
        return self.levels.get(rule.code, rule.level)

    def options_of(self, rule: Rule) -> Options:
        """Return the options of a rule here."""
        return {**rule.options, **self.options.get(rule.code, {})}

    def pardoned(self, rule: str, file: Path) -> bool:
        """Say whether a rule is left out in a file; patterns count from the folder of the settings."""
        try:
            name = file.resolve().relative_to((self.folder or Path.cwd()).resolve()).as_posix()
        except ValueError:
            return False
        return any(one.rule == rule and fnmatch(name, one.files) for one in self.pardons)


class SettingsError(PolicyError):
    """The settings cannot be used."""


class _Value(Shape):
    """An option: a number, a word or a list of words."""

    what = "a number, a word or a list of words"

    def read(self, node: Node, notes: Notes) -> Any:
        if isinstance(node, SequenceNode):
            return tuple(item.text for item in node.items if isinstance(item, ScalarNode))
        return node.value if isinstance(node, ScalarNode) else self.wrong(node, notes)

    def schema(self) -> Json:
        return {}


CODE = Word("the code of a rule", r"[a-z]+(?:-[a-z]+)*", 80)
LINT = Record(
    dict,
    (
        Field("levels", MapOf(CODE, Choice(tuple(Level))), "how much a rule weighs"),
        Field("options", MapOf(CODE, MapOf(CODE, _Value())), "settings of single rules"),
        Field(
            "ignore",
            ListOf(
                Record(
                    dict,
                    (
                        Field("rule", CODE, "the rule", required=True),
                        Field("files", TEXT, "the files, as a pattern", required=True),
                        Field("reason", TEXT, "why", required=True),
                    ),
                    "a pardon",
                )
            ),
            "rules that are left out in some files",
        ),
        Field("tests", ListOf(TEXT, "a folder or a list of folders", single=True), "folders of expected answers"),
    ),
    "the settings of the linter",
)
FORMAT = Record(dict, (Field("width", Whole(60, 200), "the longest line"),), "the settings of the formatter")
SETTINGS = Record(dict, (Field("lint", LINT, "the linter"), Field("format", FORMAT, "the formatter")), "the settings")


def settings_for(file: Path) -> Settings:
    """Return the settings that count for a file: those of the nearest folder that has any; raises SettingsError."""
    folder = file.resolve().parent
    for place in (folder, *folder.parents):
        path = place / NAME
        if path.is_file():
            return _read(path, path.stat().st_mtime_ns)
    return Settings()


@lru_cache(maxsize=100)
def _read(path: Path, changed: int) -> Settings:
    """Read settings once for as long as the file does not change."""
    return read_settings(path)


def read_settings(path: Path) -> Settings:
    """Read one file of settings; raises SettingsError with all that is wrong in it."""
    source, found = read_text(path)
    node = None
    if source is not None:
        node, problems = parse(source)
        found = [*found, *problems]
    notes = Notes()
    read: Any = SETTINGS.read(node, notes) if node is not None else BAD
    found += notes.found
    lint: dict[str, Any] = {} if read is BAD else read.get("lint", {})
    found += [] if read is BAD else _unknown(node, lint)
    if any(d.is_error for d in found) or read is BAD:
        raise SettingsError(found)
    return Settings(
        levels={code: Level(level) for code, level in lint.get("levels", {}).items()},
        options=lint.get("options", {}),
        pardons=tuple(Pardon(**one) for one in lint.get("ignore", ())),
        tests=lint.get("tests", ()),
        width=read.get("format", {}).get("width", WIDTH),
        folder=path.parent,
    )


def _unknown(node: Any, lint: dict[str, Any]) -> list[Diagnostic]:
    """Return what the settings say of rules and options that do not exist, or with values of another sort."""
    rules = all_rules()
    place = node.key_span("lint")
    found: list[Diagnostic] = []
    named = [*lint.get("levels", {}), *lint.get("options", {}), *(one["rule"] for one in lint.get("ignore", ()))]
    for code in dict.fromkeys(named):
        if code not in rules:
            found.append(Diagnostic("unknown-rule", f"`{code}` is not a rule", place, did_you_mean(code, rules)))
    for code, options in lint.get("options", {}).items():
        known = rules[code].options if code in rules else {}
        for name, value in options.items() if code in rules else ():
            if name not in known:
                message = f"`{name}` is not an option of `{code}`"
                found.append(Diagnostic("unknown-option", message, place, did_you_mean(name, known)))
            elif not _alike(value, known[name]):
                message = f"the option `{name}` of `{code}` takes {_sort(known[name])}"
                found.append(Diagnostic("unknown-option", message, place))
    return found


def _alike(value: Any, default: Option) -> bool:
    return type(value) is type(default)


def _sort(default: Option) -> str:
    return {int: "a whole number", str: "a word"}.get(type(default), "a list of words")
