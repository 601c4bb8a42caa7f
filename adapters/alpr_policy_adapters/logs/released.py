"""Which columns each agency released, for files in which the exports of several stand under one header."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.text_files import read_text
from alpr_policy.source import Span
from alpr_policy_adapters.logs.layouts import LAYOUTS, MERGED, key_of
from alpr_policy_adapters.logs.rows import LogError

_KNOWN = frozenset(LAYOUTS[MERGED].keys())


def load_released(path: Path) -> Mapping[str, frozenset[str]]:
    """Read two columns parted by a tab: the agency's slug, and its columns joined by commas; raises LogError."""
    source, found = read_text(path)
    if source is None:
        raise LogError(found)
    released: dict[str, frozenset[str]] = {}
    for number, line in enumerate(source.text.splitlines(), 1):
        cells = line.split("\t")
        if number == 1 or not line.strip():
            continue
        keys = frozenset(map(key_of, cells[1].split(","))) if len(cells) == 2 else frozenset()
        if not keys or not keys <= _KNOWN or cells[0].strip() in released:
            told = "this line is not an agency, a tab, and the columns it released"
            help = "each agency stands once; columns are those of a portal, joined by commas"
            raise LogError([Diagnostic("log-released", told, Span(source.name, number, 1), help)])
        released[cells[0].strip()] = keys
    return released
