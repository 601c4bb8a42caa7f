"""Two plates side by side: which characters look alike, which differ, and which are missing or too many."""

from __future__ import annotations

from dataclasses import dataclass

LOOK_ALIKES = ("0ODQ", "1I", "2Z", "5S", "8B", "6G")
"""Characters that plates draw alike, one set after the other. The set is closed: docs/hotlists.md says why."""

_FOLD = bytes.maketrans("".join(LOOK_ALIKES).encode(), "".join(same[0] * len(same) for same in LOOK_ALIKES).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place in which two plates differ: what was read and what is listed there, one of them empty if missing.

    `place` counts the characters of the read plate from 1; of a character that was not read it is where it would stand.
    """

    place: int
    read: str
    listed: str

    @property
    def looks_alike(self) -> bool:
        """Say whether the two characters are drawn alike."""
        return self.read != "" and self.listed != "" and fold(self.read) == fold(self.listed)


def fold(plate: str) -> str:
    """Write every look-alike as the first of its set, to find what might be meant; never stored, never shown."""
    # A table of bytes is three times as fast as one of letters, and what is not ASCII has no look-alike.
    return plate.encode("utf-8", "surrogatepass").translate(_FOLD).decode("utf-8", "surrogatepass")


def compare(read: str, listed: str, look_alikes: int, differences: int) -> tuple[Difference, ...] | None:
    """Lay two plates side by side within a tolerance; None where it does not suffice.

    A look-alike counts against `look_alikes`, and against `differences` once these are used up. Any other change, and
    each character missing or too many, counts against `differences`. Of several ways the one with the fewest
    differences is given, then the one with the fewest look-alikes.
    """
    if read == listed:
        return ()
    if abs(len(read) - len(listed)) > differences:
        return None
    if len(read) == len(listed):
        found = _place_by_place(read, listed)
        alike = sum(d.looks_alike for d in found)
        others = len(found) - alike
        if others + max(0, alike - look_alikes) <= differences:
            # With one difference or none no other way can have fewer.
            return found if others <= 1 else _moved(read, listed, look_alikes, differences)
        if differences < 2:
            return None
    return _moved(read, listed, look_alikes, differences)


def differences_between(read: str, listed: str) -> tuple[Difference, ...]:
    """Lay any two plates side by side, in the way with the fewest differences."""
    longest = max(len(read), len(listed))
    found = compare(read, listed, longest, longest)
    return found if found is not None else ()


def _place_by_place(read: str, listed: str) -> tuple[Difference, ...]:
    pairs = enumerate(zip(read, listed, strict=True), 1)
    return tuple(Difference(place=place, read=a, listed=b) for place, (a, b) in pairs if a != b)


def _moved(read: str, listed: str, look_alikes: int, differences: int) -> tuple[Difference, ...] | None:
    """Find the best way that may leave out characters on either side.

    `best[i][j][s]` is the fewest differences by which the first `i` and `j` characters meet with `s` look-alikes.
    """
    most = min(look_alikes + differences, len(read), len(listed))
    beyond = len(read) + len(listed) + 1
    best = [[[beyond] * (most + 1) for _ in range(len(listed) + 1)] for _ in range(len(read) + 1)]
    best[0][0][0] = 0
    for i in range(len(read) + 1):
        for j in range(len(listed) + 1):
            here = best[i][j]
            for s in range(most + 1):
                for di, dj, ds, dd in _steps(read, listed, i, j):
                    if s >= ds and best[i - di][j - dj][s - ds] + dd < here[s]:
                        here[s] = best[i - di][j - dj][s - ds] + dd
    ends = [(d, s) for s, d in enumerate(best[-1][-1]) if d + max(0, s - look_alikes) <= differences]
    return _way_back(read, listed, best, min(ends)[1]) if ends else None


def _steps(read: str, listed: str, i: int, j: int) -> list[tuple[int, int, int, int]]:
    """List the last steps to a point: characters taken on both sides, look-alikes and differences that it costs."""
    steps = []
    if i and j:
        a, b = read[i - 1], listed[j - 1]
        alike = a != b and fold(a) == fold(b)
        steps.append((1, 1, int(alike), int(a != b and not alike)))
    if i:
        steps.append((1, 0, 0, 1))
    if j:
        steps.append((0, 1, 0, 1))
    return steps


def _way_back(read: str, listed: str, best: list[list[list[int]]], s: int) -> tuple[Difference, ...]:
    found: list[Difference] = []
    i, j = len(read), len(listed)
    while i or j:
        for di, dj, ds, dd in _steps(read, listed, i, j):
            if s >= ds and best[i - di][j - dj][s - ds] + dd == best[i][j][s]:
                if ds or dd:
                    place = i if di else i + 1
                    found.append(
                        Difference(place=place, read=read[i - 1] if di else "", listed=listed[j - 1] if dj else "")
                    )
                i, j, s = i - di, j - dj, s - ds
                break
    return tuple(reversed(found))
