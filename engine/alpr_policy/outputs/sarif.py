"""SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.outputs.places import end_column, is_placed, line_of, uri
from alpr_policy.source import SourceFile, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MANUAL = "see `{code}` in docs/errors.md of alpr-policy"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What is said of a code beside its findings: a sentence, and where more can be read (empty if nowhere)."""

    about: str
    page: str = ""


def sarif(
    tool: str,
    version: str,
    diagnostics: Iterable[Diagnostic],
    rules: Mapping[str, RuleInfo] | None = None,
    sources: Mapping[str, SourceFile] | None = None,
) -> str:
    """Write diagnostics as one run; columns count characters, and every code used has its rule."""
    found = tuple(diagnostics)
    known, texts = rules or {}, sources or {}
    codes = sorted({one.code for one in found})
    places = {code: number for number, code in enumerate(codes)}
    seen: dict[str, int] = {}
    run = {
        "tool": {
            "driver": {
                "name": tool,
                **({"semanticVersion": version} if version else {}),
                "rules": [_rule(code, known.get(code)) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, places[one.code], texts, seen) for one in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str, info: RuleInfo | None) -> dict[str, Any]:
    """Return what is said of a code. GitHub's code scanning wants all of it, and refuses rules without."""
    about = info.about if info is not None else code.replace("-", " ")
    page = (info.page if info is not None else "") or MANUAL.format(code=code)
    sentence = {"text": about[:1].upper() + about[1:]}
    return {"id": code, "shortDescription": sentence, "fullDescription": sentence, "help": {"text": page}}


def _result(one: Diagnostic, rule: int, sources: Mapping[str, SourceFile], seen: dict[str, int]) -> dict[str, Any]:
    text = f"{one.message}\n{one.help}" if one.help else one.message
    told: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": LEVELS[one.severity],
        "message": {"text": text},
    }
    if is_placed(one):
        place: dict[str, Any] = {"artifactLocation": {"uri": uri(one.span.file)}}
        if one.span.line > 0:
            place["region"] = _region(one, sources)
        told["locations"] = [{"physicalLocation": place}]
        told["partialFingerprints"] = {"diagnosticHash/v1": fingerprint(one, sources, seen)}
    if one.related:
        told["relatedLocations"] = [related(span) for span in one.related]
    return told


def related(span: Span) -> dict[str, Any]:
    """Return another place that a result speaks of."""
    place: dict[str, Any] = {"artifactLocation": {"uri": uri(span.file)}}
    if span.line > 0:
        place["region"] = {
            "startLine": span.line,
            "startColumn": max(1, span.column),
            "endColumn": max(1, span.column) + max(1, span.width),
        }
    return {"physicalLocation": place}


def _region(one: Diagnostic, sources: Mapping[str, SourceFile]) -> dict[str, Any]:
    region: dict[str, Any] = {
        "startLine": one.span.line,
        "startColumn": max(1, one.span.column),
        "endLine": one.span.line,
        "endColumn": end_column(one, sources),
    }
    line = line_of(one, sources)
    return region | ({"snippet": {"text": line}} if line else {})


def fingerprint(one: Diagnostic, sources: Mapping[str, SourceFile], seen: dict[str, int]) -> str:
    """Return what stays the same while a finding moves to another line; repeats are told apart by their number.

    Numbers of lines in the message are left out, since they move too.
    """
    line = " ".join(line_of(one, sources).split())
    words = [word for word in one.message.split() if not word.rstrip(",.:;").isdecimal()]
    base = "\x00".join((one.code, uri(one.span.file), line, " ".join(words)))
    seen[base] = seen.get(base, 0) + 1
    return hashlib.sha256(f"{base}\x00{seen[base]}".encode("utf-8", "backslashreplace")).hexdigest()[:32]
