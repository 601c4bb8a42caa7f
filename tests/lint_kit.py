"""Profiles made whole around an excerpt."""

from __future__ import annotations

import json
import re

from alpr_policy.reading.profiles import load_source
from alpr_policy.source import SourceFile

AROUND = {
    "language": "language: 1",
    "profile": "profile: excerpt",
    "department": "department: Excerpt Police Department",
    "policy": 'policy: {title: Plate Readers, number: "1", effective: 2026-01-01}',
    "timezone": "timezone: America/New_York",
    "silence": "silence: deny",
}
ROLES = {"chief": "Chief of Police", "lieutenant": "Records Lieutenant", "sergeant": "Shift Sergeant"}


def whole(excerpt: str) -> str:
    """Return a profile that holds an excerpt, with what it needs around it: head, roles, outline."""
    keys = re.findall(r"^([a-z_]+):", excerpt, re.MULTILINE)
    lines = [line for key, line in AROUND.items() if key not in keys]
    named = [name for name in ROLES if re.search(rf"\b{name}\b", excerpt)]
    if named and "roles" not in keys:
        lines += ["roles:", *(f'  {name}: {{title: {ROLES[name]}, cite: "1"}}' for name in named)]
    text = "\n".join([*lines, excerpt])
    if "outline" in keys:
        return text
    found = load_source(SourceFile("excerpt.yaml", text)).diagnostics
    cited = sorted({one.message.split("`")[1] for one in found if one.code == "cite-not-in-outline"})
    return f"{text}outline: [{', '.join(json.dumps(cite) for cite in cited)}]\n"
