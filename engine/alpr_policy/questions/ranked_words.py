"""Who is stricter, in words, signs and data: what a table, a heat map, a page and a program say of a ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.model.words import words_of
from alpr_policy.questions.compare import Relation, Side
from alpr_policy.questions.pairs import ORDER, ActRanked, Ranking
from alpr_policy.questions.sides import TextError
from alpr_policy.questions.topics import subject_of
from alpr_policy.questions.wording import listed

MOST = 40
SIGNS = {Relation.STRICTER: "+", Relation.LAXER: "−", Relation.BOTH: "±", Relation.UNDECIDED: "?"}
WORDS = {
    Relation.STRICTER: "stricter",
    Relation.LAXER: "laxer",
    Relation.BOTH: "both",
    Relation.EQUIVALENT: "the same",
    Relation.UNDECIDED: "not decided",
}
MEANT = (
    "+ stricter than so many of the others, and nowhere laxer; − laxer than so many; ± stricter than so many in some "
    "cases and laxer in others; = the same as all."
)
ACROSS = "Each cell says on how many acts the text of the row is stricter (+), laxer (−) or both (±) beside the other."
RULES = (
    "Each cell says how many rules of the text make it stricter than another, added up over the others, and how many "
    "rules of others make it laxer. A rule counts once for each text beside which it makes a difference."
)
ENDS = "Strictest of all is what is nowhere laxer than any other, laxest the other way round."
HOW = (
    "Every two texts were held against each other for every request there could be. One is stricter than the other on "
    "an act if some request comes to more under it (needs beside allow, deny beside needs), and none to less."
)


def acts_on(subject: str | None, sides: Sequence[Side]) -> tuple[str, ...]:
    """Return the acts of a subject, none for all acts; raises SubjectError, and TextError where it has no acts."""
    if subject is None:
        return ()
    actions = subject_of(subject, [words_of(side.profile) for side in sides]).topic.actions
    if not actions:
        raise TextError([Diagnostic("usage", f"`{subject}` has no acts on which texts could be stricter")])
    return actions


def enough(sides: Sequence[Side]) -> None:
    """Raise TextError where so many texts cannot be held against each other."""
    if not 2 <= len(sides) <= MOST:
        raise TextError([Diagnostic("usage", f"two to {MOST} texts can be held against each other", help="--profile")])


def ranking_data(found: Ranking) -> dict[str, Any]:
    """Return a ranking as JSON data: a summary text by text, then every act."""
    several = range(len(found.texts))
    summary = [
        {
            "text": found.texts[one],
            "beside": found.texts[other],
            "acts": {relation.value: found.counted(one, other)[relation] for relation in Relation},
        }
        for one in several
        for other in several
        if one != other
    ]
    acts = [
        {
            "action": act.action,
            "strictest": list(act.strictest),
            "laxest": list(act.laxest),
            "relations": {
                text: {other: act.relations[n][m].value for m, other in enumerate(found.texts) if m != n}
                for n, text in enumerate(found.texts)
            },
            "rules": {
                text: {other: act.rules[n][m] for m, other in enumerate(found.texts) if m != n}
                for n, text in enumerate(found.texts)
            },
        }
        for act in found.acts
    ]
    return {"texts": list(found.texts), "summary": summary, "acts": acts, "not_covered": list(found.not_covered)}


def signs(counted: Mapping[Relation, int]) -> str:
    """Say in signs beside how many texts, or on how many acts, a text stands in which way."""
    told = [f"{sign}{counted[relation]}" for relation, sign in SIGNS.items() if counted[relation]]
    return " ".join(told) or "="


def in_words(counted: Mapping[Relation, int], what: str = "on") -> str:
    """Say the same in words, such as `stricter on 2, the same on 4`."""
    return ", ".join(f"{WORDS[relation]} {what} {counted[relation]}" for relation in ORDER if counted[relation])


def beside(found: Ranking, one: int, other: int) -> str:
    """Say in signs how the text of a row stands to that of a column."""
    return "" if one == other else signs(found.counted(one, other))


def at_the_end(names: Sequence[str], act: ActRanked) -> str:
    """Name the strictest or the laxest texts on an act."""
    if act.all_alike:
        return "all the same"
    return listed(names, "and") if names else "none"


def share(act: ActRanked, place: int) -> float:
    """Return which way the rules of a text lean, from -1 where all make it laxer to 1."""
    stricter, laxer = act.balance(place)
    return (stricter - laxer) / (stricter + laxer) if stricter + laxer else 0.0


def rules(act: ActRanked, place: int) -> str:
    """Say how many rules make a text the stricter one on an act, and how many the laxer one."""
    stricter, laxer = act.balance(place)
    return f"{stricter} : {laxer}" if stricter + laxer else "="


def couples(found: Ranking) -> list[tuple[int, int]]:
    """Return every two texts once."""
    several = range(len(found.texts))
    return [(one, other) for one in several for other in several if one < other]


def acts_by_relation(found: Ranking, one: int, other: int) -> list[str]:
    """Return the acts on which a text stands in each way to another, in the order of `ORDER`."""
    acts = [(act.action, act.relations[one][other]) for act in found.acts]
    return [", ".join(name for name, said in acts if said is relation) or "none" for relation in ORDER]
