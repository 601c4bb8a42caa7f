"""Finds the error codes in the sources: the kebab-case words that are handed to whatever makes a diagnostic."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (ROOT / "engine" / "alpr_policy", ROOT / "adapters" / "alpr_policy_adapters")
CODE = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
# What takes a code as an argument: diagnostics themselves, the collectors of the readers, and their small helpers.
MAKERS = frozenset(
    {
        "Diagnostic",
        "Explanation",
        "Fault",
        "_error",
        "_fault",
        "_known",
        "_list",
        "_refused",
        "_reserved",
        "_text",
        "fault",
        "note",
        "report",
        "stop",
    }
)


def codes_of(source: str) -> set[str]:
    """Return the codes in one module's text."""
    return {text for text in _handed_over(ast.parse(source)) if CODE.fullmatch(text)}


def codes_in(*folders: Path) -> dict[str, list[str]]:
    """Return each code in some folders with the modules that use it."""
    found: dict[str, list[str]] = {}
    for folder in folders or SOURCES:
        for path in sorted(folder.rglob("*.py")):
            for code in sorted(codes_of(path.read_text(encoding="utf-8"))):
                found.setdefault(code, []).append(path.relative_to(ROOT).as_posix())
    return found


def _handed_over(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords):
                if name in MAKERS:
                    yield from _texts(args)
                yield from _texts([k.value for k in keywords if k.arg == "code"])
            case ast.Return(value=ast.Tuple(elts=[first, *_])):
                yield from _texts([first])
            case ast.AnnAssign(target=ast.Name(id="code"), value=ast.expr() as value):
                yield from _texts([value])
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="code"), *_])], value=ast.Tuple(elts=[first, *_])):
                yield from _texts([first])
            case ast.Assign(targets=[ast.Name(id="code")], value=value):
                yield from _texts([value])


def _texts(values: list[ast.expr]) -> Iterator[str]:
    """Return the texts written out here, both sides of an `a if b else c` included."""
    for value in values:
        for one in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value
