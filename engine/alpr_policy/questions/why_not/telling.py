"""What would help, in words: what to do, what to supply if it is so, and what would have to be another way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alpr_policy.model.condition import Literal, Matcher, Test
from alpr_policy.model.decision import Outcome
from alpr_policy.model.profile import Profile
from alpr_policy.model.wire import plain
from alpr_policy.questions.explain import one_line
from alpr_policy.questions.own_words import plainly
from alpr_policy.questions.why_not.elements import Element, Way
from alpr_policy.questions.why_not.search import Barred, WhyNot
from alpr_policy.questions.wording import Wording, listed
from alpr_policy.source import NOWHERE
from alpr_policy.vocabulary import FactKind

VALUES_SHOWN = 5
LEADS = {
    Way.STEP: "do: ",
    Way.MEND: "see to it: ",
    Way.SUPPLY: "record, if it is so: ",
    Way.SOMEBODY: "if somebody else asked, of whom this is so: ",
    Way.OTHERWISE: "if it were so: ",
}


def lines(found: WhyNot, profile: Profile | None) -> Iterator[str]:
    """Yield the answer line by line; `profile` lends its words."""
    yield one_line(found.decision, auditor=True)
    yield ""
    if found.decision.outcome is Outcome.ALLOW:
        yield "Nothing stands in the way."
        return
    if found.sets:
        several = len(found.sets) > 1
        yield "Any one of these would lead to allow:" if several else "This would lead to allow:"
        for number, one in enumerate(found.sets, start=1):
            yield ""
            for position, element in enumerate(one.elements):
                yield f"{'   ' if position else f'{number}. '}{sentence(element, profile)}"
            if one.decision.obligations:
                owed = ", ".join(dict.fromkeys(plainly(o.task) for o in one.decision.obligations))
                yield f"   (then owed: {owed})"
        if not found.complete:
            yield ""
            yield "There may be more: the search was ended. --most and --seconds let it go on."
        return
    yield from _hopeless(found)


def _hopeless(found: WhyNot) -> Iterator[str]:
    if found.barred:
        sure = "Nothing that anybody could supply or do leads to allow" if found.complete else "No way was found"
        yield f"{sure}. What stands against it:"
        for one in found.barred:
            yield f"  {barred_text(one)}"
    elif found.complete:
        yield "There was nothing to judge by, so nothing can be said of what would help."
    else:
        yield "No way was found before the search was ended; --seconds lets it go on."


def barred_text(one: Barred) -> str:
    """Name what stands against an act, and where it stands."""
    if not one.cite:
        about = " on how long data stays" if one.rule == "standing" else ""
        return f"{one.profile}: no clause{about} allows it"
    place = f"  {one.place.file.rpartition('/')[2]}:{one.place.line}" if one.place != NOWHERE else ""
    return f"{one.profile} {', '.join(one.cite)}: `{one.rule}`{place}"


def sentence(element: Element, profile: Profile | None) -> str:
    """Say one thing that would be otherwise."""
    lead = LEADS[element.way]
    if element.empty:
        if element.way is Way.MEND:
            return f"{lead}the list of {element.name} is given anew, since it holds a word that nobody knows"
        return f"{lead}no {element.name} are on file"
    if element.record is not None:
        return lead + _record(element.name, element.raw)
    return lead + _fact(element, profile)


def _fact(element: Element, profile: Profile | None) -> str:
    values = (element.value, *element.other)
    if profile is None:
        return f"{element.name} is {' or '.join(str(plain(v)) for v in values[:VALUES_SHOWN])}"
    words = Wording(profile)
    fact = words.words.facts.get(element.name)
    noun = words.noun(element.name)
    if fact is not None and fact.kind in (FactKind.TIME, FactKind.AGE) and element.value is not None:
        return f"{noun}: for example {element.value}"
    if element.value is None and not element.other:
        return words.condition(Test(element.name, (Matcher("none", (Literal(True),)),)))
    if fact is not None and fact.kind is FactKind.SET:
        return f"{noun}: {_several([_set(v, words, element.name) for v in values])}"
    known = [value for value in values if value is not None]
    if len(known) > VALUES_SHOWN:
        return f"{noun}: {_several([words.value(fact, value) for value in known])}"
    op = "is" if len(known) == 1 else "in"
    told = words.condition(Test(element.name, (Matcher(op, tuple(Literal(value) for value in known)),)))
    return told + (" (or none)" if len(known) < len(values) else "")


def _set(value: Any, words: Wording, name: str) -> str:
    fact = words.words.facts.get(name)
    return listed([words.value(fact, one) for one in value or ()], "and") or "none"


def _several(values: list[str]) -> str:
    if len(values) <= VALUES_SHOWN + 1:
        return listed(values, "or")
    return f"{', '.join(values[:VALUES_SHOWN])} or any of {len(values) - VALUES_SHOWN} others"


def _record(name: str, raw: dict[str, Any]) -> str:
    by = f" by the {plainly(raw['role'])}" if "role" in raw else ""
    by += f" as {raw['capacity']}" if "capacity" in raw else ""
    match name:
        case "approvals":
            scope = ", made out to the requester" if raw.get("scope") else ""
            purpose = f", for {plainly(raw['purpose'])}" if "purpose" in raw else ""
            return f"get “{plainly(raw['topic'])}” approved{by}{purpose}{scope}"
        case "checks":
            part = f" of the {plainly(raw['part'])}" if "part" in raw else ""
            source = f" through {plainly(raw['source'])}" if "source" in raw else ""
            return f"make the {plainly(raw['check'])} check{part}{source}{by}, and it passes"
        case "documents":
            fields = f", with {listed([plainly(f) for f in raw['fields']], 'and')}" if raw.get("fields") else ""
            issued = f", issued by {plainly(raw['issued_by'])}" if "issued_by" in raw else ""
            return f"have the paper “{plainly(raw['kind'])}”{fields}{issued}"
        case "holds":
            return f"have a hold placed on account of {plainly(raw['basis'])}{by}"
    return f"add to the {name}: {raw}"


def data_of(found: WhyNot, profile: Profile | None) -> dict[str, Any]:
    """Return the answer as JSON data; each set says what it adds to the request."""
    return {
        "outcome": found.decision.outcome.value,
        "sets": [
            {
                "elements": [_data(element, profile) for element in one.elements],
                "outcome": one.decision.outcome.value,
                "obligations": [obligation.task for obligation in one.decision.obligations],
            }
            for one in found.sets
        ],
        "barred": [{"profile": one.profile, "rule": one.rule, "cite": list(one.cite)} for one in found.barred],
        "complete": found.complete,
        "decision": found.decision.to_wire(),
    }


def _data(element: Element, profile: Profile | None) -> dict[str, Any]:
    told = {"way": element.way.value, "told": sentence(element, profile)}
    if element.empty:
        return {**told, "list": element.name, "records": []}
    if element.record is not None:
        return {**told, "list": element.name, "records": [element.raw]}
    return {**told, "fact": element.name, "value": plain(element.value), "or": [plain(v) for v in element.other]}
