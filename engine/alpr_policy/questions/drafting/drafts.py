"""The answers of a new department, checked: what a draft of its profile is made of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.drafting.topics import Topic, topics
from alpr_policy.reading.text_files import forbidden
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY

PROFILE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
CLAUSE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.()_-]{0,38}[A-Za-z0-9)])?")
LONGEST, MOST_PURPOSES = 200, 40
EARLIEST, LATEST = dt.date(1970, 1, 1), dt.date(2200, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A statement that no topic has, as text in YAML with `$clause`; `review` says what to look at, and why.

    `bars` names the purposes that it forbids.
    """

    id: str
    section: str
    clause: str
    gist: str
    statement: str
    review: str = ""
    cases: str = ""
    bars: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known of a department and its policy.

    `taken` holds the answers by topic, `clauses` the numbers of the department's own text by topic, `reviews` what to
    look at in a topic's statement, `notes` lines for the head of the profile.
    """

    profile: str
    department: str
    title: str
    number: str
    effective: dt.date
    timezone: str
    silence: str
    chief: str
    purposes: tuple[str, ...]
    taken: Mapping[str, object]
    clauses: Mapping[str, str] = field(default_factory=dict)
    extras: tuple[Extra, ...] = ()
    reviews: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def chosen(self) -> Iterator[Topic]:
        """Give the topics whose statements the profile has."""
        return (one for one in topics() if one.is_taken(self.taken.get(one.name)))

    def clause_of(self, topic: Topic) -> str:
        """Return the clause of a topic in the department's own numbering, or the stand-in."""
        return self.clauses.get(topic.name, topic.clause)

    def faults(self) -> list[Diagnostic]:
        """Return everything that is wrong with the answers."""
        found = [fault for name, text in self._texts() for fault in _line(name, text)]
        if not PROFILE.fullmatch(self.profile) or len(self.profile) > LONGEST:
            help = "take small letters, digits and underscores, such as `mill_brook`"
            found.append(_fault(f"`{self.profile[:60]}` cannot be the id of a profile", help))
        if not EARLIEST <= self.effective <= LATEST:
            found.append(
                _fault(f"the policy cannot begin on {self.effective.isoformat()}", "give the first day it binds")
            )
        if self.silence not in ("deny", "allow"):
            found.append(_fault(f"silence is `deny` or `allow`, and not `{self.silence[:60]}`"))
        found += [*self._zone(), *self._purposes(), *self._answers(), *self._clauses()]
        return found

    def _texts(self) -> tuple[tuple[str, str], ...]:
        return (
            ("the department's name", self.department),
            ("the policy's title", self.title),
            ("the policy's number", self.number),
            ("the title of the office that approves", self.chief),
        )

    def _zone(self) -> Iterator[Diagnostic]:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            yield _fault(f"`{self.timezone[:60]}` is not a time zone", "name one such as `America/New_York`")

    def _purposes(self) -> Iterator[Diagnostic]:
        known = VOCABULARY.lists["purposes"]
        if not 0 < len(self.purposes) <= MOST_PURPOSES:
            yield _fault("there is no purpose", "name at least one; `alpr-policy facts --lists` shows them")
        for one in self.purposes:
            if one not in known:
                help = did_you_mean(one, known) or "see `alpr-policy facts --lists`"
                yield _fault(f"`{one[:60]}` is not a purpose", help)
            elif one == "personal":
                yield _fault("a personal purpose cannot be an official one")

    def _answers(self) -> Iterator[Diagnostic]:
        for one in topics():
            value = self.taken.get(one.name)
            if value is not None and not one.fits(value):
                yield _fault(f"`{str(value)[:60]}` is no answer to: {one.asks}")

    def _clauses(self) -> Iterator[Diagnostic]:
        known = [one.name for one in topics()]
        for name, clause in self.clauses.items():
            if name not in known:
                yield _fault(f"`{name[:60]}` is not a topic", did_you_mean(name, known))
            if not CLAUSE.fullmatch(clause):
                yield _fault(f"`{clause[:60]}` is not the number of a clause", "such as `IV.A.3` or `2.1`")


def _line(name: str, text: str) -> Iterator[Diagnostic]:
    if not text.strip() or len(text) > LONGEST or "\n" in text or "\t" in text or forbidden().search(text):
        yield _fault(f"{name} must be one line of at most {LONGEST} characters that can be seen")


def _fault(message: str, help: str = "") -> Diagnostic:
    return Diagnostic("draft-answer", message, help=help)
