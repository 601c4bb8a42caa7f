"""A difference between two texts as a sentence, and as an expected answer that can be kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from alpr_policy.durations import parse_moment
from alpr_policy.evaluators.symbolic.parts import REQUESTER
from alpr_policy.model.condition import Literal, Matcher, Test
from alpr_policy.model.decision import FactSeen, Outcome
from alpr_policy.model.listing import listings
from alpr_policy.model.profile import Profile
from alpr_policy.model.values import Gap
from alpr_policy.questions.compare import Difference, Side, judgements
from alpr_policy.questions.own_words import plainly
from alpr_policy.questions.proving import Finding
from alpr_policy.questions.wording import Wording, listed
from alpr_policy.reading.records import RECORDS
from alpr_policy.vocabulary import FactKind

MOST_FACTS = 6
NO_SUCH_WORD = f"unknown ({Gap.INVALID})"
STATES = {
    "approval": {"none": "not asked for", "pending": "asked for and not yet given", "self": "by the requester"},
    "exception": {"none": "not asked for", "pending": "asked for and not yet given", "self": "by the requester"},
    "check": {"self": "by the requester"},
    "document": {"none": "missing"},
}
UNITS = ((dt.timedelta(days=1), "day"), (dt.timedelta(hours=1), "hour"), (dt.timedelta(minutes=1), "minute"))


def sentence(difference: Difference, first: Side, second: Side) -> str:
    """Return a difference in words: the act, what matters of the request, both outcomes, and the rule that decides."""
    stricter, milder = (first, second) if difference.laxer else (second, first)
    words = Wording(stricter.profile)
    seen = _by_their_ids(_seen(difference, stricter, milder), difference.request["facts"], stricter.profile)
    foreign = {one.fact for one in seen if one.value == NO_SUCH_WORD and difference.request["facts"].get(one.fact)}
    # A word that one text lacks is told once, with that text.
    seen = [one for one in seen if one.fact not in foreign or one.value == NO_SUCH_WORD]
    told = listed(dict.fromkeys(_facts(seen, difference.request, words, stricter.name)), "and")
    act = words.act(difference.action, happening=True)
    where = f"{act}, where {told}" if told else act
    cite = f" ({', '.join(difference.cite)})" if difference.cite else ""
    rule = {
        "silence": f"{stricter.name} has no permission for it",
        "standing": f"{stricter.name} has another rule on how long it stays",
        "unknown act": f"{stricter.name} knows no such act",
    }.get(difference.rule, f"{stricter.name} says so in `{difference.rule}`{cite}")
    return f"{where}: {difference.first} → {difference.second}; {rule}"


def _by_their_ids(seen: list[FactSeen], facts: Mapping[str, Any], profile: Profile) -> list[FactSeen]:
    """Name whom and what a request is about where texts list different things of them, instead of what each lists."""
    known = listings(profile) if profile.is_generic else {}
    told: list[FactSeen] = []
    for one in seen:
        ids = [name for name in known[one.fact].inputs if name in facts] if one.fact in known else []
        told += (
            [FactSeen(fact=name, value=str(facts[name])) for name in ids] if ids and one.fact not in facts else [one]
        )
    return list(dict.fromkeys(told))


def _seen(difference: Difference, stricter: Side, milder: Side) -> list[FactSeen]:
    """Return the facts that matter: those of the rule, or of the permissions where none speaks."""
    if difference.rule == "unknown act":
        return []
    texts = judgements(stricter.rulesets, difference.request, trace=difference.rule == "silence")
    if difference.rule == "silence":
        granting = [one for text in judgements(milder.rulesets, difference.request) for one in text.reasons]
        lines = [line for text in texts for line in text.trace if line.effect == "permit"]
        told = [fact for reason in granting for fact in reason.facts]
        return list(dict.fromkeys([*told, *(fact for line in lines for fact in line.facts)]))
    reasons = [one for text in texts for one in text.reasons]
    chosen = [one for one in reasons if one.rule == difference.rule] or reasons[:2]
    return list(dict.fromkeys(fact for reason in chosen for fact in reason.facts))


def circumstances(request: Mapping[str, Any], profile: Profile) -> str:
    """Return what a request says, in the words of a text: its act, its facts, and how many records it has."""
    words = Wording(profile)
    usual = {"requester.id": REQUESTER, "roles.absent": []}
    stated = {name: value for name, value in request["facts"].items() if usual.get(name, ...) != value}
    told = [_stated(name, value, words) for name, value in stated.items()]
    for name in RECORDS:
        several = len(request.get(name, ()))
        told += [f"there {'is' if several == 1 else 'are'} {counted(several, name)}"] if several else []
    act = words.act(request["action"], happening=True)
    return f"{act}, where {listed(told, 'and')}" if told else act


def _stated(name: str, value: Any, words: Wording) -> str:
    if value is None:
        return words.condition(Test(name, (Matcher("none", (Literal(True),)),)))
    return _known(name, value, words)


def counted(several: int, name: str) -> str:
    """Return how many records of a sort there are, such as `1 approval`."""
    return f"{several} {name.removesuffix('s') if several == 1 else name}"


def _facts(seen: list[FactSeen], request: Mapping[str, Any], words: Wording, stricter: str) -> Iterator[str]:
    for fact in seen[:MOST_FACTS]:
        stated = request["facts"].get(fact.fact)
        if fact.value == NO_SUCH_WORD and stated is not None:
            yield f"{_known(fact.fact, stated, words)}, for which {stricter} has no word"
        else:
            yield _fact(fact, request, words)
    if len(seen) > MOST_FACTS:
        yield f"{len(seen) - MOST_FACTS} more facts are as the request has them"


def _fact(seen: FactSeen, request: Mapping[str, Any], words: Wording) -> str:
    name = seen.fact
    kind, _, own = name.partition(".")
    if kind in STATES and name not in request["facts"]:
        state = STATES[kind].get(seen.value, plainly(seen.value))
        return f"the {kind} “{plainly(own)}” is {'not known' if state.startswith('unknown') else state}"
    if seen.value.startswith("unknown ("):
        return f"{words.noun(name)} is not known"
    if seen.value.startswith("since "):
        return f"{words.noun(name)} is {_since(seen.value.removeprefix('since '), request['at'])}"
    if seen.value == "none" and request["facts"].get(name) is None:
        return words.condition(Test(name, (Matcher("none", (Literal(True),)),)))
    return _known(name, request["facts"].get(name, seen.value), words)


def _known(name: str, value: Any, words: Wording) -> str:
    fact = words.words.facts.get(name)
    if isinstance(value, list):
        members = listed((words.value(fact, one) for one in value), "and")
        return f"{words.noun(name)}: {members or 'none'}"
    if fact is not None and fact.kind is FactKind.BOOL and isinstance(value, str):
        value = value == "true"
    if fact is not None and fact.kind in (FactKind.TIME, FactKind.AGE):
        return f"{words.noun(name)}: {value}"
    if not isinstance(value, str | int | bool):
        return f"{words.noun(name)}: {value}"
    return words.condition(Test(name, (Matcher("is", (Literal(value),)),)))


def _since(start: str, at: str) -> str:
    """Return how long ago a moment was, in days, hours or minutes, and what is left of seconds."""
    begun, now = parse_moment(start), parse_moment(at)
    if not isinstance(begun, dt.datetime) or not isinstance(now, dt.datetime):
        return f"counted from {start}"
    passed = now - begun
    if passed < dt.timedelta():
        return "still to come"
    for unit, name in UNITS:
        count = round(passed / unit)
        if count and abs(passed - count * unit) <= dt.timedelta(seconds=1):
            edge = passed - count * unit
            more = " and a second" if edge > dt.timedelta() else " less a second" if edge < dt.timedelta() else ""
            return f"{count:,} {name}{'' if count == 1 else 's'}{more}"
    return f"{passed.total_seconds() / 86_400:,.1f} days"


def expected(differences: Iterable[tuple[Difference, str]], first: Side, second: Side) -> dict[str, Any]:
    """Return differences with their sentences as a file of expected answers, under each text that has its own name."""
    sides = [(first, "first"), (second, "second")]
    if first.profile.profile == second.profile.profile:
        # The second is the next draft of the first: beside it, the first is not known.
        sides = sides[1:]
    cases = [
        _case(difference.request, f"{told} (under {side.profile.profile})", side.profile, getattr(difference, which))
        for difference, told in differences
        for side, which in sides
    ]
    return {"profile": second.profile.profile, "as_if": True, "strict": False, "cases": cases}


def shown(findings: Iterable[Finding], profile: Profile) -> dict[str, Any]:
    """Return counterexamples as a file of expected answers: each with what the text should answer, so it fails now."""
    cases = [
        _case(one.request, f"{one.about}: {one.told}", profile, one.wanted)
        for one in findings
        if one.request is not None and one.wanted is not None
    ]
    return {"profile": profile.profile, "as_if": True, "cases": cases}


def _case(request: Mapping[str, Any], name: str, profile: Profile, outcome: Outcome) -> dict[str, Any]:
    parts = {key: request[key] for key in ("facts", *RECORDS) if key in request}
    return {
        "name": name,
        "departments": [profile.profile],
        "at": request["at"],
        "action": request["action"],
        **parts,
        "expect": {"outcome": outcome.value},
    }


__all__ = ["circumstances", "expected", "sentence", "shown"]
