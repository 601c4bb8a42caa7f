"""Expected answers: requests with the decision that the policy's text gives, and duties with where they stand.

A file that could pass by mistake is refused: unknown keys, unknown bases, a case without expectation, an empty file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.meaning.schedule import DutyStanding
from alpr_policy.meaning.standing import Standing
from alpr_policy.model.decision import Outcome
from alpr_policy.model.request import EventRecord, Moment
from alpr_policy.questions.tables import cases_of, check_table, duties_of
from alpr_policy.reading.grammar import ACTION, CLAUSE, CLAUSES, NAME, TEXT
from alpr_policy.reading.groups import Field, ListOf, MapOf, Named, Record
from alpr_policy.reading.records import RECORDS
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.shapes import Choice, Flag, Json, Notes, Shape, Word
from alpr_policy.reading.text_files import Limits
from alpr_policy.reading.yaml_nodes import parse, read_text
from alpr_policy.reading.yaml_plain import to_plain
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean

if TYPE_CHECKING:
    from alpr_policy.questions.stories import Story

PARTS = tuple(RECORDS)
NEED_KINDS = ("fact", "approval", "check", "document", "parameter", "exception", "one_of")
LIMITS = Limits(max_bytes=4_000_000)


class SuiteError(PolicyError):
    """A file of expected answers cannot be used."""


@dataclass(frozen=True, slots=True)
class Case:
    """One sentence with its request and the answer expected; `as_if` names texts judged under though not in force.

    `strict`: what the answer holds beyond what is listed fails the case. `reaches` off: its clauses must not apply.
    """

    name: str
    request: Mapping[str, Any]
    expect: Mapping[str, Any]
    clause: tuple[str, ...] = ()
    place: Span = NOWHERE
    as_if: tuple[str, ...] = ()
    strict: bool = False
    reaches: bool = True
    proposed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyCase:
    """One sentence with what was done and what happened, and where the duty stands at a time."""

    name: str
    profile: str
    task: str
    duty: str
    done: tuple[Moment, ...]
    events: tuple[EventRecord, ...]
    at: dt.datetime
    expect: DutyStanding
    place: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """All expected answers of one file."""

    profile: str
    cases: tuple[Case, ...]
    duties: tuple[DutyCase, ...]
    stories: tuple[Story, ...] = ()
    place: Span = field(default=NOWHERE, compare=False)
    strict: bool = False


class _Plain(Shape):
    """Anything: what a request may hold is judged when the request is."""

    what = "a value"

    def read(self, node: Node, notes: Notes) -> Any:
        return to_plain(node)

    def schema(self) -> Json:
        return {}


@dataclass(frozen=True)
class MomentShape(Shape):
    """A time with its offset, or a bare date where one will do."""

    bare: bool = False
    what: str = "a time such as 2026-05-01T12:00:00-04:00"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the time; a bare date only where one will do."""
        if not isinstance(node, ScalarNode) or node.kind not in ("text", "date"):
            return self.wrong(node, notes)
        if isinstance(node.value, dt.date):
            return node.value if self.bare else self.wrong(node, notes)
        try:
            moment = parse_moment(node.text)
        except ValueError as error:
            said = next((d for d in notes.found if d.span == node.span), None)
            if said is not None:  # such as a day that is not in the calendar: the same once more is dropped in the end
                return notes.fault(said.code, said.message, said.span, said.help)
            return notes.fault("bad-time", str(error), node.span)
        return moment if self.bare or isinstance(moment, dt.datetime) else self.wrong(node, notes)

    def schema(self) -> Json:
        """Describe as a text."""
        return {"type": "string"}


def _one_kind(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    if sum(kind in values for kind in NEED_KINDS) != 1:
        notes.fault("bad-need", "a need names one thing that is missing", node.span, "one of " + ", ".join(NEED_KINDS))


def _need() -> Record:
    return NEED


_NEEDS = ListOf(Named("need", _need, "a need"), "a list of needs", may_be_empty=True)
_WORD = Word("a name", r"\S{1,200}", 200)
NEED = Record(
    dict,
    (
        *(Field(kind, _WORD, f"the {kind} that is missing") for kind in NEED_KINDS[:-1]),
        Field("one_of", ListOf(_NEEDS, "a list of alternatives, each a list of needs"), "alternatives"),
        Field("parts", ListOf(_WORD, may_be_empty=True, single=True), "the parts not done"),
        Field("fields", ListOf(_WORD, may_be_empty=True, single=True), "the fields not filled"),
    ),
    "a need",
    finish=_one_kind,
)
_CITES = ListOf(CLAUSE, "a clause id or a list of them", single=True, may_be_empty=True)
EXPECT = Record(
    dict,
    (
        Field("outcome", Choice(tuple(Outcome)), "allow, needs or deny", required=True),
        Field("cites", _CITES, "clauses among the reasons"),
        Field("rules", ListOf(_WORD, "a list of statements", single=True), "the statements that decided, all of them"),
        Field("silent", Flag(), "whether the policy is silent"),
        Field("needs", _NEEDS, "what is missing, all of it"),
        Field("may_also_need", _CITES, "clauses of statements that may ask for more"),
        Field("obligations", ListOf(NAME, "a list of tasks", single=True, may_be_empty=True), "tasks, all of them"),
        Field("standing", Choice(tuple(Standing)), "the standing of stored data"),
        Field("warnings", _CITES, "clauses whose expectation is not met"),
        Field("faults", Flag(), "whether something is wrong with the request"),
    ),
    "an expectation",
)
ANY = _Plain()
_PARTS = (
    Field("facts", MapOf(_WORD, ANY), "facts"),
    *(Field(part, ANY, f"the {part} on record") for part in PARTS),
)
BASE = Record(dict, _PARTS, "a base")
REACHES = Field("reaches", Flag(), "false: the clauses it is about must not apply here")
SHARED = (
    Field("name", TEXT, "one sentence", required=True),
    Field("clause", CLAUSES, "the clauses it tests"),
    Field("use", ListOf(NAME, "a list of bases", single=True), "bases, merged left to right"),
    Field("departments", ListOf(NAME, "a list of profiles", single=True), "whose policy binds"),
    Field("at", MomentShape(), "when"),
    *_PARTS,
)
CASE = Record(
    dict,
    (
        *SHARED,
        REACHES,
        Field("proposed", Flag(), "true: a program wrote it, and nobody has accepted it yet"),
        Field("action", ACTION, "the act", required=True),
        Field("expect", EXPECT, "the answer", required=True),
    ),
    "a case",
    places=True,
)
_GRID = (
    Field("columns", ListOf(_WORD, "a list of columns"), "what each cell of a row is, in order", required=True),
    Field("rows", ListOf(ListOf(ANY, "a row of cells"), "a list of rows"), "the rows", required=True),
)
TABLE = Record(
    dict,
    (
        *SHARED,
        REACHES,
        Field("ask", ListOf(ACTION, "a list of acts"), "the acts asked of, each a column of outcomes", required=True),
        Field("expect", MapOf(_WORD, ANY), "what the answers share"),
        *_GRID,
    ),
    "a table of cases",
    finish=check_table,
)
EVENT = Record(
    EventRecord,
    (
        Field("event", ACTION, "what happened", required=True),
        Field("of", TEXT, "to whom or what"),
        Field("at", MomentShape(bare=True), "when", required=True),
        Field("ends", MomentShape(bare=True), "the day that an order names"),
    ),
    "an event",
)
DUTY = Record(
    dict,
    (
        Field("name", TEXT, "one sentence", required=True),
        Field("task", NAME, "the task", required=True),
        Field("duty", CLAUSE, "the clause of the duty", required=True),
        Field("done", ListOf(MomentShape(bare=True), "a list of times", may_be_empty=True), "when done", required=True),
        Field("events", ListOf(EVENT, "a list of events", may_be_empty=True), "what happened"),
        Field("at", MomentShape(), "when"),
        Field("expect", Choice(tuple(DutyStanding)), "where it stands", required=True),
    ),
    "a duty's case",
    places=True,
)
DUTY_TABLE = Record(
    dict,
    (
        Field("name", TEXT, "what the rows are about", required=True),
        *(Field(key, ANY, f"`{key}` of every row") for key in ("task", "duty", "done", "events", "at")),
        *_GRID,
    ),
    "a table of duties",
    finish=check_table,
)


def _story() -> Record:
    from alpr_policy.questions.stories import STORY

    return STORY


SUITE = Record(
    dict,
    (
        Field("profile", NAME, "the profile that is tested", required=True),
        Field("at", MomentShape(), "the time of cases that name none"),
        Field("as_if", Flag(), "judge under the newest version of the profile, in force or not"),
        Field("strict", Flag(), "what an answer holds and its case does not list fails the case"),
        Field("base", MapOf(NAME, BASE), "named parts of requests"),
        Field("cases", ListOf(CASE, "a list of cases"), "the cases"),
        Field("duties", ListOf(DUTY, "a list of duties"), "the duties"),
        Field("tables", ListOf(TABLE, "a list of tables"), "cases that share most of what they say, a row each"),
        Field("duty_tables", ListOf(DUTY_TABLE, "a list of tables"), "duties over time, a row for each instant"),
        Field("stories", ListOf(Named("story", _story, "a case over time"), "a list of stories"), "cases over time"),
    ),
    "a file of expected answers",
    places=True,
)


def read_suite(path: Path, *, strict: bool = False) -> Suite:
    """Read one file of expected answers; `strict` is for a file that does not say whether it is.

    Raises SuiteError with all that is wrong in it.
    """
    source, found = read_text(path, LIMITS)
    node, problems = parse(source, LIMITS) if source is not None else (None, [])
    return suite_of(node, [*found, *problems], strict=strict)


def suite_of(node: MappingNode | None, found: list[Diagnostic], *, strict: bool = False) -> Suite:
    """Make a suite of a file's tree; raises SuiteError with what was found before and all that is wrong in the tree."""
    notes = Notes([*found])
    if node is not None:
        values = SUITE.read(node, notes)
        if isinstance(values, dict):
            values.setdefault("strict", strict)
            suite = _suite(values, node, notes)
            if not any(d.is_error for d in notes.found):
                return suite
    raise SuiteError(notes.found)


def load_suite(path: Path) -> list[Case]:
    """Return the cases of one file; raises SuiteError."""
    return list(read_suite(path).cases)


def read_suites(folder: Path) -> tuple[Suite, ...]:
    """Read every YAML file of a folder; raises SuiteError with all that is wrong in any of them."""
    suites: list[Suite] = []
    found: list[Diagnostic] = []
    if not folder.is_dir():
        raise SuiteError([Diagnostic("no-such-folder", f"there is no folder `{folder}`", Span(str(folder), 1, 1))])
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml")):
        try:
            suites.append(read_suite(path))
        except SuiteError as error:
            found += error.diagnostics
    if found:
        raise SuiteError(found)
    return tuple(suites)


def _suite(values: dict[str, Any], node: MappingNode, notes: Notes) -> Suite:
    if not any(values.get(key) for key in ("cases", "duties", "tables", "duty_tables", "stories")):
        notes.fault("empty-suite", "this file expects nothing", node.span, "list `cases` or `duties`")
    stories = _stories(values, node, notes) if values.get("stories") else []
    cases = [_case(case, item, values, notes) for case, item in _all_cases(values, node, notes)]
    duties = [_duty(duty, item, values, notes) for duty, item in _all_duties(values, node, notes)]
    return Suite(
        profile=values["profile"],
        cases=tuple(case for case in cases if case is not None),
        duties=tuple(duty for duty in duties if duty is not None),
        stories=tuple(story for story in stories if story is not None),
        place=node.span,
        strict=values["strict"],
    )


def _stories(values: dict[str, Any], node: MappingNode, notes: Notes) -> list[Story | None]:
    from alpr_policy.questions.stories import story_of

    return [story_of(story, item, values, notes) for story, item in _pairs(values, node, "stories")]


_Read = Iterator[tuple[dict[str, Any], MappingNode]]


def _all_cases(values: dict[str, Any], node: MappingNode, notes: Notes) -> _Read:
    yield from _pairs(values, node, "cases")
    for _, table in _pairs(values, node, "tables"):
        yield from _each(CASE, cases_of(table, CASE.fields, EXPECT.fields), notes)


def _all_duties(values: dict[str, Any], node: MappingNode, notes: Notes) -> _Read:
    yield from _pairs(values, node, "duties")
    for _, table in _pairs(values, node, "duty_tables"):
        yield from _each(DUTY, duties_of(table, DUTY.fields), notes)


def _each(shape: Record, nodes: Iterable[MappingNode], notes: Notes) -> _Read:
    """Read the trees made of a table's rows; what is wrong in them is noted."""
    for node in nodes:
        values = shape.read(node, notes)
        if isinstance(values, dict):
            yield values, node


def _pairs(values: dict[str, Any], node: MappingNode, key: str) -> _Read:
    """Give what was read of each item of a list together with its place in the file."""
    items = node.get(key)
    nodes = items.items if isinstance(items, SequenceNode) else ()
    for one, item in zip(values.get(key, ()), nodes, strict=True):
        if isinstance(item, MappingNode):
            yield one, item


def _case(case: dict[str, Any], node: MappingNode, suite: dict[str, Any], notes: Notes) -> Case | None:
    bases = suite.get("base", {})
    for name in case.get("use", ()):
        if name not in bases:
            notes.fault("unknown-base", f"no base is called `{name}`", node.key_span("use"), did_you_mean(name, bases))
    at = case.get("at", suite.get("at"))
    if at is None:
        notes.fault("no-time", "neither the case nor the file says when", node.span, "give it `at`")
        return None
    facts: dict[str, Any] = {}
    request: dict[str, Any] = {"departments": list(case.get("departments", (suite["profile"],)))}
    for part in (*(bases[name] for name in case.get("use", ()) if name in bases), case):
        facts |= part.get("facts", {})
        request |= {key: part[key] for key in PARTS if key in part}
    request |= {"action": case["action"], "at": at.isoformat(), "facts": facts}
    supposed = tuple(request["departments"]) if suite.get("as_if") else ()
    if suite["strict"] and "rules" not in case["expect"]:
        no_rules(node.key_span("expect"), notes)
    clause, flags = tuple(case.get("clause", ())), (case.get("reaches", True), case.get("proposed", False))
    return Case(case["name"], request, case["expect"], clause, case["span"], supposed, suite["strict"], *flags)


def no_rules(place: Span, notes: Notes) -> None:
    """Note that a strict file expects an answer without the statements that decide it."""
    help_ = "list the ids of all statements that decide under `rules`, or say `strict: false` at the top of the file"
    notes.fault("rules-not-named", "a strict file names the statements that decide", place, help_)


def _duty(duty: dict[str, Any], node: MappingNode, suite: dict[str, Any], notes: Notes) -> DutyCase | None:
    at = duty.get("at", suite.get("at"))
    if at is None:
        notes.fault("no-time", "neither the duty nor the file says when", node.span, "give it `at`")
        return None
    return DutyCase(
        name=duty["name"],
        profile=suite["profile"],
        task=duty["task"],
        duty=duty["duty"],
        done=tuple(duty["done"]),
        events=tuple(duty.get("events", ())),
        at=at,
        expect=DutyStanding(duty["expect"]),
        place=duty["span"],
    )
