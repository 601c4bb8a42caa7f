"""What the grammar wants at a place of a profile: the keys that lead there, walked down the tree of shapes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from alpr_policy.reading.conditions import JOINS, MATCHERS, ConditionShape
from alpr_policy.reading.generic_shape import shape_of
from alpr_policy.reading.grammar import CLAUSE, KINDS
from alpr_policy.reading.groups import MapOf, Record
from alpr_policy.reading.profile_shape import TermValues
from alpr_policy.reading.shapes import Reference, Shape

# Which lists the words under a key come from; `acts` and `facts` stand for those of the language and of the profile.
LISTS: dict[str, tuple[str, ...]] = {
    "data": ("data_classes",),
    "custodian": ("custodians",),
    "topic": ("topics", "acts"),
    "check": ("checks",),
    "compares": ("check_parts",),
    "sources": ("sources",),
    "document": ("documents",),
    "fields": ("document_fields",),
    "basis": ("hold_bases",),
    "for": ("purposes",),
    "task": ("tasks",),
    "covers": ("covers",),
    "action": ("acts", "groups"),
    "actions": ("acts", "groups"),
    "allow": ("acts", "groups"),
}
# The same, where the key means something else elsewhere.
LISTS_AT: dict[tuple[str, ...], tuple[str, ...]] = {
    ("duties", "after"): ("events", "acts", "groups"),
    ("checks", "after"): ("times",),
    ("documents", "from"): ("recipient_kinds", "agencies"),
}
ROLE_KEYS = frozenset({"by", "role", "if_absent", "answerable", "set_by", "then"})
# Under `facts` and `actions`, by the key of what is declared.
FACT_LISTS: dict[str, tuple[str, ...]] = {
    "of": ("facts", "events", "acts"),
    "same": ("facts",),
    "from": ("facts",),
    "to": ("facts",),
}


@dataclass(frozen=True, slots=True)
class TestOf:
    """What a fact is compared with: a value, a list, or matchers."""

    fact: str


@dataclass(frozen=True, slots=True)
class Constants:
    """What one matcher compares a fact with."""

    fact: str
    op: str


@dataclass(frozen=True, slots=True)
class ParameterName:
    """The name of a parameter."""


Wanted = Shape | TestOf | Constants | ParameterName


def unfolded(shape: Shape) -> tuple[Shape, ...]:
    """Return the shapes of which one stands at a place, with lists and choices between shapes opened."""
    parts = shape.parts()
    return tuple(one for part in parts for one in unfolded(part)) if parts else (shape,)


@cache
def wanted_at(path: tuple[str, ...], *, kind: frozenset[str] = frozenset()) -> tuple[Wanted, ...]:
    """Return what may stand under a path of keys; nothing where the grammar knows no such place.

    `kind` are the outermost keys that say which shape the file has.
    """
    if not path:
        return (shape_of(kind),)
    found: list[Wanted] = []
    for one in wanted_at(path[:-1], kind=kind):
        found += _below(one, path[-1])
    return tuple(found)


def _below(one: Wanted, key: str) -> tuple[Wanted, ...]:
    match one:
        case Record(fields=fields):
            return next((unfolded(field.shape) for field in fields if field.key == key), ())
        case MapOf(item=item):
            return unfolded(item)
        case ConditionShape():
            return (one,) if key in JOINS else (TestOf(key),)
        case TermValues():
            return (CLAUSE,)
        case TestOf(fact=fact):
            return (ParameterName(),) if key == "parameter" else (Constants(fact, key),) if key in MATCHERS else ()
        case Constants() | Reference():
            return (ParameterName(),) if key == "parameter" else ()
    return ()


def lists_at(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lists from which the single values under a path come; nothing where they are free."""
    if not path:
        return ()
    known = LISTS_AT.get((path[0], path[-1]))
    if known is not None:
        return known
    if path[0] == "facts" and len(path) == 3 and path[-1] in FACT_LISTS:
        return FACT_LISTS[path[-1]]
    if path[0] == "actions" and path[-1] == "facts":
        return ("facts",)
    if path == ("data_classes",) or (path[0] == "lists" and len(path) == 2):
        return ()
    return LISTS.get(path[-1], ())


def names_role(path: tuple[str, ...]) -> bool:
    """Say whether a single value under a path names a role."""
    return bool(path) and path[-1] in ROLE_KEYS and path[0] not in ("roles", "terms", "lists")


def is_statement(path: tuple[str, ...]) -> bool:
    """Say whether a path leads into a statement."""
    return bool(path) and path[0] in KINDS
