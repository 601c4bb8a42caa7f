"""A word of the profile's own that nothing in it uses."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject
from alpr_policy.model.condition import tests_of
from alpr_policy.model.profile import Profile
from alpr_policy.model.words import REASON_DEFECTS
from alpr_policy.questions.lone_facts import facts_read


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find declared facts, actions, data classes and entries of lists that no statement mentions."""
    profile = subject.profile
    used = _used(profile)
    for name, fact in profile.facts.items():
        if fact.type is not None and name not in used:
            message = f"nothing reads the fact `{name}`"
            yield Found(message=message, span=fact.span, help="read it in a condition, or drop it")
    for what, key, names in (
        ("act", "actions", tuple(profile.actions)),
        ("data class", "data_classes", profile.data_classes),
        *(("entry", "lists", names) for names in profile.lists.values()),
    ):
        for name in names:
            if name not in used:
                yield Found(
                    message=f"nothing uses the {what} `{name}`",
                    span=profile.spans.get(f"{key}={name}", subject.at(key)),
                    help="use it in a statement, or drop it",
                )


_NAMING = (
    "action",
    "data",
    "custodian",
    "topic",
    "task",
    "after",
    "check",
    "compares",
    "sources",
    "document",
    "fields",
    "issuer",
    "basis",
    "covers",
)


def _used(profile: Profile) -> set[str]:
    """Return every word that a statement, a derivation, a demand or the silence mentions."""
    found: set[str] = {*profile.silence.allow}
    for one in profile.statements:
        found |= set(facts_read(one))
        for name in _NAMING:
            value = getattr(one, name, None)
            found |= {value} if isinstance(value, str) else set(value) if isinstance(value, tuple) else set()
        for part in ("when", "unless", "must", "until", "keep_until", "purge_when"):
            for test in tests_of(getattr(one, part, None)):
                found |= {str(getattr(c, "value", "")) for m in test.matchers for c in m.values}
        later, excuse, sample = (getattr(one, name, None) for name in ("or_afterwards", "excused_by", "sample"))
        found |= {test.fact for test in tests_of(later.when)} | {later.task} if later is not None else set()
        found |= {excuse.topic} if excuse is not None else set()
        found |= {sample.of} if sample is not None and sample.of else set()
    for fact in profile.facts.values():
        found |= {*fact.of, *fact.same, fact.since or "", fact.to or ""}
    found |= {name for action in profile.actions.values() for name in action.facts}
    found |= {demand.task for demand in profile.demands if demand.task}
    found |= {data for demand in profile.demands for data in demand.data}
    found |= set(profile.override.actions) if profile.override is not None else set()
    found |= {value.value for term in profile.terms.values() for value in term.values}
    return found | ({REASON_DEFECTS} if profile.reasons is not None else set())


RULE = Rule("unused-word", "a fact, act, data class or entry of a list that nothing uses", check)
