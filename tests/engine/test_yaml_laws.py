"""Laws of the YAML reader: any text is read or refused, and what is read is what YAML says, each span at its text."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.yaml_kit import LOADER, PARSERS, mapping, plain, read, scalars

from alpr_policy.reading import yaml_events
from alpr_policy.reading.yaml_nodes import MappingNode, Node, SequenceNode

noise = st.text(max_size=200) | st.text("ab01:-?,.[]{}\"'#&*!|>%@`~<=\\ \t\n\r", max_size=120)
letters = st.text("abzé汉😀' :#-,[]{}\"\\&*!|>%@`", max_size=8).map(lambda text: f"k{text}k")
values = st.recursive(
    letters | st.integers(-(10**17), 10**17) | st.booleans() | st.none() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(letters, inner, max_size=4),
    max_leaves=20,
)
entries = st.dictionaries(letters, values, min_size=1, max_size=5)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Write entries down in lines, in brackets, or in a mixture."""
    style = draw(st.sampled_from([True, False, None]))
    return str(yaml.safe_dump(draw(entries), default_flow_style=style, allow_unicode=True, width=10**6))


BROKEN = [
    "bad: [1", "bad: 'x", 'bad: "x', "bad: {a", "bad: x: z", "bad: 'it's'", "bad word", "bad: @x", "bad:\n\tx: 1",
    "bad:\n  x: 1\n z: 2", "bad: x\n  z: 2", "bad:\n  - [1\n  - {x", "bad: - x", "bad: ]", "bad: |x", "bad: \"\\q\"",
]  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS.keys())
@given(text=noise)
def test_any_text_is_read_or_refused(parser: Any, text: str) -> None:
    """Whatever the text, reading ends without an exception, twice the same, and each error shows a place in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_events, "PARSER", parser)
        tree, found = read(text)
        again = read(text)

    assert (tree, found) == again
    assert (tree is None) <= bool(found)
    lines = text.splitlines()
    for each in found:
        assert 1 <= each.span.line <= len(lines) + 1
        assert each.message and each.code.islower()
        line = lines[each.span.line - 1] if each.span.line <= len(lines) else ""
        assert 1 <= each.span.column <= len(line) + 1


@given(text=noise)
def test_what_is_read_without_errors_is_what_yaml_says(text: str) -> None:
    """A text that passes means to a YAML 1.1 reader the same texts in the same shape."""
    tree, found = read(text)
    if not found:
        assert plain_texts(tree) == composed(yaml.compose(text, Loader=LOADER))


def plain_texts(node: Node | None) -> Any:
    """Turn a tree into lists and pairs of bare texts."""
    if isinstance(node, SequenceNode):
        return [plain_texts(item) for item in node.items]
    if isinstance(node, MappingNode):
        return [(key.text, plain_texts(value)) for key, value in node.entries]
    return node.text if node else None


def composed(node: Any) -> Any:
    """Turn PyYAML's own tree into lists and pairs of bare texts."""
    if isinstance(node, yaml.SequenceNode):
        return [composed(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return [(composed(key), composed(value)) for key, value in node.value]
    return node.value


@given(text=documents())
def test_a_sound_document_reads_as_written(text: str) -> None:
    """A document without doubtful words gives the values that were written."""
    assert yaml.safe_load(text) == plain(mapping(text))


@given(text=documents())
def test_every_span_points_at_its_text(text: str) -> None:
    """What stands at the place of a word is that word, with its quotes."""
    lines = text.split("\n")
    for word in scalars(mapping(text)):
        start = word.span.column - 1
        there = lines[word.span.line - 1][start : start + word.span.width]
        if word.quoted:
            assert word.value == yaml.safe_load(there)
        else:
            assert word.text == there.strip(" ")


@given(before=st.integers(0, 4), after=st.integers(0, 4), broken=st.sampled_from(BROKEN))
def test_one_broken_entry_costs_no_other(before: int, after: int, broken: str) -> None:
    """A broken entry among sound ones is one error on one of its own lines, and all the others are kept."""
    sound = [f"k{n}: {{v: [{n}]}}" for n in range(before + after)]
    text = "\n".join([*sound[:before], broken, *sound[before:]]) + "\n"
    tree, found = read(text)

    assert 1 == len(found)
    assert before < found[0].span.line <= before + 1 + broken.count("\n")
    assert {f"k{n}": {"v": [n]} for n in range(before + after)} == (plain(tree) or {})
