"""Which clauses expected answers speak of, so that a statement that none would miss can be found at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from alpr_policy.lint.config import Settings
from alpr_policy.questions.suites import Suite, SuiteError, read_suites


class Tested:
    """Reads each folder of expected answers once."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        """Look in `folders`, or else where the settings say."""
        self.folders = tuple(folders)
        self._read: dict[Path, tuple[Suite, ...]] = {}

    def clauses(self, profile: str, settings: Settings, file: Path) -> frozenset[str] | None:
        """Return the clauses that expected answers of a profile cite; None where no folder of them is known."""
        folders = self.folders or tuple((settings.folder or file.parent) / name for name in settings.tests)
        known = [folder for folder in folders if folder.is_dir()]
        if not known:
            return None
        suites = [suite for folder in known for suite in self._suites(folder) if suite.profile == profile]
        cited = {cite for suite in suites for case in suite.cases for cite in (*case.clause, *_cites(case.expect))}
        return frozenset(cited | {duty.duty for suite in suites for duty in suite.duties})

    def _suites(self, folder: Path) -> tuple[Suite, ...]:
        if folder not in self._read:
            try:
                told = [(file, file.stat()) for file in sorted(folder.iterdir()) if file.suffix in (".yaml", ".yml")]
            except OSError:
                return ()
            self._read[folder] = _suites(folder, tuple((str(f), one.st_mtime_ns, one.st_size) for f, one in told))
        return self._read[folder]


@lru_cache(maxsize=20)
def _suites(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> tuple[Suite, ...]:
    """Read a folder once for as long as no file of it changes: an editor lints at every pause."""
    try:
        return read_suites(folder)
    except SuiteError:  # what is wrong with a suite is told by the command that runs it
        return ()


def _cites(expect: Mapping[str, Any]) -> tuple[str, ...]:
    cites = expect.get("cites") or ()
    return (cites,) if isinstance(cites, str) else tuple(str(one) for one in cites)
