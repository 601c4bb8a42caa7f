"""A payload's object, read key by key: each value of the expected kind and within bounds, or an error with its path."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic
from alpr_policy.model.values import printable

MAX_TEXT = 300
MAX_PLATE_TEXT = 32
MAX_SHOWN = 40
MAX_RESULTS = 200
MAX_CANDIDATES = 100
FURTHEST_PIXEL = 100_000
FIRST, LAST = 946_684_800.0, 4_102_444_800.0
"""Seconds from 1970 to the first of January 2000 and 2100, UTC: a read from outside them has a broken clock."""

_MISSING = object()


def found_kind(value: Any) -> str:
    """Say what was found in place of what was expected, short enough for an error."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() if not -(10**18) < value < 10**18:
            return "a number of too many digits"
        case int() | float():
            return f"the number {value}"
        case str():
            shown = " ".join(printable(value[: MAX_SHOWN + 1]).split())
            return (
                f"the text `{shown[:MAX_SHOWN]}{'…' if len(value) > MAX_SHOWN else ''}`" if value else "an empty text"
            )
        case Mapping():
            return "an object"
        case list() | tuple():
            return f"a list of {len(value)}"
    return f"a {type(value).__name__}"


class Fields:
    """One object of a payload. All objects of a payload share `faults`, so that everything wrong is told at once."""

    __slots__ = ("faults", "path", "value")

    def __init__(self, value: Mapping[Any, Any], path: str, faults: list[Diagnostic]) -> None:
        """Read `value`, which stands at `path`; what is wrong is added to `faults`."""
        self.value = value
        self.path = path
        self.faults = faults

    def fault(self, key: str, expected: str, value: Any = _MISSING) -> None:
        """Note that something else was found than expected."""
        place = f"{self.path}.{key}" if key else self.path
        found = "nothing is there" if value is _MISSING else f"found {found_kind(value)}"
        self.faults.append(Diagnostic("payload-field", f"`{place}`: expected {expected}, {found}"))

    def _get(self, key: str, expected: str, required: bool) -> Any:
        """Return a value, None where it is null or left out; a required one may be neither."""
        value = self.value.get(key, _MISSING)
        if value is not _MISSING and value is not None:
            return value
        if required:
            self.fault(key, expected, value)
        return None

    def text(self, key: str, *, required: bool = False, most: int = MAX_TEXT) -> str | None:
        """Return a text, None for an empty one unless it is required."""
        expected = f"a text of at most {most} characters"
        value = self._get(key, expected, required)
        if value is None or (value == "" and not required):
            return None
        if not isinstance(value, str) or not 0 < len(value) <= most:
            self.fault(key, expected, value)
            return None
        return value if value.isascii() else printable(value)

    def name(self, key: str) -> str | None:
        """Return a text or whole number as a text: what software uses to name a camera or a vehicle."""
        value = self.value.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            if -(10**18) < value < 10**18:
                return str(value)
            self.fault(key, "a name", value)
            return None
        return self.text(key)

    def number(
        self, key: str, expected: str, least: float, most: float, *, required: bool = False, as_text: bool = False
    ) -> float | None:
        """Return a number within bounds; `as_text` where the software writes numbers as texts."""
        value = self._get(key, expected, required)
        if value is None:
            return None
        number = numeric(value, as_text)
        if number is None or not least <= number <= most:
            self.fault(key, expected, value)
            return None
        return number

    def share(self, key: str, *, whole: float = 1.0, as_text: bool = False) -> float | None:
        """Return a confidence from 0 to 1, from one that counts up to `whole`."""
        found = self.number(key, f"a confidence from 0 to {whole:g}", 0.0, whole, as_text=as_text)
        return None if found is None else round(found / whole, 6)

    def seconds(self, key: str, *, required: bool = False) -> datetime | None:
        """Return the instant that a number of seconds since 1970 means."""
        return _instant(self.number(key, "seconds since 1970, of 2000 to 2099", FIRST, LAST, required=required))

    def milliseconds(self, key: str, *, required: bool = False, as_text: bool = False) -> datetime | None:
        """Return the instant that a number of milliseconds since 1970 means."""
        expected = "milliseconds since 1970, of 2000 to 2099"
        found = self.number(key, expected, FIRST * 1000, LAST * 1000, required=required, as_text=as_text)
        return _instant(found, 1000)

    def either_epoch(self, key: str) -> datetime | None:
        """Return the instant that seconds or milliseconds mean: within 2000 to 2099 no number can be both."""
        value = numeric(self.value.get(key), False)
        return self.milliseconds(key) if value is not None and value > LAST else self.seconds(key)

    def moment(self, key: str, *, required: bool = False) -> datetime | None:
        """Return the instant of an ISO 8601 text with its offset."""
        expected = "a time with its offset, such as `2026-05-04T10:00:00Z`"
        value = self._get(key, expected, required)
        if value is None:
            return None
        try:
            found = parse_moment(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if not isinstance(found, datetime) or not FIRST <= found.timestamp() <= LAST:
            self.fault(key, expected, value)
            return None
        return found

    def object(self, key: str, *, required: bool = False) -> Fields | None:
        """Return an object inside this one."""
        value = self._get(key, "an object", required)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.fault(key, "an object", value)
            return None
        return Fields(value, f"{self.path}.{key}", self.faults)

    def objects(self, key: str, *, required: bool = False, most: int = MAX_RESULTS) -> list[Fields]:
        """Return the objects of a list; what is none of them is an error, and the others stand."""
        values = self.values(key, required=required, most=most)
        found: list[Fields] = []
        for number, value in enumerate(values):
            if isinstance(value, Mapping):
                found.append(Fields(value, f"{self.path}.{key}[{number}]", self.faults))
            else:
                self.fault(f"{key}[{number}]", "an object", value)
        return found

    def values(self, key: str, *, required: bool = False, most: int = MAX_RESULTS) -> list[Any]:
        """Return a list of at most so many values."""
        expected = f"a list of at most {most}"
        value = self._get(key, expected, required)
        if value is None:
            return []
        if not isinstance(value, list | tuple) or len(value) > most:
            self.fault(key, expected, value)
            return []
        return list(value)

    def pixels(self, key: str, number: int) -> tuple[int, ...] | None:
        """Return so many places in a picture, as whole pixels."""
        expected = f"{number} places in a picture, in pixels"
        value = self._get(key, expected, False)
        if value is None:
            return None
        found = (
            [numeric(one, False) for one in value] if isinstance(value, list | tuple) and len(value) == number else []
        )
        places = [round(one) for one in found if one is not None and abs(one) <= FURTHEST_PIXEL]
        if len(places) != number:
            self.fault(key, expected, value)
            return None
        return tuple(places)


def numeric(value: Any, as_text: bool) -> float | None:
    """Return a finite number; None for anything else, true and false included."""
    if as_text and isinstance(value, str) and len(value) <= MAX_SHOWN and value.isascii() and "_" not in value:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _instant(number: float | None, per_second: int = 1) -> datetime | None:
    return None if number is None else datetime.fromtimestamp(number / per_second, UTC)


def each(objects: list[Fields], read: Callable[[Fields], Any]) -> list[Any]:
    """Read objects one by one, and keep only what was read without a fault."""
    kept: list[Any] = []
    for one in objects:
        before = len(one.faults)
        made = read(one)
        if made is not None and len(one.faults) == before:
            kept.append(made)
    return kept
