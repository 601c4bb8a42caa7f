"""Makes docs/vocabulary.md from the vocabulary, so that the page cannot say anything else than the code."""

from __future__ import annotations

from collections.abc import Iterable

from alpr_policy.vocabulary import HUMAN_ACTIONS, VOCABULARY, Fact

HEAD = """\
# The vocabulary

All acts, facts and values that a profile and a request may speak of. This page is made from the code (`make golden`),
and a test holds it to the code. What the words mean in a statement is in [language.md](language.md); how a profile adds
words of its own is under [words of a profile's own](language.md#words-of-a-profiles-own). `alpr-policy facts` prints
the same.

"""
GROUPS = {name: frozenset(members) for name, members in VOCABULARY.groups.items()}


def page() -> str:
    """Return the whole page."""
    facts = [fact for _, fact in sorted(VOCABULARY.facts.items())]
    human = [fact for fact in facts if fact.actions >= HUMAN_ACTIONS and not fact.derived_from]
    derived = [fact for fact in facts if fact.derived_from]
    own = [fact for fact in facts if fact not in human and fact not in derived]
    return HEAD + "\n".join(
        [
            *_section("Acts", "| act | means | groups | facts of its own |", map(_action, sorted(VOCABULARY.actions))),
            *_section("Facts of every human act", "| fact | takes | meaning | from |", map(_human, human)),
            "They belong to every act but `read.capture` and `hotlist.load`, which a machine does by itself. To the",
            "first belong `purpose` and `at` as well, to the second `at`.\n",
            *_section("Facts of some acts", "| fact | takes | meaning | from | acts |", map(_own, own)),
            *_section("Facts that are worked out", "| fact | takes | meaning | from | acts |", map(_own, derived)),
            "## Lists\n",
            *(_list(name, values) for name, values in sorted(VOCABULARY.lists.items())),
        ]
    )


def _section(title: str, heading: str, rows: Iterable[str]) -> list[str]:
    rule = "|---" * (heading.count("|") - 1) + "|"
    return [f"## {title}\n", heading, rule, *rows, ""]


def _action(name: str) -> str:
    groups = ", ".join(f"`{group}`" for group, members in sorted(GROUPS.items()) if name in members)
    own = [fact.name for fact in VOCABULARY.facts_on(name) if not fact.actions >= HUMAN_ACTIONS]
    return f"| `{name}` | {VOCABULARY.actions[name].means} | {groups} | {_names(own)} |"


def _human(fact: Fact) -> str:
    return f"| `{fact.name}` | {_takes(fact)} | {_meaning(fact)} | {fact.supplied_by} |"


def _own(fact: Fact) -> str:
    return f"{_human(fact)} {_acts(fact.actions)} |"


def _meaning(fact: Fact) -> str:
    return fact.means + (f" *(personal: {fact.personal})*" if fact.personal else "")


def _takes(fact: Fact) -> str:
    kind = {"bool": "true or false", "enum": "one of", "set": "any of", "count": "a number"}.get(
        fact.kind, str(fact.kind)
    )
    if fact.list_name:
        return f"{kind} [{fact.list_name}](#{fact.list_name})"
    return f"{kind} {_names(fact.values)}" if fact.values else kind


def _acts(actions: frozenset[str]) -> str:
    if actions >= HUMAN_ACTIONS:
        return "every human act"
    named = [group for group, members in sorted(GROUPS.items()) if members <= actions]
    covered = frozenset().union(*(GROUPS[group] for group in named))
    return _names([*named, *sorted(actions - covered)])


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _list(name: str, values: Iterable[str]) -> str:
    said = _names(values) or "Each profile's own."
    return f"### {name}\n\n{said}\n"
