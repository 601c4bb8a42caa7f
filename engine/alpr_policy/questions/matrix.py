"""One act or topic under several departments side by side, silence shown as silence."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alpr_policy.errors import Diagnostic
from alpr_policy.model.decision import Reason
from alpr_policy.model.profile import Profile
from alpr_policy.model.words import words_of
from alpr_policy.questions.as_of import Moment, TextAt, TimeError, moment_in, text_at, version_text, why_not_in_force
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.own_words import plainly
from alpr_policy.questions.stances import Stance, stances
from alpr_policy.questions.telling import GROUPS, Teller, Told
from alpr_policy.questions.topics import Subject, belongs, subject_of
from alpr_policy.questions.wording import listed
from alpr_policy.vocabulary.phrases import VALUES

SILENT = "silent"
GROUP_ORDER = tuple(GROUPS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class TermTold:
    """A list of a profile that the sentences name, written out."""

    name: str
    values: tuple[str, ...]
    cite: tuple[str, ...]

    @property
    def whole(self) -> str:
        """Return the list as a sentence with its clauses."""
        cite = f" [{', '.join(self.cite)}]" if self.cite else ""
        return f"“{self.name}”: {', '.join(self.values)}.{cite}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long data of one class stays with one holder; an empty class or holder stands for any."""

    data: str
    custodian: str
    period: str
    cite: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one department's text says of the subject. `note` says why the text did not bind, where it did not."""

    profile: str
    department: str
    version: str
    at: str
    in_force: bool
    note: str
    as_if: str
    stances: tuple[Stance, ...]
    statements: tuple[Told, ...]
    kept: tuple[Kept, ...]
    lists: tuple[TermTold, ...]
    open_parameters: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return what heads the column: the profile, or the text that is shown as if it bound."""
        marked = f"as if {self.as_if}" if self.as_if else self.profile
        return marked + ("" if self.in_force else " (not in force)")

    @property
    def gist(self) -> str:
        """Return the department and the version of its policy."""
        return f"{self.department}, policy {self.version}"

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return what has to be known of the text before its column is read; nothing of one that is simply in force."""
        found = ["shown as if it had bound"] if self.as_if else []
        found += [f"{self.note}, so whatever is asked under it is denied"] if self.note else []
        waiting = ", ".join(name.replace("_", " ") for name in self.open_parameters)
        return (*found, *([f"open positions: {waiting}"] if waiting else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The answer: the subject, its acts and a column for each text."""

    subject: str
    kind: str
    title: str
    actions: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def heading(self) -> str:
        """Return the subject as a heading."""
        return self.title if self.kind == "topic" else f"{self.subject}: {self.title}"

    @property
    def without(self) -> tuple[Column, ...]:
        """Return the columns that have no statement on the subject."""
        return tuple(column for column in self.columns if not column.statements)


def matrix(
    pdp: PolicyDecisionPoint,
    subject: str,
    *,
    as_of: Moment,
    profiles: Iterable[str] = (),
    as_if: Iterable[str] = (),
) -> Matrix:
    """Set texts side by side on an act, a group or a topic.

    `profiles` narrows to some departments; `as_if` names texts (`NAME` or `NAME@DATE`) to show besides or instead of
    what bound. Raises SubjectError, UnknownProfileError and TimeError.
    """
    supposed = tuple(dict.fromkeys(as_if))
    names = tuple(dict.fromkeys(profiles)) or (() if supposed else pdp.catalog.names)
    texts = [(text_at(pdp.catalog, name, as_of), "") for name in names]
    texts += [(_supposed(pdp, text, as_of), text) for text in supposed]
    found = subject_of(subject, [words_of(text.profile) for text, _ in texts])
    return Matrix(
        subject=found.name,
        kind=found.kind,
        title=found.topic.title,
        actions=found.topic.actions,
        columns=tuple(_column(pdp, found, text, named) for text, named in texts),
    )


def _supposed(pdp: PolicyDecisionPoint, text: str, as_of: Moment) -> TextAt:
    """Return a text that is shown as if it bound."""
    at = moment_in(as_of, pdp.catalog.latest(text.partition("@")[0]).timezone)
    binding = pdp.texts.supposed(text, at)
    if isinstance(binding, Reason):
        raise TimeError([Diagnostic("usage", binding.text or binding.rule)])
    own = next(p for p in pdp.catalog.get(binding.name) if p.content_hash == binding.own.content_hash)
    return TextAt(own, at, pdp.catalog.active(own.profile, at) is own, why_not_in_force(own, at))


def _column(pdp: PolicyDecisionPoint, subject: Subject, text: TextAt, supposed: str) -> Column:
    profile, named = text.profile, supposed or text.profile.profile
    tellers = [Teller(one, subject.topic.actions) for one in _with_floors(pdp, text)]
    told = [one for teller in tellers for one in _told(teller, subject, profile.profile)]
    as_if = bool(supposed) or not text.in_force
    return Column(
        profile=profile.profile,
        department=profile.department,
        version=version_text(profile),
        at=text.at.isoformat(),
        in_force=text.in_force,
        note="" if text.in_force else text.note,
        as_if=supposed,
        stances=tuple(stances(pdp, subject.topic.actions, named, text.at, as_if=as_if)),
        statements=tuple(told),
        kept=tuple(kept for teller in tellers for kept in _kept(teller, subject)),
        lists=tuple(one for teller in tellers for one in lists_told(teller, teller.wording.terms_used)),
        open_parameters=tuple(sorted({name for one in told for name in one.open})),
    )


def _with_floors(pdp: PolicyDecisionPoint, text: TextAt) -> list[Profile]:
    """Return a text and those that bind it as floors at the time."""
    found = [text.profile]
    while found[-1].floor and (below := pdp.catalog.active(found[-1].floor, text.at)):
        found.append(below)
    return found


def _told(teller: Teller, subject: Subject, own: str) -> Iterator[Told]:
    floor = "" if teller.profile.profile == own else teller.profile.profile
    for one in teller.profile.in_clause_order().statements:
        if belongs(one, subject.topic, teller.wording.words):
            yield dataclasses.replace(teller.tell(one), floor=floor)


def _kept(teller: Teller, subject: Subject) -> Iterator[Kept]:
    for one in teller.profile.retention:
        if belongs(one, subject.topic, teller.wording.words):
            for data in one.data or ("",):
                if not data or not subject.topic.data or data in subject.topic.data:
                    for custodian in one.custodian or ("",):
                        yield Kept(data=data, custodian=custodian, period=teller.period(one), cite=one.cite)


def kept_table(columns: Iterable[Column]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return class, holders and what each department says; silence is said, and holders alike share a row."""
    several = list(columns)
    data = dict.fromkeys(kept.data for column in several for kept in column.kept)
    found: list[tuple[str, str, tuple[str, ...]]] = []
    order = list(VALUES["data_classes"])
    for name in sorted(data, key=lambda one: (one == "", order.index(one) if one in order else len(order), one)):
        holders = dict.fromkeys(k.custodian for c in several for k in c.kept if k.data in (name, ""))
        rows: dict[tuple[str, ...], list[str]] = {}
        for holder in holders:
            rows.setdefault(tuple(_said(column, name, holder) for column in several), []).append(holder)
        what = VALUES["data_classes"].get(name, plainly(name)) or "any data"
        for cells, alike in rows.items():
            known = [VALUES["custodians"].get(one, plainly(one)).removeprefix("the ") or "anybody" for one in alike]
            found.append((what, listed(known, "or"), cells))
    return found


def _said(column: Column, data: str, custodian: str) -> str:
    here = [kept for kept in column.kept if kept.data in (data, "") and kept.custodian in (custodian, "")]
    return "; ".join(dict.fromkeys(f"{kept.period} [{', '.join(kept.cite)}]" for kept in here)) or SILENT


def lists_told(teller: Teller, names: Iterable[str]) -> tuple[TermTold, ...]:
    """Return lists of a profile written out, each value with its clause where it has one of its own."""
    terms = teller.profile.terms
    purposes = ("purposes", "categories", "recipient_kinds", "agencies", "data_classes")
    return tuple(
        TermTold(
            name=plainly(name),
            values=tuple(
                teller.wording.word(purposes, one.value) + (f" [{one.cite}]" if one.cite else "")
                for one in terms[name].values
            ),
            cite=terms[name].cite,
        )
        for name in names
    )
