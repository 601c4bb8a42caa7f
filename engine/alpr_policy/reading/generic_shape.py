"""The shape of a policy about other things than plate readers, and which of the three shapes a file has."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from alpr_policy.model import profile as model
from alpr_policy.model.listing import RELATION
from alpr_policy.model.words import FACT_TYPES
from alpr_policy.reading.grammar import CLAUSES, DOTTED, NAME, NAMES, TEXT
from alpr_policy.reading.groups import Either, Field, ListOf, MapOf, Record, anything, is_text
from alpr_policy.reading.profile_shape import ACTION_EXTENSION, ADDABLE, ADOPTION, FACT, PROFILE
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.shapes import Choice, Flag, Json, Notes, Shape, Word
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.source import Span

ACT = Word("a name such as `read` or `door.open`", r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*", 120)
ENTITY_ID = Word("an id such as `record-1`", r"[!-~](?:[ -~]*[!-~])?", 300)
ATTRIBUTE = Word("a name such as `status`", r"[a-z0-9_-]+", 80)
STATED = frozenset({"floor", "demands", "data_classes", "matching", "reasons", "retention", "holds"})
"""Sections that only a policy about plate readers has."""
OWN = frozenset({"entities"})
"""Sections that only a policy about other things has."""


class CellShape(Shape):
    """One value of a row as it stands; whether it fits its fact is for the checks of names."""

    what = "a value"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the value."""
        return node.value if isinstance(node, ScalarNode) else self.wrong(node, notes)

    def schema(self) -> Json:
        """Describe as any single value."""
        return {"type": ["string", "integer", "boolean", "null"]}


CELL: Final = CellShape()
CELLS = Either(
    (
        (
            lambda node: isinstance(node, SequenceNode),
            lambda value: isinstance(value, tuple),
            ListOf(CELL, "a list of values", may_be_empty=True),
        ),
        (is_text, anything, CELL),
    ),
    "a value or a list of values",
)
ROW = MapOf(ATTRIBUTE, CELLS, "what is known of it, {} for nothing")
KNOWN = MapOf(ENTITY_ID, ROW, "ids, each with what is known of it")


def _with_places(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    """Note where each id, each key of its row and each word there stands."""
    found: dict[str, Span] = {}
    known = node.get("known")
    for name, row in known.entries if isinstance(known, MappingNode) else ():
        found[name.text] = name.span
        for key, cell in row.entries if isinstance(row, MappingNode) else ():
            found[f"{name.text}\n{key.text}"] = key.span
            for one in cell.items if isinstance(cell, SequenceNode) else (cell,):
                if isinstance(one, ScalarNode):
                    found.setdefault(f"{name.text}\n{key.text}\n{one.text}", one.span)
    values["spans"] = found


ENTITY = Record(
    model.EntityType,
    (
        Field("subject", Flag(), "those of this type do acts"),
        Field("means", TEXT, "its meaning"),
        Field("known", KNOWN, "those that the profile lists, each with what is known of it"),
        Field("cite", CLAUSES, "the clauses that list them"),
    ),
    "a type of persons or things",
    places=True,
    finish=_with_places,
)
GENERIC_FACT = dataclasses.replace(
    FACT,
    fields=tuple(
        Field("type", Choice((*FACT_TYPES, RELATION)), "what sort of value it has, or how it is derived", required=True)
        if field.key == "type"
        else field
        for field in FACT.fields
        if field.key != "add_values"
    ),
)
KIND = Field("kind", Choice((model.GENERIC,)), "`generic`: about other things than plate readers", required=True)
ENTITIES = Field("entities", MapOf(NAME, ENTITY, partial=True), "the types of persons and things, and those listed")
LISTS = (*ADDABLE, "purposes", "document_fields", "check_parts")
"""Lists that such a policy fills itself; all are empty at first."""
OTHERWISE = {
    "lists": Field("lists", MapOf(Word("a list name", "|".join(LISTS)), NAMES), "the words of the lists"),
    "facts": Field("facts", MapOf(DOTTED, GENERIC_FACT, partial=True), "the facts, each `TYPE.NAME`", required=True),
    "actions": Field("actions", MapOf(ACT, ACTION_EXTENSION, partial=True), "the acts", required=True),
}


def _fields() -> tuple[Field, ...]:
    found: list[Field] = []
    for field in PROFILE.fields:
        if field.key not in STATED:
            found.append(OTHERWISE.get(field.key, field))
        found += {"language": [KIND], "actions": [ENTITIES]}.get(field.key, [])
    return tuple(found)


GENERIC = Record(model.Profile, _fields(), "a profile about other things", extra=("spans",), partial=True)
SAYING: Final = frozenset({"adopts", "kind"})
"""Outermost keys that say which shape a file has."""
SHAPES: Final = {"": PROFILE, model.GENERIC: GENERIC}


def shape_of(keys: frozenset[str]) -> Record:
    """Return the shape of a file by its outermost keys: an adoption, a policy about other things, or a profile.

    A file that lists entities and has no section of the other kind is only missing its `kind`.
    """
    if "adopts" in keys:
        return ADOPTION
    return GENERIC if "kind" in keys or ("entities" in keys and not keys & STATED) else PROFILE


def read_whole(node: MappingNode, notes: Notes) -> Any:
    """Read a file by its shape; a section that belongs to the other kind is an error, and left aside."""
    shape = shape_of(frozenset(key.text for key, _ in node.entries))
    foreign = {id(GENERIC): STATED, id(PROFILE): OWN}.get(id(shape), frozenset())
    for key, _ in node.entries:
        if key.text in foreign and shape is GENERIC:
            told = f"`{key.text}` belongs to policies about plate readers, and this one is `kind: generic`"
            notes.fault("other-kind", told, key.span, "leave it out, or leave out `kind`")
        elif key.text in foreign:
            told = f"`{key.text}` belongs to policies about other things, and this one is about plate readers"
            notes.fault("other-kind", told, key.span, "leave it out, or say `kind: generic` after `language`")
    notes.left_out |= {key.text for key, _ in node.entries if key.text in foreign}
    kept = tuple((key, value) for key, value in node.entries if key.text not in foreign)
    return shape.read(dataclasses.replace(node, entries=kept), notes)
