"""A table that may be wider than the page: it scrolls in a box of its own, which the keyboard reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from nicegui import ui

from alpr_policy.questions.printable import escaped

STYLE: Final = """
.wide { overflow-x: auto; max-width: 100%; margin: .3rem 0 .6rem; }
.wide:focus-visible { outline: 3px solid #e08a00; }
.wide table { border-collapse: collapse; min-width: 100%; font-size: .93rem; }
.wide caption { text-align: left; padding-bottom: .2rem; }
.wide th, .wide td { border-bottom: 1px solid #c4c9cf; padding: .25rem .6rem; }
.wide th, .wide td { text-align: right; vertical-align: baseline; }
.wide thead th { background: #e9eef4; white-space: nowrap; }
.wide tbody th { font-weight: 400; }
.wide .text { text-align: left; overflow-wrap: anywhere; min-width: 9rem; }
.wide .short { min-width: 0; white-space: nowrap; }
.wide .long { min-width: 16rem; }
.body--dark .wide th, .body--dark .wide td { border-color: #4a515a; }
.body--dark .wide thead th { background: #2a323c; }
.beside { flex: 1 1 20rem; max-width: 100%; }
.beside .wide { max-height: 24rem; overflow-y: auto; }
.beside thead th { position: sticky; top: 0; }
.panels { background: transparent; }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: .5rem 0; padding: 0; list-style: none; }
.tiles li { border: 1px solid #b9c0c8; border-radius: .3rem; padding: .4rem .8rem; min-width: 8rem; }
.tiles strong { display: block; font-size: 1.3rem; }
.body--dark .tiles li { border-color: #4a515a; }
.fine pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
"""


def add_style() -> None:
    """Bring the looks of wide tables, tiles and plain texts to the page."""
    ui.add_head_html(f"<style>{STYLE}</style>")


def wide(
    name: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1, kinds: Sequence[str] = ()
) -> ui.html:
    """Draw a table called `name`, whose first `texts` columns are texts, and the others numbers. All is escaped.

    `kinds` says how much room each text wants: `short`, `long`, or nothing.
    """
    return ui.html(markup(name, headings, rows, texts=texts, kinds=kinds)).classes("w-full")


def markup(
    name: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1, kinds: Sequence[str] = ()
) -> str:
    """Return the table as HTML."""
    marks = [_mark(place, texts, kinds) for place in range(len(headings))]
    head = "".join(f'<th scope="col"{mark}>{escaped(one)}</th>' for one, mark in zip(headings, marks, strict=True))
    body = "".join(f"<tr>{_row(row, marks)}</tr>" for row in rows)
    told = escaped(name)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{told}"><table aria-label="{told}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _mark(place: int, texts: int, kinds: Sequence[str]) -> str:
    if place >= texts:
        return ""
    kind = kinds[place] if place < len(kinds) else ""
    return f' class="text {kind}"' if kind else ' class="text"'


def _row(row: Sequence[str], marks: Sequence[str]) -> str:
    first, *rest = zip(row, marks, strict=True)
    told = "".join(f"<td{mark}>{escaped(cell)}</td>" for cell, mark in rest)
    return f'<th scope="row"{first[1]}>{escaped(first[0])}</th>{told}'


def pre(text: str) -> ui.html:
    """Draw a text as it is, its lines broken where the page ends."""
    return ui.html(f"<pre>{escaped(text)}</pre>").classes("w-full fine")
