"""OpenID AuthZEN Authorization API 1.0: single evaluations, and batches of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeGuard

from alpr_policy.model.decision import Decision
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.http.answers import authzen, failed
from alpr_policy_adapters.http.judging import Answer, Deciding, Stop, Wish
from alpr_policy_adapters.http.limits import Deadline, Limits, Refusal
from alpr_policy_adapters.http.mapping import Mapped, Question, mapped
from alpr_policy_adapters.http.obligations import supported_of, told_otherwise, unsupported
from alpr_policy_adapters.http.offers import Offer
from alpr_policy_adapters.http.redeeming import Presented, redeemed
from alpr_policy_adapters.http.register import Register
from alpr_policy_adapters.http.speaking import Speaking, Words

LONGEST: Final = 300
NOTHING: Final[dict[str, Any]] = {}
PARTS: Final = ("subject", "action", "resource", "context")
NEEDED: Final = {"subject": ("type", "id"), "action": ("name",), "resource": ("type", "id")}


def _never(_: Decision) -> bool:
    return False


def _if_denied(decision: Decision) -> bool:
    return not decision.proceed


def _if_permitted(decision: Decision) -> bool:
    return decision.proceed


SEMANTICS: Final[Mapping[str, Stop]] = {
    "execute_all": _never,
    "deny_on_first_deny": _if_denied,
    "permit_on_first_permit": _if_permitted,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """What evaluations rest on: who decides, the register, the clock, and what one request may cost."""

    deciding: Deciding
    clock: Callable[[], dt.datetime]
    register: Register = field(default_factory=Register)
    limits: Limits = field(default_factory=Limits)
    speaking: Speaking = field(default_factory=Speaking)

    def words(self, departments: Iterable[str]) -> Words:
        """Return the words of the policies that bind a caller."""
        return self.speaking.of(self.deciding.point.catalog, departments)

    def mapped(self, question: Question, words: Words) -> Mapped:
        """Return the request that a question means in some words, with what the register says of its resource."""
        listed = self.register.get(question.resource["type"], question.resource["id"])
        return mapped(question, self.clock(), listed.properties if listed is not None else None, words)


def evaluation(asking: Asking, body: Mapping[str, Any], departments: Iterable[str], person: str = "") -> dict[str, Any]:
    """Answer one evaluation; raises Refusal (400) for what is none. `person` is whose token asks, or nobody's."""
    question = question_of(body)
    context, known, keeper = (
        question.context,
        asking.mapped(question, asking.words(departments)),
        asking.deciding.keeper,
    )
    supported = supported_of(context)
    if keeper is None and context.get("approval") is None:
        return authzen(asking.deciding.at_once(known.request, departments), known.ignored, supported)
    names, now, request = tuple(departments), asking.clock(), read_request(known.request)

    def plain() -> dict[str, Any]:
        offer = Offer(question, request, names, now, supported)
        answer = asking.deciding.one(request, names, beside=offer.beside)
        return offer.put(authzen(answer, known.ignored, supported), answer)

    if context.get("approval") is None:
        return plain()
    presented = Presented(question, request, known.ignored, names, now, supported, person)
    return redeemed(keeper.clerk if keeper is not None else None, presented, plain)


def wished(
    asking: Asking, body: Mapping[str, Any], departments: Iterable[str]
) -> tuple[Wish, Callable[[Answer], dict[str, Any]]] | None:
    """Return what an evaluation asks, and what says the answer to it; raises Refusal (400) for what is none.

    None for one with an approval: it is redeemed in its case, by itself.
    """
    question = question_of(body)
    if question.context.get("approval") is not None:
        return None
    known, supported = asking.mapped(question, asking.words(departments)), supported_of(question.context)
    request, names = read_request(known.request), tuple(departments)
    offer = Offer(question, request, names, asking.clock(), supported)
    wish = Wish(request, names, beside=offer.beside)
    return wish, lambda answer: offer.put(authzen(answer, known.ignored, supported), answer)


def evaluations(
    asking: Asking,
    body: Mapping[str, Any],
    departments: Iterable[str],
    deadline: Deadline | None = None,
    person: str = "",
) -> dict[str, Any]:
    """Answer a batch, or a single evaluation where `evaluations` is absent or empty; raises Refusal (400)."""
    items, stop = body.get("evaluations"), semantic_of(body.get("options"))
    if items is None or items == []:
        return evaluation(asking, body, departments, person)
    if not isinstance(items, list):
        raise Refusal(400, "`evaluations` must be a list")
    if len(items) > asking.limits.items:
        raise Refusal(400, f"`evaluations` has more than {asking.limits.items:,} items")
    until = deadline or Deadline(asking.limits.seconds)
    defaults = {name: part(body, name, whole=False) for name in PARTS if body.get(name) is not None}
    words = asking.words(departments)
    asked = [_item(asking, defaults, one, words) for one in items]
    if stop is _if_denied:
        # An item that cannot be evaluated is denied, so nothing behind it is asked for.
        bad = next((number for number, one in enumerate(asked, start=1) if isinstance(one, Refusal)), len(asked))
        asked = asked[:bad]
    return {"evaluations": _answered(asking, asked, departments, stop, until)}


def semantic_of(options: Any) -> Stop:
    """Return when a batch ends, by its options; raises Refusal (400) for a word that nobody knows."""
    if options is None:
        return _never
    if not isinstance(options, Mapping):
        raise Refusal(400, "`options` must be an object")
    word = options.get("evaluations_semantic", "execute_all")
    if not isinstance(word, str) or word not in SEMANTICS:
        raise Refusal(400, f"`evaluations_semantic` is one of {', '.join(SEMANTICS)}")
    return SEMANTICS[word]


def question_of(body: Mapping[str, Any], *, without: str = "", only_type: str = "") -> Question:
    """Read the parts of an evaluation or search; raises Refusal (400).

    `without` is a part that is not asked for, `only_type` the one whose id is searched.
    """
    if not without and not only_type:
        subject, action, resource = body.get("subject"), body.get("action"), body.get("resource")
        context = body.get("context", NOTHING)
        if _is_entity(subject) and _is_entity(resource) and _is_named(action) and context.__class__ is dict:
            return Question(subject, action, resource, context)
    found: dict[str, Mapping[str, Any]] = {}
    for name in PARTS:
        if name == without:
            found[name] = {"name": ""}
        elif name != "context" or body.get(name) is not None:
            found[name] = part(body, name, only_type=name == only_type)
    return Question(found["subject"], found["action"], found["resource"], found.get("context", {}))


def _is_entity(value: Any) -> TypeGuard[dict[str, Any]]:
    """Say at a glance that a part is in order; what is not is looked at closely, and told."""
    if value.__class__ is not dict or value.get("properties", NOTHING).__class__ is not dict:
        return False
    kind, name = value.get("type"), value.get("id")
    return kind.__class__ is str and name.__class__ is str and 0 < len(kind) <= LONGEST and 0 < len(name) <= LONGEST


def _is_named(value: Any) -> TypeGuard[dict[str, Any]]:
    if value.__class__ is not dict or value.get("properties", NOTHING).__class__ is not dict:
        return False
    name = value.get("name")
    return name.__class__ is str and 0 < len(name) <= LONGEST


def part(body: Mapping[str, Any], name: str, *, only_type: bool = False, whole: bool = True) -> Mapping[str, Any]:
    """Read one part; raises Refusal (400) where it, or what it must have, is missing or no text.

    One that is not `whole` is a default, which the items of a batch may complete.
    """
    value = body.get(name)
    if value is None:
        raise Refusal(400, f"`{name}` is missing")
    if not isinstance(value, dict):
        raise Refusal(400, f"`{name}` must be an object")
    for key in ("type",) if only_type else NEEDED.get(name, ()):
        text = value.get(key)
        if text is None and not whole:
            continue
        if not isinstance(text, str):
            raise Refusal(400, f"`{name}.{key}` must be a string")
        if not 0 < len(text) <= LONGEST:
            raise Refusal(400, f"`{name}.{key}` must have 1 to {LONGEST} characters")
    if name != "context" and not isinstance(value.get("properties", {}), dict | None):
        raise Refusal(400, f"`{name}.properties` must be an object")
    return value


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of a batch: the request it means, and the types of obligations that its caller supports."""

    known: Mapped
    supported: frozenset[str] | None


def _item(asking: Asking, defaults: Mapping[str, Any], raw: Any, words: Words) -> _Item | Refusal:
    """Read one item of a batch; each part it has takes the place of the default as a whole.

    Only the type, id or name that a part has to have is taken from the default where it lacks it.
    """
    if not isinstance(raw, dict):
        return Refusal(400, "an item of `evaluations` must be an object")
    own = {name: raw[name] for name in PARTS if raw.get(name) is not None}
    for name, value in own.items():
        default = defaults.get(name)
        if default is not None and isinstance(value, dict):
            lacking = [key for key in NEEDED.get(name, ()) if value.get(key) is None and key in default]
            own[name] = {**value, **{key: default[key] for key in lacking}}
    try:
        question = question_of({**defaults, **own})
        supported = supported_of(question.context)
    except Refusal as refusal:
        return refusal
    if question.context.get("approval") is not None:
        # An approval is used up by one act, and a batch is written as a whole or not at all.
        return Refusal(400, "an approval is redeemed by an evaluation of its own")
    return _Item(asking.mapped(question, words), supported)


def _answered(
    asking: Asking, asked: list[_Item | Refusal], departments: Iterable[str], stop: Stop, deadline: Deadline
) -> list[dict[str, Any]]:
    """Judge what can be judged, in order, and put the answers where their items stood."""
    items = [one for one in asked if isinstance(one, _Item)]
    wishes = iter(items)

    def enough(decision: Decision) -> bool:
        deadline.check()
        one = next(wishes, None)  # a ledger that fails asks again from the first on, with denials that oblige nobody
        return stop(_as_told(decision, one.supported if one is not None else None))

    good = [read_request(one.known.request) for one in items]
    besides = [partial(told_otherwise, supported=one.supported) for one in items]
    answers = iter(asking.deciding.several(good, departments, enough, besides) if good else ())
    given: list[dict[str, Any]] = []
    for one in asked:
        if isinstance(one, Refusal):
            given.append(failed(one.status, one.message))
            continue
        answer = next(answers, None)
        if answer is None:
            break
        given.append(authzen(answer, one.known.ignored, one.supported))
        if stop(_as_told(answer.decision, one.supported)):
            break
    return given


def _as_told(decision: Decision, supported: frozenset[str] | None) -> Decision:
    """Return a decision as its caller is told it: no permit with obligations that the caller does not support."""
    return dataclasses.replace(decision, proceed=False) if unsupported(decision, supported) else decision
