"""`alpr-policy facts`: the words a profile and a request may use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic
from alpr_policy.model.words import words_of
from alpr_policy.questions.vocabulary import belongs_to_people, lists_of, vocabulary_data
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY, Fact, FactKind, Vocabulary
from alpr_policy.vocabulary.types import UNITS
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point
from alpr_policy_adapters.cli.output import Screen, columns, print_json, row


def facts(
    action: Annotated[str | None, typer.Argument(help="An action or a group; without it, all actions.")] = None,
    lists: Annotated[bool, typer.Option("--lists", help="Show the value lists.")] = False,
    profile: Annotated[
        str | None, typer.Option("--profile", "-p", metavar="NAME", help="With what this profile adds.")
    ] = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Show the actions, the facts of one action, or the value lists."""
    words = words_of(decision_point(policies, [profile]).catalog.latest(profile)) if profile else VOCABULARY
    if action is not None and action not in words.actions and action not in words.groups:
        known = [*words.actions, *words.groups]
        help = did_you_mean(action, known) or "see `alpr-policy facts`"
        raise UsageError([Diagnostic("unknown-action", f"`{action[:60]}` is not an action or a group", help=help)])
    if as_json:
        print_json(vocabulary_data(words, action, lists=lists))
        return
    screen = Screen()
    if lists:
        _lists(screen, words, sorted(words.lists))
    elif action is None:
        _actions(screen, words)
    elif action in words.groups:
        _group(screen, words, action)
    else:
        _action(screen, words, action)


def _actions(screen: Screen, words: Vocabulary) -> None:
    table = columns("action", "means", "groups")
    for name, action in sorted(words.actions.items()):
        row(table, name, action.means, ", ".join(sorted(g for g, members in words.groups.items() if name in members)))
    screen.put(table)
    screen.say()
    screen.say("groups", style="bold")
    for group, members in sorted(words.groups.items()):
        screen.say(f"{group}: {', '.join(members)}")
    screen.say()
    screen.say("`alpr-policy facts ACTION` shows the facts of an action, `alpr-policy facts --lists` the value lists.")


def _action(screen: Screen, words: Vocabulary, name: str) -> None:
    groups = sorted(g for g, members in words.groups.items() if name in members)
    screen.say(f"{name}: {words.actions[name].means}", style="bold")
    screen.say(f"groups: {', '.join(groups) or 'none'}")
    here = words.facts_on(name)
    people = [fact for fact in here if belongs_to_people(fact)]
    _section(screen, "its own facts", [fact for fact in here if not belongs_to_people(fact)])
    _section(screen, "facts of every act of a person", people)
    _used(screen, words, here)


def _group(screen: Screen, words: Vocabulary, group: str) -> None:
    members = words.groups[group]
    screen.say(f"{group}: {', '.join(members)}", style="bold")
    here = [fact for _, fact in sorted(words.facts.items()) if fact.actions & set(members)]
    everywhere = [fact for fact in here if set(members) <= fact.actions]
    _section(screen, "facts of every action of the group", everywhere)
    screen.say()
    screen.say("facts of some only, which a statement on the whole group cannot read", style="bold")
    table = columns("fact", "actions", ratios=(None, 1))
    for fact in here:
        if fact not in everywhere:
            row(table, fact.name, ", ".join(name for name in members if name in fact.actions))
    screen.put(table)
    _used(screen, words, everywhere)


def _section(screen: Screen, title: str, facts: Iterable[Fact]) -> None:
    found = list(facts)
    if not found:
        return
    screen.say()
    table = columns(title, "kind", "meaning, who supplies it, values", ratios=(None, None, 1))
    for fact in found:
        row(table, fact.name, str(fact.kind), _meaning(fact))
    screen.put(table)


def _meaning(fact: Fact) -> str:
    added = "" if fact.name in VOCABULARY.facts else " (the profile's own)"
    personal = f" [personal: {fact.personal}]" if fact.personal else ""
    source = fact.supplied_by if fact.derived_from else f"from {fact.supplied_by}"
    values = f"the list {fact.list_name}" if fact.list_name else ", ".join(fact.values)
    number = "any of" if fact.kind is FactKind.SET else "one of"
    return f"{fact.means}{added} ({source}){personal}" + (f"\n{number}: {values}" if values else "")


def _used(screen: Screen, words: Vocabulary, facts: Iterable[Fact]) -> None:
    """Explain the kinds and lists that the table above names."""
    found = list(facts)
    screen.say()
    screen.say("kinds", style="bold")
    for kind in FactKind:
        if any(fact.kind is kind for fact in found):
            screen.say(f"{kind}: {UNITS[kind]}")
    named = lists_of(found)
    if named:
        screen.say()
        _lists(screen, words, named)


def _lists(screen: Screen, words: Vocabulary, names: Iterable[str]) -> None:
    table = columns("list", "values", ratios=(None, 1))
    for name in names:
        row(table, name, ", ".join(words.lists.get(name, ())) or "(each profile's own)")
    screen.put(table)
