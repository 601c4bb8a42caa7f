"""`alpr-policy matrix --stricter`: any number of texts against each other, as tables, a heat map and a page."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.progress import Progress

from alpr_policy.errors import Diagnostic
from alpr_policy.model.words import words_of
from alpr_policy.questions.compare import Relation, Side
from alpr_policy.questions.pairs import ORDER, ActRanked, Ranking, ranking
from alpr_policy.questions.printable import bullets, heading, page, paragraph, table
from alpr_policy.questions.sides import side_of
from alpr_policy.questions.topics import subject_of
from alpr_policy.questions.wording import listed
from alpr_policy_adapters.charts.heat import heat_map
from alpr_policy_adapters.charts.svg import require_charts
from alpr_policy_adapters.cli.happened import written
from alpr_policy_adapters.cli.options import UsageError, decision_point
from alpr_policy_adapters.cli.output import Screen, columns, number, one_text, print_json, row, to_stderr
from alpr_policy_adapters.cli.solving import solver_if_here

CELL, NAMES, ACT = 11, 24, 20
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


def rank(
    subject: str | None,
    texts: Sequence[str],
    policies: Iterable[Path],
    *,
    as_json: bool,
    html: Path | None,
    svg: Path | None,
) -> None:
    """Compare every two texts on a subject, or on all acts, and tell who is stricter; the two files need matplotlib."""
    if html is not None or svg is not None:
        require_charts()
    folders = tuple(policies)
    pdp = decision_point(folders)
    sides = [side_of(pdp, text, folders)[0] for text in dict.fromkeys(texts or pdp.catalog.names)]
    if not 2 <= len(sides) <= MOST:
        raise UsageError([Diagnostic("usage", f"two to {MOST} texts can be held against each other", help="--profile")])
    actions = _actions(subject, sides)
    found = _ranked(sides, actions)
    if svg is not None:
        written(svg, f'<?xml version="1.0" encoding="utf-8"?>\n{_map_of_acts(found)}\n')
        to_stderr().say(f"wrote {svg}")
    if html is not None:
        written(html, _page(found))
        to_stderr().say(f"wrote {html}")
    if as_json:
        print_json(_data(found))
    else:
        _tell(Screen(), found)


def _actions(subject: str | None, sides: Sequence[Side]) -> tuple[str, ...]:
    if subject is None:
        return ()
    actions = subject_of(subject, [words_of(side.profile) for side in sides]).topic.actions
    if not actions:
        raise UsageError([Diagnostic("usage", f"`{subject}` has no acts on which texts could be stricter")])
    return actions


def _ranked(sides: Sequence[Side], actions: tuple[str, ...]) -> Ranking:
    """Compare pair by pair, with a bar where somebody watches."""
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("comparing", total=None)

        def watch(first: str, second: str, pairs: int) -> None:
            bar.update(task, total=pairs, advance=1, description=one_text(f"{first} and {second}"))

        return ranking(sides, actions=actions, solver=solver_if_here(), watch=watch)


def _data(found: Ranking) -> dict[str, Any]:
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


# In words and signs


def _signs(counted: Any) -> str:
    told = [f"{sign}{counted[relation]}" for relation, sign in SIGNS.items() if counted[relation]]
    return " ".join(told) or "="


def _beside(found: Ranking, one: int, other: int) -> str:
    return "" if one == other else _signs(found.counted(one, other))


def _at_the_end(names: Sequence[str], found: Ranking, act: ActRanked) -> str:
    if act.all_alike:
        return "all the same"
    return listed(names, "and") if names else "none"


def _tell(screen: Screen, found: Ranking) -> None:
    screen.say(f"Who is stricter: {_sizes(found)}", style="bold")
    screen.say()
    several = range(len(found.texts))
    if len(found.texts) * (CELL + 5) + ACT <= screen.width:
        screen.say(ACROSS)
        screen.say()
        shown = columns("text", *(f"beside {one_text(text)}" for text in found.texts))
        for one in several:
            row(shown, one_text(found.texts[one]), *(_beside(found, one, other) for other in several))
        screen.put(shown)
        screen.say()
    wide = len(found.texts) * CELL + ACT + NAMES <= screen.width
    heads = map(one_text, found.texts) if wide else ()
    shown = columns("act", *heads, "strictest of all", *(() if wide else ("laxest of all",)))
    for act in found.acts:
        cells = [_signs(act.counted(n)) for n in several] if wide else []
        names = [act.strictest] if wide else [act.strictest, act.laxest]
        row(shown, act.action, *cells, *(one_text(_at_the_end(one, found, act)) for one in names))
    screen.put(shown)
    screen.say()
    screen.say(
        MEANT if wide else "Strictest of all is what is nowhere laxer than any other, laxest the other way round."
    )
    screen.say()
    screen.say("Not covered", style="bold")
    for told in found.not_covered:
        screen.say(one_text(f"- {told}"))


def _sizes(found: Ranking) -> str:
    return f"{number(len(found.texts), 'text')} on {number(len(found.acts), 'act')}"


# As a picture and a page


def _map_of_acts(found: Ranking) -> str:
    several = range(len(found.texts))
    return heat_map(
        [act.action for act in found.acts],
        [one_text(text) for text in found.texts],
        [[_share(act, n) for n in several] for act in found.acts],
        [[_rules(act, n) for n in several] for act in found.acts],
        name="acts",
        label=f"By how many rules each text is stricter and laxer than the others, act by act: "
        f"{', '.join(found.texts)}. The darker, the stricter. The table below says the same.",
    )


def _share(act: ActRanked, place: int) -> float:
    """Return which way the rules of a text lean, from -1 where all make it laxer to 1."""
    stricter, laxer = act.balance(place)
    return (stricter - laxer) / (stricter + laxer) if stricter + laxer else 0.0


def _rules(act: ActRanked, place: int) -> str:
    stricter, laxer = act.balance(place)
    return f"{stricter} : {laxer}" if stricter + laxer else "="


def _map_of_texts(found: Ranking) -> str:
    several = range(len(found.texts))

    def net(one: int, other: int) -> float | None:
        counted = found.counted(one, other)
        return None if one == other else float(counted[Relation.STRICTER] - counted[Relation.LAXER])

    return heat_map(
        [one_text(text) for text in found.texts],
        [one_text(text) for text in found.texts],
        [[net(one, other) for other in several] for one in several],
        [[_beside(found, one, other) for other in several] for one in several],
        name="texts",
        label="On how many acts the text of each row is stricter than that of each column. The darker, the stricter. "
        "The table below says the same.",
    )


def _page(found: Ranking) -> str:
    several = range(len(found.texts))
    body = [
        heading(f"Who is stricter: {_sizes(found)}", 1),
        paragraph(HOW),
        heading("Text beside text"),
        paragraph(f"{ACROSS} The darker, the stricter."),
        _figure(_map_of_texts(found)),
        table(
            ("text", *(f"beside {text}" for text in found.texts)),
            [(found.texts[one], *(_in_words(found, one, other) for other in several)) for one in several],
        ),
        heading("Act by act"),
        paragraph(f"{RULES} The darker, the stricter."),
        _figure(_map_of_acts(found)),
        table(
            ("act", *found.texts, "strictest of all", "laxest of all"),
            [
                (
                    act.action,
                    *(f"{_rules(act, n)} ({_signs(act.counted(n))})" for n in several),
                    _at_the_end(act.strictest, found, act),
                    _at_the_end(act.laxest, found, act),
                )
                for act in found.acts
            ],
        ),
        paragraph(f"In brackets: {MEANT} {ENDS}"),
        heading("Every two texts"),
        table(
            ("text", "stricter on", "laxer on", "both on", "the same on", "not decided on"),
            [(_pair(found, one, other), *_lists(found, one, other)) for one, other in _pairs(found)],
        ),
        heading("Not covered"),
        bullets(found.not_covered),
    ]
    return page(f"Who is stricter: {', '.join(found.texts)}", body)


def _pairs(found: Ranking) -> list[tuple[int, int]]:
    several = range(len(found.texts))
    return [(one, other) for one in several for other in several if one < other]


def _pair(found: Ranking, one: int, other: int) -> str:
    return f"{found.texts[one]} beside {found.texts[other]}"


def _lists(found: Ranking, one: int, other: int) -> list[str]:
    """Return the acts on which a text stands in each way to another."""
    acts = [(act.action, act.relations[one][other]) for act in found.acts]
    return [", ".join(name for name, said in acts if said is relation) or "none" for relation in ORDER]


def _in_words(found: Ranking, one: int, other: int) -> str:
    if one == other:
        return "the same text"
    counted = found.counted(one, other)
    return ", ".join(f"{WORDS[relation]} on {counted[relation]}" for relation in ORDER if counted[relation])


def _figure(drawn: str) -> str:
    fitting = drawn.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)
    return f'<figure style="margin: .6em 0">{fitting}</figure>'
