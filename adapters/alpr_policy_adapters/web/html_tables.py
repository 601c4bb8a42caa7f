"""Tables as HTML: a caption, headings that say which way they go, cells with a colour and the words that it stands for.

Every text is escaped. A table scrolls in a box of its own, which the keyboard reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from alpr_policy.questions.printable import escaped

STYLE: Final = """
.sheet { position: relative; overflow-x: auto; max-width: 100%; margin: .4rem 0 .8rem; }
.sheet:focus-visible { outline: 3px solid #e08a00; }
.sheet table { border-collapse: collapse; width: 100%; }
.sheet caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.sheet th, .sheet td { border: 1px solid #b9c0c8; padding: .3rem .55rem; text-align: left; vertical-align: top; }
.sheet thead th { background: #e9eef4; } .sheet tbody th { font-weight: 600; white-space: nowrap; }
.sheet td { min-width: 7rem; } .sheet.texts td { min-width: 17rem; }
.sheet ul { list-style: disc; padding-left: 1.1rem; }
.sheet li { margin-bottom: .35rem; } .sheet small { display: block; color: #555; font-size: .85rem; }
.sheet .good { background: #d9f0e0; color: #0d3f1f; } .sheet .bad { background: #fbdede; color: #6d1010; }
.sheet .mute { background: #fdf0cf; color: #5a3c00; } .sheet .depends { background: #e6ecf7; color: #1b2f55; }
.sheet .cold2 { background: #9cc3e6; color: #06203a; } .sheet .cold1 { background: #d4e6f5; color: #06203a; }
.sheet .warm1 { background: #fbe3c5; color: #4a2600; } .sheet .warm2 { background: #f5bd7c; color: #3a1d00; }
.body--dark .sheet small { color: #b5b5b5; }
.body--dark .sheet th, .body--dark .sheet td { border-color: #555c66; }
.body--dark .sheet thead th { background: #2a323c; }
.body--dark .sheet .good { background: #14381f; color: #c9f0d5; }
.body--dark .sheet .bad { background: #4a1717; color: #ffd9d9; }
.body--dark .sheet .mute { background: #453509; color: #ffeab3; }
.body--dark .sheet .depends { background: #232f47; color: #d6e2fa; }
.body--dark .sheet .cold2 { background: #1f5585; color: #eef6ff; }
.body--dark .sheet .cold1 { background: #1d3549; color: #d9ebfb; }
.body--dark .sheet .warm1 { background: #47300f; color: #ffe6c4; }
.body--dark .sheet .warm2 { background: #7a4a0c; color: #fff1de; }
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: `lines` is a list of sentences, each with a small note below it; `kind` is a class of the style."""

    text: str = ""
    kind: str = ""
    lines: tuple[tuple[str, str], ...] = ()


Row = Sequence[str | Cell]


def sheet(
    caption: str,
    headings: Sequence[str],
    rows: Iterable[Row],
    *,
    texts: bool = False,
    named: bool = True,
) -> str:
    """Return a table whose first column names its rows, if they are `named`; `texts` gives room for sentences."""
    head = "".join(f'<th scope="col">{escaped(one)}</th>' for one in headings)
    body = "".join(f"<tr>{_row(row, named=named)}</tr>" for row in rows)
    kind = "sheet texts" if texts else "sheet"
    return (
        f'<div class="{kind}" tabindex="0" role="region" aria-label="{escaped(caption)}"><table>'
        f"<caption>{escaped(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Row, *, named: bool) -> str:
    if not named:
        return "".join(_cell(one) for one in row)
    first, *others = row
    name = first.text if isinstance(first, Cell) else first
    return f'<th scope="row">{escaped(name)}</th>' + "".join(_cell(one) for one in others)


def _cell(one: str | Cell) -> str:
    if isinstance(one, str):
        return f"<td>{escaped(one)}</td>"
    marked = f' class="{one.kind}"' if one.kind else ""
    items = "".join(f"<li>{escaped(text)}{_small(note)}</li>" for text, note in one.lines)
    return f"<td{marked}>{escaped(one.text)}" + (f"<ul>{items}</ul>" if items else "") + "</td>"


def _small(note: str) -> str:
    return f"<small>{escaped(note)}</small>" if note else ""
