"""A node tree as plain data, for requests and settings; dates become ISO text."""

from __future__ import annotations

import datetime as dt
from typing import Any

from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.yaml_tree import MappingNode, Node


def to_plain(node: Node) -> Any:
    """Return dicts, lists, texts, numbers, truth values and None. The tree's depth was bounded when it was read."""
    if isinstance(node, MappingNode):
        return {key.text: to_plain(value) for key, value in node.entries}
    if isinstance(node, ScalarNode):
        return node.value.isoformat() if isinstance(node.value, dt.date) else node.value
    return [to_plain(item) for item in node.items]
