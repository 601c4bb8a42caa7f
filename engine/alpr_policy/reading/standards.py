"""Accreditation standards as data: what each point asks for, and the words of the vocabulary that answer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.model.values import is_text
from alpr_policy.reading.documents import read_document_file
from alpr_policy.reading.records import Kind, MalformedError, group_of, read_record
from alpr_policy.source import Span
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY

MAX_BULLETS, MAX_NAMES, MAX_SENTENCE = 100, 200, 500


class StandardError(PolicyError):
    """A standard is not known, or its file cannot be used."""

    exit_code = ExitCode.BAD_INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """One point of a standard and the words by which a statement answers it; `task_words` are parts of a task's name.

    `keeping` and `holds` take in how long data is kept and what keeps it longer, `training` the training of persons.
    """

    letter: str
    says: str
    actions: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    task_words: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    keeping: bool = False
    holds: bool = False
    training: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """A standard by its number, with its points in order."""

    standard: str
    title: str
    bullets: tuple[Bullet, ...]
    note: str = ""


def _text(raw: Any, key: str) -> str:
    if not is_text(raw, MAX_SENTENCE) or not raw:
        raise MalformedError(f"`{key}` must be a text")
    return raw


def _names(raw: Any, key: str) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or len(raw) > MAX_NAMES:
        raise MalformedError(f"`{key}` must be a list of at most {MAX_NAMES} names")
    return tuple(_text(one, key) for one in raw)


def _flag(raw: Any, key: str) -> bool:
    if not isinstance(raw, bool):
        raise MalformedError(f"`{key}` must be true or false")
    return raw


BULLET = Kind(
    Bullet,
    {
        "letter": _text,
        "says": _text,
        "actions": _names,
        "tasks": _names,
        "task_words": _names,
        "events": _names,
        "facts": _names,
        "keeping": _flag,
        "holds": _flag,
        "training": _flag,
    },
    ("letter", "says"),
)
KNOWN: dict[str, Iterable[str]] = {
    "actions": [*VOCABULARY.actions, *VOCABULARY.groups],
    "tasks": VOCABULARY.lists["tasks"],
    "events": VOCABULARY.lists["events"],
    "facts": VOCABULARY.facts,
}


def standards_folder() -> Path:
    """Return the folder of the standards that come with the package."""
    return Path(str(files("alpr_policy"))) / "_standards"


def known_standards() -> tuple[str, ...]:
    """Return the numbers of the standards that come with the package."""
    return tuple(sorted(path.stem for path in standards_folder().glob("*.yaml")))


def find_standard(number: str) -> Standard:
    """Return a standard that comes with the package; raises StandardError."""
    known = known_standards()
    if number not in known:
        hint = did_you_mean(number, known) or f"known: {', '.join(known)}; name a file of your own with --standards"
        raise StandardError(
            [Diagnostic("unknown-standard", f"`{number[:60]}` is not a standard that ships", help=hint)]
        )
    return read_standard(standards_folder() / f"{number}.yaml")


def read_standard(path: Path) -> Standard:
    """Read a standard from a YAML file; raises StandardError with everything that is wrong."""
    source, value, found = read_document_file(path)
    if source is None or any(d.is_error for d in found):
        raise StandardError(found)
    place = Span(str(path), 0, 1)
    faults: list[Diagnostic] = []
    group = group_of(value, 10) or {}
    try:
        number, title = _text(group.get("standard"), "standard"), _text(group.get("title"), "title")
        note = _text(group["note"], "note") if group.get("note") else ""
        raw = group.get("bullets")
        if not isinstance(raw, list) or not 0 < len(raw) <= MAX_BULLETS:
            raise MalformedError(f"`bullets` must be a list of at most {MAX_BULLETS} points")
        bullets = [read_record(BULLET, one) for one in raw]
    except MalformedError as error:
        help = "it has `standard`, `title` and `bullets`, each with `letter` and `says`"
        raise StandardError([Diagnostic("standard-shape", str(error), place, help)]) from None
    for bullet in bullets:
        for key, known in KNOWN.items():
            for name in getattr(bullet, key):
                if name not in known:
                    message = f"`{name}` under `{key}` of point {bullet.letter} is not in the vocabulary"
                    faults.append(Diagnostic("standard-word", message, place, did_you_mean(name, known)))
    if faults:
        raise StandardError(faults)
    return Standard(standard=number, title=title, note=note, bullets=tuple(bullets))
