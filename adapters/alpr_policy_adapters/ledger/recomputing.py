"""`recompute`: every stored decision is derived again from its facts and the texts that were kept, and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.errors import PolicyError
from alpr_policy.model.request import Mode
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy_adapters.ledger.catalogues import restored
from alpr_policy_adapters.ledger.finding import Wanted
from alpr_policy_adapters.ledger.ledger import Ledger
from alpr_policy_adapters.ledger.requests import request_of
from alpr_policy_adapters.ledger.rows import Kind, Row

MOST = 1_000
NEEDED = ("/request/", "/asked/", "/decision/")
"""Where the values stand without which a decision cannot be derived again; a row may hold others beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one decision: the same, different in some fields, or not recomputable, and why."""

    seq: int
    state: str
    why: str = ""
    fields: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {"row": self.seq, "state": self.state, "why": self.why, "fields": list(self.fields)}


@dataclass(slots=True, kw_only=True)
class Recomputed:
    """How many decisions came out the same, and all those that did not."""

    same: int = 0
    different: list[Outcome] = field(default_factory=list)
    not_recomputable: list[Outcome] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many decisions there were."""
        return self.same + sum(self.counts.values())

    def add(self, one: Outcome) -> None:
        """Count an outcome, and keep it if it is not the same."""
        if one.state == "same":
            self.same += 1
            return
        self.counts[one.state] = self.counts.get(one.state, 0) + 1
        kept = self.different if one.state == "different" else self.not_recomputable
        if len(kept) < MOST:
            kept.append(one)

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            "decisions": self.total,
            "same": self.same,
            "different": self.counts.get("different", 0),
            "not_recomputable": self.counts.get("not recomputable", 0),
            "rows": [one.to_wire() for one in (*self.different, *self.not_recomputable)],
        }


def recompute(
    ledger: Ledger, wanted: Wanted | None = None, progress: Callable[[int], None] | None = None
) -> Recomputed:
    """Derive every stored decision again; `wanted` narrows it down. Raises LedgerError."""
    found, points = Recomputed(), _Points(ledger)
    for row in ledger.rows(wanted or Wanted(kinds=frozenset({Kind.DECISION}))):
        if row.kind is Kind.DECISION:
            found.add(_again(row, points))
            if progress and found.total % 100 == 0:
                progress(found.total)
    return found


class _Points:
    """Decision points under the profiles that were known at a time, each made once."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.made: dict[str, tuple[PolicyDecisionPoint, bool] | str] = {}

    def of(self, digest: str) -> tuple[PolicyDecisionPoint, bool] | str:
        """Return the decision point and whether places agree, or why there is none."""
        if digest not in self.made:
            try:
                catalog, placed = restored(self.ledger, digest)
                self.made[digest] = (PolicyDecisionPoint(catalog), placed)
            except PolicyError as error:
                self.made[digest] = error.diagnostics[0].message
            except (ValueError, TypeError, KeyError) as error:
                self.made[digest] = f"the texts cannot be read: {type(error).__name__}"
        return self.made[digest]


def _again(row: Row, points: _Points) -> Outcome:
    purged = [one for place, one in row.purged.items() if place.startswith(NEEDED)]
    if purged:
        cites = sorted({cite for one in purged for cite in one.cite})
        return _not(row, f"purged under {', '.join(cites) or 'no clause'}")
    if any(place.startswith(NEEDED) for place in row.commitments.keys() - row.personal.keys()):
        return _not(row, "personal values are gone, and nothing tells of a purge")
    digest = row.body.get("texts")
    if not isinstance(digest, str):
        return _not(row, "the row does not say under which texts it was decided")
    point = points.of(digest)
    if isinstance(point, str):
        return _not(row, point)
    try:
        whole = row.whole
        request, asked = request_of(whole["request"]), whole["asked"]
        decision = point[0].decide(
            request, departments=asked["departments"], mode=Mode(asked["mode"]), as_if=tuple(asked["as_if"])
        )
    except (ValueError, TypeError, KeyError, PolicyError) as error:
        return _not(row, f"the row cannot be read as a request: {type(error).__name__}")
    fields = tuple(differences(whole["decision"], decision.to_wire(), placed=point[1]))
    return Outcome(seq=row.seq, state="different" if fields else "same", fields=fields[:50])


def _not(row: Row, why: str) -> Outcome:
    return Outcome(seq=row.seq, state="not recomputable", why=why)


def differences(then: Any, now: Any, way: str = "", *, placed: bool = True) -> Iterator[str]:
    """Yield the places at which two decisions differ; places in files count only where the files were kept."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in sorted({*then, *now}):
            if name == "place" and not placed:
                continue
            if name not in then or name not in now:
                yield f"{way}/{name}"
            else:
                yield from differences(then[name], now[name], f"{way}/{name}", placed=placed)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from differences(one, other, f"{way}/{number}", placed=placed)
    elif then != now or then.__class__ is not now.__class__:
        yield way or "/"
