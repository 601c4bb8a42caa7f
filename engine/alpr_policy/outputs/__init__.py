"""Diagnostics in the forms that other programs read: SARIF, JUnit, GitHub's commands and GitLab's report.

Each writer is a pure function of diagnostics and knows neither clock nor file system; names of files come out as given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from alpr_policy.errors import Diagnostic
from alpr_policy.outputs.github import github
from alpr_policy.outputs.gitlab import gitlab
from alpr_policy.outputs.junit import junit
from alpr_policy.outputs.sarif import RuleInfo, sarif
from alpr_policy.source import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is written: diagnostics with places as they should be shown, the texts they speak of, and who found them.

    `files` are all that were looked at, so that a file without fault can be shown to have passed.
    """

    tool: str
    version: str
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[str, ...] = ()
    sources: Mapping[str, SourceFile] = field(default_factory=dict, repr=False)
    rules: Mapping[str, RuleInfo] = field(default_factory=dict)


WRITERS: Mapping[str, Callable[[Report], str]] = {
    "github": lambda report: github(report.diagnostics, report.sources),
    "gitlab": lambda report: gitlab(report.diagnostics, report.sources),
    "junit": lambda report: junit(report.tool, report.diagnostics, report.files),
    "sarif": lambda report: sarif(report.tool, report.version, report.diagnostics, report.rules, report.sources),
}


def written(form: str, report: Report) -> str:
    """Return a report in one of the forms of `WRITERS`, with a line break at its end; raises KeyError for another."""
    return WRITERS[form](report)


__all__ = ["WRITERS", "Report", "RuleInfo", "written"]
