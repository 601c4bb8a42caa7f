"""`alpr-policy matrix --stricter`: any number of texts against each other, as tables, a heat map and a page."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.progress import Progress

from alpr_policy.questions.compare import Relation, Side
from alpr_policy.questions.pairs import Ranking, ranking
from alpr_policy.questions.printable import bullets, heading, page, paragraph, table
from alpr_policy.questions.ranked_words import (
    ACROSS,
    ENDS,
    HOW,
    MEANT,
    RULES,
    acts_by_relation,
    acts_on,
    at_the_end,
    beside,
    couples,
    enough,
    in_words,
    ranking_data,
    rules,
    share,
    signs,
)
from alpr_policy.questions.sides import side_of
from alpr_policy_adapters.charts.heat import heat_map
from alpr_policy_adapters.charts.svg import require_charts
from alpr_policy_adapters.cli.happened import written
from alpr_policy_adapters.cli.options import decision_point
from alpr_policy_adapters.cli.output import Screen, columns, number, one_text, print_json, row, to_stderr
from alpr_policy_adapters.cli.solving import solver_if_here

CELL, NAMES, ACT = 11, 24, 20


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
    enough(sides)
    actions = acts_on(subject, sides)
    found = _ranked(sides, actions)
    if svg is not None:
        written(svg, f'<?xml version="1.0" encoding="utf-8"?>\n{_map_of_acts(found)}\n')
        to_stderr().say(f"wrote {svg}")
    if html is not None:
        written(html, _page(found))
        to_stderr().say(f"wrote {html}")
    if as_json:
        print_json(ranking_data(found))
    else:
        _tell(Screen(), found)


def _ranked(sides: Sequence[Side], actions: tuple[str, ...]) -> Ranking:
    """Compare pair by pair, with a bar where somebody watches."""
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("comparing", total=None)

        def watch(first: str, second: str, pairs: int) -> None:
            bar.update(task, total=pairs, advance=1, description=one_text(f"{first} and {second}"))

        return ranking(sides, actions=actions, solver=solver_if_here(), watch=watch)


def _tell(screen: Screen, found: Ranking) -> None:
    screen.say(f"Who is stricter: {_sizes(found)}", style="bold")
    screen.say()
    several = range(len(found.texts))
    if len(found.texts) * (CELL + 5) + ACT <= screen.width:
        screen.say(ACROSS)
        screen.say()
        shown = columns("text", *(f"beside {one_text(text)}" for text in found.texts))
        for one in several:
            row(shown, one_text(found.texts[one]), *(beside(found, one, other) for other in several))
        screen.put(shown)
        screen.say()
    wide = len(found.texts) * CELL + ACT + NAMES <= screen.width
    heads = map(one_text, found.texts) if wide else ()
    shown = columns("act", *heads, "strictest of all", *(() if wide else ("laxest of all",)))
    for act in found.acts:
        cells = [signs(act.counted(n)) for n in several] if wide else []
        names = [act.strictest] if wide else [act.strictest, act.laxest]
        row(shown, act.action, *cells, *(one_text(at_the_end(one, act)) for one in names))
    screen.put(shown)
    screen.say()
    screen.say(MEANT if wide else ENDS)
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
        [[share(act, n) for n in several] for act in found.acts],
        [[rules(act, n) for n in several] for act in found.acts],
        name="acts",
        label=f"By how many rules each text is stricter and laxer than the others, act by act: "
        f"{', '.join(found.texts)}. The darker, the stricter. The table below says the same.",
    )


def _map_of_texts(found: Ranking) -> str:
    several = range(len(found.texts))

    def net(one: int, other: int) -> float | None:
        counted = found.counted(one, other)
        return None if one == other else float(counted[Relation.STRICTER] - counted[Relation.LAXER])

    return heat_map(
        [one_text(text) for text in found.texts],
        [one_text(text) for text in found.texts],
        [[net(one, other) for other in several] for one in several],
        [[beside(found, one, other) for other in several] for one in several],
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
            [(found.texts[one], *(_beside_in_words(found, one, other) for other in several)) for one in several],
        ),
        heading("Act by act"),
        paragraph(f"{RULES} The darker, the stricter."),
        _figure(_map_of_acts(found)),
        table(
            ("act", *found.texts, "strictest of all", "laxest of all"),
            [
                (
                    act.action,
                    *(f"{rules(act, n)} ({signs(act.counted(n))})" for n in several),
                    at_the_end(act.strictest, act),
                    at_the_end(act.laxest, act),
                )
                for act in found.acts
            ],
        ),
        paragraph(f"In brackets: {MEANT} {ENDS}"),
        heading("Every two texts"),
        table(
            ("text", "stricter on", "laxer on", "both on", "the same on", "not decided on"),
            [
                (f"{found.texts[one]} beside {found.texts[other]}", *acts_by_relation(found, one, other))
                for one, other in couples(found)
            ],
        ),
        heading("Not covered"),
        bullets(found.not_covered),
    ]
    return page(f"Who is stricter: {', '.join(found.texts)}", body)


def _beside_in_words(found: Ranking, one: int, other: int) -> str:
    return "the same text" if one == other else in_words(found.counted(one, other))


def _figure(drawn: str) -> str:
    fitting = drawn.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)
    return f'<figure style="margin: .6em 0">{fitting}</figure>'
