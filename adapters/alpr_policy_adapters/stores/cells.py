"""From the cells of a row, a sidecar or a file name to facts. What cannot be read is unknown, never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.questions.disposal import StoredRecord
from alpr_policy.questions.disposal_clocks import CLOCKS, moment_of
from alpr_policy.vocabulary import VOCABULARY, FactKind
from alpr_policy_adapters.stores.mapping import Cell, StoreMapping

MOST_KINDS = 50_000
LONGEST = 2_000
TAKEN = (str, int, float, bool, bytes, list, tuple, dt.date)
Reader = Callable[[Any], Any]


class CellReader:
    """Makes records of rows of cells in the order of `columns`; rows alike share one object of facts."""

    def __init__(self, mapping: StoreMapping, columns: Sequence[str]) -> None:
        """Read as `mapping` says."""
        places = {column: place for place, column in enumerate(columns)}
        zone = ZoneInfo(mapping.timezone) if mapping.timezone else None
        self.constants = {name: _plain(value) for name, value in mapping.constants.items() if name not in CLOCKS}
        self.fixed = {name: value for name, value in mapping.constants.items() if name in CLOCKS}
        self.facts = [(name, places[c.column], _reader(name, c, zone)) for name, c in mapping.facts.items()]
        self.clocks = [one for one in self.facts if one[0] in CLOCKS]
        self.facts = [one for one in self.facts if one[0] not in CLOCKS]
        self._kinds: dict[Any, Mapping[str, Any]] = {}

    def record(self, key: str, cells: Sequence[Any]) -> StoredRecord:
        """Return the record of a row."""
        moments: dict[str, Any] = dict(self.fixed) if self.fixed else {}
        for name, place, read in self.clocks:
            found = read(cells[place])
            if found is not _NOT_TOLD:
                moments[name] = found
        return StoredRecord(key, self._alike([cells[place] for _, place, _ in self.facts]), moments)

    def _alike(self, cells: list[Any]) -> Mapping[str, Any]:
        # True and 1 are equal and mean different things.
        key = (*cells, *map(type, cells))
        try:
            found = self._kinds.get(key)
        except TypeError:  # a list has no identity by which to keep it
            return self._read(cells)
        if found is None:
            if len(self._kinds) > MOST_KINDS:
                self._kinds.clear()
            found = self._kinds[key] = self._read(cells)
        return found

    def _read(self, cells: list[Any]) -> Mapping[str, Any]:
        facts = dict(self.constants)
        for (name, _, read), cell in zip(self.facts, cells, strict=True):
            found = read(cell)
            if found is not _NOT_TOLD:
                facts[name] = found
        return facts


_NOT_TOLD = object()


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _reader(name: str, cell: Cell, zone: ZoneInfo | None) -> Reader:
    """Return what reads the cells of one fact."""
    fact = VOCABULARY.facts.get(name)
    kind = fact.kind if fact is not None else FactKind.TEXT
    values = {code: _plain(value) for code, value in cell.values.items()}
    empty: Any = {"unknown": _NOT_TOLD, "none": None, "empty": []}[cell.null]

    def meaning(raw: Any) -> Any:
        if values:
            told = str(raw)
            if told in values:
                return values[told]
        return raw

    def clock(raw: Any) -> Any:
        # Nearly all times come in this form.
        try:
            found = dt.datetime.fromisoformat(raw) if type(raw) is str else None
        except ValueError:
            found = None
        return found if found is not None and found.tzinfo is not None else read(raw)

    def read(raw: Any) -> Any:
        if raw is None or (raw == "" and "" not in values):
            return empty
        if not isinstance(raw, TAKEN) or (isinstance(raw, str | bytes) and len(raw) > LONGEST):
            return {"conflict": ["a value of no known kind"]}
        if kind is FactKind.TIME:
            return _moment(meaning(raw), cell, zone)
        if isinstance(raw, str) and cell.split:
            raw = [part.strip() for part in raw.split(cell.split) if part.strip()]
        if isinstance(raw, list | tuple):
            return [meaning(one) for one in raw]
        found = meaning(raw)
        if kind is FactKind.SET:
            return found if isinstance(found, list) else [found]
        if kind is FactKind.BOOL and type(found) is int and found in (0, 1):
            return bool(found)
        return found

    return clock if kind is FactKind.TIME and cell.time == "iso" and not values else read


def _moment(raw: Any, cell: Cell, zone: ZoneInfo | None) -> Any:
    """Return the moment of a cell; a text that says why where it names none, which leaves the fact unknown."""
    try:
        if isinstance(raw, dt.datetime):
            return raw if raw.tzinfo is not None else _in_zone(raw, cell, zone)
        if isinstance(raw, dt.date):
            return raw
        if cell.time.startswith("epoch"):
            number = float(raw) / (1_000 if cell.time == "epoch_milliseconds" else 1)
            return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number)
        if isinstance(raw, bytes) or not isinstance(raw, str):
            return f"no moment: {type(raw).__name__}"
        if cell.time != "iso":
            found = dt.datetime.strptime(raw, cell.time)
            zulu = cell.time.endswith("Z") and found.tzinfo is None
            found = found.replace(tzinfo=dt.UTC) if zulu else found
            return found if found.tzinfo is not None else _in_zone(found, cell, zone)
        told = moment_of(raw)
        if told is not None:
            return told
        plain = dt.datetime.fromisoformat(raw)
        return plain if plain.tzinfo is not None else _in_zone(plain, cell, zone)
    except (ValueError, OverflowError, TypeError):
        return "no moment"


def _in_zone(plain: dt.datetime, cell: Cell, zone: ZoneInfo | None) -> Any:
    """Return a local time as an instant; what the clock showed never, or twice, is unknown unless the mapping says."""
    if zone is None:
        return "no offset and no time zone"
    first, last = plain.replace(tzinfo=zone, fold=0), plain.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != last.utcoffset():
        there = first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == plain
        if not there or not cell.repeated:
            return "a local time that the clock shows twice" if there else "a local time that no clock shows"
        first = last if cell.repeated == "last" else first
    return first.astimezone(dt.UTC)
