"""What the tab *Compare* shows, as tables: what departments say, how long data stays, who is stricter on what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Final

from alpr_policy.model.profile import Profile
from alpr_policy.model.words import words_of
from alpr_policy.questions.compare import Comparison, Difference, Relation, Side
from alpr_policy.questions.differing import sentence
from alpr_policy.questions.matrix import GROUP_ORDER, SILENT, Column, Matrix, kept_table
from alpr_policy.questions.pairs import ActRanked, Ranking
from alpr_policy.questions.ranked_words import at_the_end, in_words, rules, share
from alpr_policy.questions.stances import ALLOWED, DEPENDS, FORBIDDEN, MEANINGS, OPEN, SILENT_ALLOWED, SILENT_REFUSED
from alpr_policy.questions.telling import Told
from alpr_policy.vocabulary.topics import TOPICS
from alpr_policy_adapters.web.html_tables import Cell, Row, sheet

KINDS: Final = {
    SILENT_ALLOWED: "mute",
    SILENT_REFUSED: "mute",
    FORBIDDEN: "bad",
    ALLOWED: "good",
    OPEN: "good",
    DEPENDS: "depends",
}
STRONG: Final = 0.5
"""From this share on, of rules that make a text stricter or laxer, its cell has the deeper colour."""
RELATIONS: Final = {
    Relation.STRICTER: "cold1",
    Relation.LAXER: "warm1",
    Relation.BOTH: "mute",
    Relation.UNDECIDED: "mute",
}


def subjects(profiles: Iterable[Profile]) -> dict[str, str]:
    """Return what can be asked about, each with its words: topics first, then groups of acts, then single acts."""
    found = {name: f"{topic.title} (topic {name})" for name, topic in TOPICS.items()}
    several = [words_of(profile) for profile in profiles]
    groups = sorted({(name, acts) for words in several for name, acts in words.groups.items()})
    found |= {name: f"{name}: {', '.join(acts)}" for name, acts in groups}
    acts = {name: act.means for words in several for name, act in words.actions.items()}
    return found | {name: f"{name}: {acts[name]}" for name in sorted(acts)}


def for_reader(found: Matrix, *, confidential: bool) -> tuple[Matrix, int]:
    """Return what a reader may see, and how many statements for auditors alone are left out of it."""
    if confidential:
        return found, 0
    columns = []
    left_out = 0
    for column in found.columns:
        open_ones = tuple(one for one in column.statements if not one.confidential)
        left_out += len(column.statements) - len(open_ones)
        columns.append(dataclasses.replace(column, statements=open_ones))
    return dataclasses.replace(found, columns=tuple(columns)), left_out


# Side by side


def stance_sheet(found: Matrix) -> str:
    """Return what each department says of each act when nothing else is known; empty for a subject without acts."""
    if not found.actions:
        return ""
    by_act = {(c, s.action): s.stance for c in found.columns for s in c.stances}
    rows: list[Row] = [
        (action, *(_stance(by_act[column, action]) for column in found.columns)) for action in found.actions
    ]
    return sheet("What is said of each act when nothing else is known", ("act", *_names(found)), rows)


def _stance(stance: str) -> Cell:
    return Cell(stance, KINDS.get(stance, ""))


def stances_used(found: Matrix) -> list[tuple[str, str]]:
    """Return the words that the table of acts uses, each with what it means."""
    used = {one.stance for column in found.columns for one in column.stances}
    return [(stance, meaning) for stance, meaning in MEANINGS.items() if stance in used]


def kept_sheet(found: Matrix) -> str:
    """Return how long each class of data stays, and with whom; empty where no department says anything of it."""
    rows = kept_table(found.columns)
    if not rows:
        return ""
    told: list[Row] = [
        (data, holders, *(Cell(one, "mute" if one == SILENT else "") for one in cells)) for data, holders, cells in rows
    ]
    headings = ("data", "held by", *_names(found))
    return sheet("How long each class of data stays, and with whom", headings, told)


def group_sheets(found: Matrix, *, readings: bool) -> Iterator[tuple[str, str]]:
    """Yield a heading and a table for each kind of statement that some department has on the subject."""
    for group in GROUP_ORDER:
        told = [[one for one in column.statements if one.group == group] for column in found.columns]
        if any(told):
            row = [_statements(several, readings=readings) for several in told]
            title = f"What {group}"
            yield title, sheet(title, _names(found), [row], texts=True, named=False)


def _statements(several: list[Told], *, readings: bool) -> Cell:
    if not several:
        return Cell("nothing", "mute")
    return Cell(lines=tuple((one.whole, _notes(one, readings=readings)) for one in several))


def _notes(one: Told, *, readings: bool) -> str:
    return " ".join(filter(None, (one.waits, one.reading if readings else "")))


def _names(found: Matrix) -> list[str]:
    return [column.name for column in found.columns]


def lists_of(column: Column) -> list[str]:
    """Return the lists that a department's sentences name."""
    return [one.whole for one in column.lists]


# Who is stricter


def acts_sheet(found: Ranking) -> str:
    """Return, act by act, how many rules make each text stricter than the others and laxer, and who is at each end."""
    several = range(len(found.texts))
    rows: list[Row] = [
        (
            act.action,
            *(Cell(_leaning(act, n), heat(share(act, n))) for n in several),
            at_the_end(act.strictest, act),
            at_the_end(act.laxest, act),
        )
        for act in found.acts
    ]
    return sheet("Act by act", ("act", *found.texts, "strictest of all", "laxest of all"), rows)


def _leaning(act: ActRanked, place: int) -> str:
    told = in_words(act.counted(place), "beside")
    counted = rules(act, place)
    return told if counted == "=" else f"{told} (rules {counted})"


def heat(leaning: float) -> str:
    """Return the colour of a cell, from warm where all rules make a text laxer to cold where all make it stricter."""
    if not leaning:
        return ""
    return ("cold" if leaning > 0 else "warm") + ("2" if abs(leaning) > STRONG else "1")


def texts_sheet(found: Ranking) -> str:
    """Return on how many acts each text stands in which way to each other."""
    several = range(len(found.texts))
    rows: list[Row] = [(found.texts[one], *(_beside(found, one, other) for other in several)) for one in several]
    return sheet("Text beside text", ("text", *(f"beside {text}" for text in found.texts)), rows)


def _beside(found: Ranking, one: int, other: int) -> Cell:
    if one == other:
        return Cell("the same text")
    counted = found.counted(one, other)
    stricter, laxer = counted[Relation.STRICTER], counted[Relation.LAXER]
    lean = (stricter - laxer) / (stricter + laxer) if stricter + laxer else 0.0
    return Cell(in_words(counted), heat(lean))


# Two texts


def difference_told(one: Difference, first: Side, second: Side, *, confidential: bool) -> str:
    """Return a difference as a sentence; what rests on a statement for auditors alone is told to nobody else."""
    stricter = first if one.laxer else second
    hidden = any(rule.id == one.rule and rule.confidential for rule in stricter.profile.statements)
    if hidden and not confidential:
        return f"{one.first} → {one.second}: {stricter.name} says so in a statement that is shown to auditors alone"
    return sentence(one, first, second)


def relations_sheet(found: Comparison) -> str:
    """Return how the second text stands to the first on each act."""
    rows: list[Row] = [
        (act.action, Cell(act.relation.value, RELATIONS.get(act.relation, "")), f"{len(act.differences):,}")
        for act in found.acts
    ]
    heads = ("act", f"{found.second} beside {found.first}", "differences")
    return sheet("Act by act", heads, rows)
