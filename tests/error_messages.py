"""Finds what the sources say under each error code: the sentences that are handed over with it, as templates.

A template has `{…}` where a value goes. Sentences are followed through the names of a function, and through its
parameters to the calls of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from tests.error_codes import CODE, MAKERS, SOURCES, constants, texts_of

Function = ast.FunctionDef | ast.AsyncFunctionDef
GAP = "{…}"
DEEPEST = 4
MESSAGE = ("message", "told", "why")


@dataclass(frozen=True, slots=True)
class Scope:
    """The functions around a place, the innermost last, and the class that it stands in."""

    module: int
    functions: tuple[Function, ...] = ()
    within: str = ""

    @property
    def called(self) -> str:
        """Return by which name the innermost function is called: a class's own, for its beginning."""
        name = self.functions[-1].name if self.functions else ""
        return self.within if name == "__init__" else name


@dataclass(slots=True)
class Sources:
    """All modules, read once: each call with where it stands, by the name that is called."""

    places: list[tuple[ast.AST, Scope, Mapping[str, str]]] = field(default_factory=list)
    calls: dict[str, list[tuple[ast.Call, Scope]]] = field(default_factory=dict)
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    modules: int = 0

    def add(self, text: str) -> None:
        """Read one module."""
        tree = ast.parse(text)
        names = constants(tree)
        self.modules += 1
        for node, scope in _inside(tree, Scope(self.modules)):
            if isinstance(node, ast.Call | ast.Return | ast.Assign):
                self.places.append((node, scope, names))
            if isinstance(node, ast.Call):
                self.calls.setdefault(_name(node), []).append((node, scope))
            if isinstance(node, ast.ClassDef):
                self.classes[node.name] = tuple(_word(one) for one in node.bases)
                self.own.update((node.name, code) for code in _code_of(node))

    def code_of(self, name: str, depth: int = 0) -> str:
        """Return the code that a class of errors carries, its own or that of the class it comes from."""
        if name in self.own or depth == DEEPEST:
            return self.own.get(name, "")
        return next(filter(None, (self.code_of(one, depth + 1) for one in self.classes.get(name, ()))), "")

    def _raised(self, node: ast.AST, scope: Scope) -> Iterator[tuple[list[str], ast.expr]]:
        """Give the code of a class with the sentence with which one of its errors is made."""
        if not isinstance(node, ast.Call):
            return
        name = scope.within if _name(node) == "__init__" else _name(node)
        known = {one.arg: one.value for one in node.keywords}
        sentences = [*(known[key] for key in MESSAGE if key in known), *node.args]
        if self.code_of(name) and sentences:
            yield [self.code_of(name)], sentences[0]

    def messages(self) -> dict[str, list[str]]:
        """Return the templates of each code, in order; a bare gap is none."""
        found: dict[str, set[str]] = {}
        for node, scope, names in self.places:
            for codes, message in (*_pairs(node, names), *self._raised(node, scope)):
                texts = {text for text in self._templates(message, scope, 0) if text.replace(GAP, "").strip(" `:;,.()")}
                for code in codes:
                    if CODE.fullmatch(code):
                        found.setdefault(code, set()).update(texts)
        return {code: sorted(found[code]) for code in sorted(found) if found[code]}

    def _templates(self, node: ast.expr, scope: Scope, depth: int) -> list[str]:
        """Return what an expression can come to."""
        match node:
            case ast.Constant(value=str() as text):
                return [text]
            case ast.JoinedStr(values=parts):
                return ["".join(str(p.value) if isinstance(p, ast.Constant) else GAP for p in parts)]
            case ast.IfExp(body=one, orelse=other):
                return [*self._templates(one, scope, depth), *self._templates(other, scope, depth)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                several = self._templates(left, scope, depth), self._templates(right, scope, depth)
                return [a + b for a in several[0] for b in several[1]]
            case ast.Subscript(value=ast.Name() as value):
                return self._templates(value, scope, depth)
            case ast.Call(func=ast.Name(id="str"), args=[one]):
                return self._templates(one, scope, depth)
            case ast.Name(id=name) if depth < DEEPEST:
                given = [*_given(scope, name), *self._handed(scope, name)]
                return [text for value, there in given for text in self._templates(value, there, depth + 1)] or [GAP]
            case _:
                return [GAP]

    def _handed(self, scope: Scope, name: str) -> Iterator[tuple[ast.expr, Scope]]:
        """Give what calls of the innermost function hand over for one of its parameters."""
        if not scope.functions:
            return
        taken = scope.functions[-1].args
        positional = [one.arg for one in (*taken.posonlyargs, *taken.args) if one.arg not in ("self", "cls")]
        for call, there in self.calls.get(scope.called, ()):
            # Many modules have a helper of the same name; a class is known by its own.
            if there.module != scope.module and not scope.called[:1].isupper():
                continue
            if name in positional and len(call.args) > positional.index(name):
                yield call.args[positional.index(name)], there
            yield from ((one.value, there) for one in call.keywords if one.arg == name)


def _name(call: ast.Call) -> str:
    return _word(call.func)


def _word(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _code_of(node: ast.ClassDef) -> Iterator[str]:
    """Give the code that stands in the body of a class."""
    for line in node.body:
        match line:
            case ast.AnnAssign(target=ast.Name(id="code"), value=ast.Constant(value=str() as code)) if code:
                yield code


def _inside(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """Give each part of a tree with where it stands."""
    for child in ast.iter_child_nodes(node):
        inner = scope
        if isinstance(child, Function):
            inner = Scope(scope.module, (*scope.functions, child), scope.within)
        elif isinstance(child, ast.ClassDef):
            inner = Scope(scope.module, scope.functions, child.name)
        yield child, scope
        yield from _inside(child, inner)


def _pairs(node: ast.AST, names: Mapping[str, str]) -> Iterator[tuple[list[str], ast.expr]]:
    """Give codes with the expression of the sentence that is handed over beside them."""
    match node:
        case ast.Call(args=args, keywords=keywords):
            known = {one.arg: one.value for one in keywords}
            named = [known[key] for key in MESSAGE if key in known]
            if _name(node) == "Explanation":
                yield list(texts_of(args[4:], names)), args[2]
                return
            if _name(node) in MAKERS:
                yield from _beside(args, named, names)
            codes = list(texts_of([known["code"]] if "code" in known else [], names))
            told = [*named, *args]
            yield from ((codes, one) for one in told[:1] if codes)
        case ast.Return(value=ast.Tuple(elts=[first, second, *_])):
            yield list(texts_of([first], names)), second
        case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="code"), *_])], value=ast.Tuple(elts=[first, second, *_])):
            yield list(texts_of([first], names)), second


def _beside(
    args: Sequence[ast.expr], named: Sequence[ast.expr], names: Mapping[str, str]
) -> Iterator[tuple[list[str], ast.expr]]:
    for number, one in enumerate(args):
        codes = [text for text in texts_of([one], names) if CODE.fullmatch(text)]
        rest = [*args[number + 1 :], *named]
        if codes and rest:
            yield codes, rest[0]


def _given(scope: Scope, name: str) -> Iterator[tuple[ast.expr, Scope]]:
    """Give the expressions that a name stands for somewhere in the innermost function."""
    if scope.functions:
        yield from ((value, scope) for value in _assigned(scope.functions[-1]).get(name, ()))


@cache
def _assigned(function: Function) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for one, value in zip(targets, values, strict=False):
                    if isinstance(one, ast.Name):
                        found.setdefault(one.id, []).append(value)
    return found


def messages_in() -> dict[str, list[str]]:
    """Return the templates of each code in the sources."""
    found = Sources()
    for folder in SOURCES:
        for path in sorted(folder.rglob("*.py")):
            found.add(path.read_text(encoding="utf-8"))
    return found.messages()


def told() -> str:
    """Return all codes with their templates, as one text for people to read."""
    return "".join(f"{code}\n{''.join(f'  {one}{chr(10)}' for one in texts)}" for code, texts in messages_in().items())
