"""The shape of a whole file: header, roles, terms, parameters, extensions, statements, outline (language.md §1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from alpr_policy.durations import CalendarSpan
from alpr_policy.model import profile as model
from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.words import FACT_TYPES
from alpr_policy.reading.conditions import CONDITION, TEST
from alpr_policy.reading.grammar import (
    ACTIONS,
    APPROVERS,
    CLAUSE,
    CLAUSES,
    DOTTED,
    KINDS,
    NAME,
    NAMES,
    SPAN,
    TEXT,
    VALUE,
    VALUES,
)
from alpr_policy.reading.groups import Either, Field, ListOf, MapOf, Record, a, anything, has_key, is_text
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.shapes import BAD, Choice, Day, Flag, Json, Notes, Reference, Shape, Whole, Word
from alpr_policy.reading.yaml_tree import MappingNode, Node

WHY = ("definition", "background", "role", "discipline", "outside_law", "management", "superseded")
PARAMETER_TYPES = ("role", "span", "date", "count", "choice", "text")
ADDABLE = ("topics", "tasks", "events", "documents", "checks", "sources", "covers")
# The one fact without a dot that a profile may add values to.
OWN_FACT = Word("a name such as `search.repeats`", rf"purpose|{DOTTED.pattern}", 120)
FACT_NAME = Word("a fact such as `record.captured`", r"[a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)*", 120)
ZONE = Word("a time zone such as `America/New_York`", r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*", 60)
EFFECTIVE = Either(
    ((has_key("parameter"), a(ParameterRef), Reference()), (is_text, anything, Day())),
    "a date such as 2025-08-07, or {parameter: name}",
)
POLICY = Record(
    model.PolicyText,
    (
        Field("title", TEXT, "the document's title", required=True),
        Field("number", TEXT, "the document's number", required=True),
        Field("effective", EFFECTIVE, "the first day it binds", required=True),
        Field("until", Day(), "the last day it binds"),
        Field("supersedes", TEXT, "what it replaces"),
        Field("source", TEXT, "where the document can be had"),
    ),
    "policy",
)


class _SilenceShape(Shape):
    """`deny`, `allow`, or both with a list of acts."""

    what = "`deny`, `allow`, or {otherwise: deny, allow: [actions]}"
    _word = Choice(("deny", "allow"))
    _record = Record(
        model.Silence,
        (
            Field("otherwise", Choice(("deny", "allow")), "what follows in general", required=True),
            Field("allow", ACTIONS, "acts that silence allows"),
        ),
        "silence",
    )

    def read(self, node: Node, notes: Notes) -> Any:
        if isinstance(node, MappingNode):
            return self._record.read(node, notes)
        word = self._word.read(node, notes)
        return word if word is BAD else model.Silence(otherwise=word)

    def write(self, value: model.Silence) -> Any:
        return self._record.write(value) if value.allow else value.otherwise

    def schema(self) -> Json:
        return {"anyOf": [self._word.schema(), self._record.schema()]}

    def parts(self) -> tuple[Shape, ...]:
        return self._word, self._record


class TermValues(Shape):
    """A list of values, or values each with its own clause."""

    what = "a list of values, or {value: clause}"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the values, each with its clause where it has one."""
        if isinstance(node, MappingNode):
            pairs = [(key, VALUE.read(key, notes), CLAUSE.read(clause, notes)) for key, clause in node.entries]
            bad = any(BAD in (value, cite) for _, value, cite in pairs)
            return BAD if bad else tuple(model.TermValue(value=v, cite=c, span=k.span) for k, v, c in pairs)
        read = VALUES.read(node, notes)
        if read is BAD:
            return BAD
        places = [item.span for item in getattr(node, "items", (node,))]
        return tuple(model.TermValue(value=v, span=span) for v, span in zip(read, places, strict=True))

    def write(self, value: tuple[model.TermValue, ...]) -> Any:
        """Write a mapping where a value has a clause of its own."""
        if any(one.cite for one in value):
            return {one.value: one.cite for one in value}
        return [one.value for one in value]

    def schema(self) -> Json:
        """Describe as either form."""
        return {
            "anyOf": [
                VALUES.schema(),
                {"type": "object", "propertyNames": VALUE.schema(), "additionalProperties": CLAUSE.schema()},
            ]
        }


class _PlainShape(Shape):
    """The value of a parameter, as its type wants it; `resolve` turns spans into spans."""

    what = "a value"

    def read(self, node: Node, notes: Notes) -> Any:
        return node.value if isinstance(node, ScalarNode) else self.wrong(node, notes)

    def write(self, value: Any) -> Any:
        return str(value) if isinstance(value, CalendarSpan) else value

    def schema(self) -> Json:
        return {"type": ["string", "integer", "boolean", "null"]}


def _value_shape(kind: str, choices: tuple[str, ...]) -> Shape:
    """Return what the value of a parameter of some type must be."""
    shapes: dict[str, Shape] = {
        "role": NAME,
        "span": SPAN,
        "date": Day(),
        "count": Whole(0, 10**9),
        "choice": Choice(choices),
        "text": TEXT,
    }
    return shapes[kind]


def _typed_value(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    """Read a filled parameter by its type, so that a period is a period."""
    value = node.get("value")
    if not isinstance(value, ScalarNode) or value.kind == "null":
        values["value"] = None
        return
    values["value"] = _value_shape(values["type"], tuple(values.get("choices", ()))).read(value, notes)


class _ParameterRecord(Record):
    """A parameter; its schema ties the value to the type, but for a choice, whose words only the file knows."""

    def schema(self) -> Json:
        tied = [
            {
                "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
                "then": {"properties": {"value": {"anyOf": [{"type": "null"}, _value_shape(kind, ()).schema()]}}},
            }
            for kind in PARAMETER_TYPES
            if kind != "choice"
        ]
        return {**super().schema(), "allOf": tied}


ROLE = Record(
    model.Role,
    (
        Field("title", TEXT, "the office", required=True),
        Field("designee", Flag(), "a designee may stand in"),
        Field("acting", Flag(), "one acting for the holder may stand in"),
        Field("cite", CLAUSES, "the clauses that define it"),
    ),
    "a role",
    places=True,
)
TERM = Record(
    model.Term,
    (Field("values", TermValues(), "the values", required=True), Field("cite", CLAUSES, "the clauses that list them")),
    "a term",
    places=True,
)
PARAMETER = _ParameterRecord(
    model.Parameter,
    (
        Field("type", Choice(PARAMETER_TYPES), "what sort of value it takes", required=True),
        Field("value", _PlainShape(), "its value; nothing while it is open"),
        Field("choices", VALUES, "what may be chosen, for `type: choice`"),
        Field("required", Flag(), "the profile may not serve until it is filled"),
        Field("vague", Flag(), "the text is vague here"),
        Field("set_by", NAME, "the role that sets it"),
        Field("cite", CLAUSES, "the clauses that leave it open"),
    ),
    "a parameter",
    places=True,
    finish=_typed_value,
)
FACT = Record(
    model.FactExtension,
    (
        Field("type", Choice(FACT_TYPES), "what sort of value it has, or how it is derived"),
        Field("values", VALUES, "its closed values, for enum and set"),
        Field("add_values", VALUES, "values added to a known fact's list"),
        Field("actions", ACTIONS, "the actions it belongs to"),
        Field("means", TEXT, "its meaning"),
        Field("supplied_by", TEXT, "who can supply it"),
        Field("personal", Choice(("plate", "person", "case", "free text")), "why it is personal"),
        Field("of", ListOf(VALUE, "a name or a list of names", single=True), "what it is derived from"),
        Field("role", NAME, "the role asked about"),
        Field("from", FACT_NAME, "where a span begins", "since"),
        Field("to", FACT_NAME, "where a span ends"),
        Field("same", ListOf(FACT_NAME, "a fact or a list of facts", single=True), "facts that must be the same"),
        Field("within", SPAN, "how far back it looks"),
        Field("cite", CLAUSES, "the clauses that need it"),
    ),
    "a fact",
    places=True,
)
ACTION_EXTENSION = Record(
    model.ActionExtension,
    (
        Field("means", TEXT, "its meaning", required=True),
        Field("facts", ListOf(FACT_NAME, "a list of facts"), "its facts, beside those of every human act"),
    ),
    "an action",
)
REVIEW = Record(
    lambda by, within: (by, within),
    (Field("by", NAME, "who reviews", required=True), Field("within", SPAN, "by when", required=True)),
    "a review",
)


class _OverrideRecord(Record):
    """An override; its review is one group of keys in the file and two fields inside."""

    def write(self, value: Any) -> Any:
        written = {
            "by": APPROVERS.write(value.by),
            "actions": ACTIONS.write(value.actions),
            "valid": str(value.valid),
            "review": {"by": value.review_by, "within": str(value.review_within)},
        }
        return written | ({"cite": CLAUSES.write(value.cite)} if value.cite else {})


def _spread_review(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    values["review_by"], values["review_within"] = values.pop("review")


OVERRIDE = _OverrideRecord(
    model.Override,
    (
        Field("by", APPROVERS, "who may act against a deny", required=True),
        Field("actions", ACTIONS, "on which acts", required=True),
        Field("valid", SPAN, "for how long", required=True),
        Field("review", REVIEW, "who reviews it, by when", required=True),
        Field("cite", CLAUSES, "the clauses that allow it"),
    ),
    "override",
    finish=_spread_review,
)
MATCHING = Record(
    model.Matching,
    (
        Field("look_alikes", Whole(0, 8), "how many characters may be look-alikes"),
        Field("differences", Whole(0, 8), "how many characters may differ"),
        Field("cite", CLAUSES, "the clauses that set it"),
    ),
    "matching",
)
REASONS = Record(
    model.ReasonWords,
    (
        Field("generic", ListOf(TEXT, "a list of texts"), "reasons that say nothing"),
        Field("placeholders", ListOf(TEXT, "a list of texts"), "fillers"),
        Field("agencies", ListOf(TEXT, "a list of texts"), "names by which other agencies are spoken of"),
        Field("min_length", Whole(0, 1_000), "the shortest reason, in characters"),
        Field("cite", CLAUSES, "the clauses that ask for it"),
    ),
    "reasons",
)
DEMAND = Record(
    model.Demand,
    (
        Field("state", Choice(tuple(KINDS)), "the kind of statement", required=True),
        Field("data", VALUES, "the data classes it must cover"),
        Field("task", NAME, "the task it must have"),
        Field("cite", CLAUSES, "the clauses that demand it"),
    ),
    "a demand",
)
NOT_ENFORCED = Record(
    model.NotEnforced,
    (
        Field("cite", CLAUSES, "the clauses", required=True),
        Field("why", Choice(WHY), "why no statement carries them", required=True),
        Field("note", TEXT, "in a few words", required=True),
    ),
    "a clause not enforced",
    places=True,
)


def _map(item: Shape, key: Word = NAME) -> MapOf:
    return MapOf(key, item, partial=True)


NO_TEXT = model.PolicyText(title="a policy", number="1", effective=dt.date(2000, 1, 1))
HEADER = (
    Field("language", Whole(1, 1), "the version of the language", required=True),
    Field("profile", NAME, "the profile's id", required=True),
    Field("department", TEXT, "the department's name", required=True, stand_in="a department"),
    Field("policy", POLICY, "the document it encodes", required=True, stand_in=NO_TEXT),
    Field("timezone", ZONE, "the department's time zone", required=True, stand_in="UTC"),
)
PROFILE = Record(
    model.Profile,
    (
        *HEADER,
        Field(
            "silence",
            _SilenceShape(),
            "what follows where no permission speaks: `deny`, `allow`, or both by action",
            required=True,
            stand_in=model.Silence(otherwise="deny"),
        ),
        Field("floor", NAME, "the profile this one may only tighten"),
        Field("roles", _map(ROLE), "the offices"),
        Field("terms", _map(TERM), "named lists of values"),
        Field("parameters", _map(PARAMETER), "positions the text leaves open"),
        Field("facts", _map(FACT, OWN_FACT), "facts of the profile's own"),
        Field("actions", _map(ACTION_EXTENSION, DOTTED), "actions of the profile's own"),
        Field("data_classes", NAMES, "data classes of the profile's own"),
        Field("lists", MapOf(Word("a list name", "|".join(ADDABLE)), NAMES), "entries added to the lists"),
        Field("override", OVERRIDE, "who may act against a deny"),
        Field("matching", MATCHING, "how far a read may differ from an entry"),
        Field("reasons", REASONS, "word lists for typed reasons"),
        *(
            Field(name, ListOf(shape, f"a list of {name}", partial=True), f"the {name}")
            for name, shape in KINDS.items()
        ),
        Field("demands", ListOf(DEMAND, "a list of demands"), "what every profile under this floor must state"),
        Field("outline", ListOf(CLAUSE, "a list of clause ids"), "all clauses of the text"),
        Field("not_enforced", ListOf(NOT_ENFORCED, "a list of clauses"), "clauses no statement carries"),
    ),
    "a profile",
    extra=("spans",),
    partial=True,
)
ADOPTION = Record(
    model.Adoption,
    (
        *HEADER[:2],
        Field("adopts", NAME, "the template", required=True),
        *HEADER[2:],
        Field("parameters", _map(_PlainShape()), "the values that fill it"),
    ),
    "an adopting file",
    extra=("spans",),
)
DEFINITIONS: Json = {"condition": CONDITION, "test": TEST}
