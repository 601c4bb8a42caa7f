"""GitLab's code quality report: a list of findings, each with a fingerprint that does not move with its line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.outputs.places import is_placed
from alpr_policy.outputs.sarif import fingerprint
from alpr_policy.source import SourceFile

LEVELS = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def gitlab(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile] | None = None) -> str:
    """Write the diagnostics that have a place; others cannot be shown beside code."""
    seen: dict[str, int] = {}
    found = [
        {
            "description": f"{one.message}; {one.help}" if one.help else one.message,
            "check_name": one.code,
            "fingerprint": fingerprint(one, sources or {}, seen),
            "severity": LEVELS[one.severity],
            "location": {"path": one.span.file.replace("\\", "/"), "lines": {"begin": max(1, one.span.line)}},
        }
        for one in diagnostics
        if is_placed(one)
    ]
    return json.dumps(found, indent=2) + "\n"
