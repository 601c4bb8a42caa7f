"""Finds the error codes in the sources: the kebab-case words that are handed to whatever makes a diagnostic."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
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
        "Refusal",
        "_RefusedError",
        "_error",
        "_fault",
        "_known",
        "_list",
        "_of_log",
        "_refused",
        "_reserved",
        "_text",
        "fault",
        "note",
        "refused",
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
    names = constants(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords):
                if name in MAKERS:
                    yield from texts_of(args, names)
                yield from texts_of([k.value for k in keywords if k.arg == "code"], names)
            case ast.Return(value=ast.Tuple(elts=[first, *_])):
                yield from texts_of([first])
            case ast.AnnAssign(target=ast.Name(id="code"), value=ast.expr() as value):
                yield from texts_of([value])
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="code"), *_])], value=ast.Tuple(elts=[first, *_])):
                yield from texts_of([first])
            case ast.Assign(targets=[ast.Name(id="code")], value=value):
                yield from texts_of([value])


def forwarded(source: str) -> set[str]:
    """Return the functions and classes of one module's text that make a diagnostic with a code that they are given.

    Where such a one is not among the makers, the codes of its callers would go unseen, unless they are given by name.
    """
    return set(_forwarders(ast.parse(source), ""))


def _forwarders(node: ast.AST, within: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            taken = {one.arg for one in (*child.args.posonlyargs, *child.args.args)}
            for one in ast.walk(child):
                match one:
                    case ast.Call(func=ast.Name(id="Diagnostic"), args=[ast.Name(id=name), *_]) if name in taken:
                        yield within if child.name == "__init__" else child.name
        yield from _forwarders(child, child.name if isinstance(child, ast.ClassDef) else within)


def constants(tree: ast.AST) -> dict[str, str]:
    """Return the texts that a module gives a name in capitals, one at a time or several at once."""
    found: dict[str, str] = {}
    for node in getattr(tree, "body", ()):
        match node:
            case ast.Assign(targets=[ast.Name() as name], value=ast.Constant() as value):
                pairs = [(name, value)]
            case ast.AnnAssign(target=ast.Name() as name, value=ast.Constant() as value):
                pairs = [(name, value)]
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = [(n, v) for n, v in zip(names, values, strict=False) if isinstance(n, ast.Name)]
            case _:
                continue
        for one, text in pairs:
            if one.id.isupper() and isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[one.id] = text.value
    return found


def texts_of(values: list[ast.expr], names: Mapping[str, str] | None = None) -> Iterator[str]:
    """Return the texts written out or named here, both sides of an `a if b else c` included."""
    for value in values:
        for one in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value
            elif isinstance(one, ast.Name) and one.id in (names or {}):
                yield (names or {})[one.id]
