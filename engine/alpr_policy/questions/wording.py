"""Conditions, values, acts and offices of one profile in plain English, for `show`, `matrix` and `explain`.

Every sentence is put together from the model and the phrases of the vocabulary; nothing here knows a department.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property

from alpr_policy.durations import CalendarSpan
from alpr_policy.model.condition import AllOf, AnyOf, Condition, Matcher, NotOf, ParameterRef, Plain, Test
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import Approver
from alpr_policy.model.words import constants, term_of, words_of
from alpr_policy.questions.own_words import denied, plainly, with_article
from alpr_policy.vocabulary import Fact, FactKind, Vocabulary
from alpr_policy.vocabulary.phrases import ACTS, AFFIRMED, CLAUSES, DENIED, GROUP_ACTS, NOUNS, VALUES

# A list of up to so many values is written out where it is used; a longer one is named and told once.
SPELT_OUT = 4
QUESTION_WORDS = tuple(
    f"{word} "
    for word in ("whether", "what", "which", "how", "when", "where", "who", "whose", "on what", "to what", "in")
)
SIZES = {
    "at_least": "at least {}",
    "at_most": "at most {}",
    "more_than": "more than {}",
    "less_than": "less than {}",
    "before": "before {}",
    "after": "on or after {}",
}
OPEN_POSITIONS = {
    "role": "whoever the open position “{}” names (not yet filled)",
    "span": "the time that the open position “{}” sets (not yet filled)",
    "text": "what the open position “{}” says (not yet filled)",
    "date": "the day that the open position “{}” sets (not yet filled)",
    "count": "the number that the open position “{}” sets (not yet filled)",
}
TURNED = {"not", "not_in"}
ORDER = {"before": "before", "same": "at the same instant as", "after": "after"}
FINDINGS = {"allows": "allows it", "forbids": "forbids it", "not_made": "has not been made"}
FINDINGS_TURNED = {"allows": "does not allow it", "forbids": "does not forbid it", "not_made": "has been made"}


def listed(words: Iterable[str], last: str) -> str:
    """Join words with commas and `last`; words that hold commas themselves are kept apart by semicolons."""
    found = list(dict.fromkeys(words))
    if len(found) < 2:
        return "".join(found)
    apart = "; " if any("," in word for word in found) else ", "
    if len(found) == 2:
        return f"{found[0]}{', ' if apart == '; ' else ' '}{last} {found[1]}"
    return f"{apart.join(found[:-1])}{apart.rstrip() if apart == '; ' else ''} {last} {found[-1]}"


def sentence(text: str) -> str:
    """Return a text with a capital at its head and a full stop at its end."""
    bare = text.strip()
    if not bare:
        return ""
    return bare[:1].upper() + bare[1:] + ("" if bare.endswith((".", "!", "?")) else ".")


def day_text(day: dt.date) -> str:
    """Return a day as it is read aloud."""
    return f"{day.day} {day:%B} {day.year}"


class Wording:
    """Puts the parts of one profile into words."""

    def __init__(self, profile: Profile) -> None:
        """Speak of `profile`, with the words that it adds to the vocabulary."""
        self.profile = profile
        self.terms_used: dict[str, None] = {}

    @cached_property
    def words(self) -> Vocabulary:
        """Return the vocabulary as the profile extends it."""
        return words_of(self.profile)

    # Acts

    def act(self, name: str, *, happening: bool = False) -> str:
        """Return an act or a group as what somebody may do, or as what happens."""
        known = ACTS.get(name) or GROUP_ACTS.get(name)
        if known is not None:
            return known[happening]
        own = self.words.actions.get(name)
        means = own.means if own is not None else plainly(name)
        return f"the act “{means}”" if happening else means

    def acts(self, names: Iterable[str], *, last: str = "or", happening: bool = False) -> str:
        """Return several acts."""
        return listed(_merged([self.act(name, happening=happening) for name in names], last), last)

    # Values

    def value(self, fact: Fact | None, raw: Plain | ParameterRef) -> str:
        """Return a value of a fact in words."""
        if isinstance(raw, ParameterRef):
            return self.parameter(raw)
        if isinstance(raw, bool):
            return "yes" if raw else "no"
        if isinstance(raw, dt.date):
            return day_text(raw)
        text = str(raw)
        if fact is not None and fact.kind is FactKind.TIME:
            return day_text(dt.date.fromisoformat(text[:10]))
        if fact is not None and fact.list_name == "roles":
            return self.role(text)
        return self.word((fact.name, fact.list_name or "") if fact is not None else (), text)

    def word(self, lists: Iterable[str], value: str) -> str:
        """Return a value of some list in words; what the lists have no words for loses its underscores."""
        return next((VALUES[name][value] for name in lists if value in VALUES.get(name, {})), value.replace("_", " "))

    def among(self, name: str, values: Iterable[str], last: str) -> str:
        """Return several values of one list."""
        return listed((self.word((name,), value) for value in values), last)

    def parameter(self, reference: ParameterRef) -> str:
        """Return the value of a parameter, or that it is open."""
        parameter = self.profile.parameters.get(reference.name)
        value = parameter.value if parameter is not None else None
        if value is None:
            kind = parameter.type if parameter is not None else "text"
            return OPEN_POSITIONS.get(kind, OPEN_POSITIONS["text"]).format(plainly(reference.name))
        if parameter is not None and parameter.type == "role":
            return self.role(str(value))
        return day_text(value) if isinstance(value, dt.date) else str(value).replace("_", " ")

    # Offices

    def role(self, name: str) -> str:
        """Return the title of an office."""
        role = self.profile.roles.get(name)
        return f"the {role.title}" if role is not None else f"the {plainly(name)}"

    def approver(self, one: Approver) -> str:
        """Return who may decide, with who may stand in."""
        if isinstance(one.role, ParameterRef):
            return self.parameter(one.role)
        role = self.profile.roles.get(one.role)
        if one.in_person:
            return f"{self.role(one.role)} in person"
        stand_ins = [
            "a designee" if role is not None and role.designee else "",
            "whoever is acting in the office" if role is not None and role.acting else "",
        ]
        whole = listed([self.role(one.role), *(s for s in stand_ins if s)], "or")
        return whole + (f" (while absent: {self.role(one.if_absent)})" if one.if_absent else "")

    def approvers(self, several: Iterable[Approver]) -> str:
        """Return any of several who may decide."""
        return listed((self.approver(one) for one in several), "or")

    # Conditions

    def condition(self, condition: Condition) -> str:
        """Return a condition as a clause that can stand behind `if`."""
        match condition:
            case Test():
                return listed((self._matcher(condition.fact, one) for one in condition.matchers), "and")
            case AllOf(of=parts):
                return listed((self.condition(part) for part in parts), "and")
            case AnyOf(of=parts):
                return "either " + listed((self.condition(part) for part in parts), "or")
            case NotOf(of=Test(fact=fact, matchers=(Matcher(op="none"),))):
                return self._there_is(fact, nothing=False)
            case NotOf(of=Test(fact=fact, matchers=(Matcher(op="is" | "in" as op, values=values),))):
                return self._matcher(fact, Matcher("not" if op == "is" else "not_in", values))
            case NotOf(of=part):
                return f"it is not so that {self.condition(part)}"

    def _matcher(self, name: str, matcher: Matcher) -> str:
        fact = self.words.facts.get(name)
        if name.startswith("parameter."):
            chosen = self._values(fact, matcher, "or")
            return f"the open position “{plainly(name[10:])}” is {'not ' * (matcher.op in TURNED)}set to {chosen}"
        if fact is not None and name.partition(".")[0] in ("approval", "check", "document") and fact.values:
            kind, _, own = name.partition(".")
            state = self._values(None, matcher, "or")
            return f"the {kind} “{plainly(own)}” is {'not ' * (matcher.op in TURNED)}{state}"
        if matcher.op == "none":
            return self._there_is(name, nothing=True)
        if matcher.op in SIZES:
            noun = self._time_of(name) if matcher.op in ("before", "after") else self.noun(name)
            return f"{noun} is {SIZES[matcher.op].format(self._values(fact, matcher, 'or'))}"
        if matcher.op in ("has", "has_any", "has_all", "outside"):
            return self._members(name, fact, matcher)
        return self._clause(name, fact, matcher)

    def _members(self, name: str, fact: Fact | None, matcher: Matcher) -> str:
        noun, term = self.noun(name), term_of(matcher, self.profile)
        include = "includes" if noun.startswith(QUESTION_WORDS) else "include"
        if matcher.op != "outside":
            return f"{noun} {include} {self._values(fact, matcher, 'and' if matcher.op == 'has_all' else 'or')}"
        if term is not None and len(constants(matcher, self.profile)) > SPELT_OUT:
            self.terms_used[term] = None
            return f"{noun} {include} something that is not on the list “{plainly(term)}”"
        return f"{noun} {include} something other than {self._values(fact, matcher, 'or')}"

    def _clause(self, name: str, fact: Fact | None, matcher: Matcher) -> str:
        turned = matcher.op in TURNED
        values = constants(matcher, self.profile)
        if fact is not None and fact.kind is FactKind.BOOL and len(values) == 1 and isinstance(values[0], bool):
            return self._yes_or_no(name, fact, values[0] is not turned)
        if fact is not None and fact.list_name == "findings":
            if turned:
                return f"{self.noun(name)} {listed((FINDINGS_TURNED.get(str(v), str(v)) for v in values), 'and')}"
            return f"{self.noun(name)} {listed((FINDINGS.get(str(v), str(v)) for v in values), 'or')}"
        own = self.profile.facts.get(name)
        if own is not None and own.type == "order":
            how = listed((ORDER.get(str(v), str(v)) for v in values), "or")
            first, second = (self._time_of(one) for one in own.of)
            return f"{first} is {'not ' * turned}{how} {second}"
        template = CLAUSES.get(name) or self._own_clause(name, fact)
        said = self._values(fact, matcher, "or")
        if said.startswith("on the list") and not template.endswith("is{not} {}"):
            said = f"one {said}"
        return _turned(template, turned).replace("{}", said)

    def _yes_or_no(self, name: str, fact: Fact, wanted: bool) -> str:
        template = CLAUSES.get(name)
        if template is not None:
            return (None if wanted else DENIED.get(name)) or _turned(template, not wanted)
        clause = fact.means.removeprefix("whether ")
        return clause if wanted else denied(clause)

    def _own_clause(self, name: str, fact: Fact | None) -> str:
        """Make a clause for a fact that has no phrase, from its meaning."""
        noun = self.noun(name)
        asked = fact is not None and noun == fact.means and noun.startswith(QUESTION_WORDS)
        return f"the answer to “{noun}” is{{not}} {{}}" if asked else f"{noun} is{{not}} {{}}"

    def _values(self, fact: Fact | None, matcher: Matcher, last: str) -> str:
        values = constants(matcher, self.profile)
        term = term_of(matcher, self.profile)
        if term is not None:
            self.terms_used[term] = None
            if len(values) > SPELT_OUT:
                return f"on the list “{plainly(term)}”" if fact and fact.kind is FactKind.ENUM else _one_of(term)
        return listed((self.value(fact, value) for value in values), last)

    def noun(self, name: str) -> str:
        """Return what a fact is called."""
        fact = self.words.facts.get(name)
        return NOUNS.get(name) or (fact.means if fact is not None else plainly(name))

    def _time_of(self, name: str) -> str:
        """Return what a time is called where it is compared with a day."""
        noun = self.noun(name)
        return f"the time {noun}" if noun.startswith("when ") else noun

    def _there_is(self, name: str, *, nothing: bool) -> str:
        """Say that something is, or is known not to be."""
        noun, fact = self.noun(name), self.words.facts.get(name)
        if noun.startswith("when "):
            return f"there {'never was' if nothing else 'was'} a time {noun}"
        if noun.startswith(QUESTION_WORDS):
            return f"there is {'no' if nothing else 'an'} answer to “{noun}”"
        bare = noun.removeprefix("the ")
        if fact is not None and fact.kind is FactKind.SET:
            return f"there are {'no ' * nothing}{bare}"
        return f"there is {'no ' + bare if nothing else with_article(bare)}"

    def span(self, value: CalendarSpan | ParameterRef | str) -> str:
        """Return a span in words."""
        return self.parameter(value) if isinstance(value, ParameterRef) else str(value)


def _merged(acts: list[str], last: str) -> list[str]:
    """Say once what neighbours are done to: `make, change or remove a hot-list entry`."""
    found: list[tuple[list[str], str]] = []
    for act in acts:
        verb, _, rest = act.partition(" ")
        if found and rest and found[-1][1] == rest:
            found[-1][0].append(verb)
        else:
            found.append(([verb], rest))
    return [f"{listed(verbs, last)} {rest}".strip() for verbs, rest in found]


def _one_of(term: str) -> str:
    return f"something on the list “{plainly(term)}”"


def _turned(template: str, turned: bool) -> str:
    if not turned:
        for stated, affirmed in AFFIRMED.items():
            template = template.replace(stated, affirmed)
    return template.replace("{not}", " not" if turned else "")
