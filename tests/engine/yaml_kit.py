"""Texts read as YAML nodes, and what is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from alpr_policy.errors import Diagnostic
from alpr_policy.reading import yaml_events
from alpr_policy.reading.yaml_nodes import Limits, MappingNode, Node, ScalarNode, SequenceNode, parse
from alpr_policy.source import SourceFile

CASES = Path(__file__).parents[1] / "cases" / "yaml"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PARSERS = {"libyaml": yaml_events.PARSER, "python": yaml_events.PlainParser}


def cases(file: str) -> pytest.MarkDecorator:
    """Turn a file of named cases into parameters of a test."""
    loaded = yaml.safe_load((CASES / file).read_text(encoding="utf-8"))
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in loaded])


def read(text: str, limits: Limits | None = None) -> tuple[MappingNode | SequenceNode | None, list[Diagnostic]]:
    """Read a text that may be a mapping or a list."""
    return parse(SourceFile("f.yaml", text), limits or Limits(), allow_sequence=True)


def mapping(text: str) -> MappingNode:
    """Read a text that has no errors."""
    tree, found = parse(SourceFile("f.yaml", text))
    assert found == []
    assert tree is not None
    return tree


def plain(node: Node | None) -> Any:
    """Turn a tree into plain lists and dicts."""
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    if isinstance(node, MappingNode):
        return {key.text: plain(value) for key, value in node.entries}
    return node.value if node else None


def scalars(node: Node) -> list[ScalarNode]:
    """List all words of a tree, keys included."""
    if isinstance(node, SequenceNode):
        return [word for item in node.items for word in scalars(item)]
    if isinstance(node, MappingNode):
        return [word for key, value in node.entries for word in (key, *scalars(value))]
    return [node]


def places(found: list[Diagnostic]) -> list[str]:
    """Give the places of errors as `line:column`."""
    return [f"{each.span.line}:{each.span.column}" for each in found]


def codes(found: list[Diagnostic]) -> list[str]:
    """Give the codes of errors."""
    return [each.code for each in found]


def many(value: Any) -> list[Any]:
    """Make a list of one or many."""
    return value if isinstance(value, list) else [value]
