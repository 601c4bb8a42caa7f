"""How generated code reads a fact and tests it: the exact type and the closed values are checked in the same pass."""

from __future__ import annotations

from typing import Any, Final

from alpr_policy.evaluators.compiled.approvals import PlainApproval, can_be_plain
from alpr_policy.evaluators.compiled.checks import PlainCheck, is_plain
from alpr_policy.evaluators.compiled.code import Code, local
from alpr_policy.evaluators.compiled.lookup import EITHER, RESERVED
from alpr_policy.evaluators.compiled.needed import Ready
from alpr_policy.ir.nodes import ApprovalSpec, Atom, CheckSpec, DerivedSpec, DocumentSpec, HoldSpec, Op, Ruleset
from alpr_policy.meaning.facts import BY_THEN, DERIVE
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.typed import MAX_COUNT, MAX_TEXT
from alpr_policy.vocabulary import Fact, FactKind
from alpr_policy.vocabulary.states import STATES

_CLASSES: Final = {
    FactKind.ENUM: "str",
    FactKind.TEXT: "str",
    FactKind.BOOL: "bool",
    FactKind.COUNT: "int",
    FactKind.SET: "frozenset",
}
# The state of a statement where it is known that there are no records: the same whatever the statement says.
NO_RECORD: Final[dict[type, tuple[str, str]]] = {
    ApprovalSpec: ("approvals", "none"),
    CheckSpec: ("checks", "not_done"),
    DocumentSpec: ("documents", "none"),
    HoldSpec: ("holds", "none"),
}
_SCALAR: Final = {
    Op.IN: "{x} in {k}",
    Op.NOT_IN: "{x} not in {k}",
    Op.NONE: "False",
    Op.AT_LEAST: "{x} >= {k}",
    Op.AT_MOST: "{x} <= {k}",
    Op.MORE_THAN: "{x} > {k}",
    Op.LESS_THAN: "{x} < {k}",
}
_SETS: Final = {
    Op.HAS_ANY: "not {k}.isdisjoint({x})",
    Op.HAS_ALL: "{k} <= {x}",
    Op.OUTSIDE: "not {x} <= {k}",
    Op.NONE: "not {x}",
}


class Reading:
    """The facts that the code of one act reads: plain ones at the start, others where they are first needed."""

    def __init__(self, ruleset: Ruleset, code: Code) -> None:
        """Read facts of `ruleset`, writing to `code`."""
        self.ruleset = ruleset
        self.code = code
        self.plain: dict[str, str] = {}
        self.lazy: dict[str, str] = {}
        self.ready = Ready()
        self._checks: dict[str, PlainCheck] = {}

    def declare(self, names: list[str]) -> None:
        """Give each fact its variable, and read the plain ones."""
        for number, name in enumerate(names):
            variable = local(name, number)
            fact = self.ruleset.vocabulary.facts.get(name)
            if fact is not None and name not in self.ruleset.specs and name not in DERIVE and name != "at":
                self.plain[name] = variable
                self._read(fact, variable)
            else:
                self.lazy[name] = variable
        if self.lazy:
            self.code.line(" = ".join(self.lazy.values()) + " = N  # worked out where they are needed")

    def _read(self, fact: Fact, x: str) -> None:
        code, name = self.code, self.code.const(fact.name, "name")
        if fact.kind is FactKind.SET:
            code.line(f"{x} = get({name}, A)")
            known = self.ruleset.vocabulary.values_of(fact) - RESERVED
            closed = known and fact.list_name != "roles"
            reads = f"lookup.members({name}, {x}, {code.const(known)})" if closed else f"lookup.odd({name}, {x})"
            code.line(f"if {x} is not A: {x} = {reads}")
            return
        code.line(f"{x} = get({name}, A)")
        if fact.kind is FactKind.TIME:
            code.line(f"if {x} is not A: {x} = ({x}.__class__ is str and recent({x})) or lookup.odd({name}, {x})")
            return
        strange = self._strange(fact, x)
        given = f"{x} is not None and {x} is not A"
        # What a value mostly is comes first, so that mostly nothing else is looked at.
        code.line(f"if {strange + ' and ' if strange else ''}{given}: {x} = lookup.odd({name}, {x})")

    def _strange(self, fact: Fact, x: str) -> str:
        """Return the test for what is not surely a value of the fact; empty where each has to be looked at."""
        code = self.code
        known = self.ruleset.vocabulary.values_of(fact) - RESERVED
        match fact.kind:
            case FactKind.BOOL:
                return f"{x} is not True and {x} is not False"
            case FactKind.ENUM if known and fact.list_name != "roles":
                return f"({x}.__class__ is not str or {x} not in {code.const(known)})"
            case FactKind.ENUM | FactKind.TEXT:
                short = f"len({x}) > {MAX_TEXT} or not {x}.isascii()"
                return f"({x}.__class__ is not str or {x} in {code.const(RESERVED)} or {short})"
            case FactKind.COUNT:
                return f"({x}.__class__ is not int or not 0 <= {x} <= {MAX_COUNT})"
        return ""

    def value(self, name: str) -> str:
        """Return the variable that holds a fact, after code that works it out where that has not been done yet."""
        if name in self.plain:
            return self.plain[name]
        x = self.lazy[name]
        moment = BY_THEN.get(name)
        if moment in self.plain:
            # A stated answer only fills what is not known, so it is looked at closely; without one the moment says.
            named = self.code.const(name, "name")
            then = self.plain[moment]
            with self.code.block(f"if {x} is N:"):
                self.code.line(f"if get({named}, A) is not A: {x} = lookup.value({named})")
                self.code.line(f"elif {then}.__class__ is datetime: {x} = {then} <= at")
                self.code.line(f"else: {x} = lookup.by_then({then})")
        else:
            found = f"lookup.value({self.code.const(name, 'name')})"
            spec = self.ruleset.specs.get(name)
            check = self.plain_check(name)
            if check is not None:
                found = f"{self.code.const(check.state, 'state')}(lookup)"
            elif isinstance(spec, ApprovalSpec) and can_be_plain(spec):
                plain = PlainApproval(spec, self.ruleset.vocabulary, frozenset(self.ruleset.specs))
                found = f"{self.code.const(plain.state, 'state')}(lookup)"
            if spec is not None and type(spec) in NO_RECORD and getattr(spec, "hole", None) is None:
                records, state = NO_RECORD[type(spec)]
                found = f"{state!r} if request.{records} == () else {found}"
            self.code.line(f"if {x} is N: {x} = {found}")
        return x

    def plain_check(self, name: str) -> PlainCheck | None:
        """Return what judges a check at a glance, if it is one that mostly can be."""
        spec = self.ruleset.specs.get(name)
        if isinstance(spec, CheckSpec) and is_plain(spec) and name not in self._checks:
            self._checks[name] = PlainCheck(spec, self.ruleset.vocabulary, self.ready)
        return self._checks.get(name)

    def test(self, atom: Atom) -> str:
        """Return the expression that is true, false or None as an atom is."""
        x = self.value(atom.fact)
        table = self._table(atom)
        if table is not None:
            # What is not in the table is unknown, and so is the answer: None.
            return f"{self.code.const(table.get, 'is')}({x})"
        inner = self._known(atom, x)
        if inner is None:
            return f"match({self.code.const(atom)}, {x})"
        of_null = atom.op in (Op.NOT_IN, Op.NONE)
        known = self._class_of(atom.fact)
        return f"({inner} if {x}.__class__ is {known} else None if {x}.__class__ is U else {of_null})"

    def _table(self, atom: Atom) -> dict[Any, bool] | None:
        """Return the answer for each value of a fact with few values; None where there may be others."""
        known = self._class_of(atom.fact)
        if known not in ("str", "bool") or atom.op not in (Op.IN, Op.NOT_IN, Op.NONE):
            return None
        spec, fact = self.ruleset.specs.get(atom.fact), self.ruleset.vocabulary.facts.get(atom.fact)
        values: frozenset[Any] = EITHER if known == "bool" else frozenset()
        if known == "str" and spec is None and fact is not None and fact.list_name != "roles":
            values = self.ruleset.vocabulary.values_of(fact) - RESERVED
        if known == "str" and spec is not None:
            kind = atom.fact.rpartition("/")[2].partition(".")[0]
            values = frozenset(STATES.get(kind, ()))
        return {value: bool(matches(atom, value)) for value in (*sorted(values), None)} if values else None

    def _class_of(self, name: str) -> str | None:
        """Return the class of a fact's known values, where it has only one."""
        spec = self.ruleset.specs.get(name)
        if spec is not None:
            return None if isinstance(spec, DerivedSpec) else "str"
        fact = self.ruleset.vocabulary.facts.get(name)
        if fact is None or (name in DERIVE and fact.kind is not FactKind.BOOL):
            return None
        return _CLASSES.get(fact.kind)

    def _known(self, atom: Atom, x: str) -> str | None:
        known = self._class_of(atom.fact)
        if known is None:
            return None
        form = (_SETS if known == "frozenset" else _SCALAR).get(atom.op)
        sets = known == "frozenset" and atom.op is not Op.NONE
        if form is None or (sets and not isinstance(atom.value, frozenset)):
            return None
        constant: Any = atom.value
        return form.format(x=x, k=self.code.const(constant) if "{k}" in form else "")
