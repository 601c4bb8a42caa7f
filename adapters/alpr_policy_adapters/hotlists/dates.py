"""Days and times as lists write them: a form such as `YYYYMMDD` says how, and nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

ISO = "iso"
_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "MM": r"(?P<month>\d\d)",
    "DD": r"(?P<day>\d\d)",
    "HH": r"(?P<hour>\d\d)",
    "mm": r"(?P<minute>\d\d)",
    "ss": r"(?P<second>\d\d)",
    "M": r"(?P<month>\d\d?)",
    "D": r"(?P<day>\d\d?)",
    "Z": r"(?P<offset>Z|[+-]\d\d:?\d\d)",
}
_SPLIT = re.compile("(YYYY|MM|DD|HH|mm|ss|M|D|Z)")
_LOOSE = frozenset({"M", "D"})
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MAX_FORM = 40
MAX_TEXT = 60


@dataclass(frozen=True)
class DateForm:
    """One way of writing days or times."""

    form: str

    @property
    def timed(self) -> bool:
        """Say whether it has a time of day without an offset, so that a time zone has to be known."""
        return "HH" in self.form and "Z" not in self.form

    def fault(self) -> str:
        """Say what is wrong with the form; empty when nothing is."""
        if self.form == ISO:
            return ""
        tokens = _SPLIT.findall(self.form)
        kinds = sorted(token[0] for token in tokens)
        if len(self.form) > MAX_FORM or len(set(kinds)) != len(kinds) or not {"Y", "M", "D"} <= set(kinds):
            return "needs YYYY, MM or M, and DD or D, each once; HH, mm, ss and Z where there is a time"
        if re.search("[YA-LN-Za-ln-z]", _SPLIT.sub("", self.form).replace("T", "")):
            return "has a letter that is none of YYYY, MM, M, DD, D, HH, mm, ss, Z"
        if "HH" not in tokens and {"mm", "ss", "Z"} & set(tokens):
            return "has a part of a time and no hour"
        parts = [part for part in _SPLIT.split(self.form) if part]
        joined = any({a, b} & _LOOSE and a in _TOKENS and b in _TOKENS for a, b in pairwise(parts))
        return "has M or D right beside another number, so that nobody could tell where it ends" if joined else ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = (_TOKENS.get(part) or re.escape(part) for part in _SPLIT.split(self.form))
        return re.compile("".join(parts), re.ASCII)

    def read(self, text: str, zone: ZoneInfo | None) -> date | datetime | None:
        """Read a day, or a time as an instant; None when the text is not of this form or no such day exists."""
        if len(text) > MAX_TEXT:
            return None
        return _iso(text, zone) if self.form == ISO else self._made(self._pattern.fullmatch(text), zone)

    def find(self, text: str, zone: ZoneInfo | None) -> date | datetime | None:
        """Find the first day or time of this form inside a text, such as the name of a file."""
        found = (self._made(match, zone) for match in self._pattern.finditer(text)) if self.form != ISO else ()
        return next((one for one in found if one is not None), None)

    def _made(self, match: re.Match[str] | None, zone: ZoneInfo | None) -> date | datetime | None:
        if match is None:
            return None
        found = match.groupdict()
        try:
            day = date(int(found["year"]), int(found["month"]), int(found["day"]))
            if found.get("hour") is None:
                return day
            hour, minute, second = (int(found.get(part) or 0) for part in ("hour", "minute", "second"))
            local = datetime(day.year, day.month, day.day, hour, minute, second)
        except ValueError:
            return None
        if offset := found.get("offset"):
            return local.replace(tzinfo=_offset(offset))
        return local.replace(tzinfo=zone) if zone else None


def read_day(text: str, forms: tuple[DateForm, ...], zone: ZoneInfo | None) -> date | datetime | None:
    """Read a day or instant in the first form that fits."""
    return next((found for form in forms if (found := form.read(text, zone)) is not None), None)


def _iso(text: str, zone: ZoneInfo | None) -> date | datetime | None:
    """Read `2026-01-31` as a day, or a time with its offset as an instant; None for anything else."""
    try:
        if _ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) < 12:  # a week or a day without its hyphens, which this form does not have
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=zone) if zone else None


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(away if text[0] == "+" else -away)
