"""The numbers that stand for truth, roles, capacities and states, the same in every ruleset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alpr_policy.ir.nodes import Decider
from alpr_policy_adapters.durable.program import Field, Var, Writer, lt, none, refused, some

YES, NO, OPEN, PERHAPS = 1, 2, 3, 4
NOTHING = 0
# A word that no rule names.
OTHER = 9_999
CAPACITIES = {"holder": 1, "designee": 2, "acting": 3}
HOLDER, ACTING = CAPACITIES["holder"], CAPACITIES["acting"]
DECISIONS = {"granted": 1, "refused": 2, "pending": 3}
RESULTS = {"pass": 1, "fail": 2, "unclear": 3}


@dataclass(frozen=True, slots=True)
class Numbers:
    """Words that rules name, numbered; any other is `OTHER`, and none at all is `NOTHING`."""

    known: Mapping[str, int]

    @classmethod
    def of(cls, words: Iterable[str]) -> Numbers:
        """Number words, in the order of the alphabet."""
        every = sorted(set(words))
        if len(every) > 300:
            raise refused(f"a statement names {len(every):,} words of one kind")
        return cls({word: number for number, word in enumerate(every, start=1)})

    def __getitem__(self, word: str | None) -> int:
        """Return the number of a word."""
        return NOTHING if word is None else self.known.get(word, OTHER)


def roles_of(steps: Iterable[Iterable[Decider]]) -> Numbers:
    """Number the roles that deciders name, stand-ins among them."""
    deciders = [decider for step in steps for decider in step]
    return Numbers.of([d.role for d in deciders] + [d.if_absent.role for d in deciders if d.if_absent is not None])


def copied(*names: str) -> dict[str, Var]:
    """Return fields that carry over from one fact to the next."""
    return {name: Var(name) for name in names}


def carry(to: Writer, kind: str, row: str, fields: tuple[str, ...], when: Mapping[str, Field], /, **then: int) -> None:
    """Write that a row with these values gives another: the same fields, and those of `then`."""
    to.rule(kind, [some(row, **whole(fields, when))], **{**kept(fields, when), **then})


def whole(fields: tuple[str, ...], when: Mapping[str, Field]) -> dict[str, Field]:
    """Return the fields of a row, each tested or bound to its own name."""
    bound: dict[str, Field] = {**copied(*fields), **when}
    return {name: _also_bound(name, value) for name, value in bound.items()}


def kept(fields: tuple[str, ...], when: Mapping[str, Field]) -> dict[str, int | Var]:
    """Return what the fields of a row are after it was tested: the number that was asked for, or as it came."""
    values = {name: when.get(name) for name in fields}
    return {name: value if isinstance(value, int) else Var(name) for name, value in values.items()}


def _also_bound(name: str, value: Field) -> Field:
    every = value if isinstance(value, tuple) else (value,)
    return value if isinstance(value, int | Var) or Var(name) in every else (Var(name), *every)


def write_fits(
    to: Writer, row: str, fields: tuple[str, ...], step: int, deciders: Iterable[Decider], of: Numbers
) -> None:
    """Write whether the role of a record may decide at a step: `fitting`, the row again with `fit` and `step`.

    Yes, perhaps (an absence that is not known), open (no role is named) or no.
    """
    n = Var("n")
    for decider in deciders:
        for capacity in _capacities(decider, in_person=decider.in_person):
            to.rule("fits", [some(row, n=n, role=of[decider.role], cap=capacity)], n=n, step=step, fit=YES)
        other = decider.if_absent
        if other is None or other.role == decider.role:
            continue
        for capacity in _capacities(other, in_person=False):
            stands_in = some(row, n=n, role=of[other.role], cap=capacity)
            to.rule("fits", [stands_in, some("absent", role=of[decider.role])], n=n, step=step, fit=YES)
            to.rule("fits", [stands_in, some("absences", known=NO)], n=n, step=step, fit=PERHAPS)
    to.rule("fits", [some(row, n=n, role=NOTHING)], n=n, step=step, fit=OPEN)
    whole, carried = some(row, **copied(*fields)), copied(*fields)
    better: list[int] = []
    for fit in (YES, PERHAPS, OPEN):
        nots = [none("fits", n=n, step=step, fit=one) for one in better]
        to.rule("fitting", [whole, some("fits", n=n, step=step, fit=fit), *nots], 1, **carried, step=step, fit=fit)
        better.append(fit)
    to.rule("fitting", [whole, none("fits", n=n, step=step)], 1, **carried, step=step, fit=NO)


def _capacities(decider: Decider, *, in_person: bool) -> tuple[int, ...]:
    wider = () if in_person else ((2,) * decider.designee + (ACTING,) * decider.acting)
    return (HOLDER, *wider)


def write_least(to: Writer, kind: str, row: str, stage: int, *unless: str) -> None:
    """Write that the first of the states of a row, in the order of its table, is the answer."""
    state = Var("state")
    blocked = [none(one) for one in unless]
    to.rule(kind, [some(row, state=state), *blocked, none(row, state=lt(state))], stage, state=state)
