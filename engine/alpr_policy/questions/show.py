"""A whole profile in plain words, for people who decide about a policy and never see its YAML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.listing import listings
from alpr_policy.model.profile import Parameter, Profile, Role
from alpr_policy.questions.as_of import Moment, TextAt, text_at, version_text
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.matrix import TermTold, lists_told
from alpr_policy.questions.own_words import plainly, task_words
from alpr_policy.questions.stances import SILENT_ALLOWED, SILENT_REFUSED, Stance, stances
from alpr_policy.questions.telling import Teller, Told
from alpr_policy.questions.topics import chapters
from alpr_policy.questions.wording import day_text, listed, sentence
from alpr_policy.vocabulary.phrases import NOT_ENFORCED

MOST_TOLD = 20
PARAMETER_KINDS = {
    "role": "an office",
    "span": "a length of time",
    "date": "a day",
    "count": "a number",
    "choice": "one of several options",
    "text": "words",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence and the clauses it rests on."""

    text: str
    cite: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """Return the sentence with its clauses."""
        return f"{self.text} [{', '.join(self.cite)}]" if self.cite else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """Statements on one matter."""

    title: str
    statements: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A profile in words. `note` says why its text did not bind at the time of the question."""

    profile: str
    department: str
    title: str
    version: str
    at: str
    in_force: bool
    note: str
    content_hash: str
    about: tuple[Line, ...]
    silence: tuple[Line, ...]
    offices: tuple[Line, ...]
    chapters: tuple[Chapter, ...]
    special: tuple[Line, ...]
    recorded: tuple[Line, ...]
    lists: tuple[TermTold, ...]
    open_positions: tuple[Line, ...]
    not_enforced: tuple[Line, ...]
    clauses: int

    @property
    def heading(self) -> str:
        """Return whose policy it is, and its title."""
        return f"{self.department}: {self.title}"

    @property
    def warning(self) -> str:
        """Say why the text binds nobody; empty where it is in force."""
        return "" if self.in_force else f"{self.note[:1].upper()}{self.note[1:]}. It binds nobody."


def sections(found: Shown) -> Iterator[tuple[str, tuple[Line | Told | TermTold, ...]]]:
    """Yield a profile in words, part by part: a title, which the first has none of, and what stands below it."""
    yield "", found.about
    yield "What follows where the policy says nothing", found.silence
    yield "Who holds which office", found.offices
    for chapter in found.chapters:
        yield chapter.title, chapter.statements
    last: tuple[tuple[str, tuple[Line | TermTold, ...]], ...] = (
        ("Special rules", found.special),
        ("What this policy wants on record besides", found.recorded),
        ("The lists that are named above", found.lists),
        ("Open positions: what the text leaves to be filled", found.open_positions),
        ("Clauses that nothing here enforces, and why", found.not_enforced),
    )
    yield from ((title, items) for title, items in last if items)


def show(pdp: PolicyDecisionPoint, name: str, *, as_of: Moment) -> Shown:
    """Put the text of a department that was in force, or else its newest, into words; raises UnknownProfileError."""
    text = text_at(pdp.catalog, name, as_of)
    profile, teller = text.profile, Teller(text.profile)
    told = chapters(profile.in_clause_order(), teller.wording.words)
    return Shown(
        profile=profile.profile,
        department=profile.department,
        title=profile.policy.title,
        version=version_text(profile),
        at=text.at.isoformat(),
        in_force=text.in_force,
        note=text.note,
        content_hash=profile.content_hash,
        about=_about(profile),
        silence=_silence(pdp, text, teller),
        offices=tuple(_office(role) for role in profile.roles.values()),
        chapters=tuple(
            Chapter(title=title, statements=tuple(teller.tell(one) for one in several))
            for title, several in told.items()
        ),
        special=_special(profile, teller),
        recorded=_recorded(profile, teller),
        lists=lists_told(teller, profile.terms),
        open_positions=tuple(_position(name, one, teller) for name, one in profile.parameters.items()),
        not_enforced=tuple(
            Line(text=sentence(f"{NOT_ENFORCED.get(one.why, plainly(one.why))}: {one.note}"), cite=one.cite)
            for one in profile.not_enforced
        ),
        clauses=len(profile.outline),
    )


def _about(profile: Profile) -> tuple[Line, ...]:
    policy = profile.policy
    said = [
        f"this is policy number {version_text(profile)}" + (f" until {day_text(policy.until)}" if policy.until else ""),
        f"it takes the place of {policy.supersedes}" if policy.supersedes else "",
        f"its text is at {policy.source}" if policy.source else "",
        f"it may only be stricter than the text “{plainly(profile.floor)}”, which binds as well"
        if profile.floor
        else "",
    ]
    return tuple(Line(text=sentence(one)) for one in said if one)


def _silence(pdp: PolicyDecisionPoint, text: TextAt, teller: Teller) -> tuple[Line, ...]:
    profile, wording = text.profile, teller.wording
    allowed = profile.silence.otherwise == "allow"
    head = f"what this policy does not mention is {'allowed' if allowed else 'refused'}"
    if not allowed and profile.silence.allow:
        head += f", except {wording.acts(profile.silence.allow, last='and', happening=True)}"
    said = stances(pdp, wording.words.actions, profile.profile, text.at, as_if=not text.in_force)
    lines = [head, _silent_on(said, SILENT_REFUSED, teller), _silent_on(said, SILENT_ALLOWED, teller)]
    return tuple(Line(text=sentence(one)) for one in lines if one)


def _silent_on(said: list[Stance], stance: str, teller: Teller) -> str:
    acts = [one.action for one in said if one.stance == stance]
    if not acts:
        return ""
    what = "refused" if stance == SILENT_REFUSED else "allowed"
    how = "no clause allows this, so it is" if stance == SILENT_REFUSED else "no clause speaks of this, so it is"
    return f"{how} {what}: {teller.wording.acts(acts, last='and', happening=True)}"


def _office(role: Role) -> Line:
    stand_ins = [
        "a designee may act for the holder" if role.designee else "",
        "so may whoever is acting in the office" if role.designee and role.acting else "",
        "whoever is acting in the office counts as the holder" if role.acting and not role.designee else "",
    ]
    found = [one for one in stand_ins if one]
    text = f"{role.title}: {listed(found, 'and')}" if found else f"{role.title}: the holder alone, nobody in place"
    return Line(text=sentence(text), cite=role.cite)


def _special(profile: Profile, teller: Teller) -> tuple[Line, ...]:
    found: list[Line] = []
    if profile.override is not None:
        one = profile.override
        acts = teller.wording.acts(one.actions, happening=True)
        text = f"{teller.wording.approvers(one.by)} may act against a refusal of {acts}, for {one.valid}"
        text += f"; {teller.wording.role(one.review_by)} must review it within {one.review_within}"
        found.append(Line(text=sentence(text), cite=one.cite))
    if profile.matching is not None:
        near = profile.matching
        text = (
            f"a read still counts as a possible hit if it differs from the entry in at most {near.look_alikes} "
            f"character{'s that look' if near.look_alikes != 1 else ' that looks'} alike and {near.differences} "
            f"other{'s' if near.differences != 1 else ''}"
        )
        found.append(Line(text=sentence(text), cite=near.cite))
    if profile.reasons is not None:
        words = profile.reasons
        said = [
            f"reasons such as {listed((f'“{w}”' for w in words.generic), 'or')} say too little"
            if words.generic
            else "",
            f"{listed((f'“{w}”' for w in words.placeholders), 'or')} is no reason" if words.placeholders else "",
            f"a reason that names {listed((f'“{w}”' for w in words.agencies), 'or')} is for another agency"
            if words.agencies
            else "",
            f"a reason has at least {words.min_length} characters" if words.min_length else "",
        ]
        found.append(Line(text=sentence(listed(filter(None, said), "and")), cite=words.cite))
    return (*found, *_demands(profile, teller))


def _demands(profile: Profile, teller: Teller) -> list[Line]:
    """Return what every policy under this one has to state."""
    found = []
    for one in profile.demands:
        data = teller.wording.among("data_classes", one.data, "and")
        about = data or (task_words(one.task) if one.task else "")
        text = f"every policy under this one must state {plainly(one.state)}" + (f" on this: {about}" if about else "")
        found.append(Line(text=sentence(text), cite=one.cite))
    return found


def _recorded(profile: Profile, teller: Teller) -> tuple[Line, ...]:
    """Return what the profile asks to be put on record beyond the common vocabulary."""
    found = []
    listed_facts = listings(profile)
    for name, one in profile.facts.items():
        if one.add_values:
            values = listed((plainly(value) for value in one.add_values), "and")
            text = f"further values of {teller.wording.noun(name)}: {values}"
        else:
            fact = teller.wording.words.facts[name]
            office = one.supplied_by if one.supplied_by in profile.roles else None
            by = f"from {teller.wording.role(office) if office else fact.supplied_by}"
            by = "worked out from what else is known" if fact.derived_from else by
            acts = teller.wording.acts(one.actions, last="and", happening=True)
            if profile.is_generic:
                by = "from the lists below, or else from the requester" if name in listed_facts else by
                acts = acts or "every act"
            text = f"for {acts}: {fact.means} ({by})"
        found.append(Line(text=sentence(text), cite=one.cite))
    return (*found, *_listed_entities(profile))


def _listed_entities(profile: Profile) -> list[Line]:
    """Return whom and what a policy about other things lists."""
    found = []
    for name, one in profile.entities.items():
        ids = [f"“{each}”" for each in one.known]
        few = listed([*ids[:MOST_TOLD], *([f"{len(ids) - MOST_TOLD} more"] if len(ids) > MOST_TOLD else [])], "and")
        what = f"{plainly(name)}{f' ({one.means})' if one.means else ''}{', who does acts' if one.subject else ''}"
        found.append(Line(text=sentence(f"listed as {what}: {few or 'none'}"), cite=one.cite))
    return found


def _position(name: str, one: Parameter, teller: Teller) -> Line:
    kind = PARAMETER_KINDS.get(one.type, one.type)
    options = f" ({listed((plainly(c) for c in one.choices), 'or')})" if one.choices else ""
    by = f", set by {teller.wording.role(one.set_by)}" if one.set_by else ""
    if one.value is None:
        state = "NOT YET FILLED, so whatever depends on it waits" if one.required else "not set"
        vague = "; the text itself gives no figure" if one.vague else ""
    else:
        state, vague = f"set to {teller.wording.parameter(ParameterRef(name))}", ""
    return Line(text=sentence(f"“{plainly(name)}”, {kind}{options}{by}: {state}{vague}"), cite=one.cite)
