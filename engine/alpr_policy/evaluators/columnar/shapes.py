"""What can matter of a row: values, thresholds, spans of time, pairs of moments, records."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from alpr_policy.durations import CalendarSpan
from alpr_policy.model.profile import ReasonWords
from alpr_policy.model.words import REASON_INPUTS

AT: Final = "at"


@dataclass(frozen=True, slots=True, order=True)
class RecordTime:
    """The times of the records of one list: the columns `KIND.first` and `KIND.last`."""

    kind: str


Start = str | RecordTime


@dataclass(frozen=True, slots=True)
class Lapse:
    """How long before the act something was, held against spans; without a span, whether it was before the act at all.

    With `whole` the age starts only when the day of the moment is over.
    """

    start: Start
    span: CalendarSpan | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Which of two moments came first, and by how much where spans are asked for."""

    first: Start
    second: str
    span: CalendarSpan | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Of a fact's listed values, those that tests hold it against and those that are known."""

    tested: frozenset[str]
    known: frozenset[str]

    def joined(self, other: Listed | None) -> Listed:
        """Return what two texts come to: tested by either, known to both."""
        return self if other is None else Listed(self.tested | other.tested, self.known & other.known)


@dataclass(slots=True)
class Wants:
    """What one act, or several, need to know of a row.

    `enums` gives for a fact of listed values those that it is held against, and those that every text knows; one in
    `whole` is looked at in other ways too.
    """

    raw: set[str] = field(default_factory=set)
    enums: dict[str, Listed] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    texts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    counts: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    moments: dict[str, set[dt.datetime]] = field(default_factory=lambda: defaultdict(set))
    lapses: set[Lapse] = field(default_factory=set)
    pairs: set[Pair] = field(default_factory=set)
    same: set[tuple[str, str]] = field(default_factory=set)
    records: set[str] = field(default_factory=set)
    reasons: set[ReasonWords] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)

    def add(self, other: Wants) -> None:
        """Take in what another needs."""
        for mine, its in (
            (self.raw, other.raw),
            (self.whole, other.whole),
            (self.lapses, other.lapses),
            (self.pairs, other.pairs),
            (self.same, other.same),
            (self.records, other.records),
            (self.reasons, other.reasons),
            (self.alone, other.alone),
        ):
            mine |= its  # type: ignore[operator]  # each is a set of what the other is a set of
        for name, listed in other.enums.items():
            self.enums[name] = listed.joined(self.enums.get(name))
        for name, texts in other.texts.items():
            self.texts[name] |= texts
        for name, counts in other.counts.items():
            self.counts[name] |= counts
        for name, moments in other.moments.items():
            self.moments[name] |= moments

    def columns(self) -> frozenset[str]:
        """Return every column that is read, those of records and of their times among them."""
        found = {*self.raw, *self.texts, *self.counts, *self.moments, *self.records, *self.alone}
        found |= {name for pair in self.same for name in pair}
        starts = [lapse.start for lapse in self.lapses] + [pair.first for pair in self.pairs]
        found |= {start for start in starts if isinstance(start, str)} | {pair.second for pair in self.pairs}
        if self.reasons:
            found |= set(REASON_INPUTS)
        found |= {column for kind in self.records for column in (f"{kind}.first", f"{kind}.last")}
        return frozenset(found - {AT})
