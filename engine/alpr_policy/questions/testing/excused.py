"""The list of mutants that no answer can tell from their profile, each with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.suites import LIMITS, SuiteError
from alpr_policy.questions.testing.killing import Key
from alpr_policy.reading.grammar import NAME, TEXT
from alpr_policy.reading.groups import Field, ListOf, Record
from alpr_policy.reading.shapes import Notes, Word
from alpr_policy.reading.yaml_nodes import parse, read_text

_ENTRY = Record(
    dict,
    (
        Field("profile", NAME, "the profile", required=True),
        Field(
            "statement", Word("a statement", r"\S{1,200}", 200), "its statement, `terms.NAME` and so on", required=True
        ),
        Field(
            "what", ListOf(TEXT, "what is otherwise", single=True), "what is otherwise, as it is told", required=True
        ),
        Field("reason", TEXT, "why no answer can tell it", required=True),
    ),
    "a mutant",
)
_LIST = ListOf(_ENTRY, "a list of mutants", may_be_empty=True)


def read_excused(path: Path) -> tuple[Key, ...]:
    """Read a file of excused mutants; raises SuiteError with all that is wrong in it."""
    source, found = read_text(path, LIMITS)
    node, problems = parse(source, LIMITS, allow_sequence=True) if source is not None else (None, [])
    notes = Notes([*found, *problems])
    entries: Any = _LIST.read(node, notes) if node is not None else ()
    if any(d.is_error for d in notes.found):
        errors: list[Diagnostic] = notes.found
        raise SuiteError(errors)
    return tuple((one["profile"], one["statement"], what) for one in entries for what in one["what"])
