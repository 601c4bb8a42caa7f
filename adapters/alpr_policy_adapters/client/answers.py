"""What the server answers, typed. Each keeps under `more` what came besides and this version does not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]
CUSTOM = "custom"
"""The type of every obligation that is of no other type, so who sees to it has to know the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Anything that the server told; `more` holds what came besides."""

    more: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason(Answer):
    """A rule that decided: whose, which, on what clause; docs/decisions.md tells each field."""

    kind: str = ""
    rule: str = ""
    profile: str = ""
    effect: str = ""
    truth: str = ""
    cite: tuple[str, ...] = ()
    text: str = ""
    place: str = ""
    facts: tuple[Mapping[str, Any], ...] = ()
    confidential: bool = False
    could_excuse: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need(Answer):
    """One thing that is missing. Of `one_of` any single alternative is enough, which is met as a whole."""

    kind: str
    name: str = ""
    ask: str = ""
    supplied_by: str = ""
    expected: str = ""
    state: str = ""
    step: int | None = None
    roles: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()
    one_of: tuple[tuple[Need, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation(Answer):
    """What must follow. `due` is an instant with offset, or the words of the policy's deadline.

    `id` and `type` are those of the AuthZEN Obligations profile; of a server of another make they may be all there is.
    """

    task: str = ""
    type: str = ""
    id: str = ""
    rule: str = ""
    profile: str = ""
    due: str = ""
    by: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()
    unless_known: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return what it is called: its task, else its type."""
        return self.task or self.type

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names by which it may be seen to: its task, and its type unless that says nothing."""
        told = (self.task, "" if self.task and self.type == CUSTOM else self.type)
        return tuple(one for one in told if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice(Answer):
    """An expectation that is not met: it never keeps from acting."""

    message: str = ""
    rule: str = ""
    profile: str = ""
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedBy(Answer):
    """One text that judged, and what it said by itself."""

    profile: str
    version: str = ""
    content_hash: str = ""
    outcome: str = ""
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFault(Answer):
    """Why an item of a batch could not be evaluated."""

    status: int
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Answer):
    """The answer to one question. `proceed` alone says whether to act, and every obligation must be seen to.

    `outcome` is allow, needs or deny, and empty where a server of another make tells none. `row` is that of the ledger,
    `asked_as` the X-Request-ID of the question. A decision counts as true where `proceed` is.

    Where `access_request` is there, what is missing can be asked for, and `reason` is a code beside the sentence in
    `message`; so it is where an approval was brought, and then `next_action` says what to do.
    """

    proceed: bool
    outcome: str = ""
    action: str = ""
    at: str = ""
    mode: str = "enforce"
    silent: bool = False
    reason: str = ""
    message: str = ""
    evaluation_id: str = ""
    access_request: Json | None = None
    next_action: str = ""
    reasons: tuple[Reason, ...] = ()
    needs: tuple[Need, ...] = ()
    may_also_need: tuple[Mapping[str, Any], ...] = ()
    obligations: tuple[Obligation, ...] = ()
    warnings: tuple[Advice, ...] = ()
    faults: tuple[str, ...] = ()
    judged_by: tuple[JudgedBy, ...] = ()
    override: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    as_if: tuple[str, ...] = ()
    standing: str = ""
    request_id: str = ""
    asked_as: str = ""
    row: int | None = None
    error: ItemFault | None = None

    def __bool__(self) -> bool:
        """Say whether to act."""
        return self.proceed

    @property
    def why(self) -> str:
        """Return in one line why it came out so, or the outcome where nothing is told."""
        if self.message or self.reason:
            return self.message or self.reason
        if self.error is not None:
            return self.error.message
        told = [one.text or one.rule or one.kind for one in self.reasons if not one.confidential]
        told += [f"needs {one.kind} {one.name}".rstrip() for one in self.needs]
        outcome = self.outcome or ("allow" if self.proceed else "deny")
        return f"{outcome}: {'; '.join(told)}" if told else outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission(Answer):
    """Whether an act may be done by whoever can see to so much, and if not, why not. It counts as true only if so."""

    granted: bool
    why: str
    decision: Decision | None = None

    def __bool__(self) -> bool:
        """Say whether to act."""
        return self.granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Answer):
    """One result of a search: a subject or resource by type and id, or an action by name."""

    type: str = ""
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results(Answer):
    """One page of a search; `next_token` leads to the next one and is empty at the end."""

    results: tuple[Found, ...]
    next_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata(Answer):
    """Where the endpoints of AuthZEN are; an endpoint that is empty is not offered."""

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str = ""
    search_subject_endpoint: str = ""
    search_resource_endpoint: str = ""
    search_action_endpoint: str = ""
    access_request_endpoint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Answer):
    """A decision in words, for an officer or an auditor; the auditor gets the decision too, with its trace."""

    reader: str = field(metadata={"key": "for"})
    text: str
    decision: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Answer):
    """One thing that is wrong in a profile; lines and columns begin at 1, and are 0 where there is no place."""

    code: str
    message: str
    severity: str = "error"
    help: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Answer):
    """Whether a profile can be used, and all that is wrong with it."""

    usable: bool
    diagnostics: tuple[Finding, ...] = ()
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Answer):
    """A word for something that can be recorded."""

    name: str
    kind: str
    means: str = ""
    unit: str = ""
    supplied_by: str = ""
    values: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Answer):
    """An act of the language, and the groups to which it belongs."""

    name: str
    means: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Answer):
    """What was asked of the language: all acts and groups, the facts of one act or group, or the lists of values.

    `about` is the act whose facts were asked for, None for a group.
    """

    about: Act | None = None
    actions: tuple[Act, ...] = ()
    groups: Json = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    lists: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Answer):
    """One text of a department; `effective` is a date."""

    department: str
    title: str = ""
    number: str = ""
    effective: str = ""
    content_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served(Answer):
    """A department that is served: the text in force now, None where there is none, and all its texts."""

    profile: str
    in_force: Text | None = None
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles(Answer):
    """The departments that bind the token; `fault` says what keeps the newest profiles from being taken up."""

    profiles: tuple[Served, ...]
    at: str = ""
    loaded_at: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Answer):
    """One duty: what is owed, by whom, and how it stands."""

    duty: str
    task: str = ""
    what: str = ""
    who: str = ""
    standing: str = ""
    why: str = ""
    due: str = ""
    cite: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties(Answer):
    """What a department owes at a time."""

    department: str
    at: str
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine(Answer):
    """An open case in a list."""

    case: str
    about: str = ""
    status: str = ""
    since: str = ""
    answer: str = ""
    waits_for: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases(Answer):
    """The cases that are open."""

    cases: tuple[CaseLine, ...]
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Answer):
    """How a case stands, or stood after an event: `refused` says why an event did not count, `row` where it stands."""

    case: str = ""
    revision: int = 0
    status: str = ""
    done: bool = False
    refused: Finding | None = None
    decision: Decision | None = None
    obligations: tuple[Obligation, ...] = ()
    kept: Json | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden(Answer):
    """Whether a person may act against a denial: `answer` says so and why, `override` what was recorded in `row`."""

    answer: Json
    override: Json | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState(Answer):
    """What the ledger holds: rows, the hash of its head, and how many rows of each kind."""

    ledger: str
    rows: int
    head: str
    kinds: Json = field(default_factory=dict)
    first_written: str = ""
    last_written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification(Answer):
    """Whether the ledger is whole, and what is wrong where it is not."""

    ledger: str
    whole: bool
    rows: int
    findings: tuple[Mapping[str, Any], ...]
    head: str = ""
    root: str = ""
