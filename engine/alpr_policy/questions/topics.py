"""Which statements of a profile belong to an act, a group of acts or a topic, and in which chapter each is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import ActionStatement, Duty, Hold, Retention, Statement
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import Vocabulary
from alpr_policy.vocabulary.topics import TOPICS, Topic

GENERAL = "What the readers and their data may be used for, and what holds for several matters"
RECURRENT = "Who checks, and when"
FOLLOWING = "What must follow"
OWN = "Acts that this policy adds"
EVERY_ACT = "What each act takes"


class SubjectError(PolicyError):
    """What was asked about is no act, no group of acts and no topic."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about. An act or a group is a topic of its own."""

    name: str
    kind: str
    topic: Topic


def subject_of(name: str, several: Iterable[Vocabulary]) -> Subject:
    """Return the topic, group or act of this name, in the words of any profile; raises SubjectError."""
    vocabularies = list(several)
    if name in TOPICS:
        return Subject(name, "topic", TOPICS[name])
    actions = {one: words.actions[one].means for words in vocabularies for one in words.actions}
    groups: Mapping[str, tuple[str, ...]] = {one: words.groups[one] for words in vocabularies for one in words.groups}
    if name in groups:
        return Subject(name, "group", _of_actions(groups[name], f"the acts {', '.join(groups[name])}"))
    if name in actions:
        return Subject(name, "action", _of_actions((name,), actions[name]))
    hint = did_you_mean(name, [*actions, *groups, *TOPICS]) or "see `alpr-policy matrix --list`"
    message = f"`{name[:60]}` is not an action, a group of actions or a topic"
    raise SubjectError([Diagnostic("unknown-action", message, help=hint)])


def _of_actions(actions: tuple[str, ...], title: str) -> Topic:
    stored = {"data.store", "data.purge", "data.set_period"} & set(actions)
    freezing = {"data.store", "data.purge"} & set(actions)
    return Topic(
        title=title,
        actions=actions,
        keeping=bool(stored),
        holds=bool(freezing),
        duties="duty.complete" in actions,
    )


def belongs(statement: Statement, topic: Topic, words: Vocabulary) -> bool:
    """Say whether a statement speaks of a topic."""
    match statement:
        case ActionStatement():
            return not set(topic.actions).isdisjoint(words.expand(statement.action))
        case Retention():
            return topic.keeping and (
                not topic.data or not statement.data or not set(topic.data).isdisjoint(statement.data)
            )
        case Hold():
            return topic.holds
        case Duty():
            after = set(words.expand(statement.after))
            told = statement.task in topic.tasks or not after.isdisjoint((*topic.events, *topic.actions))
            return topic.duties or told
    return False


def chapters(profile: Profile, words: Vocabulary) -> dict[str, list[Statement]]:
    """Return the statements of a profile by chapter: each in exactly one, chapters in the order of telling."""
    titles = [topic.title for topic in TOPICS.values() if topic.title != TOPICS["audits"].title]
    found: dict[str, list[Statement]] = {title: [] for title in (GENERAL, *titles, OWN, RECURRENT, FOLLOWING)}
    for statement in profile.statements:
        found[_chapter(statement, words)].append(statement)
    if profile.is_generic:
        # All acts are its own there, so they are nothing added.
        found = {EVERY_ACT if title == OWN else title: several for title, several in found.items()}
    return {title: several for title, several in found.items() if several}


def _chapter(statement: Statement, words: Vocabulary) -> str:
    match statement:
        case Retention():
            return TOPICS["retention"].title
        case Hold():
            return TOPICS["holds"].title
        case Duty():
            return FOLLOWING if statement.after else RECURRENT
        case ActionStatement():
            acts = set(words.expand(statement.action))
            homes = [topic for topic in TOPICS.values() if not acts.isdisjoint(topic.actions)]
            if not homes:
                return OWN
            if len(homes) > 1:
                return GENERAL
            return RECURRENT if homes[0] is TOPICS["audits"] else homes[0].title
    return GENERAL
