"""A long list in little room: its entries are kept by column, and an entry is made when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import compress, repeat
from typing import Any, overload

from alpr_policy_adapters.hotlists.align import fold
from alpr_policy_adapters.hotlists.entries import LATE, HotListEntry
from alpr_policy_adapters.hotlists.index import PlateIndex
from alpr_policy_adapters.hotlists.partial import PartialPlate

COLUMNS = (
    "category", "source", "effective", "expires", "entry_id", "line", "listed_as", "unstacked", "plate_type", "reason",
    "case_number",
)  # fmt: skip
"""What is kept of each entry besides its plate and state. An empty `entry_id` stands for the number of the line."""
Values = tuple[str, str, date | datetime | None, date | datetime | None, str, int, str, str, str, str, str]
Key = str | tuple[str, str | None, str]
_CATEGORY, _EFFECTIVE, _EXPIRES, _ID, _LINE, _UNSTACKED = (
    COLUMNS.index(name) for name in ("category", "effective", "expires", "entry_id", "line", "unstacked")
)
# A frozen class with many fields is slow to make through its __init__, and every hit makes one.
_SET: dict[str, Callable[[Any, Any], None]] = {
    name: getattr(HotListEntry, name).__set__ for name in HotListEntry.__dataclass_fields__
}
_new = HotListEntry.__new__
_set_plate, _set_state, _set_list, _set_zone, _set_loaded = (
    _SET[name] for name in ("plate", "state", "list_name", "timezone", "loaded_at")
)
_set_effective, _set_expires, _set_late = _SET["effective"], _SET["expires"], LATE.__set__
_SET_COLUMNS = tuple(_SET[name] for name in COLUMNS)


class EntryTable(PlateIndex, Sequence[HotListEntry]):
    """The entries of one list. What holds for all of them is kept once: the list's name, its time zone, its loading."""

    def __init__(self, list_name: str = "", timezone: str | None = None, loaded_at: datetime | None = None) -> None:
        """Begin without an entry."""
        super().__init__()
        self.list_name = list_name
        self.timezone = timezone
        self.loaded_at = loaded_at
        self._columns: list[Any] = [[] for _ in COLUMNS]
        self._append: list[Callable[[Any], None]] = [column.append for column in self._columns]
        self._seen: dict[int, int] = {}

    def append(self, plate: str | PartialPlate, state: str | None, values: Values) -> bool:
        """Append an entry; return False, and leave it out, where the very same one stands there, line aside."""
        if isinstance(plate, PartialPlate):
            if self._repeats(plate.text, state, values):
                return False
            self.add_partial(plate, state)
        else:
            folded = fold(plate)
            before = self._first.get(folded, -1)
            if before >= 0:
                if self._following[before] < 0:  # until now the only one of its kind, and not worth remembering
                    self._seen.setdefault(self._key(before), before)
                if self._repeats(plate, state, values):
                    return False
            self.add(plate, folded, state)
        for append, value in zip(self._append, values, strict=False):
            append(value)
        if values[7]:
            self.add_unstacked(values[7])
        return True

    def _repeats(self, plate: str, state: str | None, values: Values) -> bool:
        """Say whether an entry is there already, and remember it for the next row if it is not."""
        row = self._seen.setdefault(_key(plate, state, values), len(self.plates))
        return row < len(self.plates) and _key(plate, state, values, whole=True) == self._key(row, whole=True)

    def _key(self, row: int, *, whole: bool = False) -> Any:
        return _key(self.plates[row], self.states[row], tuple(column[row] for column in self._columns), whole=whole)

    def finish(self) -> None:
        """Let go of what only appending needs, and keep a column that says the same throughout as one value."""
        self._seen = {}
        self._append = []
        for number, column in enumerate(self._columns):
            if column and all(value is column[0] for value in column):
                self._columns[number] = Same(column[0], len(column))

    def entry(self, row: int) -> HotListEntry:
        """Make the entry of a row, with what every hit is asked for; the rest follows when it is looked at."""
        made = _new(HotListEntry)
        _set_late(made, (self, row))
        columns = self._columns
        _set_effective(made, columns[_EFFECTIVE][row])
        _set_expires(made, columns[_EXPIRES][row])
        _set_zone(made, self.timezone)
        _set_loaded(made, self.loaded_at)
        return made

    def fill(self, made: HotListEntry, row: int) -> None:
        """Put every field of a row's entry in place."""
        _set_plate(made, self.plates[row])
        _set_state(made, self.states[row])
        for put, column in zip(_SET_COLUMNS, self._columns, strict=False):
            put(made, column[row])
        _set_list(made, self.list_name)
        said = self._columns[_ID][row]
        _SET["entry_id"](made, said or f"line-{self._columns[_LINE][row]}")

    def key(self, row: int) -> Key:
        """Give what an incremental list names an entry by: its id, or where it has none plate, state and category."""
        said = self._columns[_ID][row]
        return said or (self.plates[row], self.states[row], self._columns[_CATEGORY][row])

    def joined(self, keep: Iterable[bool], added: EntryTable, take: Iterable[bool]) -> EntryTable:
        """Make a new table of the rows to keep and those to take; what holds for all is as in the added one."""
        made = EntryTable(added.list_name, added.timezone, added.loaded_at)
        kept, taken = list(keep), list(take)
        parts = {self.plates[row]: partial for row, partial in self.partials}
        parts |= {added.plates[row]: partial for row, partial in added.partials}
        plates = [*compress(self.plates, kept), *compress(added.plates, taken)]
        states = [*compress(self.states, kept), *compress(added.states, taken)]
        made._columns = [
            [*compress(mine, kept), *compress(theirs, taken)]
            for mine, theirs in zip(self._columns, added._columns, strict=True)
        ]
        for plate, state, unstacked in zip(plates, states, made._columns[_UNSTACKED], strict=True):
            if plate in parts:
                made.add_partial(parts[plate], state)
            else:
                made.add(plate, fold(plate), state)
            if unstacked:
                made.add_unstacked(unstacked)
        made.finish()
        return made

    @overload
    def __getitem__(self, at: int) -> HotListEntry: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[HotListEntry, ...]: ...

    def __getitem__(self, at: int | slice) -> HotListEntry | tuple[HotListEntry, ...]:
        """Give an entry, or several as a tuple."""
        if isinstance(at, slice):
            return tuple(self.entry(row) for row in range(*at.indices(len(self))))
        row = at + len(self) if at < 0 else at
        if not 0 <= row < len(self):
            raise IndexError(at)
        return self.entry(row)

    def __iter__(self) -> Iterator[HotListEntry]:
        """Make the entries one after the other."""
        return map(self.entry, range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Say whether another sequence holds equal entries in the same order."""
        if not isinstance(other, EntryTable | tuple | list):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # two tables are equal by what they hold


class Same(Sequence[Any]):
    """A column in which every row says the same."""

    def __init__(self, value: Any, size: int) -> None:
        """Keep the value once."""
        self._value = value
        self._size = size

    def __len__(self) -> int:
        """Count the rows."""
        return self._size

    def __getitem__(self, at: Any) -> Any:
        """Give the value, whatever the row."""
        return self._value

    def __iter__(self) -> Iterator[Any]:
        """Give the value as often as there are rows."""
        return repeat(self._value, self._size)


def _key(plate: str, state: str | None, values: tuple[Any, ...], *, whole: bool = False) -> Any:
    """Return what makes an entry the same as another, wherever it stands; as a hash unless the whole is wanted."""
    said = (plate, state, *values[:_LINE], *values[_LINE + 1 :])
    return said if whole else hash(said)
