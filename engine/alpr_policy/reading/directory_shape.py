"""The shape of a directory: what may stand in its file, and in a table's row read as that file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alpr_policy.durations import parse_moment
from alpr_policy.model import directory as model
from alpr_policy.model.values import Unknown
from alpr_policy.reading.grammar import NAME
from alpr_policy.reading.groups import Either, Field, ListOf, Record, is_text
from alpr_policy.reading.profile_shape import ZONE
from alpr_policy.reading.scalars import ScalarKind, ScalarNode
from alpr_policy.reading.shapes import Choice, Flag, Json, Notes, Shape, Whole, Word
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.vocabulary import VOCABULARY

# The parts of which a file may say that it tells them in full: a person who names none of them has none.
PARTS = ("roles", "training", "status", "credentials", "hours")


@dataclass(frozen=True)
class _Moment(Shape):
    """A date, or an instant with its offset."""

    what: str = "a date such as 2026-01-01, or a time with its offset"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the moment."""
        if not isinstance(node, ScalarNode) or node.kind not in (ScalarKind.TEXT, ScalarKind.DATE):
            return self.wrong(node, notes)
        try:
            return parse_moment(node.text)
        except ValueError as error:
            said = next((d for d in notes.found if d.span == node.span), None)
            if said is not None:  # such as a day that is not in the calendar: the same once more is dropped in the end
                return notes.fault(said.code, said.message, said.span, said.help)
            return notes.fault("bad-time", str(error), node.span)

    def write(self, value: Any) -> Any:
        """Write it as text."""
        return value.isoformat()

    def schema(self) -> Json:
        """Describe as a text."""
        return {"type": "string"}


@dataclass(frozen=True)
class _Never(Shape):
    """Known never to have been."""

    what: str = "nothing"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return None."""
        return None

    def schema(self) -> Json:
        """Describe as null."""
        return {"type": "null"}


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.kind is ScalarKind.NULL


def _is_flag(node: Node) -> bool:
    return isinstance(node, ScalarNode)


def _is_group(node: Node) -> bool:
    return isinstance(node, MappingNode | SequenceNode)


PERSON_ID = Word("an id such as `officer-7`, without spaces", r"\S+", 200)
WORD = Word("a short text", r"[^\x00-\x1f]*\S[^\x00-\x1f]*", 200)
CLOCK = Word('a time of day such as "08:00"', r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", 5)
MOMENT = _Moment()
WHEN = (
    Field("from", MOMENT, "from when on", "since"),
    Field("until", MOMENT, "the last day or instant"),
)
PERIOD = Record(model.Period, WHEN, "a period", places=True)
FLAG = Either(
    (
        (_is_flag, lambda value: isinstance(value, bool), Flag()),
        (
            _is_group,
            lambda value: isinstance(value, tuple),
            ListOf(PERIOD, "a period or a list of periods", single=True, may_be_empty=True),
        ),
    ),
    "true or false, or the periods in which it is true",
)
HOLDING = Record(
    model.Holding,
    (
        Field("role", NAME, "the role", required=True),
        Field("capacity", Choice(model.CAPACITIES), "as holder, designee or acting"),
        Field("of", PERSON_ID, "whose designee or stand-in"),
        *WHEN,
    ),
    "a role that somebody fills",
    places=True,
)
TRAINING = Record(
    model.Training,
    (
        Field("completed", MOMENT, "when it was completed", required=True),
        Field("what", WORD, "what it is called"),
        Field(
            "covers",
            ListOf(Choice(VOCABULARY.facts["grantee.training_covers"].values), may_be_empty=True, single=True),
            "what it covered",
        ),
        Field("expires", MOMENT, "the last day on which it counts"),
    ),
    "a training",
    places=True,
)
STATUS = Record(
    model.StatusPeriod,
    (Field("status", Choice(model.STATUSES), "the state of access", required=True), *WHEN),
    "a status",
    places=True,
)


@dataclass(frozen=True)
class _AlwaysStatus(Shape):
    """One status that holds throughout, as a bare word."""

    what: str = "a status"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the one period."""
        word = Choice(model.STATUSES).read(node, notes)
        return (model.StatusPeriod(status=word, span=node.span),) if isinstance(word, str) else word

    def write(self, value: Any) -> Any:
        """Write the bare word."""
        return value[0].status

    def schema(self) -> Json:
        """Describe as an enumeration."""
        return Choice(model.STATUSES).schema()


def _is_always(value: Any) -> bool:
    return len(value) == 1 and value[0].since is None and value[0].until is None


STATUSES = Either(
    (
        (is_text, _is_always, _AlwaysStatus()),
        (_is_group, lambda value: True, ListOf(STATUS, "a list of statuses", single=True, may_be_empty=True)),
    ),
    "a status, or a list of statuses with their periods",
)
CREDENTIAL = Record(
    model.Credential,
    (
        Field("login", WORD, "the name of the login", required=True),
        Field("kind", Choice(("unique", "shared")), "whether it is theirs alone"),
        *WHEN,
    ),
    "a credential",
    places=True,
)
HOURS = Record(
    model.DutyHours,
    (
        Field("days", ListOf(Choice(model.DAYS), "a list of days", single=True), "days of the week", required=True),
        Field("start", CLOCK, "the start of duty, local", required=True),
        Field("end", CLOCK, "the end of duty, local; before the start it is the next day's", required=True),
        *WHEN,
    ),
    "duty hours",
    places=True,
)
DESIGNATED = Either(
    (
        (_is_null, lambda value: value is None, _Never()),
        (is_text, lambda value: not isinstance(value, Unknown), MOMENT),
    ),
    "a date, or null for never",
)
PERSON = Record(
    model.Person,
    (
        Field("id", PERSON_ID, "who it is, as requests name them", required=True),
        Field("agency", WORD, "their agency: one of `agencies`, or a word of the vocabulary such as own"),
        Field("kind", Choice(model.KINDS), "what they are to the department"),
        Field("sworn", FLAG, "a sworn officer"),
        Field("supervisor", FLAG, "a supervisor"),
        Field("employee", FLAG, "employed by the department"),
        Field("command_post", FLAG, "holds a command post"),
        Field("designated", DESIGNATED, "when they were designated as a user"),
        *(
            Field("from", MOMENT, "since when they belong here", "since"),
            Field("until", MOMENT, "the last day on which they do"),
        ),
        Field("roles", ListOf(HOLDING, "a list of roles", may_be_empty=True), "the roles they fill"),
        Field("training", ListOf(TRAINING, "a list of trainings", may_be_empty=True), "trainings on plate readers"),
        Field("status", STATUSES, "the state of their access"),
        Field("credentials", ListOf(CREDENTIAL, "a list of credentials", may_be_empty=True), "their logins"),
        Field("hours", ListOf(HOURS, "a list of duty hours", may_be_empty=True), "when they are on duty"),
    ),
    "a person",
    places=True,
)
ABSENCE = Record(
    model.Absence,
    (Field("person", PERSON_ID, "who is away"), Field("role", NAME, "the role that nobody fills"), *WHEN),
    "an absence",
    places=True,
)
AGENCY = Record(
    model.Agency,
    (
        Field("id", WORD, "its id", required=True),
        Field("kind", Choice(VOCABULARY.lists["agencies"]), "what it is to the department", required=True),
        Field("status", STATUSES, "the state of its access"),
    ),
    "an agency",
    places=True,
)
HEAD = (
    Field("directory", Whole(1, 1, "the version `1`"), "the version of this form", required=True),
    Field("timezone", ZONE, "in which dates are meant", required=True),
    Field(
        "complete",
        ListOf(Choice(PARTS), "a list of parts", single=True),
        "parts that are told in full: a person who names none of them has none",
    ),
)
BODY = (
    Field("agencies", ListOf(AGENCY, "a list of agencies", may_be_empty=True, partial=True), "the agencies"),
    Field(
        "persons", ListOf(PERSON, "a list of persons", may_be_empty=True, partial=True), "the persons", required=True
    ),
    Field("absences", ListOf(ABSENCE, "a list of absences", may_be_empty=True, partial=True), "who is away, and when"),
)
DIRECTORY = Record(dict, (*HEAD, *BODY), "a directory", places=True, partial=True)
