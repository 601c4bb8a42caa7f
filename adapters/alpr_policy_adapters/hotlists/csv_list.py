"""A hot list as a CSV file: bounded in size, every line either taken whole or refused by its number.

Header: plate,state,category,source,effective,expires,entry_id. Other columns are allowed and not kept.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, PolicyError, Severity
from alpr_policy.source import Span
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.registration import normalise, state_code

COLUMNS = ("plate", "state", "category", "source", "effective", "expires", "entry_id")
CATEGORIES = frozenset(VOCABULARY.lists["categories"])
MAX_PLATE = 10
MAX_SHOWN = 40
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SEPARATORS = frozenset(" -.·•")
"""What may stand between a plate's characters in a list; anything else is no plate, and a wildcard none either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotListLimits:
    """How large a list may be: bytes of the file and entries."""

    max_bytes: int = 64 * 1024 * 1024
    max_rows: int = 500_000


DEFAULT_LIMITS = HotListLimits()


class HotListError(PolicyError):
    """A list cannot be used at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotListEntry:
    """One entry: `state` is None where the list does not say it; days are local, instants carry their offset."""

    plate: str
    state: str | None
    category: str
    source: str
    effective: date | datetime | None
    expires: date | datetime | None
    entry_id: str
    line: int

    def in_force(self, at: datetime) -> bool:
        """Say whether the entry holds at that instant; the first and the last day count."""
        return _not_after(self.effective, at) and _not_before(self.expires, at)

    def to_dict(self) -> dict[str, Any]:
        """Give the entry as JSON values."""
        return {
            "plate": self.plate,
            "state": self.state,
            "category": self.category,
            "source": self.source,
            "effective": self.effective.isoformat() if self.effective else None,
            "expires": self.expires.isoformat() if self.expires else None,
            "entry_id": self.entry_id,
            "line": self.line,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HotList:
    """A list as imported: its entries in order, and the import report, one diagnostic for each line refused."""

    name: str
    sha256: str
    entries: tuple[HotListEntry, ...]
    report: tuple[Diagnostic, ...] = ()

    @property
    def refused(self) -> int:
        """Count the lines that were refused."""
        return len({d.span.line for d in self.report if d.is_error})


def load_csv(
    path: Path | str, *, limits: HotListLimits = DEFAULT_LIMITS, categories: Collection[str] = CATEGORIES
) -> HotList:
    """Import a CSV file; bad lines are refused one by one in the report, HotListError for a file that is no list.

    `categories` are those of the vocabulary unless a profile adds its own.
    """
    path = Path(path)
    name = _shown(path.name)
    data = _bytes(path, name, limits)
    entries: list[HotListEntry] = []
    report: list[Diagnostic] = []
    seen: set[tuple[str, ...]] = set()
    for line, row in _rows(data, name, limits):
        problems = [] if isinstance(row, dict) else [row]
        entry = _entry(row, line, name, categories, problems) if isinstance(row, dict) else None
        report += problems
        if entry is None or not isinstance(row, dict):
            continue
        same = tuple(row[column] for column in COLUMNS)
        if same in seen:
            message = f"the entry for `{entry.plate}` stands in the list before: counted once"
            report.append(Diagnostic("hotlist-repeated", message, span=Span(name, line, 1), severity=Severity.WARNING))
            continue
        seen.add(same)
        entries.append(entry)
    return HotList(name=name, sha256=hashlib.sha256(data).hexdigest(), entries=tuple(entries), report=tuple(report))


def _bytes(path: Path, name: str, limits: HotListLimits) -> bytes:
    """Read an ordinary file within the limit."""
    try:
        if not path.is_file():
            raise HotListError([Diagnostic("hotlist-missing", f"there is no file `{name}`", span=Span(name, 0, 0))])
        with path.open("rb") as file:
            data = file.read(limits.max_bytes + 1)
    except (OSError, ValueError) as error:
        message = f"`{name}` cannot be read: {type(error).__name__}"
        raise HotListError([Diagnostic("hotlist-unreadable", message, span=Span(name, 0, 0))]) from error
    if len(data) > limits.max_bytes:
        message = f"`{name}` is larger than the limit of {limits.max_bytes:,} bytes"
        raise HotListError([Diagnostic("hotlist-too-large", message, span=Span(name, 0, 0))])
    return data


def _rows(data: bytes, name: str, limits: HotListLimits) -> Iterator[tuple[int, dict[str, str] | Diagnostic]]:
    """Yield each line's number with its cells by column, or with what is wrong with its shape."""
    try:
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        header = [cell.strip().lower() for cell in next(lines, [])]
        _check_header(header, name)
        count, start = 0, lines.line_num + 1
        for cells in lines:
            line, start = start, lines.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > limits.max_rows:
                message = f"`{name}` has more entries than the limit of {limits.max_rows:,}"
                raise HotListError([Diagnostic("hotlist-too-large", message, span=Span(name, line, 1))])
            if len(cells) != len(header):
                message = f"the line has {len(cells)} cells, the header has {len(header)}"
                yield line, Diagnostic("hotlist-line", message, span=Span(name, line, 1))
            else:
                yield line, {key: cell.strip() for key, cell in zip(header, cells, strict=True)}
    except UnicodeDecodeError as error:
        message = f"`{name}` is not UTF-8 text"
        raise HotListError([Diagnostic("hotlist-unreadable", message, span=Span(name, 0, 0))]) from error
    except csv.Error as error:
        message = f"`{name}` is not a CSV file: {error}"
        raise HotListError([Diagnostic("hotlist-unreadable", message, span=Span(name, 0, 0))]) from error


def _check_header(header: Sequence[str], name: str) -> None:
    """Refuse a file that lacks a column or has one twice."""
    missing = [column for column in COLUMNS if column not in header]
    twice = [column for column in COLUMNS if header.count(column) > 1]
    if missing or twice:
        what = f"lacks `{', '.join(missing)}`" if missing else f"has `{', '.join(twice)}` twice"
        help_line = f"the first line is {','.join(COLUMNS)}"
        raise HotListError([Diagnostic("hotlist-header", f"the header {what}", span=Span(name, 1, 1), help=help_line)])


def _entry(
    row: dict[str, str], line: int, name: str, categories: Collection[str], problems: list[Diagnostic]
) -> HotListEntry | None:
    """Build the entry of one line, or say in `problems` all that is wrong with it."""

    def refuse(message: str, help_line: str = "") -> None:
        problems.append(Diagnostic("hotlist-line", message, span=Span(name, line, 1), help=help_line))

    plate = _plate(row["plate"])
    if plate is None:
        refuse(f"`{_shown(row['plate'])}` is no plate" if row["plate"] else "the plate is missing")
    state = state_code(row["state"]) if row["state"] else None
    if row["state"] and state is None:
        refuse(f"`{_shown(row['state'])}` is no state", "use the two-letter code, or leave it empty if not known")
    if row["category"] not in categories:
        refuse(f"`{_shown(row['category'])}` is no category", did_you_mean(row["category"], categories))
    days = {key: _day(row[key]) for key in ("effective", "expires")}
    for key, day in days.items():
        if row[key] and day is None:
            refuse(f"`{_shown(row[key])}` is no day for `{key}`", "write 2026-01-31, or a time with its offset")
    effective, expires = days["effective"], days["expires"]
    if effective and expires and _first_day(expires) < _first_day(effective):
        refuse(f"it expires on {expires.isoformat()}, before it is effective on {effective.isoformat()}")
    if problems or plate is None:
        return None
    return HotListEntry(
        plate=plate,
        state=state,
        category=row["category"],
        source=row["source"],
        effective=effective,
        expires=expires,
        entry_id=row["entry_id"] or f"line-{line}",
        line=line,
    )


def _plate(text: str) -> str | None:
    """Give the normalised plate; None when a character is neither letter, digit nor separator."""
    plate = normalise(text)
    stray = [c for c in text if c not in SEPARATORS and not normalise(c)]
    return plate if not stray and 0 < len(plate) <= MAX_PLATE else None


def _day(text: str) -> date | datetime | None:
    """Read `2026-01-31` as a day, or a time with its offset as an instant; None for anything else."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _first_day(value: date | datetime) -> date:
    """Give the day of a day or instant."""
    return value.date() if isinstance(value, datetime) else value


def _not_after(start: date | datetime | None, at: datetime) -> bool:
    """Say whether `start` has come; a day is that of `at`'s own offset."""
    if isinstance(start, datetime):
        return start <= at
    return start is None or start <= at.date()


def _not_before(end: date | datetime | None, at: datetime) -> bool:
    """Say whether `end` has not passed; a day is that of `at`'s own offset."""
    if isinstance(end, datetime):
        return at <= end
    return end is None or at.date() <= end


def _shown(text: str) -> str:
    """Give a cell as an error may show it: short, and nothing that moves a cursor."""
    clean = "".join(c if c.isprintable() else "?" for c in text[: MAX_SHOWN + 1])
    return clean if len(clean) <= MAX_SHOWN else clean[:MAX_SHOWN] + "…"
