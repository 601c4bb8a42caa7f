"""Approvals as they mostly are: none, or one plain grant. Whatever else there is goes to the tables."""

from __future__ import annotations

from datetime import datetime

from alpr_policy.evaluators.compiled.lookup import Lookup
from alpr_policy.ir.nodes import ApprovalSpec
from alpr_policy.meaning.records import known_words
from alpr_policy.meaning.typed import read_value
from alpr_policy.model.request import ApprovalRecord
from alpr_policy.model.values import Unknown, Value
from alpr_policy.vocabulary import Vocabulary


def can_be_plain(spec: ApprovalSpec) -> bool:
    """Say whether one grant may be enough: a single step whose grants do not lapse by themselves."""
    return len(spec.steps) == 1 and spec.hole is None and spec.valid is None


class PlainApproval:
    """The state of one approval or exception, where it is `none` or `granted` beyond doubt."""

    def __init__(self, spec: ApprovalSpec, words: Vocabulary, states: frozenset[str]) -> None:
        """Take an approval for which `can_be_plain` is true; `states` are facts that limit no record."""
        self.spec = spec
        self.topics = known_words(words)["topic"]
        self.words = words
        self.states = states
        self.roles = frozenset(decider.role for decider in spec.steps[0])

    def state(self, lookup: Lookup) -> Value:
        """Return the state of the approval."""
        records = lookup.request.approvals
        if records is None:
            return lookup.value(self.spec.name)
        own: ApprovalRecord | None = None
        for record in records:
            if record.topic not in self.topics or (record.topic in self.spec.topics and own is not None):
                return lookup.value(self.spec.name)
            own = record if record.topic in self.spec.topics else own
        if own is None:
            return "none"
        return "granted" if self._is_plain_grant(own, lookup) else lookup.value(self.spec.name)

    def _is_plain_grant(self, record: ApprovalRecord, lookup: Lookup) -> bool:
        """Say whether a record grants beyond doubt: by a holder, to another, in time, for the purpose, in its scope."""
        spec, request = self.spec, lookup.request
        if record.decision != "granted" or record.capacity != "holder" or record.role not in self.roles:
            return False
        if record.at.__class__ is not datetime or record.at > request.at or record.expires or record.ended:
            return False
        if spec.purposes and record.purpose not in spec.purposes:
            return False
        if spec.by_requester is None:
            requester = lookup.value("requester.id")
            if record.by is None or requester.__class__ is not str or record.by == requester:
                return False
        return not spec.each if not record.scope else self._covers(record, lookup)

    def _covers(self, record: ApprovalRecord, lookup: Lookup) -> bool:
        for name, wanted in record.scope.items():
            fact = self.words.facts.get(name)
            if fact is None or name in self.states:
                return False
            here, there = lookup.value(name), read_value(fact, wanted, self.words)
            if isinstance(here, Unknown) or isinstance(there, Unknown) or here != there:
                return False
        return True
