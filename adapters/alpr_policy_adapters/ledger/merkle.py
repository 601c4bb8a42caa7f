"""The tree of RFC 6962 over row hashes: root, proof that a row is in it, proof that one tree continues another.

Pure functions over bytes; nothing here knows a database. Leaves and nodes are hashed under different prefixes, so no
node can be shown as a leaf.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree over leaves in order; it takes one hash of 32 bytes for each leaf and about one more for the nodes."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        """Hash all leaves and all nodes that stand over complete pairs."""
        level = [leaf_hash(data) for data in leaves]
        self.levels = [level]
        while len(level) > 1:
            level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
            self.levels.append(level)

    @property
    def size(self) -> int:
        """Return the number of leaves."""
        return len(self.levels[0])

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves, or over all."""
        return self._over(0, self.size if size is None else size)

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that leaf `index` (from 0) is in the tree of `size`; raises IndexError."""
        size = self.size if size is None else size
        if not 0 <= index < size <= self.size:
            raise IndexError(f"no leaf {index} in a tree of {size}")
        return tuple(self._path(index, 0, size))

    def consistency(self, first: int, second: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that the tree of `second` continues the one of `first`; raises IndexError."""
        second = self.size if second is None else second
        if not 0 < first <= second <= self.size:
            raise IndexError(f"no tree of {first} inside one of {second}")
        return tuple(self._continued(first, 0, second, True))

    def _over(self, start: int, end: int) -> bytes:
        """Return the root over leaves start to end; ready-made where they are a complete subtree."""
        count = end - start
        if count == 0:
            return EMPTY
        if count & (count - 1) == 0:
            return self.levels[count.bit_length() - 1][start // count]
        middle = start + _split(count)
        return node_hash(self._over(start, middle), self._over(middle, end))

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._over(middle, end)]
        return [*self._path(index, middle, end), self._over(start, middle)]

    def _continued(self, first: int, start: int, end: int, whole: bool) -> list[bytes]:
        if first == end:
            return [] if whole else [self._over(start, end)]
        middle = start + _split(end - start)
        if first <= middle:
            return [*self._continued(first, start, middle, whole), self._over(middle, end)]
        return [*self._continued(first, middle, end, False), self._over(start, middle)]


def _split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def included(data: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether a proof shows that `data` is leaf `index` of the tree of `size` with this root."""
    if not 0 <= index < size:
        return False
    found, at, last = leaf_hash(data), index, size - 1
    for other in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(other, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, other)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def continued(first: int, second: int, path: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Say whether a proof shows that the tree of `second` with root `new` begins with that of `first` with `old`."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and old == new
    nodes = [old, *path] if first & (first - 1) == 0 else list(path)
    if not nodes:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = nodes[0]
    for other in nodes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(other, before), node_hash(other, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, other)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old and after == new
