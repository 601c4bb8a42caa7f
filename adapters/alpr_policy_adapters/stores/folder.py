"""Pictures in a folder: each file is a record, its facts in an index, a sidecar or its name.

Nothing outside the folder is ever opened or deleted: links are not followed, neither as files nor as folders on the
way, and a key that leads out of the folder names nothing.
"""

from __future__ import annotations

import csv
import json
import os
import re
import stat
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.disposal import StoredRecord
from alpr_policy_adapters.stores.cells import CellReader
from alpr_policy_adapters.stores.mapping import StoreMapping
from alpr_policy_adapters.stores.protocol import BATCH, StoreError

SUFFIXES = (".jpg", ".jpeg", ".png")
DEEPEST = 32
MOST_FILES = 5_000_000
MOST_BYTES = 100_000
"""Of a sidecar, and of a line of the index."""
LARGEST_INDEX = 2_000_000_000
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


class FolderStore:
    """A folder of pictures; the key of a picture is its path in the folder, with `/` between."""

    def __init__(self, mapping: StoreMapping) -> None:
        """Use the folder that the mapping names; raises StoreError where it is none."""
        self.mapping = mapping
        self.columns = mapping.columns()
        self.suffixes = tuple(one.lower() for one in mapping.suffixes or SUFFIXES)
        self._reader = CellReader(mapping, self.columns)
        self._pattern = re.compile(mapping.pattern) if mapping.pattern else None
        if mapping.root.is_symlink() or not mapping.root.is_dir():
            raise StoreError([Diagnostic("store-missing", f"`{mapping.path}` is no folder")])

    @property
    def name(self) -> str:
        """Return the name of the mapping."""
        return self.mapping.id

    @property
    def batch(self) -> int:
        """Return how many pictures go together: many, where an index is written anew for each batch."""
        return BATCH * 100 if self.mapping.facts_from == "index" else BATCH

    def records(self, batch: int = BATCH) -> Iterator[StoredRecord]:
        """Yield a record for each picture, and for each line of the index whose picture is gone."""
        index = self._index() if self.mapping.facts_from == "index" else {}
        seen: set[str] = set()
        for key in self._files("", 0):
            seen.add(key)
            if len(seen) > MOST_FILES:
                raise StoreError([Diagnostic("store-too-large", f"more than {MOST_FILES:,} files")])
            yield self._record(key, index)
        for key in index.keys() - seen:
            yield self._record(key, index)

    def fetch(self, keys: Collection[str]) -> Iterator[StoredRecord]:
        """Yield the records under these keys as they are now."""
        index = self._index() if self.mapping.facts_from == "index" else {}
        there = self.still_there(keys)
        yield from (self._record(key, index) for key in keys if key in there)

    def mark(self, keys: Collection[str], purge_id: str | None) -> None:
        """Do nothing: a folder has no place for it, and the journal holds it."""

    def delete(self, keys: Collection[str]) -> None:
        """Delete pictures, then their sidecars, and last their lines in the index."""
        for key in keys:
            for path in self._paths(key):
                self._unlink(path)
        if self.mapping.facts_from == "index":
            self._drop_lines(frozenset(keys))

    def still_there(self, keys: Collection[str]) -> set[str]:
        """Return those of the keys that have a picture, a sidecar or a line in the index."""
        listed = self._index().keys() if self.mapping.facts_from == "index" else ()
        return {key for key in keys if key in listed or any(self._exists(path) for path in self._paths(key))}

    # What is in the folder

    def _files(self, inside: str, depth: int) -> Iterator[str]:
        if depth > DEEPEST:
            return
        with self._opened(inside) as folder:
            if folder is None:
                return
            with os.scandir(folder) as entries:
                found = sorted((one.name, one.is_dir(follow_symlinks=False), one.is_file(follow_symlinks=False))
                               for one in entries)  # fmt: skip
        for name, is_folder, is_file in found:
            key = f"{inside}/{name}" if inside else name
            if is_folder:
                yield from self._files(key, depth + 1)
            elif is_file and name.lower().endswith(self.suffixes):
                yield key

    @contextmanager
    def _opened(self, inside: str) -> Iterator[int | None]:
        """Open a folder of the store step by step, so that no link on the way is followed; None where it is none."""
        flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
        handle: int | None = os.open(self.mapping.root, flags)
        try:
            for part in PurePosixPath(inside).parts:
                assert handle is not None
                try:
                    deeper = os.open(part, flags | _NO_FOLLOW, dir_fd=handle)
                except OSError:
                    deeper = None
                os.close(handle)
                handle = deeper
                if handle is None:
                    break
            yield handle
        finally:
            if handle is not None:
                os.close(handle)

    def _paths(self, key: str) -> tuple[str, ...]:
        """Return the files under a key: the picture, then its sidecar; none where the key leads out of the folder."""
        parts = PurePosixPath(key).parts
        if not key or key.startswith("/") or ".." in parts or "\0" in key or len(key) > 4_000:
            return ()
        if not key.lower().endswith(self.suffixes):
            return ()
        return (key, f"{key}.json") if self.mapping.facts_from == "sidecar" else (key,)

    def _exists(self, path: str) -> bool:
        folder, name = os.path.split(path)
        with self._opened(folder) as handle:
            if handle is None:
                return False
            try:
                return stat.S_ISREG(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode)
            except (OSError, ValueError):
                return False

    def _unlink(self, path: str) -> None:
        folder, name = os.path.split(path)
        with self._opened(folder) as handle:
            if handle is None:
                return
            try:
                if stat.S_ISREG(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
                    os.unlink(name, dir_fd=handle)
                    os.fsync(handle)
            except FileNotFoundError:
                return
            except OSError as error:
                message = f"`{self.name}`: a file cannot be deleted: {(error.strerror or '').lower()}"
                raise StoreError([Diagnostic("store-failed", message)]) from error

    # Facts

    def _record(self, key: str, index: Mapping[str, Mapping[str, Any]]) -> StoredRecord:
        cells: Mapping[str, Any] = {}
        if self.mapping.facts_from == "index":
            cells = index.get(key, {})
        elif self.mapping.facts_from == "sidecar":
            cells = self._sidecar(key)
        elif self._pattern is not None:
            name = PurePosixPath(key).name
            found = self._pattern.fullmatch(name) if len(name) <= 255 else None
            cells = found.groupdict() if found else {}
        return self._reader.record(key, [cells.get(column) for column in self.columns])

    def _sidecar(self, key: str) -> Mapping[str, Any]:
        """Return what the JSON file beside a picture says; nothing where it cannot be read."""
        folder, name = os.path.split(f"{key}.json")
        with self._opened(folder) as handle:
            if handle is None:
                return {}
            try:
                flags = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0)
                with open(os.open(name, flags, dir_fd=handle), "rb") as file:
                    regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                    data = file.read(MOST_BYTES + 1) if regular else b""
                found = json.loads(data) if len(data) <= MOST_BYTES else {}
            except (OSError, ValueError, RecursionError):
                return {}
        return found if isinstance(found, dict) else {}

    @property
    def _index_path(self) -> Path:
        path = self.mapping.root / self.mapping.index
        inside = ".." not in PurePosixPath(self.mapping.index).parts and not self.mapping.index.startswith("/")
        if not inside or path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_INDEX:
            message = f"`{self.mapping.index}` is no file inside the folder, or too large"
            raise StoreError([Diagnostic("store-index", message)])
        return path

    def _index(self) -> dict[str, dict[str, Any]]:
        """Return the lines of the index by file; of a file that is listed twice nothing is known."""
        found: dict[str, dict[str, Any]] = {}
        with self._index_path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            for row in self._rows(csv.DictReader(file, strict=True)):
                key = row.get(self.mapping.key)
                if isinstance(key, str) and key:
                    found[key] = {} if key in found else {name: row.get(name) for name in self.columns}
        return found

    def _rows(self, reader: csv.DictReader[str]) -> Iterator[dict[str, Any]]:
        csv.field_size_limit(MOST_BYTES)
        try:
            wanted = {self.mapping.key, *self.columns} - set(reader.fieldnames or ())
            if wanted:
                raise StoreError(Diagnostic("store-column", f"the index has no column `{one}`") for one in wanted)
            yield from reader
        except csv.Error as error:
            message = f"`{self.mapping.index}`, line {reader.line_num}: {error}"
            raise StoreError([Diagnostic("store-index", message)]) from error

    def _drop_lines(self, keys: frozenset[str]) -> None:
        """Write the index anew without some lines; the old one stands until the new one is whole."""
        path = self._index_path
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(self._rows(reader))
            names = list(reader.fieldnames or ())
        kept = [row for row in rows if row.get(self.mapping.key) not in keys]
        if len(kept) == len(rows):
            return
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".index-", suffix=".tmp")
        try:
            with open(handle, "w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, names, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(kept)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
