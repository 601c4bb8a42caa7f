"""Ids worth trying where texts side by side list different things of the same persons and things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from alpr_policy.model.listing import Key, Listing

MOST_IDS = 8


def differing(lists: Mapping[str, Iterable[Listing]]) -> tuple[dict[str, list[str]], bool]:
    """Return ids by the fact that holds one, one for each way in which lists of a fact differ; and whether that is all.

    An id of which they say the same needs no trying: the same may be stated of somebody whom no list has.
    """
    found: dict[str, dict[str, None]] = {}
    for several in lists.values():
        for one, other in pairwise(several):
            told: set[Any] = set()
            for key in sorted(one.rows.keys() | other.rows.keys()):
                rows = one.rows.get(key), other.rows.get(key)
                if rows[0] != rows[1] or (key in one.rows) is not (key in other.rows):
                    for name, each, why in _ids(one, key, rows):
                        if (name, why) not in told:
                            told.add((name, why))
                            found.setdefault(name, {})[each] = None
    whole = all(len(ids) <= MOST_IDS for ids in found.values())
    return {name: list(ids)[:MOST_IDS] for name, ids in found.items()}, whole


def _ids(listing: Listing, key: Key, rows: tuple[Any, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield the ids under which the difference of two rows is seen, each with what makes it one of its sort."""
    yield listing.thing[-1], key[-1], repr(rows)
    if listing.person:
        first, second = (row if isinstance(row, frozenset) else frozenset() for row in rows)
        for sort, members in (("left", first - second), ("come", second - first), ("both", first & second)):
            for member in sorted(members)[:1]:
                yield listing.person[-1], member[-1], (sort, member)
