"""The shape of a condition: tests of facts, joined by all, any and not (language.md §2)."""

from __future__ import annotations

from typing import Any

from alpr_policy.model.condition import (
    AllOf,
    AnyOf,
    Condition,
    Constant,
    Literal,
    Matcher,
    NotOf,
    ParameterRef,
    Plain,
    TermRef,
    Test,
)
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.shapes import BAD, Json, Notes, Shape
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.suggest import did_you_mean

MATCHERS = (
    "not",
    "not_in",
    "in",
    "has",
    "has_any",
    "has_all",
    "outside",
    "at_least",
    "at_most",
    "more_than",
    "less_than",
    "before",
    "after",
    "none",
)
JOINS = ("all", "any", "not")
SCALAR: Json = {"type": ["string", "boolean", "integer"]}
REFERENCE: Json = {
    "type": "object",
    "properties": {"parameter": {"type": "string"}},
    "required": ["parameter"],
    "additionalProperties": False,
}
CONDITION: Json = {
    "type": "object",
    "minProperties": 1,
    "properties": {
        "all": {"type": "array", "items": {"$ref": "#/$defs/condition"}, "minItems": 1},
        "any": {"type": "array", "items": {"$ref": "#/$defs/condition"}, "minItems": 1},
        "not": {"$ref": "#/$defs/condition"},
    },
    "additionalProperties": {"$ref": "#/$defs/test"},
}
TEST: Json = {
    "anyOf": [
        SCALAR,
        {"type": "array", "items": SCALAR, "minItems": 1},
        REFERENCE,
        {
            "type": "object",
            "minProperties": 1,
            "properties": {
                name: {"const": True}
                if name == "none"
                else {"anyOf": [SCALAR, {"type": "array", "items": SCALAR, "minItems": 1}, REFERENCE]}
                for name in MATCHERS
            },
            "additionalProperties": False,
        },
    ]
}


class ConditionShape(Shape):
    """A condition; nested ones refer to the same shape."""

    what = "a condition such as {purpose: {in: official}}"

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the condition; several keys mean all of them."""
        if isinstance(node, SequenceNode):
            message = f"expected {self.what}, found a list"
            return notes.fault("wrong-type", message, node.span, "join conditions by `all: [...]` or `any: [...]`")
        if not isinstance(node, MappingNode):
            return self.wrong(node, notes)
        if not node.entries:
            return notes.fault("empty-condition", "this condition tests nothing", node.span, "leave the key out")
        parts = [self._entry(key, value, notes) for key, value in node.entries]
        if BAD in parts:
            return BAD
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _entry(self, key: ScalarNode, value: Node, notes: Notes) -> Any:
        if key.text == "not":
            inner = self.read(value, notes)
            return inner if inner is BAD else NotOf(inner)
        if key.text in JOINS:
            return self._join(key, value, notes)
        matchers = self._test(value, notes)
        return matchers if matchers is BAD else Test(key.text, matchers, key.span)

    def _join(self, key: ScalarNode, value: Node, notes: Notes) -> Any:
        if not isinstance(value, SequenceNode):
            return notes.fault(
                "wrong-type", f"`{key.text}` takes a list of conditions", value.span, "put each condition after a dash"
            )
        if not value.items:
            return notes.fault("empty-list", f"`{key.text}` joins nothing", value.span, "name the conditions it joins")
        parts = [self.read(item, notes) for item in value.items]
        if BAD in parts:
            return BAD
        if len(parts) == 1:
            return parts[0]
        return AllOf(tuple(parts)) if key.text == "all" else AnyOf(tuple(parts))

    def _test(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, MappingNode):
            values = self._constants(node, notes)
            return values if values is BAD else (Matcher("is", values, node.span),)
        if _is_reference(node):
            return (Matcher("is", (_reference(node),), node.span),)
        if not node.entries:
            help = "write a value, a list, or a matcher such as {in: term}"
            return notes.fault("empty-condition", "this test compares with nothing", node.span, help)
        found = [self._matcher(key, value, notes) for key, value in node.entries]
        return BAD if BAD in found else tuple(found)

    def _matcher(self, key: ScalarNode, value: Node, notes: Notes) -> Any:
        if key.text not in MATCHERS:
            help = did_you_mean(key.text, MATCHERS) or "matchers: " + ", ".join(MATCHERS)
            return notes.fault("unknown-matcher", f"`{key.text[:60]}` is not a matcher", key.span, help)
        if key.text == "none":
            if isinstance(value, ScalarNode) and value.value is True:
                return Matcher("none", (), key.span)
            return notes.fault(
                "bad-choice",
                "only `true` can stand here",
                value.span,
                "to say that something exists, use `not: {FACT: {none: true}}`",
            )
        if isinstance(value, MappingNode):
            if _is_reference(value):
                return Matcher(key.text, (_reference(value),), key.span)
            return notes.fault("wrong-type", f"`{key.text}` takes a value, a list or {{parameter: name}}", value.span)
        values = self._constants(value, notes)
        if values is BAD:
            return BAD
        if key.text == "in":
            if len(values) != 1 or isinstance(value, SequenceNode) or not isinstance(values[0].value, str):
                return notes.fault(
                    "wrong-type", "`in` takes the name of a term", value.span, "write a list without `in`"
                )
            return Matcher("in", (TermRef(values[0].value, value.span),), key.span)
        return Matcher(key.text, values, key.span)

    def _constants(self, node: Node, notes: Notes) -> Any:
        items = node.items if isinstance(node, SequenceNode) else (node,)
        if not items:
            return notes.fault("empty-list", "this list is empty", node.span, "name the values")
        read = [self._constant(item, notes) for item in items]
        return BAD if BAD in read else tuple(read)

    def _constant(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, ScalarNode):
            return notes.fault("wrong-type", "expected a value here, not a list or a group of keys", node.span)
        if node.kind == "null":
            return notes.fault(
                "wrong-type",
                "expected a value here, found nothing",
                node.span,
                "to say that a fact has no value, write {none: true}",
            )
        return Literal(node.value, node.span)

    def write(self, value: Condition) -> Any:
        """Write a condition in canonical form."""
        match value:
            case NotOf(of=part):
                return {"not": self.write(part)}
            case AnyOf(of=parts):
                return {"any": [self.write(part) for part in parts]}
            case AllOf(of=parts):
                return self._write_all(parts)
            case Test(fact=fact, matchers=matchers):
                return {fact: self._write_test(matchers)}

    def _write_all(self, parts: tuple[Condition, ...]) -> Json:
        names = [part.fact for part in parts if isinstance(part, Test)]
        if len(names) == len(parts) == len(set(names)) and not set(names) & set(JOINS):
            return {name: self.write(part)[name] for name, part in zip(names, parts, strict=True)}
        return {"all": [self.write(part) for part in parts]}

    def _write_test(self, matchers: tuple[Matcher, ...]) -> Any:
        if len(matchers) == 1 and matchers[0].op == "is":
            return _plain(matchers[0].values)
        return {m.op: True if m.op == "none" else _plain(m.values) for m in matchers}

    def schema(self) -> Json:
        """Refer to the definition of a condition."""
        return {"$ref": "#/$defs/condition"}


def _is_reference(node: MappingNode) -> bool:
    return len(node.entries) == 1 and isinstance(node.get("parameter"), ScalarNode)


def _reference(node: MappingNode) -> ParameterRef:
    name = node.get("parameter")
    return ParameterRef(name.text if isinstance(name, ScalarNode) else "", node.span)


def _plain(values: tuple[Constant, ...]) -> Any:
    written: list[Plain | Json] = []
    for value in values:
        match value:
            case Literal(value=constant):
                written.append(constant)
            case TermRef(name=name):
                written.append(name)
            case ParameterRef(name=name):
                written.append({"parameter": name})
    return written[0] if len(written) == 1 else written


__all__ = ["CONDITION", "MATCHERS", "TEST", "ConditionShape"]
