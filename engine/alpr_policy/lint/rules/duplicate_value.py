"""A list that holds one value twice."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Reads, Rule
from alpr_policy.lint.subject import Subject, lists_in
from alpr_policy.reading.scalars import ScalarNode


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find repeats of plain values in any list but the outline, whose repeats refuse the file."""
    for path, node in lists_in(subject.tree):
        if path == ("outline",):
            continue
        seen: set[object] = set()
        for number, item in enumerate(node.items):
            if not isinstance(item, ScalarNode):
                continue
            key = (item.kind, item.value)
            if key in seen:
                yield Found(
                    message=f"`{item.text}` stands in this list twice",
                    span=item.span,
                    help="take one of the two out",
                    edits=subject.without_item(node.items, number),
                )
            seen.add(key)


RULE = Rule("duplicate-value", "a list that holds one value twice", check, reads=Reads.TEXT)
