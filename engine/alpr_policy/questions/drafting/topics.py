"""What a new department is asked, from topics.yaml: each question with the statement and the answers it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from alpr_policy.errors import ProfileError
from alpr_policy.reading.documents import read_document
from alpr_policy.source import SourceFile

TABLE = "topics.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One question. `kind` is `always`, `yes`, `number` (from 0 to `most`) or `choice` (of `choices`).

    `statement`, `cases` and `duties` are texts in YAML with words such as `$clause` to fill in; `sample` fills the
    statement where it is only an example.
    """

    name: str
    section: str
    kind: str
    clause: str
    gist: str
    statement: str
    asks: str = ""
    most: int = 0
    choices: tuple[str, ...] = ()
    sample: int | str | bool = True
    cases: str = ""
    duties: str = ""

    def fits(self, value: object) -> bool:
        """Say whether a value is an answer to the question."""
        if self.kind == "number":
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= self.most
        return value in self.choices if self.kind == "choice" else isinstance(value, bool)

    def is_taken(self, value: object) -> bool:
        """Say whether an answer puts the statement into the profile."""
        return self.kind == "always" or value not in (None, False, 0, "never")


@cache
def topics() -> tuple[Topic, ...]:
    """Return the questions in the order in which they are asked."""
    text = (files("alpr_policy.questions.drafting") / TABLE).read_text(encoding="utf-8")
    value, found = read_document(SourceFile(TABLE, text))
    if found:
        raise ProfileError(found)
    return tuple(_topic(one) for one in value["topics"])


def _topic(raw: dict[str, Any]) -> Topic:
    return Topic(**{**raw, "choices": tuple(raw.get("choices", ()))})
