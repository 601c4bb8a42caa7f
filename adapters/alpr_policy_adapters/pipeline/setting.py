"""What is known besides reads and lists: who is on duty, which reader, which records. Nothing here is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.reading.yaml_nodes import MappingNode, parse, read_text
from alpr_policy.reading.yaml_plain import to_plain
from alpr_policy.source import Span
from alpr_policy_adapters.hotlists import Hit
from alpr_policy_adapters.plate_read import PlateRead

SETTING_KEYS = ("facts", "approvals", "checks", "documents", "holds", "events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Facts and records that no read shows, as a request would hold them."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    records: Mapping[str, Any] = field(default_factory=dict)


def newer_known(
    setting: Setting, behind: Callable[[], Set[str]]
) -> Callable[[str, PlateRead | None, Hit | None], Setting]:
    """Give a setting that says of a hit on one of the lists in `behind` that a newer list is to be had.

    That is so where a newer file of the list came and could not be taken. Of any other list nothing is added.
    """
    newer = Setting(facts={**setting.facts, "hotlist.newer_available": True}, records=setting.records)
    return lambda _, read, hit: newer if hit is not None and hit.entry.list_name in behind() else setting


def load_setting(path: Path) -> Setting:
    """Read a setting from a YAML file; raises PolicyError with all that is wrong in it."""
    source, found = read_text(path)
    node: MappingNode | None = None
    if source is not None:
        node, problems = parse(source)
        found += problems
    if node is not None:
        for key, _ in node.entries:
            if key.text not in SETTING_KEYS:
                found.append(
                    Diagnostic(
                        "unknown-key", f"`{key.text}` is not a key of a setting", key.span, ", ".join(SETTING_KEYS)
                    )
                )
    if found or node is None:
        raise PolicyError(found or [Diagnostic("empty-file", "this file is empty", Span(str(path), 1, 1))])
    values = to_plain(node)
    return Setting(facts=values.pop("facts", None) or {}, records=values)
