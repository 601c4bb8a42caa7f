"""Profiles that are refused, or doubtful, with the exact words that their author is shown.

`tests/cases/bad/<fault>.yaml`, or a folder where it takes several files, stands beside `<fault>.txt`, which
`make golden` rewrites. Read the sentences as a lieutenant would: what is wrong, where, and what to do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.error_codes import ROOT, SOURCES, codes_in

from alpr_policy.errors import Diagnostic, ProfileError, in_order
from alpr_policy.ir.check import check
from alpr_policy.ir.lower import lower
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.reading.catalog import build
from alpr_policy.reading.profiles import load_file
from alpr_policy.source import SourceFile

FOLDER = ROOT / "tests" / "cases" / "bad"
FAULTS = sorted(path for path in FOLDER.iterdir() if path.suffix != ".txt")
# What a file of a few lines cannot show; each is tested where the module that reports it is.
# What is read beside profiles; each has tests of its own.
NO_PROFILE = ("decision-", "directory-", "json-", "past-", "request-", "standard-")
ELSEWHERE = {
    "bad-time": "test_past",
    "empty-file": "cannot happen: the YAML reader says `yaml-empty`",
    "file-directory": "test_text_files",
    "file-missing": "test_text_files",
    "file-not-regular": "test_text_files",
    "file-too-large": "test_text_files",
    "file-unreadable": "test_text_files",
    "line-too-long": "test_past",
    "no-such-file": "test_catalog",
    "too-many-lines": "test_past",
    "unknown-profile": "test_catalog",
    "unknown-standard": "test_cli_duties",
    "yaml-scalar-size": "test_yaml_nodes",
    "yaml-too-many-errors": "test_yaml_nodes",
    "yaml-too-many-nodes": "test_yaml_nodes",
}


def found_in(place: Path) -> tuple[tuple[Diagnostic, ...], dict[str, SourceFile]]:
    """Return all that is wrong or doubtful about a file, or about the files of a folder together."""
    loaded = [load_file(file) for file in (sorted(place.iterdir()) if place.is_dir() else [place])]
    sources = {one.source.name: one.source for one in loaded if one.source is not None}
    try:
        catalog = build(loaded)
    except ProfileError as error:
        return error.diagnostics, sources
    found = list(catalog.warnings)
    point = PolicyDecisionPoint(catalog)
    for profile in catalog.profiles:
        found += check(profile, lower(profile))
        found += point.held_against_floor(profile).diagnostics
    return in_order(found), sources


def as_shown(one: Diagnostic, sources: dict[str, SourceFile]) -> str:
    """Show a diagnostic as the command line does: place and sentence, the line with a caret, what to do."""
    source = sources.get(one.span.file)
    head = f"{Path(one.span.file).name}:{one.span.line}:{one.span.column}: {one.severity}: {one.message} [{one.code}]"
    lines = [head, source.snippet(one.span) if source else "", f"help: {one.help}" if one.help else ""]
    return "\n".join(line for line in lines if line) + "\n"


@pytest.mark.parametrize("place", FAULTS, ids=lambda path: path.stem)
def test_a_bad_profile_is_told_what_is_wrong_in_these_words(place: Path, golden: Callable[..., None]) -> None:
    """Each fault gives exactly the sentences, places, snippets and help that are pinned beside it."""
    found, sources = found_in(place)

    assert found
    shown = "\n".join(as_shown(one, sources) for one in found)
    golden(f"{place.stem}.txt", shown.replace(f"{FOLDER}{os.sep}", ""), FOLDER)


def test_every_pinned_text_has_its_profile() -> None:
    """No text of expected errors is left over from a profile that is gone."""
    assert {path.stem for path in FAULTS} == {path.stem for path in FOLDER.glob("*.txt")}


def test_every_code_of_the_reader_is_shown_by_some_profile() -> None:
    """Each error that reading, lowering or comparing a profile can give is pinned, or tested elsewhere."""
    engine = SOURCES[0]
    known = {code for code in codes_in(engine / "reading", engine / "ir") if not code.startswith(NO_PROFILE)}
    heading = re.compile(r"(?:error|warning): .* \[([a-z0-9-]+)\]$", re.MULTILINE)
    shown = {code for path in FOLDER.glob("*.txt") for code in heading.findall(path.read_text(encoding="utf-8"))}

    assert known | {"weaker-than-floor"} == shown | set(ELSEWHERE)


def test_messages_keep_to_the_house_style() -> None:
    """A message starts in lower case, or with the user's own text, and has no full stop at its end."""
    messages = [one.message for place in FAULTS for one in found_in(place)[0]]

    assert [] == [text for text in messages if not re.match(r"[a-z`%\"']", text) or text.endswith(".")]
