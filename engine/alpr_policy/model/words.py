"""The words of one profile: the vocabulary with the profile's own facts, actions, values and record states."""

from __future__ import annotations

import dataclasses

from alpr_policy.model.condition import Literal, Matcher, ParameterRef, Plain, TermRef
from alpr_policy.model.listing import (
    RELATION,
    REQUESTER_ID,
    REQUESTER_TYPE,
    listings,
    person_inputs,
    subjects,
    things,
)
from alpr_policy.model.profile import FactExtension, Profile
from alpr_policy.model.statements import ActionStatement, Approval, Check, Document
from alpr_policy.vocabulary import HUMAN_ACTIONS, VOCABULARY, Action, Fact, FactKind, Personal, Vocabulary
from alpr_policy.vocabulary.generic import GENERIC, WITH_DUTIES
from alpr_policy.vocabulary.states import STATES

# What each derivation of the closed catalogue gives (language.md §9.6).
DERIVATIONS: dict[str, FactKind] = {
    "same_person": FactKind.BOOL,
    "order": FactKind.ENUM,
    "age": FactKind.AGE,
    "span": FactKind.AGE,
    "role_held": FactKind.BOOL,
    "count": FactKind.COUNT,
    "any": FactKind.BOOL,
    "first": FactKind.TIME,
    "latest": FactKind.TIME,
}
# Those that look at what was done before.
HISTORY = frozenset({"count", "any", "first", "latest"})
PLAIN_TYPES = ("bool", "enum", "set", "count", "time", "text", "finding")
FACT_TYPES = tuple(dict.fromkeys((*PLAIN_TYPES, *DERIVATIONS)))
# What is wrong with a typed reason is worked out where the profile has word lists: from the reason as it was typed in,
# whether one was, and what stands in the field for the case.
REASON_DEFECTS = "reason.defects"
REASON_INPUTS = ("reason.text", "reason.recorded", "case.number")
# Lists a profile may add to; a term may stand where one of these matchers takes one name.
TERM_OPS = frozenset({"in", "not_in", "has_any", "has_all", "outside"})


def words_of(profile: Profile) -> Vocabulary:
    """Return the vocabulary as this profile extends it, with the derived facts of its statements."""
    if profile.is_generic:
        return _generic(profile)
    actions = {name: Action(name, extension.means) for name, extension in profile.actions.items()}
    added = {name: tuple(values) for name, values in profile.lists.items()}
    facts: dict[str, Fact] = {}
    for name, extension in profile.facts.items():
        known = VOCABULARY.facts.get(name)
        if known is None:
            facts[name] = _own_fact(name, extension)
        elif known.list_name is not None:
            added[known.list_name] = added.get(known.list_name, ()) + extension.add_values
        else:
            facts[name] = _widened(known, extension)
    if profile.data_classes:
        added["data_classes"] = added.get("data_classes", ()) + profile.data_classes
    added["roles"] = tuple(sorted(profile.roles))
    common = tuple(name for name, fact in VOCABULARY.facts.items() if fact.actions >= HUMAN_ACTIONS)
    for action, own in profile.actions.items():
        for name in (*common, *own.facts):
            fact = facts.get(name) or VOCABULARY.facts.get(name)
            if fact is not None:
                facts[name] = _on(fact, action)
    for name, fact in VOCABULARY.facts.items():
        # What belongs to every act of a person belongs to the acts that a profile adds as well.
        if fact.actions >= HUMAN_ACTIONS and actions:
            facts[name] = dataclasses.replace(
                facts.get(name, fact), actions=facts.get(name, fact).actions | actions.keys()
            )
    if profile.reasons is not None:
        told = facts.get(REASON_DEFECTS, VOCABULARY.facts[REASON_DEFECTS])
        by = "worked out from " + ", ".join(REASON_INPUTS)
        facts[REASON_DEFECTS] = dataclasses.replace(told, derived_from=REASON_INPUTS, supplied_by=by)
    words = VOCABULARY.extended(facts, actions, added)
    return words.extended(_states(profile, words), {}, {})


def _generic(profile: Profile) -> Vocabulary:
    """Return the words of a policy about other things: its own, and what the engine asks of persons."""
    base = WITH_DUTIES if profile.duties else GENERIC
    acts = frozenset(profile.actions)
    named = {name for action in profile.actions.values() for name in action.facts}
    facts = {name: dataclasses.replace(fact, actions=fact.actions | acts) for name, fact in base.facts.items()}
    acting = {f"{name}.id" for name in subjects(profile)}
    for name, means in _identities(profile).items():
        facts[name] = _identity(name, means, acts, Personal.PERSON if name in acting else Personal.FREE_TEXT)
    if REQUESTER_TYPE in person_inputs(profile):
        facts[REQUESTER_TYPE] = dataclasses.replace(
            _identity(REQUESTER_TYPE, "the type of whoever does the act", acts),
            kind=FactKind.ENUM,
            values=tuple(subjects(profile)),
            personal=None,
        )
    listed = listings(profile)
    for name, extension in profile.facts.items():
        own = _own_fact(name, extension)
        on = own.actions | {act for act, action in profile.actions.items() if name in action.facts}
        # A fact that is tied to no act belongs to all.
        tied = on if own.actions or name in named else acts
        sources = listed[name].inputs if name in listed else own.derived_from
        facts[name] = dataclasses.replace(own, actions=tied, derived_from=sources)
    actions = {name: Action(name, extension.means) for name, extension in profile.actions.items()}
    added = {**{name: tuple(values) for name, values in profile.lists.items()}, "roles": tuple(sorted(profile.roles))}
    words = base.extended(facts, actions, added)
    return words.extended(_states(profile, words), {}, {})


def _identities(profile: Profile) -> dict[str, str]:
    """Return the fact that says which thing an act is done on, for each type, with its meaning."""
    told = {f"{name}.id": f"which {name.replace('_', ' ')} it is" for name in things(profile)}
    return {name: means for name, means in told.items() if name != REQUESTER_ID}


def _identity(name: str, means: str, actions: frozenset[str], personal: Personal = Personal.FREE_TEXT) -> Fact:
    return Fact(
        name=name,
        kind=FactKind.TEXT,
        means=means,
        supplied_by="the requester",
        actions=actions,
        personal=personal,
    )


def _on(fact: Fact, action: str) -> Fact:
    return dataclasses.replace(fact, actions=fact.actions | {action})


def _widened(fact: Fact, extension: FactExtension) -> Fact:
    values = fact.values + tuple(v for v in extension.add_values if v not in fact.values)
    return dataclasses.replace(fact, values=values, actions=fact.actions | frozenset(extension.actions))


def _own_fact(name: str, extension: FactExtension) -> Fact:
    kind, values, list_name = _type_of(extension)
    derived = extension.type in DERIVATIONS and (extension.type != "count" or bool(extension.of))
    sources = tuple(s for s in (*extension.of, extension.since, extension.to) if s) if derived else ()
    return Fact(
        name=name,
        kind=kind,
        values=values,
        list_name=list_name,
        means=extension.means or name.replace(".", " ").replace("_", " "),
        supplied_by=extension.supplied_by or ("worked out from " + ", ".join(sources) if sources else "the requester"),
        actions=frozenset(VOCABULARY.expand(extension.actions)),
        personal=Personal(extension.personal) if extension.personal else None,
        derived_from=sources,
    )


def _type_of(extension: FactExtension) -> tuple[FactKind, tuple[str, ...], str | None]:
    if extension.type == "finding":
        return FactKind.ENUM, (), "findings"
    if extension.type == "order":
        return FactKind.ENUM, ("before", "same", "after"), None
    if extension.type in DERIVATIONS:
        return DERIVATIONS[extension.type], (), None
    if extension.type == RELATION:
        return FactKind.BOOL, (), None
    return FactKind(extension.type or "text"), extension.values, None


def _states(profile: Profile, words: Vocabulary) -> dict[str, Fact]:
    kinds = ((Approval, "approval"), (Check, "check"), (Document, "document"))
    found: dict[str, Fact] = {}
    for statement in profile.statements:
        for cls, prefix in kinds:
            if isinstance(statement, cls) and isinstance(statement, ActionStatement):
                name = f"{prefix}.{statement.id}"
                found[name] = Fact(
                    name=name,
                    kind=FactKind.ENUM,
                    values=STATES[prefix],
                    means=f"the state of the {prefix} `{statement.id}`",
                    supplied_by="the system of record",
                    actions=frozenset(words.expand(statement.action)),
                )
    return found


def term_of(matcher: Matcher, profile: Profile) -> str | None:
    """Return the term a matcher names, if it names one."""
    if len(matcher.values) != 1:
        return None
    match matcher.values[0]:
        case TermRef(name=name):
            return name
        case Literal(value=str() as name) if matcher.op in TERM_OPS and name in profile.terms:
            return name
    return None


def constants(matcher: Matcher, profile: Profile) -> tuple[Plain | ParameterRef, ...]:
    """Return the constants of a matcher with terms replaced by their values; open parameters stay references."""
    term = term_of(matcher, profile)
    if term is not None:
        return tuple(value.value for value in profile.terms[term].values) if term in profile.terms else ()
    found: list[Plain | ParameterRef] = []
    for constant in matcher.values:
        if isinstance(constant, ParameterRef):
            parameter = profile.parameters.get(constant.name)
            value = parameter.value if parameter is not None else None
            found.append(constant if value is None else str(value) if not isinstance(value, int | bool) else value)
        elif isinstance(constant, Literal):
            found.append(constant.value)
    return tuple(found)
