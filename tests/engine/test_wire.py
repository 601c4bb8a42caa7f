"""Model objects as plain JSON data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, NamedTuple

import pytest

from alpr_policy.model.wire import plain


class Word(StrEnum):
    """A word that is a text as well."""

    A = "a"


class Number(Enum):
    """A word that is none."""

    ONE = 1


class Pair(NamedTuple):
    """Two values."""

    first: Any
    second: Any


class Text(str):
    """A text of a kind of its own."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Has what is left out when it says nothing, and what is always written."""

    text: Any = None
    needs: Any = ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (Text("a"), "a"),
        (True, True),
        (0, 0),
        (1.5, 1.5),
        (None, None),
        (Word.A, "a"),
        (Number.ONE, 1),
        (dt.date(2026, 5, 4), "2026-05-04"),
        (dt.datetime(2026, 5, 4, tzinfo=dt.UTC), "2026-05-04T00:00:00+00:00"),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({Word.A, "0"}, ["0", "a"]),
        ((1, [Word.A]), [1, ["a"]]),
        (Pair(Word.A, None), ["a", None]),
        ({1: (Word.A,)}, {"1": ["a"]}),
        (Part(), {"needs": []}),
        (Part(text=False), {"needs": []}),
        (Part(text=True), {"text": True, "needs": []}),
        (Part(text=0), {"text": 0, "needs": []}),
        (Part(text=0.0), {"needs": []}),
        (Part(text=Part(), needs=(Part(text="a"),)), {"text": {"needs": []}, "needs": [{"text": "a", "needs": []}]}),
        (Part(text={}), {"needs": []}),
    ],
)
def test_objects_become_plain_data(value: Any, expected: Any) -> None:
    """Each sort of value becomes what JSON has for it; what says nothing is left out, but for what readers expect."""
    found = plain(value)

    assert expected == found
    assert type(expected) is type(found) or isinstance(value, str)
