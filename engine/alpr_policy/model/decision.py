"""A decision: the outcome, what it rests on, what is still missing and what must follow (design.md §5)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alpr_policy.model.quick import quick
from alpr_policy.model.wire import plain

SCHEMA_VERSION = 1


class Outcome(StrEnum):
    """What a decision says; `needs` means not yet, but supplying what is listed can lead to allow."""

    ALLOW = "allow"
    NEEDS = "needs"
    DENY = "deny"

    # That of its text, which is kept, and not the one by which an enumeration works it out each time.
    __hash__ = str.__hash__

    @property
    def strictness(self) -> int:
        """Order the outcomes: deny over needs over allow."""
        return {Outcome.ALLOW: 0, Outcome.NEEDS: 1, Outcome.DENY: 2}[self]


class NeedKind(StrEnum):
    """What sort of thing is missing."""

    FACT = "fact"
    APPROVAL = "approval"
    CHECK = "check"
    DOCUMENT = "document"
    PARAMETER = "parameter"
    EXCEPTION = "exception"
    ONE_OF = "one_of"

    __hash__ = str.__hash__


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class FactSeen:
    """A fact that mattered, with its value as text and whether it is personal."""

    fact: str
    value: str
    personal: str | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that decided: whose, which, on what clause, on which facts, where it stands."""

    profile: str
    rule: str
    kind: str
    effect: str
    cite: tuple[str, ...]
    truth: str
    facts: tuple[FactSeen, ...] = ()
    place: str = ""
    text: str | None = None
    answerable: str | None = None
    severity: str | None = None
    confidential: bool = False
    could_excuse: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that is missing. For `one_of`, any single alternative is enough; an alternative is met as a whole."""

    kind: NeedKind
    name: str = ""
    ask: str = ""
    supplied_by: str = ""
    expected: str = ""
    roles: tuple[str, ...] = ()
    step: int | None = None
    state: str = ""
    parts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    personal: str | None = None
    cite: tuple[str, ...] = ()
    one_of: tuple[tuple[Need, ...], ...] = ()

    def cited(self, cite: tuple[str, ...]) -> Need:
        """Return the same need, asked on account of these clauses."""
        if cite == self.cite:
            return self
        return Need(
            kind=self.kind,
            name=self.name,
            ask=self.ask,
            supplied_by=self.supplied_by,
            expected=self.expected,
            roles=self.roles,
            step=self.step,
            state=self.state,
            parts=self.parts,
            sources=self.sources,
            fields=self.fields,
            personal=self.personal,
            cite=cite,
            one_of=self.one_of,
        )

    def unexpected(self) -> Need:
        """Return the same need, whatever is expected of it."""
        return dataclasses.replace(self, expected="") if self.expected else self


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What must follow. `due` is an instant where it can be computed, else the words of the policy's deadline.

    `unless_known` names the facts that would lift it: it is attached because they are not known.
    """

    task: str
    rule: str
    profile: str
    cite: tuple[str, ...]
    by: tuple[str, ...] = ()
    due: str = ""
    unless_known: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """An expectation (`force: should`) that is not met: a warning and a finding, never a deny."""

    profile: str
    rule: str
    cite: tuple[str, ...]
    message: str
    place: str = ""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class MayNeed:
    """A statement that may ask for more once it is known whether it applies."""

    profile: str
    rule: str
    cite: tuple[str, ...]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedBy:
    """One text that judged: which, in which version, and what it said by itself.

    `elsewhere` is how many of its statements are on other acts, and so not in the trace; known where there is one.
    """

    profile: str
    version: str
    content_hash: str
    outcome: Outcome
    silent: bool
    standing: str | None = None
    elsewhere: int | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """One rule that was considered: whether it applied and what it read."""

    profile: str
    rule: str
    kind: str
    effect: str
    truth: str
    cite: tuple[str, ...]
    place: str
    facts: tuple[FactSeen, ...] = ()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to one request. The same request and profiles give the same decision, byte for byte.

    `proceed` is what the caller may do: in mode observe it is true whatever the outcome. `as_if` names the texts that
    were judged under though they did not bind; such a decision says nothing of what was lawful.
    """

    outcome: Outcome
    action: str
    at: str
    mode: str
    proceed: bool
    silent: bool
    as_if: tuple[str, ...] = ()
    judged_by: tuple[JudgedBy, ...] = ()
    reasons: tuple[Reason, ...] = ()
    needs: tuple[Need, ...] = ()
    may_also_need: tuple[MayNeed, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    warnings: tuple[Advice, ...] = ()
    faults: tuple[str, ...] = ()
    standing: str | None = None
    floor_ends: str | None = None
    ceiling_ends: str | None = None
    override: tuple[str, ...] = ()
    request_id: str | None = None
    trace: tuple[TraceLine, ...] = ()
    version: int = SCHEMA_VERSION

    def to_wire(self, *, trace: bool = False) -> dict[str, Any]:
        """Return the decision as plain JSON data; empty parts are left out, the trace unless asked for."""
        wire: dict[str, Any] = plain(self)
        if not trace:
            wire.pop("trace", None)
            for judged in wire.get("judged_by", ()):
                judged.pop("elsewhere", None)
        return wire
