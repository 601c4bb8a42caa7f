"""Requests as text: JSON and YAML become plain data, or an error with its place; nothing hostile gets further."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy.reading.documents import decode, read_document
from alpr_policy.reading.json_text import parse_json
from alpr_policy.reading.text_files import Limits
from alpr_policy.source import SourceFile

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def read(text: str, name: str = "request.json", **limits: int) -> tuple[Any, list[str]]:
    """Read a text and return its data, and the code and place of each error."""
    value, found = read_document(SourceFile(name, text), Limits(**limits))
    return value, [f"{d.code} {d.span.line}:{d.span.column}" for d in found]


@given(VALUES)
def test_json_reads_as_python_writes_it(value: Any) -> None:
    """What Python writes as JSON reads as the same value."""
    import json

    for indent in (None, 2):
        assert (value, []) == parse_json(SourceFile("x", json.dumps(value, indent=indent)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1, "a": 2}', ["json-duplicate-key 1:10"]),
        ('{"a": 1, "\\u0061": 2}', ["json-duplicate-key 1:10"]),
        ('{"x": {"a": 1}, "a": [{"a": 2}, {"a": 3}]}', []),
        ('{"a": {"b": 1,\n "b": 2}, "a": 3}', ["json-duplicate-key 2:2", "json-duplicate-key 2:11"]),
        ('["a", "a"]', []),
        ("[1, NaN]", ["json-number 1:5"]),
        ("[-Infinity]", ["json-number 1:2"]),
        ("[1e400]", ["json-number 1:2"]),
        ("[1234567890123456789]", ["json-number 1:2"]),
        ("[123456789012345678]", []),
        ("[1.5]", []),
        ("[01]", ["json-syntax 1:3"]),
        ("[1,]", ["json-syntax 1:4"]),
        ("[1] [2]", ["json-syntax 1:5"]),
        ('"\\', ["json-syntax 1:1"]),
        ('{"a": "b\n"}', ["json-syntax 1:9"]),
        ("  ", ["json-empty 1:1"]),
        ("\ufeff{}", []),
    ],
)
def test_json_is_read_strictly(text: str, expected: list[str]) -> None:
    """What readers of JSON disagree about is refused, each with its place."""
    value, found = read(text)

    assert expected == found
    assert found == [] or value is None


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 41 + "]" * 41])
def test_depth_is_bounded(text: str) -> None:
    """Nesting beyond the limit ends the reading there, however deep it goes on."""
    assert ["json-too-deep"] == [one.split()[0] for one in read(text)[1]]


def test_depth_up_to_the_limit_is_fine() -> None:
    """As many levels as the limit says are read."""
    assert [] == read("[" * 40 + "]" * 40)[1]


@pytest.mark.parametrize("text", ['"' + '\\"' * 50_000, "1" * 100_000, '{"' * 20_000, "[" + "1," * 50_000])
def test_hostile_text_is_refused(text: str) -> None:
    """Texts made to keep a reader busy are refused."""
    assert read(text)[1]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.json", "a: 1", None),
        ("a.yaml", '{"a": 1}', {"a": 1}),
        ("<stdin>", '{"a": 1}', {"a": 1}),
        ("<stdin>", "a: 1", {"a": 1}),
        ("<stdin>", "{a: 1}", {"a": 1}),
        ("<stdin>", ' \n{ "a": {"b": [1, null, true]}}', {"a": {"b": [1, None, True]}}),
        ("a.yaml", "at: 2026-05-01T12:00:00-04:00\non: [2026-05-01]", None),
        (
            "a.yaml",
            "at: 2026-05-01T12:00:00-04:00\nday: 2026-05-01",
            {"at": "2026-05-01T12:00:00-04:00", "day": "2026-05-01"},
        ),
    ],
)
def test_name_or_text_shows_what_it_is(name: str, text: str, expected: Any) -> None:
    """The ending of the name says whether a text is JSON or YAML; without one the text itself does. Times stay text."""
    assert expected == read(text, name)[0]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b'{"a": "\xff"}', "file-encoding"), (b"a\x00b", "file-binary"), ("a".encode("utf-16"), "file-encoding")],
)
def test_bytes_that_are_no_text(data: bytes, code: str) -> None:
    """Bytes that came through a pipe and are no text are refused."""
    source, found = decode(data, "<stdin>")

    assert source is None
    assert [code] == [d.code for d in found]
