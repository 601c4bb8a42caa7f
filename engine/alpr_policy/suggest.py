"""Did you mean: the known word nearest to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is closest to `word`, or None when none is close."""
    names = sorted(known)
    lowered = {name.lower(): name for name in names}
    folded = word.lower().replace("-", "_").replace(" ", "_")
    if folded in lowered:
        return lowered[folded]
    found = get_close_matches(folded[:200], lowered, n=1, cutoff=0.6)
    if found:
        return lowered[found[0]]
    inside = [name for name in names if len(folded) > 3 and (folded in name or name.endswith("." + folded))]
    return inside[0] if len(inside) == 1 else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give a help line: the nearest known word, or the whole list when it is short."""
    names = sorted(known)
    found = nearest(word, names)
    if found:
        return f"did you mean `{found}`?"
    endings = [name for name in names if word and name.endswith("." + word)]
    if 1 < len(endings) <= 4:
        return f"did you mean {' or '.join(f'`{name}`' for name in endings)}?"
    return "known: " + ", ".join(names) if 0 < len(names) <= 12 else ""
