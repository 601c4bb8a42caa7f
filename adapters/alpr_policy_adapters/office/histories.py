"""The counts that profiles declare over past acts, answered from the ledger: how often, whether, first and latest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Final

from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Request
from alpr_policy.model.words import words_of
from alpr_policy.questions.history import Act, Past, asked_of_history
from alpr_policy.reading.catalog import Catalog
from alpr_policy_adapters.ledger import Kind, Ledger, Row, Wanted
from alpr_policy_adapters.office.memory import acted

MOST_TEXTS: Final = 1_000
NONE: Final[frozenset[str]] = frozenset()


class Histories:
    """What departments' profiles ask about the past. A ledger is read for it only where a profile asks at all."""

    def __init__(self, ledger: Ledger) -> None:
        """Read nothing yet."""
        self.ledger = ledger
        self._lock = threading.Lock()
        self._of: dict[tuple[str, str], _History] = {}
        self._asking: dict[str, frozenset[str]] = {}

    def fill(
        self,
        request: Request,
        departments: Iterable[str],
        catalog: Catalog,
        *,
        before: Callable[[], None] = lambda: None,
    ) -> Request:
        """Return the request with what the texts in force declare and the ledger answers; raises LedgerError.

        `before` is called where the ledger is going to be read: what is held back counts as well.
        """
        for name in dict.fromkeys(departments):
            profile = catalog.active(name, request.at) if name in catalog.names else None
            if profile is not None and request.action in self._acts(profile):
                before()
                with self._lock:
                    history = self._of.setdefault((name, profile.content_hash), _History(profile, name))
                    request = history.renewed(self.ledger).fill(request)
        return request

    def _acts(self, profile: Profile) -> frozenset[str]:
        """Return the acts on which a profile counts, which is worked out once for each text."""
        if not profile.facts:
            return NONE
        found = self._asking.get(profile.content_hash)
        if found is None:
            found = _asking(profile)
            if profile.content_hash and len(self._asking) < MOST_TEXTS:
                self._asking[profile.content_hash] = found
        return found


def _asking(profile: Profile) -> frozenset[str]:
    """Return the acts on which a profile has a count over past acts."""
    words = words_of(profile)
    asking = (fact for fact in profile.facts.values() if asked_of_history(fact, words))
    return frozenset(action for fact in asking for action in words.expand(fact.actions))


class _History:
    """The past of one department as one of its texts asks about it, from the rows up to the last look."""

    def __init__(self, profile: Profile, department: str) -> None:
        self.past, self.department, self.seen = Past(profile), department, 0

    def renewed(self, ledger: Ledger) -> Past:
        """Take up the rows that were added, and return the past."""
        wanted = Wanted(kinds=frozenset({Kind.DECISION}), department=self.department, first=self.seen + 1)
        for row in ledger.rows(wanted):
            for act in _acts(row):
                if act.action in self.past.asks:
                    self.past.add(act)
            self.seen = row.seq
        return self.past


def _acts(row: Row) -> Iterable[Act]:
    for one in acted(row):
        if one.outcome == "allow":
            yield Act(action=one.event, at=row.happened, facts=one.facts)
