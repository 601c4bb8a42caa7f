"""From the cells of a line to an entry, or to all that is wrong with it: what was expected, and a suggestion."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.categories import category_by_name
from alpr_policy_adapters.hotlists.dates import ISO, read_day
from alpr_policy_adapters.hotlists.entries import HotListError, HotListLimits, first_day, plate_of, shown
from alpr_policy_adapters.hotlists.mapping import ColumnSpec, ListMapping
from alpr_policy_adapters.hotlists.partial import PartialPlate, has_wildcard
from alpr_policy_adapters.hotlists.table import Key, Values
from alpr_policy_adapters.registration import normalise, state_code

MOST_REMEMBERED = 50_000
_STACKED = re.compile(r"\(([^()]*)\)|(?<=[A-Za-z])/(?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell, and with it the line, is refused."""

    message: str
    help: str = ""


class Put(NamedTuple):
    """An entry to be taken."""

    plate: str | PartialPlate
    state: str | None
    values: Values
    change: str = "put"


@dataclass(frozen=True, slots=True)
class Remove:
    """An entry to be taken out, by its id or else by plate, state and category."""

    key: Key


class LineReader:
    """Reads lines of one file. What a cell means is worked out once for each text, since lists repeat themselves."""

    def __init__(
        self,
        mapping: ListMapping,
        indexes: Mapping[str, int],
        *,
        categories: Collection[str],
        limits: HotListLimits,
        loaded_at: datetime,
        removals: bool = False,
    ) -> None:
        """Get ready for the lines of a file; `removals` says that each of them takes an entry out."""
        self._mapping = mapping
        self._categories = categories
        self._limits = limits
        self._removals = removals
        self._zone = mapping.zone
        self._loaded_day = (loaded_at.astimezone(self._zone) if self._zone else loaded_at).date()
        self._lasting = _days(mapping.expires_after) if mapping.expires_after else None
        specs = mapping.fields
        self._plate = indexes["plate"]
        self._codes = {
            name: _Codes(indexes[name], self._reader(name, specs[name]), _means(specs[name]))
            for name in ("state", "category", "effective", "expires", "source", "type", "reason", "change")
            if name in specs
        }
        self._id = indexes.get("id")
        self._case = indexes.get("case")

    def read(self, line: int, cells: list[str]) -> Put | Remove | list[Fault]:
        """Read one line."""
        faults: list[Fault] = []
        plate = self._read_plate(cells[self._plate].strip(), faults)
        said: dict[str, Any] = {}
        for name, codes in self._codes.items():
            value = codes.read(cells)
            if type(value) is Fault:
                faults.append(value)
            else:
                said[name] = value
        entry_id = self._free(cells, self._id, "id", faults)
        change = "remove" if self._removals else said.get("change") or "put"
        if change == "remove":
            return self._removal(plate, said, entry_id, faults)
        if "category" in self._codes and said.get("category", "") is None:
            faults.append(Fault("`` is no category", "each entry needs one"))
        case = self._free(cells, self._case, "case", faults)
        effective, expires = self._days_of(said, faults)
        if faults or plate is None:
            return faults
        raw = cells[self._plate].strip()
        text = plate.text if isinstance(plate, PartialPlate) else plate
        values: Values = (
            said.get("category") or self._mapping.category or "",
            said.get("source") or self._mapping.source,
            effective,
            expires,
            entry_id,
            line,
            "" if raw == text else raw,
            "" if raw == text else _unstacked(raw),
            said.get("type") or "",
            said.get("reason") or "",
            case,
        )
        return Put(plate, said.get("state") or self._mapping.state, values, change)

    def _read_plate(self, text: str, faults: list[Fault]) -> str | PartialPlate | None:
        plate = plate_of(text)
        if plate is not None:
            return plate
        if not text:
            faults.append(Fault("the plate is missing"))
        elif has_wildcard(text):
            if self._mapping.wildcards:
                try:
                    return PartialPlate.parse(text)
                except HotListError as error:
                    faults.append(Fault(error.diagnostics[0].message, error.diagnostics[0].help))
            else:
                help_line = f"if these are wildcards, say `wildcards: true` in the mapping `{self._mapping.id}`"
                faults.append(Fault(f"`{shown(text)}` is no plate", help_line))
        elif (whole := plate_of(_STACKED.sub(r"\1", text))) is not None:
            return whole
        else:
            faults.append(Fault(f"`{shown(text)}` is no plate", "a plate has at most ten letters and digits"))
        return None

    def _removal(
        self, plate: str | PartialPlate | None, said: Mapping[str, Any], entry_id: str, faults: list[Fault]
    ) -> Remove | list[Fault]:
        if entry_id:
            return Remove(entry_id)
        category = said.get("category") or self._mapping.category
        if faults or plate is None or not category:
            return faults or [Fault("nothing says which entry to remove", "give its id, or plate, state and category")]
        text = plate.text if isinstance(plate, PartialPlate) else plate
        return Remove((text, said.get("state") or self._mapping.state, category))

    def _days_of(self, said: Mapping[str, Any], faults: list[Fault]) -> tuple[Any, Any]:
        """Return the first and the last day; the earlier one where the mapping gives entries an end."""
        effective, expires = said.get("effective"), said.get("expires")
        if effective and expires and first_day(expires) < first_day(effective):
            faults.append(
                Fault(f"it expires on {expires.isoformat()}, before it is effective on {effective.isoformat()}")
            )
        elif self._lasting is not None:
            try:
                end = (first_day(effective) if effective else self._loaded_day) + self._lasting
            except OverflowError:
                return effective, expires
            expires = end if expires is None or first_day(expires) > end else expires
        return effective, expires

    def _free(self, cells: list[str], at: int | None, name: str, faults: list[Fault]) -> str:
        """Return a text that is seldom the same twice."""
        text = cells[at].strip() if at is not None else ""
        if len(text) > self._limits.max_cell:
            faults.append(self._too_long(name))
            return ""
        return text

    def _too_long(self, name: str) -> Fault:
        return Fault(f"`{name}` is longer than {self._limits.max_cell:,} characters")

    def _reader(self, name: str, spec: ColumnSpec) -> Callable[[str], Any]:
        """Return what reads the cells of a field; it gives None for an empty one and a Fault for one that is none."""
        own: dict[str, Callable[[str], Any]] = {"state": _state, "category": self._category, "change": _change(spec)}
        if name in ("effective", "expires"):
            return lambda text: self._day(name, spec, text)
        return own.get(name) or (lambda text: text if len(text) <= self._limits.max_cell else self._too_long(name))

    def _category(self, text: str) -> str | Fault:
        if text in self._categories:
            return text
        named = category_by_name(text)
        if named is not None and named in self._categories:
            return named
        help_line = did_you_mean(text, self._categories) or "say under `values` what the source means by it"
        return Fault(f"`{shown(text)}` is no category", help_line)

    def _day(self, name: str, spec: ColumnSpec, text: str) -> date | datetime | Fault:
        found = read_day(text, spec.forms(), self._zone)
        if found is not None:
            return found
        iso = not spec.date or ISO in spec.date
        wanted = "write 2026-01-31, or a time with its offset" if iso else f"the mapping wants {' or '.join(spec.date)}"
        return Fault(f"`{shown(text)}` is no day for `{name}`", wanted)


class _Codes:
    """A column whose texts repeat."""

    def __init__(self, index: int, reader: Callable[[str], Any], means: Mapping[str, str]) -> None:
        self._index = index
        self._reader = reader
        self._means = means
        self._known: dict[str, Any] = {}

    def read(self, cells: list[str]) -> Any:
        text = cells[self._index]
        try:
            return self._known[text]
        except KeyError:
            pass
        plain = text.strip()
        meant = self._means.get(plain.upper(), plain)
        value = self._reader(meant) if meant else None
        if len(self._known) < MOST_REMEMBERED and len(text) < 200:
            self._known[text] = value
        return value


def _means(spec: ColumnSpec) -> dict[str, str]:
    """Return what the source's codes mean, in any case; a text for the unknown means nothing."""
    return {code.upper(): meant for code, meant in spec.values.items()} | {code.upper(): "" for code in spec.unknown}


def _change(spec: ColumnSpec) -> Callable[[str], Any]:
    meanings = sorted(set(spec.values.values()))
    codes = ", ".join(spec.values)
    return lambda text: text if text in meanings else Fault(f"`{shown(text)}` is no change", f"known: {codes}")


def _state(text: str) -> str | Fault:
    found = state_code(text)
    help_line = "use the two-letter code, or leave it empty if not known"
    return found if found is not None else Fault(f"`{shown(text)}` is no state", help_line)


def _unstacked(raw: str) -> str:
    """Return the plate without the letters that the list marks as stacked; empty where it marks none."""
    if "(" not in raw and "/" not in raw:
        return ""
    without = re.sub(r"\([^()]*\)|[A-Za-z](?:/[A-Za-z])+", "", raw)
    return normalise(without) if without != raw else ""


def _days(span: Any) -> timedelta:
    return timedelta(days=span.count * (7 if str(span.unit) == "week" else 1))
