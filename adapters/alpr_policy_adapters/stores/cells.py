"""From the cells of a row, a sidecar or a file name to facts. What cannot be read is unknown, never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.questions.disposal import StoredRecord
from alpr_policy.questions.disposal_clocks import CLOCKS
from alpr_policy_adapters.columns import NOT_TOLD, cell_reader, plain
from alpr_policy_adapters.stores.mapping import StoreMapping

MOST_KINDS = 50_000


class CellReader:
    """Makes records of rows of cells in the order of `columns`; rows alike share one object of facts."""

    def __init__(self, mapping: StoreMapping, columns: Sequence[str]) -> None:
        """Read as `mapping` says."""
        places = {column: place for place, column in enumerate(columns)}
        zone = ZoneInfo(mapping.timezone) if mapping.timezone else None
        self.constants = {name: plain(value) for name, value in mapping.constants.items() if name not in CLOCKS}
        self.fixed = {name: value for name, value in mapping.constants.items() if name in CLOCKS}
        self.facts = [(name, places[c.column], cell_reader(name, c, zone)) for name, c in mapping.facts.items()]
        self.clocks = [one for one in self.facts if one[0] in CLOCKS]
        self.facts = [one for one in self.facts if one[0] not in CLOCKS]
        self._kinds: dict[Any, Mapping[str, Any]] = {}

    def record(self, key: str, cells: Sequence[Any]) -> StoredRecord:
        """Return the record of a row."""
        moments: dict[str, Any] = dict(self.fixed) if self.fixed else {}
        for name, place, read in self.clocks:
            found = read(cells[place])
            if found is not NOT_TOLD:
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
            if found is not NOT_TOLD:
                facts[name] = found
        return facts
