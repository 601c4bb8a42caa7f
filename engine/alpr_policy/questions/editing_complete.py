"""What may be written at a place of a half-typed profile: keys, facts, values, roles, clauses and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from alpr_policy.model.words import TERM_OPS
from alpr_policy.questions.editing import Draft
from alpr_policy.questions.editing_gists import act_gist, clause_gist, fact_gist, first_line
from alpr_policy.questions.editing_grammar import (
    Constants,
    ParameterName,
    TestOf,
    Wanted,
    lists_at,
    names_role,
)
from alpr_policy.questions.editing_scan import Group, Spot, Word, scan, spots
from alpr_policy.reading.conditions import JOINS, ConditionShape
from alpr_policy.reading.grammar import CLAUSE, KINDS
from alpr_policy.reading.groups import MapOf, Record
from alpr_policy.reading.profile_shape import ADDABLE, ZONE, TermValues
from alpr_policy.reading.resolve import FITTING
from alpr_policy.reading.shapes import Choice, Flag, Period, Reference
from alpr_policy.source import SourceFile, Span
from alpr_policy.vocabulary import FactKind

MARK = "\ue000"
MAX_ITEMS = 1_000
LISTED = (*KINDS, "demands", "not_enforced")
MATCHER_WORDS = {
    "not": "any value but this",
    "not_in": "no value of a list or term",
    "in": "a value of a term",
    "has": "the set holds this value",
    "has_any": "the set holds one of these",
    "has_all": "the set holds all of these",
    "outside": "the set holds something else",
    "at_least": "this or more",
    "at_most": "this or less",
    "more_than": "more than this",
    "less_than": "less than this",
    "before": "earlier than this",
    "after": "at this time or later",
    "none": "no value at all",
}
JOIN_WORDS = {"all": "all of these hold", "any": "one of these holds", "not": "this does not hold"}


@dataclass(frozen=True, slots=True)
class Completion:
    """One word that may stand there. `text` takes the place of `span`, which covers what has been typed of it.

    `sort` is a sort of `Mention`, or `matcher`, `list` or `word`; `about` is one line, `more` the whole.
    """

    label: str
    sort: str
    span: Span
    text: str
    about: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class _Offer:
    label: str
    sort: str
    about: str = ""
    more: str = ""


def complete(text: Draft, line: int, column: int) -> tuple[Completion, ...]:
    """Return what may be written at a place (from 1, in characters); nothing in a comment or a free text.

    All that fits the place is given; what fits the letters already typed is for the editor to choose.
    """
    spot = _spot(text, line, column)
    if spot is None:
        return ()
    span = _typed(spot.word, text)
    offers: dict[str, tuple[_Offer, str]] = {}
    if not spot.is_key:
        for offer in _values(text, spot):
            offers.setdefault(offer.label, (offer, ""))
    if spot.is_key or spot.word.lone:
        tail = "" if spot.is_key and spot.colon else ": "
        for offer in _keys(text, spot):
            offers.setdefault(offer.label, (offer, tail))
    head = "- " if _lacks_dash(text, spot) else ""
    found = list(offers.values())[:MAX_ITEMS]
    return tuple(Completion(o.label, o.sort, span, head + o.label + tail, o.about, o.more) for o, tail in found)


def _lacks_dash(text: Draft, spot: Spot) -> bool:
    """Say whether a key would stand in a list of statements without the dash that begins one."""
    if spot.is_key or len(spot.path) != 1 or spot.path[0] not in LISTED:
        return False
    return not text.lines[spot.word.span.line - 1][: spot.word.span.column - 1].strip()


def _spot(text: Draft, line: int, column: int) -> Spot | None:
    """Find the word at a place, and its surroundings, by putting a mark there."""
    if not 1 <= line <= len(text.lines):
        return None
    lines = [one.replace(MARK, " ") for one in text.lines]
    here, at = lines[line - 1], max(0, column - 1)
    lines[line - 1] = here[:at] + MARK + here[at:]
    root = scan(SourceFile(text.source.name, "\n".join(lines)))
    return next((one for one in spots(root) if MARK in one.word.text), None)


def _typed(word: Word, text: Draft) -> Span:
    """Return what the mark's word covers in the text without the mark."""
    span = word.span
    width = min(span.width - 1, len(text.lines[span.line - 1]) - span.column + 1)
    return Span(span.file, span.line, span.column, max(0, width))


# Keys


def _keys(text: Draft, spot: Spot) -> Iterator[_Offer]:
    around = spot.groups[-1] if spot.is_key and spot.groups else None
    there = {entry.key.text for entry in around.entries if entry.colon} if around is not None else set()
    for one in text.wanted(spot.path):
        for offer in _keys_of(text, spot, one):
            if offer.label not in there:
                yield offer


def _keys_of(text: Draft, spot: Spot, one: Wanted) -> Iterator[_Offer]:
    match one:
        case Record(fields=fields):
            for spec in fields:
                yield _Offer(spec.key, "key", spec.doc + (" (required)" if spec.required else ""))
        case ConditionShape():
            yield from _facts(text, text.acts(spot))
            for name in JOINS:
                yield _Offer(name, "key", JOIN_WORDS[name])
        case TestOf(fact=name):
            fact = text.words.facts.get(name)
            for op, kinds in FITTING.items():
                if op != "is" and (fact is None or fact.kind in kinds):
                    yield _Offer(op, "matcher", MATCHER_WORDS.get(op, ""))
            yield _Offer("parameter", "key", "what a parameter of the profile holds")
        case Constants() | Reference():
            yield _Offer("parameter", "key", "what a parameter of the profile holds")
        case TermValues():
            yield from _lists(text, tuple(name for name in text.words.lists if name != "roles"))
        case MapOf() if spot.path == ("lists",):
            for name in ADDABLE:
                yield _Offer(name, "list", "a list that a profile may add to")
        case MapOf() if spot.path == ("facts",):
            yield from (_Offer(f.name, "fact", "add values to it") for f in text.words.facts.values() if f.values)


def _facts(text: Draft, acts: tuple[str, ...]) -> Iterator[_Offer]:
    """Yield the facts that belong to all of some acts."""
    for name, fact in sorted(text.words.facts.items()):
        if all(act in fact.actions for act in acts):
            yield _Offer(name, "fact", fact.means, fact_gist(fact, text.words))
    for name in text.declared("parameters"):
        yield _Offer(f"parameter.{name}", "parameter", "what the owner of the profile picked")


# Values


def _values(text: Draft, spot: Spot) -> Iterator[_Offer]:
    for one in text.wanted(spot.path):
        match one:
            case Choice(values=values):
                yield from (_Offer(value, "word") for value in values)
            case Flag(only=only):
                yield from (_Offer(w, "word") for w in ("true", "false") if only is None or w == str(only).lower())
            case Period(words=words):
                yield from (_Offer(word, "word") for word in words)
            case ParameterName():
                yield from _named(text, "parameters", "parameter")
            case TestOf(fact=fact):
                yield from _constants(text, fact, "is")
            case Constants(fact=fact, op=op):
                yield from _constants(text, fact, op)
            case _ if one is CLAUSE:
                if spot.path != ("outline",):
                    yield from (_Offer(c, "clause", first_line(clause_gist(text, c))) for c in text.outline)
            case _ if one is ZONE:
                yield from (_Offer(zone, "word") for zone in _zones())
            case Record() | MapOf() | ConditionShape() | Reference() | TermValues():
                pass
            case _:
                yield from _listed(text, spot)


def _listed(text: Draft, spot: Spot) -> Iterator[_Offer]:
    path = spot.path
    kind = spot.groups[-1].get("type") if path[0] == "parameters" and spot.groups else None
    if names_role(path) or (path[-1] == "value" and isinstance(kind, Word) and kind.text == "role"):
        yield from _named(text, "roles", "role")
    yield from _lists(text, lists_at(path))


def _lists(text: Draft, lists: Iterable[str]) -> Iterator[_Offer]:
    words = text.words
    for name in lists:
        if name == "acts":
            yield from (_Offer(act, "act", one.means, act_gist(act, words)) for act, one in words.actions.items())
        elif name == "groups":
            yield from (_Offer(group, "group", "all of: " + ", ".join(acts)) for group, acts in words.groups.items())
        elif name in ("facts", "times"):
            times = name == "times"
            known = (f for f in words.facts.values() if not times or f.kind is FactKind.TIME)
            yield from (_Offer(fact.name, "fact", fact.means, fact_gist(fact, words)) for fact in known)
        else:
            yield from (_Offer(value, "value", name.replace("_", " ")) for value in words.lists.get(name, ()))


def _named(text: Draft, block: str, sort: str) -> Iterator[_Offer]:
    """Yield what the profile declares in a block, each with its title or type."""
    for name, part in text.declared(block).items():
        told = part.get("title") or part.get("type") if isinstance(part, Group) else None
        yield _Offer(name, sort, told.text if isinstance(told, Word) else "")


def _constants(text: Draft, name: str, op: str) -> Iterator[_Offer]:
    if name.startswith("parameter."):
        part = text.declared("parameters").get(name.removeprefix("parameter."))
        choices = part.get("choices") if isinstance(part, Group) else None
        yield from (_Offer(spot.word.text, "value") for spot in spots(choices))
        return
    fact = text.words.facts.get(name)
    if op == "none":
        yield _Offer("true", "word")
        return
    if op == "in" or op in TERM_OPS:
        yield from (_Offer(term, "term", "a term of this profile") for term in text.declared("terms"))
    if fact is None or op == "in":
        return
    if fact.kind is FactKind.BOOL:
        yield from (_Offer(word, "word") for word in ("true", "false"))
    elif fact.list_name == "roles":
        yield from _named(text, "roles", "role")
    else:
        known = text.words.lists.get(fact.list_name, ()) if fact.list_name else fact.values
        yield from (_Offer(value, "value", fact.means) for value in known)


@cache
def _zones() -> tuple[str, ...]:
    from zoneinfo import available_timezones

    return tuple(sorted(available_timezones()))
