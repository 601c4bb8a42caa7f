"""Puts the document of a policy together from what the other questions answer; it reads no clock."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import Statement
from alpr_policy.questions.as_of import Moment, TextAt, text_at, version_text
from alpr_policy.questions.coverage import ClauseStatus, Coverage
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.documents.calendar import calendar_table, following_table
from alpr_policy.questions.documents.offices import named, needs_table, office_table
from alpr_policy.questions.documents.parts import Part, PolicyDocument, Section, Sentences, Statements, Table
from alpr_policy.questions.documents.paths import approval_chains, hit_to_stop
from alpr_policy.questions.matrix import kept_table, matrix
from alpr_policy.questions.show import Shown, show
from alpr_policy.questions.stances import MEANINGS, Stance, stances
from alpr_policy.questions.telling import Teller
from alpr_policy.questions.topics import chapters
from alpr_policy.questions.wording import day_text, sentence

SHORT = 12
STATEMENTS = (
    *("permissions", "prohibitions", "requirements", "approvals", "checks"),
    *("documents", "retention", "holds", "duties"),
)
DOTS = (
    "A dot marks each month into which a last day falls in some year. A duty without dots is counted from when it was "
    "last done, or its rhythm is open."
)
HOW_SURE = (
    "That is shown by answers that fail without the clause; one that is cited and not proven may or may not be kept."
)


def policy_document(
    pdp: PolicyDecisionPoint,
    name: str,
    *,
    as_of: Moment,
    coverage: Coverage | None = None,
    with_confidential: bool = False,
) -> PolicyDocument:
    """Put the text of a department that is in force, or else its newest, into a document; raises UnknownProfileError.

    `as_of` chooses the text and stands nowhere in the document. Statements that are for auditors only are counted and
    left out, unless asked for. With `coverage` it also says which clauses no expected answer proves.
    """
    text = text_at(pdp.catalog, name, as_of)
    whole = text.profile
    public = whole if with_confidential else _public(whole)
    built = _Built(pdp, text, public, show(pdp, name, as_of=as_of), coverage)
    return PolicyDocument(
        profile=whole.profile,
        department=whole.department,
        title=whole.policy.title,
        version=version_text(whole),
        content_hash=whole.content_hash,
        note="" if text.in_force else f"{sentence(text.note)} It binds nobody.",
        hidden=len(whole.statements) - len(public.statements),
        sections=tuple(section for section in built.sections() if section.parts),
    )


def _public(profile: Profile) -> Profile:
    """Return the profile without what only auditors may see."""
    kept: dict[str, Any] = {
        kind: tuple(one for one in getattr(profile, kind) if not one.confidential) for kind in STATEMENTS
    }
    return dataclasses.replace(profile, **kept)


class _Built:
    """The sections of one document, in order."""

    def __init__(
        self, pdp: PolicyDecisionPoint, text: TextAt, public: Profile, shown: Shown, coverage: Coverage | None
    ) -> None:
        self.pdp, self.text, self.profile, self.shown, self.coverage = pdp, text, public, shown, coverage
        self.ordered = public.in_clause_order()
        self.teller = Teller(public)
        self.wording = self.teller.wording

    def sections(self) -> list[Section]:
        """Return every section, empty ones too."""
        made: tuple[tuple[str, str, Callable[[], Sequence[Part]]], ...] = (
            ("about", "Which text this is", self._about),
            ("who", "Who may do what", self._who),
            ("prohibited", "What is prohibited", self._prohibited),
            ("needs", "What each act needs", self._needs),
            ("approvals", "How approval is given", lambda: approval_chains(self.profile, self.wording)),
            ("stops", "From hit to stop", lambda: [hit_to_stop(self.profile, self.wording)]),
            ("retention", "How long data stays", self._retention),
            ("duties", "What the department has to do by itself", self._duties),
            ("special", "Special rules", lambda: _lines(one.whole for one in self.shown.special)),
            ("silence", "Where the policy is silent", lambda: _lines(one.whole for one in self.shown.silence)),
            ("advice", "What is expected and not compelled", self._advice),
            ("not-enforced", "What is not enforced", self._not_enforced),
            ("open", "What is left open", lambda: _lines(one.whole for one in self.shown.open_positions)),
            ("words", "Lists and words of this policy", self._words),
        )
        left_out = ("stops", "retention") if self.profile.is_generic else ()
        kept = [one for one in made if one[0] not in left_out]
        return [Section(name=name, title=title, parts=tuple(make())) for name, title, make in kept]

    def _tell(self, title: str, several: Iterable[Statement]) -> list[Part]:
        told = tuple(self.teller.tell(one) for one in several)
        return [Statements(title=title, told=told)] if told else []

    def _about(self) -> list[Part]:
        versions = self.pdp.catalog.get(self.profile.profile)
        rows = [
            (
                one.policy.number,
                day_text(one.first_day) if one.first_day else "not yet set",
                day_text(one.policy.until) if one.policy.until else "",
                "this text" if one.content_hash == self.profile.content_hash else "",
                one.content_hash[:SHORT],
            )
            for one in versions
        ]
        return [
            *_lines(one.whole for one in self.shown.about),
            Table(headings=("number", "first day", "last day", "", "content"), rows=tuple(rows)),
        ]

    def _who(self) -> list[Part]:
        found = self._stances()
        used = {one.stance for one in found}
        meanings = (f"{stance}: {means}." for stance, means in MEANINGS.items() if stance in used)
        return [
            *_lines(one.whole for one in self.shown.offices),
            office_table(self.profile, self.wording, found),
            Sentences(texts=tuple(meanings), quiet=True),
        ]

    def _stances(self) -> list[Stance]:
        acts, supposed = self.wording.words.actions, not self.text.in_force
        return stances(self.pdp, acts, self.profile.profile, self.text.at, as_if=supposed)

    def _prohibited(self) -> list[Part]:
        only = [one for one in self.ordered.permissions if one.only]
        return self._tell("", self.ordered.prohibitions) + self._tell("Allowed in these cases and in no other", only)

    def _needs(self) -> list[Part]:
        """Tell the statements that allow or ask for something, by matter, below the table of acts."""
        told_before = {id(one) for one in self.ordered.permissions if one.only}
        parts: list[Part] = []
        asking = dataclasses.replace(self.ordered, prohibitions=(), retention=(), holds=(), duties=())
        for title, several in chapters(asking, self.wording.words).items():
            parts += self._tell(title, [one for one in several if id(one) not in told_before])
        table = needs_table(self.profile, self.wording)
        return [table, *parts] if table.rows else parts

    def _retention(self) -> list[Part]:
        asked = matrix(self.pdp, "retention", as_of=self.text.at, profiles=[self.profile.profile])
        hidden = {one.cite for one in self.text.profile.retention} - {one.cite for one in self.profile.retention}
        columns = [
            dataclasses.replace(one, kept=tuple(kept for kept in one.kept if kept.cite not in hidden))
            for one in asked.columns
        ]
        rows = tuple((_capital(data), holder, cells[0]) for data, holder, cells in kept_table(columns))
        table: list[Part] = [Table(headings=("data", "held by", "how long"), rows=rows)] if rows else []
        table = table or [Sentences(texts=("The policy does not say how long data stays.",), listed=False)]
        told = self._tell("How long", self.ordered.retention)
        return table + told + self._tell("What keeps data from being deleted", self.ordered.holds)

    def _duties(self) -> list[Part]:
        calendar = calendar_table(self.profile, self.wording)
        following = following_table(self.profile, self.wording)
        parts: list[Part] = []
        if calendar is not None:
            parts += [calendar, Sentences(texts=(DOTS,), listed=False, quiet=True)]
        parts += [following] if following is not None else []
        return parts + self._tell("The duties in full", self.ordered.duties)

    def _advice(self) -> list[Part]:
        return _lines(sentence(named(one)) for one in self.ordered.statements if one.force == "should")

    def _not_enforced(self) -> list[Part]:
        parts = _lines(one.whole for one in self.shown.not_enforced)
        if self.coverage is None:
            return parts
        cited = [row for row in self.coverage.rows if row.counted and row.status is not ClauseStatus.ENFORCED]
        rows = tuple((row.clause, str(row.status), ", ".join(row.by) or row.note) for row in cited)
        count = f"{self.coverage.enforced} of {self.coverage.counted} clauses that ask for something are enforced."
        parts.append(Sentences(texts=(f"{count} {HOW_SURE}",), listed=False))
        return parts + ([Table(headings=("clause", "status", "cited by, or why not"), rows=rows)] if rows else [])

    def _words(self) -> list[Part]:
        lists = (
            f"“{one.name}”: {', '.join(one.values)}." + (f" [{', '.join(one.cite)}]" if one.cite else "")
            for one in self.shown.lists
        )
        return _lines(lists) + _lines(one.whole for one in self.shown.recorded)


def _lines(texts: Iterable[str]) -> list[Part]:
    found = tuple(texts)
    return [Sentences(texts=found)] if found else []


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
