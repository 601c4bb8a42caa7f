"""The page docs/laws.md and the tests of this folder list the same laws in the same words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "laws.md"
ROW = re.compile(r"^\| (?P<law>.+?) \| (?P<subject>.+?) \| `(?P<test>test_\w+\.py::test_\w+)` \|$", re.MULTILINE)


def sentences() -> dict[str, str]:
    """Return the first sentence of each test of a law, by its name."""
    found: dict[str, str] = {}
    for path in sorted(set(HERE.glob("test_*.py")) - {Path(__file__).resolve()}):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[f"{path.name}::{node.name}"] = (ast.get_docstring(node) or "").partition("\n")[0]
    return found


def test_the_page_lists_the_laws() -> None:
    """Every law on the page is a test that begins with the same sentence, and every test of a law is on the page."""
    listed = [(row["test"], row["law"]) for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))]

    assert sorted(sentences().items()) == sorted(listed)
