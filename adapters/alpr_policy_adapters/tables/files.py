"""The files of a log that is a table of acts already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError

FORMATS: Final = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
MOST_FILES: Final = 10_000


class TableError(PolicyError):
    """A table of acts cannot be opened."""

    exit_code = ExitCode.BAD_INPUT


@dataclass(frozen=True, slots=True)
class ActFiles:
    """Files of one format, in order."""

    paths: tuple[Path, ...]
    format: str


def act_files(paths: Iterable[Path]) -> ActFiles:
    """Return files, and those of folders of Parquet, as one table. Raises TableError, for all that is wrong at once."""
    found: list[Path] = []
    wrong: list[Diagnostic] = []
    for path in paths:
        inside = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        if not inside:
            wrong.append(Diagnostic("table-empty", f"the folder `{path}` holds no Parquet file"))
        for one in inside[: MOST_FILES + 1]:
            if not one.is_file():
                wrong.append(
                    Diagnostic("file-unreadable", f"`{one}` is no file", help="give a file or a folder of Parquet")
                )
            elif one.suffix.lower() not in FORMATS:
                kinds = ", ".join(FORMATS)
                wrong.append(Diagnostic("table-format", f"`{one}` is no table of acts", help=f"known endings: {kinds}"))
            found.append(one)
    formats = {FORMATS.get(one.suffix.lower(), "") for one in found}
    if not wrong and len(formats) > 1:
        wrong.append(
            Diagnostic("table-format", "the files of one log are of one format", help="replay them one by one")
        )
    if not wrong and len(found) > MOST_FILES:
        wrong.append(Diagnostic("table-format", f"a log is at most {MOST_FILES:,} files"))
    if wrong:
        raise TableError(wrong)
    return ActFiles(tuple(found), formats.pop() if formats else "parquet")
