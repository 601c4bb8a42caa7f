"""Shapes made of shapes: choices between them, lists, maps, and records that become objects."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.shapes import BAD, Json, Notes, Shape, Word, kind_of
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.source import Span
from alpr_policy.suggest import did_you_mean, nearest


@dataclass(frozen=True)
class Either(Shape):
    """One of several shapes, told apart by looking at the node, or at the value when writing."""

    options: tuple[tuple[Callable[[Node], bool], Callable[[Any], bool], Shape], ...]
    what: str

    def read(self, node: Node, notes: Notes) -> Any:
        """Read with the first shape whose look fits."""
        for fits, _, shape in self.options:
            if fits(node):
                return shape.read(node, notes)
        return self.wrong(node, notes)

    def write(self, value: Any) -> Any:
        """Write with the first shape whose value fits."""
        return next(shape for _, fits, shape in self.options if fits(value)).write(value)

    def schema(self) -> Json:
        """Describe as any of the shapes."""
        return {"anyOf": [shape.schema() for _, _, shape in self.options]}

    def parts(self) -> tuple[Shape, ...]:
        """Return the shapes."""
        return tuple(shape for _, _, shape in self.options)


@dataclass(frozen=True)
class ListOf(Shape):
    """A list; with `single` one item may stand without its list."""

    item: Shape
    what: str = "a list"
    single: bool = False
    may_be_empty: bool = False
    partial: bool = False

    def read(self, node: Node, notes: Notes) -> Any:
        """Return a tuple of the items; all bad ones are noted."""
        if not isinstance(node, SequenceNode):
            if not self.single:
                return self.wrong(node, notes)
            one = self.item.read(node, notes)
            return one if one is BAD else (one,)
        if not node.items and not self.may_be_empty:
            return notes.fault(
                "empty-list", "this list is empty", node.span, "leave the key out, or name what it should hold"
            )
        items = [self.item.read(item, notes) for item in node.items]
        if BAD in items and self.partial:
            notes.left_out |= {
                name for item, read in zip(node.items, items, strict=True) if read is BAD for name in _ids(item)
            }
            return tuple(item for item in items if item is not BAD)
        return BAD if BAD in items else tuple(items)

    def write(self, value: Any) -> Any:
        """Write a single item bare where that is allowed."""
        items = [self.item.write(item) for item in value]
        return items[0] if self.single and len(items) == 1 and not isinstance(items[0], list) else items

    def schema(self) -> Json:
        """Describe as an array, or one item."""
        array: Json = {"type": "array", "items": self.item.schema()} | ({} if self.may_be_empty else {"minItems": 1})
        return {"anyOf": [self.item.schema(), array]} if self.single else array

    def parts(self) -> tuple[Shape, ...]:
        """Return the shape of an item."""
        return (self.item,)


@dataclass(frozen=True)
class MapOf(Shape):
    """Names with values of one shape."""

    key: Word
    item: Shape
    what: str = "a group of keys"
    partial: bool = False

    def read(self, node: Node, notes: Notes) -> Any:
        """Return a dict; all bad names and values are noted."""
        if not isinstance(node, MappingNode):
            return self.wrong(node, notes)
        pairs = [(self.key.read(key, notes), self.item.read(value, notes)) for key, value in node.entries]
        if self.partial:
            notes.left_out |= {key.text for (key, _), pair in zip(node.entries, pairs, strict=True) if BAD in pair}
            pairs = [pair for pair in pairs if BAD not in pair]
        return BAD if any(BAD in pair for pair in pairs) else dict(pairs)

    def write(self, value: Any) -> Any:
        """Write in the order held."""
        return {name: self.item.write(one) for name, one in value.items()}

    def schema(self) -> Json:
        """Describe as an object with patterned names."""
        return {"type": "object", "propertyNames": self.key.schema(), "additionalProperties": self.item.schema()}


@dataclass(frozen=True)
class Field:
    """One key of a record: its shape, the attribute it fills, and what it is for.

    `stand_in` takes the place of a required value that is missing or wrong, so that a partial record is built all the
    same and the rest of a refused file can be looked at. It never gets into a profile that is used.
    """

    key: str
    shape: Shape
    doc: str
    attr: str = ""
    required: bool = False
    stand_in: Any = None

    @property
    def name(self) -> str:
        """Return the attribute."""
        return self.attr or self.key


# Keys that readers of YAML 1.1 take for a truth value, and what their writers mean.
MISNAMED = {"on": "action"}
Finish = Callable[[dict[str, Any], MappingNode, Notes], None]


@dataclass(frozen=True)
class Record(Shape):
    """A group of known keys that becomes one object. `finish` may turn shorthand into canonical fields."""

    build: Callable[..., Any]
    fields: tuple[Field, ...]
    what: str
    places: bool = False
    finish: Finish | None = None
    only_written: frozenset[str] = frozenset()
    title: str = ""
    extra: Sequence[str] = ()
    partial: bool = False

    def read(self, node: Node, notes: Notes) -> Any:
        """Return the object; unknown, missing and bad keys are all noted.

        A `partial` record is built of what could be read as long as nothing required is missing, so that the rest of a
        file can still be looked at; the notes say that it is not whole.
        """
        if not isinstance(node, MappingNode):
            keys = ", ".join(f"`{field.key}`" for field in self.fields[:6])
            message = f"expected the keys of {self.what}, found {kind_of(node)}"
            return notes.fault("wrong-type", message, node.span, f"they are {keys}")
        before = len(notes.found)
        values = self._values(node, notes)
        bad = {name for name, value in values.items() if value is BAD}
        for spec in self.fields:
            if spec.required and spec.name not in values and spec.key not in node.dropped:
                notes.fault("missing-key", f"{self.what} needs the key `{spec.key}`", node.span, spec.doc)
        if self.finish is not None and len(notes.found) == before:
            self.finish(values, node, notes)
        if len(notes.found) == before and not node.dropped:
            return self._built(values, node)
        notes.left_out |= {*bad, *node.dropped}
        sound = {name: value for name, value in values.items() if value is not BAD}
        instead = {spec.name: spec.stand_in for spec in self.fields if spec.stand_in is not None}
        notes.left_out |= instead.keys() - sound.keys()
        sound = {**instead, **sound}
        whole = all(spec.name in sound for spec in self.fields if spec.required)
        return self._built(sound, node) if self.partial and whole else BAD

    def _values(self, node: MappingNode, notes: Notes) -> dict[str, Any]:
        """Return what could be read; a misspelt key is an error, and read as the key it seems to mean."""
        known = {f.key: f for f in self.fields}
        written = {key.text for key, _ in node.entries}
        values: dict[str, Any] = {}
        for key, value in node.entries:
            spec = known.get(key.text)
            if spec is None:
                message = f"`{key.text[:60]}` is not a key of {self.what}"
                meant = MISNAMED.get(key.text, nearest(key.text, known))
                meant = meant if meant in known else None
                notes.fault("unknown-key", message, key.span, did_you_mean(meant or key.text, known))
                spec = known[meant] if meant is not None and meant not in written else None
            if spec is not None:
                values[spec.name] = spec.shape.read(value, notes)
        return values

    def _built(self, values: dict[str, Any], node: MappingNode) -> Any:
        if self.places:
            values["span"] = node.span
        if "spans" in self.extra:
            values["spans"] = _places(node)
        return self.build(**values)

    def write(self, value: Any) -> Any:
        """Write the fields that differ from their default, in the order declared."""
        written: Json = {}
        for spec in self.fields:
            if spec.key in self.only_written:
                continue
            here = getattr(value, spec.name)
            if spec.required or _differs(value, spec.name, here):
                written[spec.key] = spec.shape.write(here)
        return written

    def schema(self) -> Json:
        """Describe as a closed object."""
        properties = {f.key: {**f.shape.schema(), "description": f.doc} for f in self.fields}
        required = [f.key for f in self.fields if f.required]
        return {"type": "object", "properties": properties, "additionalProperties": False} | (
            {"required": required} if required else {}
        )


def _ids(node: Node) -> set[str]:
    """Return the names under which others may speak of a statement."""
    name = node.get("id") if isinstance(node, MappingNode) else None
    return (
        {f"{kind}.{name.text}" for kind in ("approval", "check", "document")} if isinstance(name, ScalarNode) else set()
    )


def _places(node: MappingNode) -> dict[str, Span]:
    """Return where each key stands, and under `key=word` where each single word below it stands."""
    found: dict[str, Span] = {}
    for key, value in node.entries:
        found[key.text] = key.span
        for word in _words(value):
            found.setdefault(f"{key.text}={word.text}", word.span)
    return found


def _words(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _words(item)
    else:
        for key, value in node.entries:
            yield key
            yield from _words(value)


def _differs(owner: Any, name: str, here: Any) -> bool:
    spec = next(f for f in dataclasses.fields(owner) if f.name == name)
    default = spec.default_factory() if spec.default_factory is not dataclasses.MISSING else spec.default
    return bool(here != default)


@dataclass(frozen=True)
class Named(Shape):
    """A shape that refers to itself in the schema by name, so that it may be nested."""

    name: str
    inner: Callable[[], Shape]
    what: str

    def read(self, node: Node, notes: Notes) -> Any:
        """Read with the shape named."""
        return self.inner().read(node, notes)

    def write(self, value: Any) -> Any:
        """Write with the shape named."""
        return self.inner().write(value)

    def schema(self) -> Json:
        """Refer to the definition."""
        return {"$ref": f"#/$defs/{self.name}"}

    def parts(self) -> tuple[Shape, ...]:
        """Return the shape named."""
        return (self.inner(),)


def is_text(node: Node) -> bool:
    """Say whether a single value stands there."""
    return isinstance(node, ScalarNode)


def has_key(*names: str) -> Callable[[Node], bool]:
    """Return a look that fits groups holding one of the keys."""
    return lambda node: isinstance(node, MappingNode) and any(node.get(name) is not None for name in names)


def is_group(node: Node) -> bool:
    """Say whether a group of keys stands there."""
    return isinstance(node, MappingNode)


def anything(_: Any) -> bool:
    """Fit whatever comes."""
    return True


def a(kind: type | tuple[type, ...]) -> Callable[[Any], bool]:
    """Return a look that fits values of a type."""
    return lambda value: isinstance(value, kind)
