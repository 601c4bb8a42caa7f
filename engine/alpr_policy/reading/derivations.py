"""Whether the facts that a profile derives fit the closed catalogue: their inputs, and no circle (language.md §9.6)."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.errors import Diagnostic
from alpr_policy.model.profile import FactExtension, Profile
from alpr_policy.model.words import DERIVATIONS
from alpr_policy.vocabulary import FactKind, Vocabulary

# What each derivation is made of: how many facts of which kind. The others look through events or acts.
INPUTS: dict[str, tuple[int, FactKind]] = {
    "same_person": (2, FactKind.TEXT),
    "order": (2, FactKind.TIME),
    "age": (1, FactKind.TIME),
    "span": (2, FactKind.TIME),
    "role_held": (1, FactKind.SET),
}
_FORMS = {
    "same_person": "`of: [a, b]` with two facts that name persons",
    "order": "`of: [a, b]` with two times",
    "age": "`of` with one time",
    "span": "`from` and `to` with a time each",
    "role_held": "`of` with one set of roles, and `role`",
}


def derivations(profile: Profile, words: Vocabulary) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the derived facts of a profile's own; unknown names are for `resolve` to find."""
    return (*_inputs(profile, words), *_circles(profile))


def _inputs(profile: Profile, words: Vocabulary) -> Iterator[Diagnostic]:
    for name, fact in profile.facts.items():
        if fact.type in INPUTS:
            problem = _misfit(fact, words)
            help = f"{fact.type} takes {_FORMS[fact.type]}"
        elif fact.type in DERIVATIONS:
            problem = _no_history(fact, words)
            help = f"{fact.type} takes `of` with one event or act"
        else:
            continue
        if problem:
            yield Diagnostic("bad-derivation", f"`{name}` cannot be worked out: {problem}", fact.span, help)


def _misfit(fact: FactExtension, words: Vocabulary) -> str:
    wanted, kind = INPUTS[str(fact.type)]
    sources = _sources(fact)
    if len(sources) != wanted or bool(fact.of) is (fact.type == "span"):
        return (
            f"it is made of {len(sources)} facts, not {wanted}"
            if len(sources) != wanted
            else "its inputs are misplaced"
        )
    for one in sources:
        known = words.facts.get(one)
        roles = known is not None and (fact.type != "role_held" or known.list_name == "roles")
        if known is not None and (known.kind is not kind or not roles):
            return f"`{one}` is {known.unit}"
    return "it names no role" if fact.type == "role_held" and not fact.role else ""


def _no_history(fact: FactExtension, words: Vocabulary) -> str:
    if not fact.of:
        # A count without a source is a number that somebody supplies.
        return "" if fact.type == "count" else "it says nothing to look for"
    if len(fact.of) > 1:
        return f"it looks for {len(fact.of)} things at once"
    return f"`{fact.of[0]}` is a fact, not an event or an act" if fact.of[0] in words.facts else ""


def _sources(fact: FactExtension) -> tuple[str, ...]:
    return tuple(one for one in (*fact.of, fact.since, fact.to) if one)


def _circles(profile: Profile) -> Iterator[Diagnostic]:
    """A fact that is made of itself has no value."""
    made = {name: set(_sources(fact)) & profile.facts.keys() for name, fact in profile.facts.items()}
    for name, direct in made.items():
        seen: set[str] = set()
        todo = list(direct)
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += made[one]
        if name in seen:
            message = f"`{name}` is made of itself"
            yield Diagnostic("state-cycle", message, profile.facts[name].span, "break the circle of derived facts")
