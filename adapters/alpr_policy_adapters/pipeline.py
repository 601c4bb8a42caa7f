"""From photographs to decisions: the only place where plates, hot lists and policies meet.

photograph ─▶ plate reads ─▶ hits ─▶ requests (capture, alert, stop) ─▶ one decision per department
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.model.decision import Decision
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Mode
from alpr_policy.model.wire import plain
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.reading.yaml_nodes import MappingNode, parse, read_text
from alpr_policy.reading.yaml_plain import to_plain
from alpr_policy.source import Span
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.hotlists import Hit, HotListEntry, Matcher
from alpr_policy_adapters.plates import ImageReads, PlateEngine, PlateRead, read_images

LOG_VERSION = 1
SETTING_KEYS = ("facts", "approvals", "checks", "documents", "holds", "events")
# Personal by its nature wherever it stands in a log line, beside the facts that the vocabulary marks.
PERSONAL_PATHS = {
    "read.raw": "plate",
    "read.plate": "plate",
    "read.candidates": "plate",
    "read.alternates": "plate",
    "hit.plate": "plate",
    "hit.entry.plate": "plate",
    "hit.differences": "plate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known besides the pictures: who is on duty, which reader, which records. Nothing here is guessed."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    records: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act on the way from a picture to a stop, with each department's decision on it."""

    picture: ImageReads
    read: PlateRead
    hit: Hit | None
    action: str
    request: Mapping[str, Any]
    decisions: Mapping[str, Decision]


def load_setting(path: Path) -> Setting:
    """Read a setting from a YAML file; raises PolicyError with all that is wrong in it."""
    source, found = read_text(path)
    node: MappingNode | None = None
    if source is not None:
        node, problems = parse(source)
        found += problems
    if node is not None:
        for key, _ in node.entries:
            if key.text not in SETTING_KEYS:
                found.append(
                    Diagnostic(
                        "unknown-key", f"`{key.text}` is not a key of a setting", key.span, ", ".join(SETTING_KEYS)
                    )
                )
    if found or node is None:
        raise PolicyError(found or [Diagnostic("empty-file", "this file is empty", Span(str(path), 1, 1))])
    values = to_plain(node)
    return Setting(facts=values.pop("facts", None) or {}, records=values)


def run(
    pictures: Iterable[Path | str],
    entries: Sequence[HotListEntry],
    pdp: PolicyDecisionPoint,
    departments: Sequence[str],
    *,
    at: datetime,
    setting: Setting | None = None,
    engine: PlateEngine | None = None,
    mode: Mode = Mode.ENFORCE,
) -> Iterator[tuple[ImageReads, tuple[Step, ...]]]:
    """Read each picture and judge every act it leads to, under each department by itself.

    `at` is when the acts are done; a picture that says when it was taken keeps its own time for the capture. How far a
    read may differ from an entry is each department's own matter, so hits are looked for department by department.
    """
    judge = _Judge(pdp, tuple(departments), at, setting or Setting(), mode)
    matchers = _matchers(pdp, departments, entries, at)
    for picture in read_images(pictures, engine=engine):
        steps: list[Step] = []
        for read in picture.reads:
            steps.append(judge.capture(picture, read))
            for hit, seen_by in _hits(read, matchers, at):
                steps += [judge.alert(picture, read, hit, seen_by), judge.stop(picture, read, hit, seen_by)]
        yield picture, tuple(steps)


def _matchers(
    pdp: PolicyDecisionPoint, departments: Sequence[str], entries: Sequence[HotListEntry], at: datetime
) -> dict[str, Matcher]:
    def tolerance(name: str) -> tuple[int, int]:
        profile: Profile | None = pdp.catalog.active(name, at)
        matching = profile.matching if profile is not None else None
        return (matching.look_alikes, matching.differences) if matching is not None else (0, 0)

    made: dict[tuple[int, int], Matcher] = {}
    for name in departments:
        alike, different = key = tolerance(name)
        made.setdefault(key, Matcher(entries, look_alikes=alike, differences=different))
    return {name: made[tolerance(name)] for name in departments}


def _hits(read: PlateRead, matchers: Mapping[str, Matcher], at: datetime) -> list[tuple[Hit, tuple[str, ...]]]:
    """Return each hit with the departments under whose tolerance it is one."""
    found: dict[tuple[str, int], tuple[Hit, list[str]]] = {}
    for name, matcher in matchers.items():
        for hit in matcher.match(read, at=read.captured_at or at):
            found.setdefault((hit.entry.entry_id, hit.entry.line), (hit, []))[1].append(name)
    return [(hit, tuple(names)) for hit, names in found.values()]


@dataclass(frozen=True, slots=True)
class _Judge:
    pdp: PolicyDecisionPoint
    departments: tuple[str, ...]
    at: datetime
    setting: Setting
    mode: Mode

    def capture(self, picture: ImageReads, read: PlateRead) -> Step:
        """The camera has read a plate."""
        facts = {"read.fields": ["plate", "vehicle_image", *(["time"] if read.captured_at else [])]}
        return self._step(picture, read, None, "read.capture", facts, self.departments, read.captured_at or self.at)

    def alert(self, picture: ImageReads, read: PlateRead, hit: Hit, seen_by: tuple[str, ...]) -> Step:
        """The hit is to be shown to the person on duty."""
        facts = {"alert.categories": [hit.entry.category], "plate.number": read.plate}
        return self._step(picture, read, hit, "alert.deliver", facts, seen_by, self.at)

    def stop(self, picture: ImageReads, read: PlateRead, hit: Hit, seen_by: tuple[str, ...]) -> Step:
        """Somebody wants to stop the vehicle on the strength of the hit."""
        return self._step(picture, read, hit, "stop.start", {"stop.basis": "hit"}, seen_by, self.at)

    def _step(
        self, picture: ImageReads, read: PlateRead, hit: Hit | None, action: str, facts: Mapping[str, Any],
        departments: tuple[str, ...], at: datetime,
    ) -> Step:  # fmt: skip
        known = {
            name: value
            for name, value in self.setting.facts.items()
            if name not in VOCABULARY.facts or action in VOCABULARY.facts[name].actions
        }
        request = {"action": action, "at": at.isoformat(), "facts": {**known, **facts}, **self.setting.records}
        decisions = {name: self.pdp.decide(request, departments=[name], mode=self.mode) for name in departments}
        return Step(picture=picture, read=read, hit=hit, action=action, request=request, decisions=decisions)


def log_lines(step: Step) -> Iterator[dict[str, Any]]:
    """Give the log lines of a step, one per department; `personal` names the fields that are personal, and why."""
    for department, decision in step.decisions.items():
        line: dict[str, Any] = {
            "log": LOG_VERSION,
            "department": department,
            "read": step.read.to_dict(),
            "hit": step.hit.to_dict() if step.hit else None,
            "request": plain(step.request),
            "decision": decision.to_wire(),
        }
        yield {**line, "personal": dict(sorted(_personal(line).items()))}


def _personal(line: Mapping[str, Any]) -> dict[str, str]:
    found = {path: why for path, why in PERSONAL_PATHS.items() if line.get(path.split(".")[0]) is not None}
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
