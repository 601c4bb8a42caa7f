"""Who may do what: what each office of a profile does in each act, and what each act rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from alpr_policy.model.condition import AllOf, AnyOf, Condition, NotOf, ParameterRef, Test
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import (
    ActionStatement,
    Approval,
    Approver,
    Check,
    Duty,
    Hold,
    Permission,
    Prohibition,
    Requirement,
    Retention,
    Statement,
)
from alpr_policy.model.words import constants
from alpr_policy.questions.documents.parts import Table, clauses
from alpr_policy.questions.own_words import plainly
from alpr_policy.questions.stances import ABSENT, Stance
from alpr_policy.questions.wording import Wording

# Facts that say in which office somebody acts.
IN_OFFICE = frozenset({"requester.roles", "requester.acting_as", "requester.designee_of", "requester.acts_as"})
STORED = ("data.store", "data.purge")
ASKING = frozenset({"is", "in", "has", "has_any", "has_all"})
NAMED = "is named in a rule"
NOTHING = "–"


def office_table(profile: Profile, wording: Wording, stances: Iterable[Stance]) -> Table:
    """Return act by office what an office does in an act; the first columns say what holds for everybody.

    An office without a column does nothing of its own in any act.
    """
    found = _of_offices(profile, wording)
    offices = [name for name in _offices(profile) if any(name == office for office, _ in found)]
    rows = [
        (
            _capital(wording.act(one.action, happening=True)),
            one.stance,
            *("; ".join(found.get((office, one.action), ())) or NOTHING for office in offices),
        )
        for one in stances
        if one.stance != ABSENT
    ]
    titles = [_capital(wording.role(name).removeprefix("the ")) for name in offices]
    return Table(headings=("act", "when nothing else is known", *titles), rows=tuple(rows))


def needs_table(profile: Profile, wording: Wording) -> Table:
    """Return for each act the statements that allow it, forbid it and ask for something before it."""
    words, found = wording.words, defaultdict[tuple[str, int], list[str]](list)
    ordered = profile.in_clause_order()
    for one in ordered.statements:
        if isinstance(one, ActionStatement):
            for column in _columns(one):
                for act in words.expand(one.action):
                    found[(act, column)].append(named(one))
    rows = []
    for act in words.actions:
        cells = [", ".join(found[(act, column)]) or NOTHING for column in range(3)]
        if any(cell != NOTHING for cell in cells):
            rows.append((_capital(wording.act(act, happening=True)), *cells))
    return Table(headings=("act", "allowed by", "forbidden by", "needs"), rows=tuple(rows))


def named(one: Statement) -> str:
    """Name a statement with its clauses, as the reader finds it again."""
    return f"{one.id} {clauses(one.cite)}"


def _columns(one: ActionStatement) -> tuple[int, ...]:
    if isinstance(one, Permission):
        return (0, 1) if one.only else (0,)
    return (1,) if isinstance(one, Prohibition) else (2,)


def _offices(profile: Profile) -> list[str]:
    """Return the offices of a profile, and the open positions that name one."""
    return [*profile.roles, *(name for name, one in profile.parameters.items() if one.type == "role")]


def _of_offices(profile: Profile, wording: Wording) -> dict[tuple[str, str], list[str]]:
    """Return by office and act what the office does in it, with clauses."""
    found: dict[tuple[str, str], dict[str, dict[str, None]]] = defaultdict(dict)

    def note(office: str | ParameterRef, acts: Iterable[str], does: str, cite: tuple[str, ...]) -> None:
        filled = _filled(profile, office)
        for act in acts:
            found[(filled, act)].setdefault(does, {}).update(dict.fromkeys(cite))

    for one in profile.in_clause_order().statements:
        acts = wording.words.expand(_acts(one))
        for office, does, cite in _parts(profile, one):
            note(office, acts, does, cite)
        if one.answerable:
            note(one.answerable, acts, "answers for breaches", one.cite)
    if profile.override is not None:
        own = profile.override
        for approver in own.by:
            note(approver.role, wording.words.expand(own.actions), "may act against a refusal", own.cite)
        note(own.review_by, wording.words.expand(own.actions), "reviews acts against a refusal", own.cite)
    return {
        key: [f"{does} {clauses(tuple(cite))}".strip() for does, cite in several.items()]
        for key, several in found.items()
    }


def _filled(profile: Profile, office: str | ParameterRef) -> str:
    if isinstance(office, str):
        return office
    parameter = profile.parameters.get(office.name)
    return str(parameter.value) if parameter is not None and parameter.value is not None else office.name


def _acts(one: Statement) -> tuple[str, ...]:
    if isinstance(one, ActionStatement):
        return one.action
    if isinstance(one, Duty):
        return ("duty.complete",)
    return STORED if isinstance(one, Hold | Retention) else ()


def _parts(profile: Profile, one: Statement) -> Iterator[tuple[str | ParameterRef, str, tuple[str, ...]]]:
    """Give the offices that a statement names, what each does, and on which clauses."""
    must = one.must if isinstance(one, Requirement) else None
    for condition, does in (
        (one.when, "may do it" if isinstance(one, Permission) else NAMED),
        (one.unless, "is exempt from the ban" if isinstance(one, Prohibition) else NAMED),
        (must, "may do it where a rule asks for the office"),
    ):
        for office, plain in _named_in(profile, condition):
            yield office, does if plain else NAMED, one.cite
    match one:
        case Approval():
            for number, step in enumerate((one.by, *one.then), start=1):
                does = "approves" + (f" (step {number} of {len(one.then) + 1})" if one.then else "")
                yield from _approvers(step, does, one.cite)
        case Prohibition(excused_by=excuse) if excuse is not None:
            yield from _approvers(excuse.by, "may lift the ban", excuse.cite or one.cite)
        case Check():
            yield from _approvers(one.by, "checks", one.cite)
        case Hold():
            yield from _approvers(one.by, "places holds", one.cite)
        case Duty():
            yield from _approvers(one.by, f"does {plainly(one.task)}", one.cite)


def _approvers(
    several: Iterable[Approver], does: str, cite: tuple[str, ...]
) -> Iterator[tuple[str | ParameterRef, str, tuple[str, ...]]]:
    for one in several:
        yield one.role, does + (" in person" if one.in_person else ""), cite
        if one.if_absent:
            yield one.if_absent, f"{does} while another is absent", cite


def _named_in(profile: Profile, condition: Condition | None) -> list[tuple[str, bool]]:
    """Return the offices that a condition names, and whether it plainly asks for them."""
    if isinstance(condition, NotOf):
        return [(office, False) for office, _ in _named_in(profile, condition.of)]
    if isinstance(condition, AllOf | AnyOf):
        return [found for part in condition.of for found in _named_in(profile, part)]
    if not isinstance(condition, Test) or condition.fact not in IN_OFFICE:
        return []
    return [
        (str(value), matcher.op in ASKING)
        for matcher in condition.matchers
        for value in constants(matcher, profile)
        if str(value) in profile.roles
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
