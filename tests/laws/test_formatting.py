"""The layout of profiles: nothing that is said changes, no comment is lost, and once is enough."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.small_author import Author
from tests.laws.small_profiles import written
from tests.laws.strategies import EXAMPLES, SMALL_PROFILES

from alpr_policy.formatting import format_text
from alpr_policy.formatting.formatter import WIDTH
from alpr_policy.ir.lower import lower
from alpr_policy.lint.comments import comments
from alpr_policy.reading.profiles import parse_profile
from alpr_policy.source import SourceFile

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "policies", ROOT / "tests" / "cases" / "profiles")
# A file that adopts a template is no profile by itself.
WRITTEN = [
    file
    for folder in FOLDERS
    for file in sorted(folder.glob("*.yaml"))
    if "\nadopts:" not in file.read_text(encoding="utf-8")
]


def authored(seed: int) -> str:
    """Write a small profile as some author might: keys in any order, brackets here and there, comments between."""
    rng = random.Random(seed)
    data = written(Author(rng))
    for statements in data.values():
        for statement in statements if isinstance(statements, list) else ():
            if isinstance(statement, dict):
                keys = list(statement)
                rng.shuffle(keys)
                for key in keys:
                    statement[key] = statement.pop(key)

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    flow = rng.choice((None, False))
    width = rng.choice((60, 90, 200))
    text = str(yaml.dump(data, Dumper=Dumper, sort_keys=False, default_flow_style=flow, width=width))
    lines: list[str] = []
    for number, line in enumerate(text.splitlines()):
        body = line.lstrip()
        begins = body.startswith("- ") or body.partition(":")[0].isidentifier()
        if begins and rng.random() < 0.05:
            lines += ["", ""]
        if begins and rng.random() < 0.15:
            lines.append(f"{' ' * (len(line) - len(body))}# remark {number}")
        aside = begins and body.endswith(("}", "]")) and not set("'\"") & set(line) and rng.random() < 0.1
        lines.append(f"{line}  # aside {number}" if aside else line)
    return "\n".join(lines) + "\n"


def held(text: str, name: str) -> None:
    """Make sure of the law for one text."""
    before = parse_profile(text, name)
    made = format_text(SourceFile(name, text))
    after = parse_profile(made.text, name)

    assert () == made.diagnostics
    assert before.content_hash == after.content_hash
    assert lower(before) == lower(after)
    told = (Counter(c for _, _, c in comments(SourceFile(name, each))) for each in (text, made.text))
    assert next(told) == next(told)
    assert made.text == format_text(SourceFile(name, made.text)).text


@settings(max_examples=EXAMPLES)
@given(st.integers(0, SMALL_PROFILES - 1))
def test_layout_changes_nothing_that_is_said(seed: int) -> None:
    """Laid out anew a profile has the same rules, the same fingerprint and every comment, and stays as laid out."""
    held(authored(seed), "small.yaml")


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.stem)
def test_layout_of_written_profiles(file: Path) -> None:
    """A profile that people wrote is laid out under the same law, in lines that are no longer than asked for."""
    text = file.read_text(encoding="utf-8")
    held(text, file.name)
    made = format_text(SourceFile(file.name, text)).text

    assert all(
        len(line.partition("  #")[0]) <= WIDTH for line in made.splitlines() if not line.lstrip().startswith("#")
    )
