"""History as joins: what a profile counts over earlier acts, as columns of a table, before any rule is asked.

The same facts that `questions/history.with_history` gives each request, with all other rows of the table as its past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from alpr_policy.model.profile import FactExtension, Profile
from alpr_policy.model.words import words_of
from alpr_policy.questions.history import asked_of_history
from alpr_policy.questions.replay_parts import TableEngine
from alpr_policy.vocabulary import Fact, Vocabulary
from alpr_policy_adapters.tables.filling import ABSENT, KNOWN, NULL, UNREADABLE, Found, key_of, put, state_of
from alpr_policy_adapters.tables.stretches import (
    AT,
    EARLIER,
    FIRST,
    HERE,
    LAST,
    NUMBER,
    ROW,
    START,
    stretches,
    with_start,
)

Frame = Any
Expr = Any
ACTION: Final = "action"
_WANTED: Final = {"count": (), "any": (), "first": (FIRST,), "latest": (LAST,)}


def with_counts(frame: Frame, engine: TableEngine, profile: Profile, *, more: Frame | None = None) -> Frame:
    """Return a table of acts with the counts over the past that a profile declares; every row is an act that was done.

    `more` is a table of further acts and events, such as of an earlier year. Rows of the same instant are of each
    other's past, as they are where acts are given to `with_history`. Raises HistoryError for a column that cannot be
    used.
    """
    words = words_of(profile)
    zone = ZoneInfo(profile.timezone)
    declared = sorted(profile.facts.items())
    questions = [_Question(name, fact, words, zone, engine) for name, fact in declared if asked_of_history(fact, words)]
    result = frame
    found = []
    for number, question in enumerate(questions):
        answer, columns = question.answered(frame, more, f"h{number}")
        result = result.join(answer, on=ROW, how="left")
        found.append((question, columns))
    told = [question.found(f"h{number}") for number, question in enumerate(questions)]
    for one in told:
        result = put(result, one, words)
    return result.drop(*[name for _, columns in found for name in columns]) if found else result


@dataclass(frozen=True, slots=True)
class _Question:
    """One declared count over the past."""

    name: str
    declared: FactExtension
    words: Vocabulary
    zone: ZoneInfo
    engine: TableEngine

    @property
    def fact(self) -> Fact:
        return self.words.facts[self.name]

    def answered(self, frame: Frame, more: Frame | None, prefix: str) -> tuple[Frame, list[str]]:
        """Return for each row that is asked the answer's columns, under names that begin with `prefix`."""
        import narwhals as nw

        kind = self.declared.type or "count"
        keyed, keys, states = self._keyed(frame)
        acts = self._acts(keyed, keys, states)
        if more is not None:
            acts = nw.concat([acts, self._acts(*self._keyed(more))], how="vertical")
        asked = keyed.filter(_any_of(self.words.expand(self.declared.actions)) & self._is_asked(states))
        result = asked.select(ROW, AT, self._is_self(states).alias("self"))
        rows = asked.filter(_all_are(states, KNOWN)).select(ROW, AT, *keys)
        if self.declared.within is not None:
            rows = with_start(rows, self.engine, self.declared.within, self.zone)
        own = (*_WANTED[kind], *([EARLIER] if kind == "latest" else []))
        sure = stretches(rows, acts.filter(_all_are(states, KNOWN)).select(AT, *keys), keys, own)
        result = _joined(result, sure, "sure")
        patterns = self._patterns(acts, states)
        for number, open_ in enumerate(patterns):
            part = acts.filter(_is_pattern(states, open_))
            by = [key for key, is_open in zip(keys[:-1], open_, strict=True) if not is_open]
            by = [*by, _ALL]
            maybe = stretches(rows.select(ROW, AT, *by, *_start(rows)), part.select(AT, *by), by, _WANTED[kind])
            result = _joined(result, maybe, f"open{number}")
        return self._told(result, kind, len(patterns), prefix)

    def found(self, prefix: str) -> Found:
        import narwhals as nw

        value = nw.col(f"{prefix} value")
        return Found(
            fact=self.fact,
            value=value,
            asked=~nw.col(f"{prefix} known").is_null(),
            known=nw.col(f"{prefix} known").fill_null(False),
            null=value.is_null(),
            firm=True,
        )

    # Keys

    def _keyed(self, frame: Frame) -> tuple[Frame, list[str], list[str]]:
        """Add the key and how each part of it stands; one more key is the same for all rows, so that there is one."""
        import narwhals as nw

        schema = frame.collect_schema()
        keys, states, made = [], [], []
        for number, name in enumerate(self.declared.same):
            fact = self.words.facts.get(name)
            keys.append(f"key {number}")
            states.append(f"state {number}")
            made.append((key_of(fact, schema) if fact else nw.lit("")).alias(keys[-1]))
            made.append((state_of(fact, self.words, schema) if fact else nw.lit(ABSENT)).alias(states[-1]))
        there = frame.filter(~nw.col(AT).is_null() & ~nw.col(ACTION).is_null())
        return there.with_columns(*made, nw.lit(0).alias(_ALL)), [*keys, _ALL], states

    def _acts(self, keyed: Frame, keys: Sequence[str], states: Sequence[str]) -> Frame:
        """Return the acts that may be meant: null is equal to nothing."""
        import narwhals as nw

        chosen = keyed.filter(nw.col(ACTION) == self.declared.of[0])
        for state in states:
            chosen = chosen.filter(nw.col(state) != NULL)
        return chosen.select(AT, *keys, *states)

    def _patterns(self, acts: Frame, states: Sequence[str]) -> list[tuple[bool, ...]]:
        """Return which parts of the keys of some acts are open."""
        import narwhals as nw

        if not states:
            return []
        opened = [(nw.col(state) != KNOWN).alias(state) for state in states]
        seen = {
            tuple(map(bool, row)) for rows in self.engine.rows(acts.select(*opened).unique(), 1_000) for row in rows
        }
        return sorted(one for one in seen if any(one))

    def _is_asked(self, states: Sequence[str]) -> Expr:
        """A row whose key is partly open is not asked, unless another part is null: then nothing is equal to it."""
        import narwhals as nw

        null = _any_is(states, (NULL,))
        return null | ~_any_is(states, (ABSENT, UNREADABLE)) if states else nw.lit(True)

    def _is_self(self, states: Sequence[str]) -> Expr:
        """Say whether a row is among the acts that it is asked about; it is not of its own past."""
        import narwhals as nw

        return (nw.col(ACTION) == self.declared.of[0]) & _all_are(states, KNOWN)

    # Answers

    def _told(self, result: Frame, kind: str, patterns: int, prefix: str) -> tuple[Frame, list[str]]:
        import narwhals as nw

        own = nw.when(nw.col("self")).then(nw.lit(1)).otherwise(nw.lit(0))
        number = nw.col(f"sure {NUMBER}").fill_null(0) - own
        result = result.with_columns(number.alias("sure"))
        opened = [nw.col(f"open{n} {NUMBER}").fill_null(0) > 0 for n in range(patterns)]
        doubt = _either(opened)
        some = nw.col("sure") > 0
        match kind:
            case "count":
                value, known = nw.col("sure").cast(nw.Int64), ~doubt
            case "any":
                value, known = some, some | ~doubt
            case "first":
                value = nw.when(some).then(nw.col(f"sure {FIRST}")).otherwise(_no_moment())
                earlier = [nw.col(f"open{n} {FIRST}") < nw.col(f"sure {FIRST}") for n in range(patterns)]
                known = ~_either([a & (~some | b.fill_null(False)) for a, b in zip(opened, earlier, strict=True)])
            case _:
                # Of several acts at the very instant one is still there beside the row itself.
                beside = nw.when(nw.col(f"sure {HERE}") > 1).then(nw.col(AT)).otherwise(nw.col(f"sure {EARLIER}"))
                last = nw.when(nw.col("self")).then(beside).otherwise(nw.col(f"sure {LAST}"))
                result = result.with_columns(nw.when(some).then(last).otherwise(_no_moment()).alias("latest"))
                value = nw.col("latest")
                later = [nw.col(f"open{n} {LAST}") > value for n in range(patterns)]
                known = ~_either([a & (~some | b.fill_null(False)) for a, b in zip(opened, later, strict=True)])
        names = [f"{prefix} value", f"{prefix} known"]
        return result.select(ROW, value.alias(names[0]), known.alias(names[1])), names


_ALL: Final = "key all"


def _start(rows: Frame) -> list[str]:
    return [START] if START in rows.collect_schema() else []


def _no_moment() -> Expr:
    import narwhals as nw

    return nw.lit(None).cast(nw.Datetime("us"))


def _either(conditions: Sequence[Expr]) -> Expr:
    import narwhals as nw

    found = nw.lit(False)
    for one in conditions:
        found = found | one
    return found


def _any_of(actions: Sequence[str]) -> Expr:
    import narwhals as nw

    return nw.col(ACTION).is_in(list(actions))


def _any_is(states: Sequence[str], which: Sequence[int]) -> Expr:
    import narwhals as nw

    return _either([nw.col(state).is_in(list(which)) for state in states])


def _all_are(states: Sequence[str], which: int) -> Expr:
    import narwhals as nw

    found = nw.col(_ALL) == 0
    for state in states:
        found = found & (nw.col(state) == which)
    return found


def _is_pattern(states: Sequence[str], open_: Sequence[bool]) -> Expr:
    import narwhals as nw

    found = nw.lit(True)
    for state, is_open in zip(states, open_, strict=True):
        found = found & ((nw.col(state) != KNOWN) if is_open else (nw.col(state) == KNOWN))
    return found


def _joined(frame: Frame, found: Frame, prefix: str) -> Frame:
    names = {name: f"{prefix} {name}" for name in found.collect_schema() if name != ROW}
    return frame.join(found.rename(names), on=ROW, how="left")
