"""The grammar of a profile as one tree of shapes (language.md §1, §4, §6, §7)."""

from __future__ import annotations

from typing import Any

from alpr_policy.model import statements as st
from alpr_policy.model.condition import ParameterRef
from alpr_policy.reading.conditions import ConditionShape
from alpr_policy.reading.groups import Either, Field, ListOf, Named, Record, a, anything, has_key, is_group, is_text
from alpr_policy.reading.shapes import Choice, Flag, Notes, Period, Reference, Shape, Whole, Word
from alpr_policy.reading.yaml_tree import MappingNode

ID = Word("an id such as `quarterly-audit`", r"[a-z0-9]+(?:-[a-z0-9]+)*", 80)
NAME = Word("a name such as `duty_chief`", r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", 80)
DOTTED = Word("a name such as `search.run`", r"[a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)+", 120)
CLAUSE = Word("a clause id such as `IV.A.3.b`", r"[A-Za-z0-9][A-Za-z0-9.()_-]*", 80)
TEXT = Word("a text", r"[\s\S]*\S[\s\S]*", 2_000)
# Values and actions are open here: which ones exist depends on the profile, so `resolve` checks them.
VALUE = Word("a name such as `stolen_vehicle`", r"[A-Za-z0-9][A-Za-z0-9_.-]*", 120)
ACTION = Word("an action such as `search.run`, or a group", r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*", 120)
MONTH_DAY = Word('a date in the year such as "07-01"', r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", 5)

CLAUSES = ListOf(CLAUSE, "a clause id or a list of them", single=True)
VALUES = ListOf(VALUE, "a name or a list of names", single=True)
NAMES = ListOf(NAME, "a name or a list of names", single=True)
ACTIONS = ListOf(ACTION, "an action or a list of actions", single=True)
CONDITION = Named("condition", ConditionShape, "a condition")
SPAN = Period()
SPAN_OR_PARAMETER = Either(
    ((has_key("parameter"), a(ParameterRef), Reference()), (is_text, anything, SPAN)),
    "a period such as 14 days, or {parameter: name}",
)
PROMPT = ("at_once", "as_soon_as_practicable", "as_ordered")
DEADLINE = Either(
    ((has_key("parameter"), a(ParameterRef), Reference()), (is_text, anything, Period(PROMPT))),
    "a period, at_once, as_soon_as_practicable or as_ordered",
)


class _ApproverShape(Shape):
    """A role by name, a role with its manner, or a role that a parameter names."""

    what = "a role, {role: name, if_absent: other}, or {parameter: name}"
    _record = Record(
        st.Approver,
        (
            Field(
                "role",
                Either(((has_key("parameter"), a(ParameterRef), Reference()), (is_text, a(str), NAME)), "a role"),
                "the role that decides",
                required=True,
            ),
            Field("if_absent", NAME, "the role that stands in while the holder is absent"),
            Field("in_person", Flag(), "the holder alone, no designee"),
        ),
        "an approver",
        places=True,
    )

    def read(self, node: Any, notes: Notes) -> Any:
        if is_text(node):
            name = NAME.read(node, notes)
            return st.Approver(role=name, span=node.span) if isinstance(name, str) else name
        if isinstance(node, MappingNode) and node.get("parameter") is not None:
            found = Reference().read(node, notes)
            return st.Approver(role=found, span=node.span) if isinstance(found, ParameterRef) else found
        return self._record.read(node, notes) if is_group(node) else self.wrong(node, notes)

    def write(self, value: Any) -> Any:
        bare = value.if_absent is None and not value.in_person
        if bare:
            return Reference().write(value.role) if isinstance(value.role, ParameterRef) else value.role
        return self._record.write(value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [NAME.schema(), Reference().schema(), self._record.schema()]}

    def parts(self) -> tuple[Shape, ...]:
        return NAME, Reference(), self._record


APPROVER = _ApproverShape()
APPROVERS = ListOf(APPROVER, "a role or a list of roles", single=True)


class _ReadingShape(Shape):
    """A reading: a text, or what was chosen and what was not."""

    what = "a text, or {chosen: text, instead_of: [text]}"
    _record = Record(
        st.Reading,
        (
            Field("chosen", TEXT, "the reading taken", required=True),
            Field("instead_of", ListOf(TEXT, "a text or a list of texts", single=True), "the readings not taken"),
        ),
        "a reading",
    )

    def read(self, node: Any, notes: Notes) -> Any:
        if is_group(node):
            return self._record.read(node, notes)
        text = TEXT.read(node, notes)
        return st.Reading(chosen=text) if isinstance(text, str) else text

    def write(self, value: st.Reading) -> Any:
        return self._record.write(value) if value.instead_of else value.chosen

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [TEXT.schema(), self._record.schema()]}

    def parts(self) -> tuple[Shape, ...]:
        return TEXT, self._record


BREACH = Record(
    st.Breach,
    (
        Field("severity", Choice(("minor", "serious", "grave")), "how grave a breach is", required=True),
        Field("consequence", TEXT, "what follows from it"),
    ),
    "a breach",
)
COMMON = (
    Field("id", ID, "the statement's own name", required=True),
    Field("cite", CLAUSES, "the clauses it encodes", required=True),
)
CONDITIONS = (
    Field("when", CONDITION, "where it applies"),
    Field("unless", CONDITION, "where it does not apply after all"),
)
REMARKS = (
    Field("reading", _ReadingShape(), "which reading of an ambiguous clause is taken"),
    Field("force", Choice(("must", "should")), "must binds; should warns"),
    Field("answerable", NAME, "the role that answers for a breach"),
    Field("breach", BREACH, "how grave a breach is"),
    Field("confidential", Flag(), "show the reason to auditors only"),
    Field("text", TEXT, "the words for the officer"),
)
# A prohibition may warn; a permission, a retention period or a hold cannot (language.md §3).
BOUND = tuple(field for field in REMARKS if field.key != "force")
ON = Field("action", ACTIONS, "the acts it is about", required=True)
AFTERWARDS = Record(
    st.Afterwards,
    (
        Field("when", CONDITION, "the circumstance", required=True),
        Field("task", NAME, "what must follow", required=True),
        Field("within", DEADLINE, "by when"),
    ),
    "or_afterwards",
)
# The requester may decide on the own request: as whoever may decide, or only as the holder of the role.
OWN = Choice(("allowed", "holder"))
EXCUSE = Record(
    st.Excuse,
    (
        Field("topic", VALUE, "what the exception is about", required=True),
        Field("by", APPROVERS, "who may grant it", required=True),
        Field("for", VALUES, "the purposes for which it may be granted", "purposes"),
        Field("valid", SPAN, "for how long it holds"),
        Field("self", OWN, "whether the requester may grant it", "by_requester"),
        Field("cite", CLAUSES, "the clauses it encodes"),
    ),
    "excused_by",
)


def _statement(
    cls: type,
    what: str,
    *fields: Field,
    force: bool = True,
    finish: Any = None,
    written: frozenset[str] = frozenset(),
    on: bool = True,
) -> Record:
    """Build the shape of one kind of statement around its own fields."""
    parts = (*COMMON, *((ON,) if on else ()), *CONDITIONS, *fields, *(REMARKS if force else BOUND))
    return Record(cls, parts, what, places=True, finish=finish, only_written=written, extra=("spans",), partial=True)


PERMISSION = _statement(
    st.Permission, "a permission", Field("only", Flag(), "nothing else is allowed for these acts"), force=False
)
PROHIBITION = _statement(st.Prohibition, "a prohibition", Field("excused_by", EXCUSE, "who may lift it"))
REQUIREMENT = _statement(
    st.Requirement,
    "a requirement",
    Field("must", CONDITION, "what must hold", required=True),
    Field("or_afterwards", AFTERWARDS, "when the step may follow the act"),
)
APPROVAL = _statement(
    st.Approval,
    "an approval",
    Field("by", APPROVERS, "who may approve; any one suffices", required=True),
    Field("topic", VALUE, "what the approval is about; its actions if left out"),
    Field("for", VALUES, "the purposes for which it may be given", "purposes"),
    Field("self", OWN, "whether the requester may approve", "by_requester"),
    Field("each", Flag(), "a standing approval is not enough"),
    Field("valid", SPAN, "for how long it holds"),
    Field("then", ListOf(APPROVERS, "a list of further steps"), "further steps in order, by other persons"),
    Field("gate", Flag(), "false: only the derived fact, for a requirement to use"),
)
CHECK = _statement(
    st.Check,
    "a check",
    Field("check", VALUE, "which check", required=True),
    Field("compares", VALUES, "its parts"),
    Field("sources", VALUES, "the sources that count"),
    Field("by", APPROVERS, "who may do it"),
    Field("not_by", Choice(("requester",)), "who may not"),
    Field("or_afterwards", AFTERWARDS, "when it may follow the act"),
    Field("after", DOTTED, "the moment from which checks count"),
    Field("gate", Flag(), "false: only the derived fact, for a requirement to use"),
)
DOCUMENT = _statement(
    st.Document,
    "a document",
    Field("document", VALUES, "its kind, or any of several", required=True),
    Field("fields", VALUES, "what must be filled in"),
    Field("from", VALUES, "who must have issued it", "issuer"),
    Field("valid", SPAN, "for how long it holds"),
    Field("gate", Flag(), "false: only the derived fact, for a requirement to use"),
)
SELECTORS = (
    Field("data", VALUES, "the data classes; any if left out"),
    Field("custodian", VALUES, "where the data is held; anywhere if left out"),
)


def _both_ends(values: dict[str, Any], node: MappingNode, notes: Notes) -> None:
    """`exactly` and `until` are short for both ends at once."""
    for short, low, high in (("exactly", "at_least", "at_most"), ("until", "keep_until", "purge_when")):
        if short in values:
            if low in values or high in values:
                notes.fault(
                    "both-forms", f"`{short}` already says `{low}` and `{high}`", node.key_span(short), "keep one form"
                )
            values[low] = values[high] = values.pop(short)
    if values.get("never") and any(end in values for end in ("at_least", "at_most", "keep_until", "purge_when")):
        notes.fault(
            "span-on-never",
            "data that may never be here has no period",
            node.key_span("never"),
            "drop the period or `never`",
        )
    if not any(values.get(end) for end in ("at_least", "at_most", "keep_until", "purge_when", "never")):
        notes.fault(
            "no-period",
            "this retention statement says no period",
            node.span,
            "add at_least, at_most, keep_until, purge_when or never",
        )


INDEFINITE = Either(
    ((has_key("parameter"), a(ParameterRef), Reference()), (is_text, anything, Period(("indefinite",)))),
    "a period, `indefinite` or {parameter: name}",
)
RETENTION = _statement(
    st.Retention,
    "a retention statement",
    *SELECTORS,
    Field("at_least", INDEFINITE, "the shortest time it must stay"),
    Field("at_most", SPAN_OR_PARAMETER, "the longest time it may stay"),
    Field("exactly", SPAN_OR_PARAMETER, "both at once"),
    Field("keep_until", CONDITION, "it must stay until this is true"),
    Field("purge_when", CONDITION, "it must go once this is true"),
    Field("until", CONDITION, "both at once"),
    Field(
        "from",
        Choice(("captured", "stored", "downloaded", "uploaded", "created", "shift_ended", "case_closed")),
        "what starts the clock",
        "clock",
    ),
    Field("never", Flag(only=True), "it may not be here at all"),
    Field("counted", Choice(("elapsed", "whole_days")), "whole_days: the clock starts when the day is over"),
    force=False,
    finish=_both_ends,
    written=frozenset({"exactly", "until"}),
    on=False,
)
HOLD = _statement(
    st.Hold,
    "a hold",
    *SELECTORS,
    Field("basis", VALUE, "the basis on which a hold record is placed"),
    Field("by", APPROVERS, "who may place it"),
    Field("until", CONDITION, "what ends it"),
    force=False,
    on=False,
)
SAMPLE = Record(
    st.Sample,
    (
        Field("share", Word("a share such as `1 percent`", r"[1-9][0-9]?[0-9]? percent", 20), "the share drawn"),
        Field("at_least", Whole(1, 1_000_000), "the least number drawn"),
        Field("of", ACTION, "the acts drawn from"),
    ),
    "a sample",
)
DUTY = _statement(
    st.Duty,
    "a duty",
    Field("task", NAME, "what must be done", required=True),
    Field("by", APPROVERS, "who must do it"),
    Field("for_each", Choice(("department", "person", "device", "entry", "case")), "for whom or what it is counted"),
    Field("every", SPAN_OR_PARAMETER, "how often"),
    Field("counted", Choice(("calendar", "rolling")), "by calendar period, or from the last time"),
    Field("first_period", Choice(("current", "next")), "the first calendar period that counts"),
    Field("on_date", MONTH_DAY, "the date in the year"),
    Field("after", ACTIONS, "the event or action that triggers it"),
    Field("within", DEADLINE, "by when after the event"),
    Field("early", SPAN, "how much earlier it may be done"),
    Field("late_after", SPAN_OR_PARAMETER, "from when it is late, where the text is vague"),
    Field("covers", VALUES, "what it must cover"),
    Field("sample", SAMPLE, "how many cases are drawn"),
    Field("outcome", Choice(("allow", "deny", "needs", "any")), "after which outcome of the action"),
    on=False,
)
KINDS: dict[str, Record] = {
    "permissions": PERMISSION,
    "prohibitions": PROHIBITION,
    "requirements": REQUIREMENT,
    "approvals": APPROVAL,
    "checks": CHECK,
    "documents": DOCUMENT,
    "retention": RETENTION,
    "holds": HOLD,
    "duties": DUTY,
}
