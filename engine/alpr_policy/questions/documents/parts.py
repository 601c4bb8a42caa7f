"""What a document of a policy is made of: sections with sentences, statements, tables and flows."""

from __future__ import annotations

from dataclasses import dataclass

from alpr_policy.questions.telling import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """A paragraph, or a list with an item for each sentence; the clauses stand in the sentences."""

    texts: tuple[str, ...]
    listed: bool = True
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """Statements of the policy in words, each with its clauses and its reading, under a title if there is one."""

    title: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts; each row has a cell for each heading."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One box of a flow. `kind` is `start`, `gate`, `act` or `after`; `notes` are smaller lines within the box."""

    kind: str
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Steps in the order in which they are taken, one below the other."""

    title: str
    steps: tuple[Step, ...]


Part = Sentences | Statements | Table | Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the document with a heading; `name` is how it can be linked to."""

    name: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDocument:
    """A policy in plain words. Whoever builds it twice from the same text gets the same; it holds no day of making.

    `note` says why the text does not bind, where it does not. `hidden` counts statements that only auditors may see.
    """

    profile: str
    department: str
    title: str
    version: str
    content_hash: str
    note: str
    hidden: int
    sections: tuple[Section, ...]


def clauses(cite: tuple[str, ...]) -> str:
    """Return the clauses that something rests on, as they stand behind it."""
    return f"[{', '.join(cite)}]" if cite else ""
