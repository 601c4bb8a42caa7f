"""Whether what stands at a position is of the right sort: parameters, the inputs of derivations, triggers of duties."""

from __future__ import annotations

import calendar
from collections.abc import Iterator

from alpr_policy.durations import CalendarSpan, Unit
from alpr_policy.errors import Diagnostic
from alpr_policy.model.condition import Literal, Matcher, ParameterRef, Test, tests_of
from alpr_policy.model.profile import FactExtension, Profile
from alpr_policy.model.statements import Approval, Approver, Check, Duty, Hold, Prohibition, Retention, Statement
from alpr_policy.model.words import DERIVATIONS, words_of
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import FactKind, Vocabulary

# The types of parameter that may stand where a fact of each kind is compared.
FITTING: dict[FactKind, tuple[str, ...]] = {
    FactKind.BOOL: (),
    FactKind.ENUM: ("choice", "text", "role"),
    FactKind.SET: ("choice", "text", "role"),
    FactKind.TEXT: ("choice", "text", "role"),
    FactKind.COUNT: ("count",),
    FactKind.TIME: ("date",),
    FactKind.AGE: ("span",),
}
ONE_VALUE = ("at_least", "at_most", "more_than", "less_than", "before", "after")
# How many inputs each derivation takes, and of which kinds (language.md §9.6); None: an event or an action.
INPUTS: dict[str, tuple[FactKind, ...] | None] = {
    "same_person": (FactKind.TEXT, FactKind.TEXT),
    "order": (FactKind.TIME, FactKind.TIME),
    "age": (FactKind.TIME,),
    "span": (FactKind.TIME, FactKind.TIME),
    "role_held": (FactKind.SET,),
    "count": None,
    "any": None,
    "first": None,
    "latest": None,
}
TOLD = {
    "same_person": ("two facts that name persons", "`of`"),
    "order": ("two times", "`of`"),
    "age": ("one time", "`of`"),
    "span": ("two times", "`from` and `to`"),
    "role_held": ("one set of roles", "`of`"),
}
TAKEN = ("approval.", "check.", "document.", "exception.", "hold.", "event.", "parameter.")


def positions(profile: Profile) -> Iterator[Diagnostic]:
    """Yield what is of the wrong sort."""
    words = words_of(profile)
    for statement in profile.statements:
        for test in _tests(statement):
            yield from _test(test, profile, words)
        for approver in _approvers(statement):
            yield from _reference(approver.role, ("role",), profile)
        later = getattr(statement, "or_afterwards", None)
        yield from _reference(later.within if later else None, ("span",), profile)
        yield from _own(statement, profile)
    yield from _reference(profile.policy.effective, ("date",), profile)
    for name, fact in profile.facts.items():
        yield from _extension(name, fact, words)
    for demand in profile.demands:
        if demand.task and demand.task not in words.lists["tasks"]:
            help = did_you_mean(demand.task, words.lists["tasks"])
            place = profile.spans.get("demands", NOWHERE)
            yield Diagnostic("unknown-value", f"`{demand.task}` is not a task", place, help)


def _tests(statement: Statement) -> Iterator[Test]:
    later = getattr(statement, "or_afterwards", None)
    names = ("when", "unless", "must", "until", "keep_until", "purge_when")
    for part in (*(getattr(statement, name, None) for name in names), later.when if later else None):
        yield from tests_of(part)


def _approvers(statement: Statement) -> Iterator[Approver]:
    match statement:
        case Approval():
            yield from (approver for step in (statement.by, *statement.then) for approver in step)
        case Check() | Hold() | Duty():
            yield from statement.by
        case Prohibition() if statement.excused_by:
            yield from statement.excused_by.by


def _reference(value: object, types: tuple[str, ...], profile: Profile) -> Iterator[Diagnostic]:
    """A parameter must be declared and be of a type that can stand here."""
    if not isinstance(value, ParameterRef):
        return
    parameter = profile.parameters.get(value.name)
    if parameter is None:
        help = did_you_mean(value.name, profile.parameters)
        yield Diagnostic("unknown-parameter", f"`{value.name}` is not a parameter of this profile", value.span, help)
    elif parameter.type not in types:
        wanted = " or ".join(f"a {one}" for one in types)
        there = f"where {wanted} is wanted" if wanted else "where no parameter can stand"
        message = f"the parameter `{value.name}` is a {parameter.type}, {there}"
        yield Diagnostic("wrong-parameter", message, value.span, "name a parameter of that type, or change its type")


def _test(test: Test, profile: Profile, words: Vocabulary) -> Iterator[Diagnostic]:
    if test.fact.startswith("parameter."):
        yield from _picked(test, profile)
        return
    fact = words.facts.get(test.fact)
    for matcher in test.matchers if fact is not None else ():
        if matcher.op in ONE_VALUE and len(matcher.values) != 1:
            yield Diagnostic("one-value", f"`{matcher.op}` takes one value", matcher.span, "write one bound")
        for constant in matcher.values:
            if fact is None or not isinstance(constant, ParameterRef) or constant.name not in profile.parameters:
                continue
            yield from _reference(constant, FITTING[fact.kind], profile)
            value, known = profile.parameters[constant.name].value, words.values_of(fact)
            if value is not None and known and fact.list_name != "roles" and value not in known:
                message = f"the parameter `{constant.name}` holds `{value}`, which is not a value of `{fact.name}`"
                yield Diagnostic("unknown-value", message, constant.span, did_you_mean(str(value), known))


def _picked(test: Test, profile: Profile) -> Iterator[Diagnostic]:
    """A picked option is compared with the options there are."""
    parameter = profile.parameters.get(test.fact.removeprefix("parameter."))
    if parameter is None or parameter.type != "choice":
        return
    for constant in (c for matcher in test.matchers for c in _literals(matcher)):
        if constant.value not in parameter.choices:
            message = f"`{constant.value}` is not a choice of `{test.fact}`"
            yield Diagnostic(
                "unknown-value", message, constant.span, did_you_mean(str(constant.value), parameter.choices)
            )


def _literals(matcher: Matcher) -> Iterator[Literal]:
    yield from (constant for constant in matcher.values if isinstance(constant, Literal))


def _own(statement: Statement, profile: Profile) -> Iterator[Diagnostic]:
    at = statement.spans.get
    match statement:
        case Retention():
            for value in (statement.at_least, statement.at_most):
                yield from _reference(value, ("span",), profile)
        case Hold() if statement.by and statement.basis is None:
            place = at("by", statement.span)
            yield Diagnostic(
                "idle-key", "`by` says nothing on a hold without `basis`", place, "name the basis, or drop `by`"
            )
        case Duty():
            yield from _duty(statement, profile)


def _duty(duty: Duty, profile: Profile) -> Iterator[Diagnostic]:
    for value in (duty.every, duty.within, duty.late_after):
        yield from _reference(value, ("span",), profile)
    triggers = [key for key in ("every", "on_date", "after") if getattr(duty, key)]
    if len(triggers) > 1:
        message = f"this duty has two triggers, `{triggers[0]}` and `{triggers[1]}`"
        yield Diagnostic("two-triggers", message, _place(duty, triggers[1]), "make two duties of it")
    if duty.on_date is not None:
        month, day = (int(part) for part in duty.on_date.split("-"))
        if day > max(calendar.monthrange(year, month)[1] for year in (2023, 2024)):
            yield Diagnostic("bad-word", f"`{duty.on_date}` is not a date of any year", _place(duty, "on_date"))
    short = isinstance(duty.every, CalendarSpan) and duty.every.unit in (Unit.minute, Unit.hour)
    if short and duty.counted == "calendar":
        yield Diagnostic(
            "bad-period", "calendar periods are days or longer", _place(duty, "every"), "count it `rolling`"
        )


def _place(statement: Statement, key: str) -> Span:
    return statement.spans.get(key, statement.span)


def _extension(name: str, fact: FactExtension, words: Vocabulary) -> Iterator[Diagnostic]:
    prefix = next((p for p in TAKEN if name.startswith(p)), None)
    if prefix is not None:
        yield Diagnostic(
            "known-fact", f"names that begin with `{prefix}` are the engine's own", fact.span, "choose another name"
        )
    if fact.type not in DERIVATIONS:
        yield from _idle(fact)
        return
    sources = [s for s in (*fact.of, fact.since, fact.to) if s]
    wanted = INPUTS[fact.type]
    if wanted is None:
        stated = fact.type == "count" and not sources
        if not stated and (len(sources) != 1 or sources[0] in words.facts):
            message = f"`{fact.type}` looks through one kind of event or act"
            yield Diagnostic("wrong-inputs", message, fact.span, "name it under `of`")
        return
    if name in sources:
        yield Diagnostic("state-cycle", f"`{name}` depends on itself", fact.span, "derive it from other facts")
    facts = [words.facts[s] for s in sources if s in words.facts]
    misplaced = bool(fact.of) if fact.type == "span" else bool(fact.since or fact.to)
    other = len(facts) == len(sources) and tuple(one.kind for one in facts) != wanted
    no_roles = fact.type == "role_held" and any(one.list_name != "roles" for one in facts)
    if len(sources) != len(wanted) or misplaced or other or no_roles:
        inputs, keys = TOLD[fact.type]
        message = f"`{fact.type}` is worked out from {inputs}"
        yield Diagnostic(
            "wrong-inputs", message, fact.span, f"name {'it' if len(wanted) == 1 else 'them'} under {keys}"
        )
    if fact.type == "role_held" and fact.role is None:
        yield Diagnostic(
            "missing-key", f"the fact `{name}` needs the key `role`", fact.span, "name the role asked about"
        )


def _idle(fact: FactExtension) -> Iterator[Diagnostic]:
    """What somebody states is not worked out, so the keys of a derivation say nothing on it."""
    keys = {
        "of": fact.of,
        "from": fact.since,
        "to": fact.to,
        "same": fact.same,
        "role": fact.role,
        "within": fact.within,
    }
    idle = next((key for key, value in keys.items() if value), None)
    if idle is not None and fact.type is not None:
        message = f"`{idle}` says nothing on a fact of type `{fact.type}`, which somebody states"
        yield Diagnostic("idle-key", message, fact.span, "drop it, or name a derivation under `type`")
