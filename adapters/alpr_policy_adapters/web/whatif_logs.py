"""What can be replayed on the page: logs of the server's folder, an upload, an invented log; and under which texts."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from alpr_policy.reading.catalog import Catalog
from alpr_policy_adapters.columns import known_zone
from alpr_policy_adapters.http import Refusal
from alpr_policy_adapters.tables.files import FORMATS
from alpr_policy_adapters.web.whatif_job import Job

MOST_UPLOAD: Final = 50_000_000
"""Bytes of a log that is uploaded."""
MOST_LOGS: Final = 500
INVENTED: Final = "invented"
UPLOAD: Final = "upload"
FOLDER: Final = "folder:"
"""Before the name of a log of the server's folder."""
DRAFT: Final = "draft"
ROWS: Final = (1_000, 5_000, 20_000, 100_000)
MOST_DRAFT: Final = 1_000_000
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class Choice:
    """What is chosen in the form: the log, the two texts, each with the day it is of, and how the log is read."""

    log: str = INVENTED
    rows: int = ROWS[1]
    baseline: str = ""
    proposed: str = ""
    baseline_day: str = ""
    proposed_day: str = ""
    as_if: bool = False
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a replay gets what it reads: the folder of logs, the log that was uploaded, the draft, the profiles."""

    catalog: Catalog
    departments: tuple[str, ...]
    logs: Path | None = None
    upload: Path | None = None
    draft: str = ""
    policies: tuple[Path, ...] = field(default=())


def logs_in(folder: Path | None) -> dict[str, int]:
    """Return the logs of a folder by name, with their bytes: plain files of a known kind, no links, nothing deeper."""
    found: dict[str, int] = {}
    if folder is None:
        return found
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return found
    for path in entries:
        if len(found) < MOST_LOGS and path.suffix.lower() in FORMATS and path.name.isprintable():
            size = _plain_size(path)
            if size is not None:
                found[path.name] = size
    return found


def _plain_size(path: Path) -> int | None:
    try:
        told = path.lstat()
    except OSError:
        return None
    return told.st_size if stat.S_ISREG(told.st_mode) else None


def log_of(place: Place, word: str) -> Path | None:
    """Return the file that a choice of a log names, None for an invented one; raises Refusal."""
    if word == INVENTED:
        return None
    if word == UPLOAD:
        if place.upload is None or not place.upload.is_file():
            raise Refusal(400, "no log was uploaded, or it was removed since: upload it again")
        return place.upload
    name = word.removeprefix(FOLDER)
    if place.logs is None or name not in logs_in(place.logs):
        raise Refusal(404, "the server has no log of this name")
    return place.logs.resolve() / name


def upload_name(name: str) -> str:
    """Return the name under which an upload is kept, which says of what kind it is; raises Refusal."""
    suffix = Path(name).suffix.lower()
    if suffix not in FORMATS:
        raise Refusal(415, f"a log ends in one of {', '.join(FORMATS)}")
    return f"upload{suffix}"


def texts_of(place: Place) -> dict[str, str]:
    """Return the texts that can be chosen, each with what it is called; the draft only where there is one."""
    found = {name: place.catalog.latest(name).department for name in _in_order(place)}
    return found | ({DRAFT: "The draft of the tab Write"} if place.draft.strip() else {})


def _in_order(place: Place) -> list[str]:
    rest = sorted(set(place.catalog.names) - set(place.departments))
    return [*place.departments, *rest]


def days_of(place: Place, name: str) -> tuple[str, ...]:
    """Return the days on which texts of a department begin, the newest first."""
    if name not in place.catalog.versions:
        return ()
    days = {one.first_day.isoformat() for one in place.catalog.get(name) if one.first_day is not None}
    return tuple(sorted(days, reverse=True))


def job_of(place: Place, choice: Choice, folder: str) -> Job:
    """Return the job that a choice makes in a folder, into which a draft is written; raises Refusal."""
    log = log_of(place, choice.log)
    if choice.zone and not known_zone(choice.zone):
        raise Refusal(400, "this is not a time zone: write continent and city, as in America/New_York")
    if log is None and choice.rows not in ROWS:
        raise Refusal(400, "an invented log has one of the numbers of rows that are offered")
    words = {}
    for side in ("baseline", "proposed"):
        name, day = getattr(choice, side), getattr(choice, f"{side}_day")
        words[side] = _word(place, name, day if choice.as_if else "", folder)
    named = [one for one in (choice.baseline, choice.proposed) if one != DRAFT]
    department = named[0] if named else place.departments[0]
    return Job(
        folder=folder,
        log=str(log) if log is not None else "",
        rows=choice.rows if log is None else 0,
        department=department,
        as_if=choice.as_if,
        zone=choice.zone,
        policies=tuple(str(one.absolute()) for one in place.policies),
        known=_known(place.catalog, {*named, department}),
        **words,
    )


def _word(place: Place, name: str, day: str, folder: str) -> str:
    """Return what `alpr-policy replay` is given for a text; raises Refusal."""
    if name == DRAFT:
        if not place.draft.strip() or len(place.draft) > MOST_DRAFT:
            raise Refusal(400, "there is no draft in the tab Write, or it is too long")
        path = Path(folder) / "draft.yaml"
        path.write_text(place.draft, encoding="utf-8")
        return str(path)
    if name not in place.catalog.versions:
        raise Refusal(404, "there is no profile of this name")
    if day and not _DAY.fullmatch(day):
        raise Refusal(400, "a day is written as 2026-05-01")
    return f"{name}@{day}" if day else name


def _known(catalog: Catalog, names: Iterable[str]) -> Mapping[str, list[str]]:
    return {name: [one.content_hash for one in catalog.get(name)] for name in sorted(names)}


def size_words(size: int) -> str:
    """Say how large a file is."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"
