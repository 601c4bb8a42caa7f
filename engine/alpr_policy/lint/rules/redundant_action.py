"""An act that a group in the same list already names."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Reads, Rule
from alpr_policy.lint.subject import Subject, lists_in
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.vocabulary import VOCABULARY


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find acts that stand beside a group of theirs under `action` or `allow`."""
    for path, node in lists_in(subject.tree):
        if path[-1:] not in (("action",), ("allow",)):
            continue
        words = [item.text for item in node.items if isinstance(item, ScalarNode)]
        held = {act: group for group in words for act in VOCABULARY.groups.get(group, ()) if act != group}
        for number, item in enumerate(node.items):
            if isinstance(item, ScalarNode) and item.text in held:
                yield Found(
                    message=f"`{item.text}` is one of `{held[item.text]}`, which stands in this list too",
                    span=item.span,
                    help="take the act out, or name the acts instead of the group",
                    edits=subject.without_item(node.items, number),
                )


RULE = Rule("redundant-action", "an act in a list beside the group that holds it", check, reads=Reads.TEXT)
