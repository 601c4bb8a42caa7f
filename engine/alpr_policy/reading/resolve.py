"""Whether every name in a profile exists and fits where it stands: facts, actions, values, roles, terms, parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from alpr_policy.durations import CalendarSpan
from alpr_policy.errors import Diagnostic
from alpr_policy.model.condition import Condition, Literal, Matcher, ParameterRef, TermRef, Test, tests_of
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import (
    ActionStatement,
    Approval,
    Approver,
    Check,
    Document,
    Duty,
    Excuse,
    Hold,
    KeepingStatement,
    Prohibition,
    Requirement,
    Retention,
    Statement,
)
from alpr_policy.model.words import TERM_OPS, term_of, words_of
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY, Fact, FactKind, Vocabulary
from alpr_policy.vocabulary.generic import GENERIC

ALL_KINDS = frozenset(FactKind)
FITTING: dict[str, frozenset[FactKind]] = {
    "is": frozenset({FactKind.ENUM, FactKind.BOOL, FactKind.COUNT, FactKind.TEXT}),
    "not": frozenset({FactKind.ENUM, FactKind.BOOL, FactKind.COUNT, FactKind.TEXT}),
    "not_in": frozenset({FactKind.ENUM, FactKind.BOOL, FactKind.COUNT, FactKind.TEXT}),
    "in": frozenset({FactKind.ENUM, FactKind.TEXT}),
    "has": frozenset({FactKind.SET}),
    "has_any": frozenset({FactKind.SET}),
    "has_all": frozenset({FactKind.SET}),
    "outside": frozenset({FactKind.SET}),
    "at_least": frozenset({FactKind.COUNT, FactKind.AGE}),
    "at_most": frozenset({FactKind.COUNT, FactKind.AGE}),
    "more_than": frozenset({FactKind.COUNT, FactKind.AGE}),
    "less_than": frozenset({FactKind.COUNT, FactKind.AGE}),
    "before": frozenset({FactKind.TIME}),
    "after": frozenset({FactKind.TIME}),
    "none": ALL_KINDS,
}
ELSEWHERE = "choose another name: it means something where plate readers are spoken of"
KEEPING = ("data.store", "data.purge", "data.set_period")
PARAMETER = "parameter."
# A parameter that stands as a fact is compared with values; it has no order and no members.
CHOOSING = ("is", "in", "not", "not_in")


Place = Span | Callable[[str], Span]


def _places(owner: Statement | Profile) -> Callable[[str], Callable[[str], Span]]:
    """Return where a word stands under a key of a statement or profile: the word itself, else the key."""
    # A text whose head is wrong may lack any key, `profile` too.
    first = owner.span if isinstance(owner, Statement) else next(iter(owner.spans.values()), NOWHERE)
    first = owner.spans.get("profile", first)

    def under(key: str) -> Callable[[str], Span]:
        return lambda word: owner.spans.get(f"{key}={word}", owner.spans.get(key, first))

    return under


def resolve(profile: Profile) -> tuple[Diagnostic, ...]:
    """Return everything wrong with the names of a profile."""
    return tuple(_Resolver(profile).run())


class _Resolver:
    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.words: Vocabulary = words_of(profile)
        self.found: list[Diagnostic] = []

    def run(self) -> list[Diagnostic]:
        profile = self.profile
        self._actions(profile.silence.allow, _places(profile)("silence"))
        for statement in profile.statements:
            self._statement(statement)
        for parameter in profile.parameters.values():
            if parameter.set_by:
                self._role(parameter.set_by, parameter.span)
            if parameter.type == "role" and isinstance(parameter.value, str):
                self._role(parameter.value, parameter.span)
        if profile.override:
            self._actions(profile.override.actions, _places(profile)("override"))
            self._approvers(profile.override.by)
            self._role(profile.override.review_by, profile.spans["override"])
        self._extensions()
        return self.found

    # Small questions

    def fault(self, code: str, message: str, span: Span, help: str = "") -> None:
        self.found.append(Diagnostic(code, message, span, help))

    def _known(
        self, what: str, code: str, names: Iterable[str], known: Iterable[str], place: Place, otherwise: str = ""
    ) -> None:
        known = frozenset(known)
        for name in names:
            if name not in known:
                span = place if isinstance(place, Span) else place(name)
                self.fault(code, f"`{name}` is not {what}", span, did_you_mean(name, known) or otherwise)

    def _list(self, name: str, values: Iterable[str], place: Place, what: str) -> None:
        self._known(what, "unknown-value", values, self.words.lists.get(name, ()), place)

    def _actions(self, names: Iterable[str], place: Place) -> None:
        self._known(
            "an action or a group of actions", "unknown-action", names, {*self.words.actions, *self.words.groups}, place
        )

    def _role(self, name: str | ParameterRef, place: Place) -> None:
        if isinstance(name, ParameterRef):
            self._known(
                "a parameter of this profile", "unknown-parameter", [name.name], self.profile.parameters, name.span
            )
        else:
            self._known(
                "a role of this profile", "unknown-role", [name], self.profile.roles, place, "declare it under `roles`"
            )

    def _approvers(self, by: Iterable[Approver]) -> None:
        for approver in by:
            self._role(approver.role, approver.span)
            if approver.if_absent:
                self._role(approver.if_absent, approver.span)

    # Statements

    def _statement(self, statement: Statement) -> None:
        at = _places(statement)
        actions: tuple[str, ...] = ()
        if isinstance(statement, ActionStatement):
            self._actions(statement.action, at("action"))
            actions = self.words.expand(statement.action)
        elif isinstance(statement, KeepingStatement):
            self._list("data_classes", statement.data, at("data"), "a data class")
            self._list("custodians", statement.custodian, at("custodian"), "a custodian")
            actions = KEEPING
        if statement.answerable:
            self._role(statement.answerable, at("answerable"))
        for condition in (statement.when, statement.unless):
            self._condition(condition, actions)
        self._own(statement, actions)

    def _own(self, statement: Statement, actions: tuple[str, ...]) -> None:
        at = _places(statement)
        match statement:
            case Prohibition(excused_by=Excuse() as excuse):
                self._topic(excuse.topic, at("excused_by"))
                self._approvers(excuse.by)
                self._list("purposes", excuse.purposes, at("excused_by"), "a purpose")
            case Requirement():
                self._condition(statement.must, actions)
            case Approval():
                self._approval(statement)
            case Check():
                self._check(statement)
            case Document():
                self._list("documents", statement.document, at("document"), "a kind of document")
                self._list("document_fields", statement.fields, at("fields"), "a field of a document")
            case Retention():
                for end in (statement.keep_until, statement.purge_when):
                    self._condition(end, actions)
                for value in (statement.at_least, statement.at_most):
                    if isinstance(value, ParameterRef):
                        self._role(value, value.span)
            case Hold():
                self._list(
                    "hold_bases", [statement.basis] if statement.basis else [], at("basis"), "a basis for a hold"
                )
                self._approvers(statement.by)
                self._condition(statement.until, actions)
            case Duty():
                self._duty(statement)
        later = getattr(statement, "or_afterwards", None)
        if later is not None:
            self._condition(later.when, actions)
            self._list("tasks", [later.task], at("or_afterwards"), "a task")
            if isinstance(later.within, ParameterRef):
                self._role(later.within, later.within.span)

    def _topic(self, topic: str, place: Place) -> None:
        self._known(
            "a topic or an action", "unknown-value", [topic], {*self.words.lists["topics"], *self.words.actions}, place
        )

    def _approval(self, statement: Approval) -> None:
        at = _places(statement)
        if statement.topic:
            self._topic(statement.topic, at("topic"))
        for step in (statement.by, *statement.then):
            self._approvers(step)
        self._list("purposes", statement.purposes, at("for"), "a purpose")

    def _check(self, statement: Check) -> None:
        at = _places(statement)
        self._list("checks", [statement.check], at("check"), "a check")
        self._list("check_parts", statement.compares, at("compares"), "a part of a check")
        self._list("sources", statement.sources, at("sources"), "a source")
        self._approvers(statement.by)
        if statement.after:
            fact = self.words.facts.get(statement.after)
            if fact is None or fact.kind is not FactKind.TIME:
                times = [f.name for f in self.words.facts.values() if f.kind is FactKind.TIME]
                self.fault(
                    "unknown-fact",
                    f"`{statement.after}` is not a time",
                    at("after")(statement.after),
                    did_you_mean(statement.after, times),
                )

    def _duty(self, statement: Duty) -> None:
        at, span = _places(statement), statement.span
        self._list("tasks", [statement.task], at("task"), "a task")
        self._list("covers", statement.covers, at("covers"), "something a duty covers")
        self._approvers(statement.by)
        known = {*self.words.lists["events"], *self.words.actions, *self.words.groups}
        self._known("an event or an action", "unknown-value", statement.after, known, at("after"))
        if not (statement.every or statement.on_date or statement.after):
            self.fault("no-trigger", "this duty never falls due", span, "say `every`, `on_date` or `after`")
        for value in (statement.every, statement.within, statement.late_after):
            if isinstance(value, ParameterRef):
                self._role(value, value.span)
        acts = tuple(sorted(set(self.words.expand(statement.after)) & set(self.words.actions)))
        for condition in (statement.when, statement.unless):
            self._condition(condition, acts)

    # Conditions

    def _condition(self, condition: Condition | None, actions: tuple[str, ...]) -> None:
        for test in tests_of(condition):
            self._test(test, actions)

    def _test(self, test: Test, actions: tuple[str, ...]) -> None:
        if test.fact.startswith(PARAMETER):
            name = test.fact.removeprefix(PARAMETER)
            self._known("a parameter of this profile", "unknown-parameter", [name], self.profile.parameters, test.span)
            for matcher in test.matchers:
                if matcher.op not in CHOOSING:
                    message = f"`{matcher.op}` does not fit `{test.fact}`, which is what the profile's owner picked"
                    self.fault("foreign-matcher", message, matcher.span, "fitting: a plain value, in, not, not_in")
            return
        fact = self.words.facts.get(test.fact)
        if fact is None:
            if not any(d.span == test.span for d in self.found):
                help = did_you_mean(test.fact, self.words.facts) or "see `alpr-policy facts`"
                self.fault("unknown-fact", f"`{test.fact}` is not a fact", test.span, help)
            return
        foreign = [action for action in actions if action in self.words.actions and action not in fact.actions]
        if foreign and not any(d.span == test.span and d.code == "foreign-fact" for d in self.found):
            help = "split the statement by action, or see `alpr-policy facts ACTION`"
            self.fault("foreign-fact", f"`{test.fact}` does not belong to {_few(foreign)}", test.span, help)
        for matcher in test.matchers:
            self._matcher(fact, matcher, test.span)

    def _matcher(self, fact: Fact, matcher: Matcher, span: Span) -> None:
        if fact.kind not in FITTING[matcher.op]:
            fitting = sorted(
                op if op != "is" else "a plain value" for op, kinds in FITTING.items() if fact.kind in kinds
            )
            self.fault(
                "foreign-matcher",
                f"{_op(matcher.op)} does not fit `{fact.name}`, which is {_kind(fact)}",
                matcher.span,
                "fitting: " + ", ".join(fitting),
            )
            return
        term = term_of(matcher, self.profile)
        if term is not None:
            self._term(fact, term, matcher)
            return
        terms = self.profile.terms if matcher.op in TERM_OPS and len(matcher.values) == 1 else ()
        for constant in matcher.values:
            match constant:
                case ParameterRef():
                    self._role(constant, constant.span)
                case Literal():
                    self._literal(fact, constant, terms)

    def _term(self, fact: Fact, name: str, matcher: Matcher) -> None:
        term = self.profile.terms.get(name)
        reference = matcher.values[0]
        if term is None:
            self.fault(
                "unknown-term",
                f"`{name}` is not a term of this profile",
                reference.span if isinstance(reference, TermRef) else matcher.span,
                did_you_mean(name, self.profile.terms),
            )
            return
        for value in term.values:
            self._literal(fact, Literal(value.value, value.span))

    def _literal(self, fact: Fact, constant: Literal, terms: Iterable[str] = ()) -> None:
        value, span = constant.value, constant.span
        known = self.words.values_of(fact)
        match fact.kind:
            case FactKind.BOOL:
                fits, wanted = isinstance(value, bool), "true or false"
            case FactKind.COUNT:
                fits, wanted = isinstance(value, int) and not isinstance(value, bool), "a whole number"
            case FactKind.TIME:
                fits, wanted = isinstance(value, dt.date), "a date such as 2025-08-07"
            case FactKind.AGE:
                fits, wanted = _is_span(value), "a period such as 14 days"
            case _:
                fits, wanted = isinstance(value, str), "a name"
        if not fits:
            shown = str(value).lower() if isinstance(value, bool) else value
            help = "put it in quotes" if wanted == "a name" else _quotes_too_many(fact.kind, value)
            self.fault("bad-constant", f"`{fact.name}` is compared with {wanted}, not `{shown}`", span, help)
        elif fact.list_name == "roles":
            self._role(str(value), span)
        elif known and value not in known and not any(d.span == span and d.code == "unknown-value" for d in self.found):
            self.fault(
                "unknown-value",
                f"`{value}` is not a value of `{fact.name}`",
                span,
                did_you_mean(str(value), {*known, *terms}),
            )

    # Extensions

    def _extensions(self) -> None:
        for name, fact in self.profile.facts.items():
            self._actions(fact.actions, fact.span)
            if name in VOCABULARY.facts and self.profile.is_generic:
                help = "drop it: it is there by itself" if name in GENERIC.facts else ELSEWHERE
                self.fault("known-fact", f"`{name}` is already a fact", fact.span, help)
            elif name in VOCABULARY.facts:
                if not fact.add_values or fact.type:
                    self.fault(
                        "known-fact", f"`{name}` is already a fact", fact.span, "only `add_values` may be said of it"
                    )
            elif fact.type is None:
                self.fault("missing-key", f"the fact `{name}` needs the key `type`", fact.span)
            elif fact.type in ("enum", "set") and not fact.values:
                self.fault("missing-key", f"the fact `{name}` needs the key `values`", fact.span)
            sources = [s for s in (*fact.of, fact.since, fact.to) if s]
            known = {*self.words.facts, *self.words.actions, *self.words.lists["events"]}
            self._known("a fact, an event or an action", "unknown-fact", [*sources, *fact.same], known, fact.span)
            if fact.role:
                self._role(fact.role, fact.span)
        for name, action in self.profile.actions.items():
            if name in VOCABULARY.actions or name in VOCABULARY.groups:
                place = _places(self.profile)("actions")(name)
                help = ELSEWHERE if self.profile.is_generic else ""
                self.fault("known-action", f"`{name}` is already an action", place, help)
            self._known("a fact", "unknown-fact", action.facts, self.words.facts, self.profile.spans["actions"])


def _few(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _op(op: str) -> str:
    return "a plain value" if op == "is" else f"`{op}`"


def _kind(fact: Fact) -> str:
    return {
        FactKind.BOOL: "true or false",
        FactKind.ENUM: "one value of a list",
        FactKind.SET: "a set",
        FactKind.COUNT: "a number",
        FactKind.TIME: "a time",
        FactKind.AGE: "an age",
        FactKind.TEXT: "a text",
    }[fact.kind]


def _quotes_too_many(kind: FactKind, value: object) -> str:
    bare = (kind is FactKind.BOOL and value in ("true", "false")) or (
        kind is FactKind.COUNT and isinstance(value, str) and value.isdecimal()
    )
    return "take the quotes away" if bare else ""


def _is_span(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        CalendarSpan.parse(value)
    except ValueError:
        return False
    return True
