"""One act on the way from a read to a stop, each department's decision on it, and what may be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alpr_policy.durations import parse_moment
from alpr_policy.model.decision import Decision
from alpr_policy.model.wire import plain
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.hotlists import Hit, HitKind
from alpr_policy_adapters.payloads import SearchAsked, VendorAlert
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates import ImageReads

LOG_VERSION = 1
PARTS = frozenset({"characters", "state"})
"""What a person compares before a possible hit is one: the plate's characters, and its state."""

# Personal by its nature wherever it stands in a log line, beside the facts that the vocabulary marks.
PERSONAL_PATHS = {
    "read.raw": "plate",
    "read.plate": "plate",
    "read.candidates": "plate",
    "read.alternates": "plate",
    "hit.plate": "plate",
    "hit.entry.plate": "plate",
    "hit.entry.listed_as": "plate",
    "hit.entry.unstacked": "plate",
    "hit.entry.reason": "free text",
    "hit.entry.case_number": "case",
    "hit.differences": "plate",
    "alert.plate": "plate",
    "alert.listed_plate": "plate",
    "alert.listings": "free text",
    "search.plate": "plate",
    "search.reason": "free text",
    "search.case_number": "case",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act with each department's decision on it.

    `picture` is None for what other software read; `alert` is that software's own alert, `search` a search that it was
    asked for. A step without decisions lets nothing be done.
    """

    action: str
    request: Mapping[str, Any]
    decisions: Mapping[str, Decision]
    picture: ImageReads | None = None
    read: PlateRead | None = None
    hit: Hit | None = None
    alert: VendorAlert | None = None
    search: SearchAsked | None = None

    @property
    def sure(self) -> bool:
        """Say whether the match is no longer in doubt: an exact hit in force, or one that a person has compared.

        How well another system's alert matches is not known, so it counts as a possible hit.
        """
        if self.alert is None and self.hit is None:
            return True
        exact = self.hit is not None and self.hit.kind is HitKind.EXACT and self.hit.in_force is True
        return exact or self._compared()

    def actionable_under(self, department: str) -> bool:
        """Say whether that department's decision and the match let the act be done."""
        decision = self.decisions.get(department)
        return decision is not None and decision.proceed and self.sure

    @property
    def actionable(self) -> bool:
        """Say whether the act may be done under every department that judged, and at least one has."""
        return bool(self.decisions) and all(self.actionable_under(name) for name in self.decisions)

    @property
    def for_comparison(self) -> bool:
        """Say whether a possible hit may be shown to a person as what it is, to be compared, and nothing else."""
        lets = bool(self.decisions) and all(decision.proceed for decision in self.decisions.values())
        return self.action == "alert.deliver" and lets and not self.sure

    def _compared(self) -> bool:
        """Say whether a person compared characters and state after the read, and nobody found a difference."""
        passed: set[str] = set()
        for check in self.request.get("checks") or ():
            if not isinstance(check, Mapping) or check.get("check") != "visual":
                continue
            if check.get("result") != "pass":
                return False
            if check.get("by") and self._since_the_read(check.get("at")):
                part = check.get("part")
                passed |= {part} if part else PARTS
        return passed >= PARTS

    def _since_the_read(self, at: Any) -> bool:
        """A comparison that was made before the plate was read was made with something else."""
        try:
            moment = parse_moment(at) if isinstance(at, str) else at
        except ValueError:
            return False
        seen = self.read.captured_at if self.read else self.alert.at if self.alert else None
        known = isinstance(moment, datetime) and moment.tzinfo is not None
        return known and (seen is None or moment >= seen)


def log_lines(step: Step) -> Iterator[dict[str, Any]]:
    """Give the log lines of a step, one per department; `personal` names the fields that are personal, and why."""
    for department, decision in step.decisions.items():
        line: dict[str, Any] = {
            "log": LOG_VERSION,
            "department": department,
            "read": step.read.to_dict() if step.read else None,
            "hit": step.hit.to_dict() if step.hit else None,
            **({"alert": step.alert.to_dict()} if step.alert else {}),
            **({"search": step.search.to_dict()} if step.search else {}),
            "request": plain(step.request),
            "decision": decision.to_wire(),
        }
        yield {**line, "personal": dict(sorted(_personal(line).items()))}


def _stands(line: Mapping[str, Any], path: str) -> bool:
    part: Any = line
    for key in path.split("."):
        if not isinstance(part, Mapping) or key not in part:
            return False
        part = part[key]
    return True


def _personal(line: Mapping[str, Any]) -> dict[str, str]:
    found = {path: why for path, why in PERSONAL_PATHS.items() if _stands(line, path)}
    for name in line["request"]["facts"]:
        fact = VOCABULARY.facts.get(name)
        if fact is not None and fact.personal is not None:
            found[f"request.facts.{name}"] = fact.personal.value
    for key, who in (
        ("approvals", "by"),
        ("checks", "by"),
        ("documents", "issued_by"),
        ("holds", "by"),
        ("events", "of"),
    ):
        if any(isinstance(record, Mapping) and record.get(who) for record in line["request"].get(key) or ()):
            found[f"request.{key}.*.{who}"] = "person"
    return found
