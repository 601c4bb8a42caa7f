"""Records that put an approval, check, document or hold into each of its states, made from what a profile asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.laws.subjects import OTHER, REQUESTER, SECOND, Text, shifted

from alpr_policy.durations import CalendarSpan, add, parse_moment, subtract
from alpr_policy.ir.nodes import ApprovalSpec, CheckSpec, Decider, DocumentSpec, HoldSpec, Spec

MINUTE = 60 * SECOND
STRANGER, NO_ROLE, MISSPELT = "officer-9", "records_clerk", "no_such_word"
Raw = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A piece of a request: facts and records that belong together."""

    facts: Raw = field(default_factory=dict)
    records: dict[str, list[Raw]] = field(default_factory=dict)

    def __add__(self, other: Part) -> Part:
        """Put two pieces together; the second wins where both speak of one fact, records add up."""
        lists = {
            name: [*self.records.get(name, []), *other.records.get(name, [])]
            for name in dict.fromkeys((*self.records, *other.records))
        }
        return Part({**self.facts, **other.facts}, lists)


class Recorder:
    """Writes records for the specs of one text, as of one moment."""

    def __init__(self, text: Text, action: str, at: str, requester: str | None = REQUESTER) -> None:
        self.text = text
        self.requester = requester
        self.action = action
        self.zone = text.rules.zone
        now = parse_moment(at)
        assert hasattr(now, "hour")
        self.now: Any = now

    def ago(self, minutes: int) -> str:
        """Return a moment some minutes before the act; a negative number is after it."""
        return (self.now - minutes * MINUTE).isoformat()

    def other(self, listed: str, names: Iterable[str]) -> str:
        """Return a word of a list that is none of `names`."""
        return min(set(self.text.words.lists[listed]) - set(names))

    def ways(self, name: str, spec: Spec) -> list[Part]:
        """Return pieces of a request that put a record's state through all it can be, the good state first."""
        match spec:
            case ApprovalSpec():
                return self.approvals(spec)
            case CheckSpec():
                return self.checks(spec)
            case DocumentSpec():
                return self.documents(spec)
            case HoldSpec():
                return self.holds(spec)
        return []

    # Approvals and exceptions

    def granted(self, spec: ApprovalSpec) -> list[Raw]:
        """Return a grant for each step, in order, by different persons."""
        return [self.grant(spec, step) for step in range(len(spec.steps))]

    def grant(self, spec: ApprovalSpec, step: int = 0, **changed: Any) -> Raw:
        """Return a proper grant of one step, with some keys changed; a key changed to None is left out."""
        topic = min(spec.topics) if spec.topics else self.action
        record: Raw = {"topic": topic, "decision": "granted", "by": f"captain-{step + 1}", "capacity": "holder"}
        record |= {"role": self.role(spec.steps[step])} if spec.steps[step] else {}
        record |= {"at": self.ago(30 * (len(spec.steps) - step))}
        record |= {"scope": {"requester.id": self.requester}} if spec.each else {}
        record |= {"purpose": min(spec.purposes)} if spec.purposes else {}
        return {key: value for key, value in {**record, **changed}.items() if value is not None}

    @staticmethod
    def role(deciders: tuple[Decider, ...]) -> str:
        """Name a role that may decide."""
        return deciders[0].role if deciders else NO_ROLE

    def approvals(self, spec: ApprovalSpec) -> list[Part]:
        """Put an approval through all its states, at the edges of its validity too."""
        good = self.granted(spec)
        first, rest = good[0], good[1:]
        changes: list[Raw] = [
            {"decision": "refused"},
            {"decision": "pending"},
            {"by": REQUESTER},
            {"scope": {"requester.id": REQUESTER}},
            {"scope": {"requester.id": STRANGER}},
            {"scope": {}},
            {"role": NO_ROLE},
            {"capacity": "designee"},
            {"capacity": "acting"},
            {"expires": self.ago(0)},
            {"expires": (self.now - SECOND).isoformat()},
            {"ended": True},
            {"ended": self.ago(0)},
            {"topic": self.other("topics", spec.topics)},
            {"topic": MISSPELT},
            {"at": self.ago(0)},
            {"at": (self.now + SECOND).isoformat()},
            {"decision": "refused", "scope": {"requester.id": STRANGER}},
        ]
        changes += [{"purpose": "personal"}] if spec.purposes else []
        changes += [{"at": moment} for moment in self._edges(spec.valid)]
        found = [good, *([{**first, **changed}, *rest] for changed in changes)]
        found += [[{key: v for key, v in first.items() if key != gone}, *rest] for gone in ("at", "by", "role")]
        found += [good[:-1], [{**one, "by": OTHER} for one in good], good[::-1]] if rest else []
        found += [[], [{**first, "decision": "refused", "at": self.ago(90)}, *good]]
        parts = [self._asked("approvals", records) for records in found]
        stand_ins = [d for step in spec.steps for d in step if d.if_absent]
        for decider in stand_ins:
            assert decider.if_absent is not None
            stood_in = [{**first, "role": decider.if_absent.role}, *rest]
            parts += [self._asked("approvals", stood_in, absent) for absent in ([decider.role], [], None)]
        return parts

    def _asked(self, name: str, records: list[Raw], absent: list[str] | None = None) -> Part:
        facts: Raw = {"requester.id": REQUESTER}
        return Part(facts | ({"roles.absent": absent} if absent is not None else {}), {name: records})

    def _edges(self, valid: CalendarSpan | None) -> list[str]:
        if valid is None:
            return []
        last = subtract(self.now, valid, self.zone)
        return [moment.isoformat() for moment in (last, shifted(last, -SECOND), shifted(last, SECOND))]

    # Checks

    def passed(self, spec: CheckSpec) -> list[Raw]:
        """Return a proper pass of every part."""
        return [self.passing(spec, part) for part in spec.parts or (None,)]

    def passing(self, spec: CheckSpec, part: str | None = None) -> Raw:
        """Return a proper pass of one part."""
        record: Raw = {"check": spec.check, "result": "pass", "by": "sergeant-2", "at": self.ago(0)}
        record |= {"part": part} if part else {}
        record |= {"source": min(spec.sources)} if spec.sources else {}
        return record | ({"role": self.role(spec.by)} if spec.by else {})

    def checks(self, spec: CheckSpec) -> list[Part]:
        """Put a check through all its states, part by part."""
        good = self.passed(spec)
        first, rest = good[0], good[1:]
        changes: list[Raw] = [
            {"result": "fail"},
            {"result": "unclear"},
            {"by": REQUESTER},
            {"role": NO_ROLE},
            {"source": "no_such_source"},
            {"at": (self.now + SECOND).isoformat()},
            {"at": self.ago(10_000)},
            {"check": self.other("checks", {spec.check})},
            {"check": MISSPELT},
        ]
        found = [good, *([{**first, **changed}, *rest] for changed in changes)]
        found += [
            [{key: v for key, v in first.items() if key != gone}, *rest] for gone in ("at", "by", "source", "part")
        ]
        found += [[], [*good, {**first, "result": "fail"}], [{**first, "result": "fail", "part": None}]]
        found += [rest] if rest else []
        clean = [[{key: v for key, v in one.items() if v is not None} for one in records] for records in found]
        after = {spec.after: self.ago(60)} if spec.after else {}
        return [Part({"requester.id": REQUESTER, **after}, {"checks": records}) for records in clean]

    # Documents and holds

    def complete(self, spec: DocumentSpec, kind: str | None = None) -> Raw:
        """Return a complete document."""
        record: Raw = {"kind": kind or min(spec.kinds), "fields": list(spec.fields), "at": self.ago(60)}
        return record | ({"issued_by": min(spec.issuers)} if spec.issuers else {})

    def documents(self, spec: DocumentSpec) -> list[Part]:
        """Put a document through all its states."""
        good = self.complete(spec)
        changes: list[Raw] = [
            {"expires": self.ago(0)},
            {"expires": (self.now - SECOND).isoformat()},
            {"at": (self.now + SECOND).isoformat()},
            {"kind": self.other("documents", spec.kinds)},
            {"kind": MISSPELT},
            {"fields": list(spec.fields[:-1])},
            {"fields": []},
            {"issued_by": "no_such_issuer"},
        ]
        changes += [{"at": moment} for moment in self._edges(spec.valid)]
        found = [[good], [], *([{**good, **changed}] for changed in changes)]
        found += [[{key: v for key, v in good.items() if key != gone}] for gone in ("at", "issued_by")]
        found += [[self.complete(spec, kind)] for kind in sorted(spec.kinds)]
        return [Part({}, {"documents": records}) for records in found]

    def placed(self, spec: HoldSpec) -> Raw:
        """Return an active hold."""
        record: Raw = {"basis": spec.basis, "by": OTHER, "capacity": "holder", "placed": self.ago(60)}
        return record | ({"role": self.role(spec.by)} if spec.by else {})

    def holds(self, spec: HoldSpec) -> list[Part]:
        """Put a hold through all its states."""
        good = self.placed(spec)
        later = add(self.now, CalendarSpan.parse("1 day"), self.zone).isoformat()
        changes: list[Raw] = [
            {"ends": self.ago(0)},
            {"ends": (self.now - SECOND).isoformat()},
            {"ends": later},
            {"placed": later},
            {"role": NO_ROLE},
            {"capacity": "designee"},
            {"scope": {"data.custodian": "vendor"}},
            {"basis": self.other("hold_bases", {spec.basis})},
            {"basis": MISSPELT},
        ]
        found = [[good], [], *([{**good, **changed}] for changed in changes)]
        found += [[{key: v for key, v in good.items() if key != gone}] for gone in ("placed", "role")]
        return [Part({}, {"holds": records}) for records in found]
