"""The text of a profile as a page, each line coloured by what tests show of it. One file, without anything to load."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

from alpr_policy.questions.testing.covering import Covered, LeafCovered, StatementCovered
from alpr_policy.source import SourceFile

KINDS = ("statements", "conditions", "citations")
STYLE = """
:root { color-scheme: light dark; --ran: #d9f2dd; --part: #fff1c9; --never: #fbd5d5; --ink: #1b1f24; --dim: #667; }
@media (prefers-color-scheme: dark) {
  :root { --ran: #12391d; --part: #463a08; --never: #4d1616; --ink: #e8e8e8; --dim: #99a; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0; text-align: left; }
pre { font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; }
pre span { display: block; } pre i { font-style: normal; color: var(--dim); user-select: none; }
.ran { background: var(--ran); } .part { background: var(--part); } .never { background: var(--never); }
.key span { padding: 0 .5rem; } .note { color: var(--dim); }
"""


def page(covered: Iterable[Covered], sources: Mapping[str, SourceFile]) -> str:
    """Return an HTML page of what tests hold of some profiles; `sources` are their texts by file."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>What tests hold</title>',
        f"<style>{STYLE}</style></head><body><h1>What tests hold</h1>",
        '<p class="key"><span class="ran">ran, and every condition is shown to decide</span> '
        '<span class="part">ran, and some condition is not</span> <span class="never">never applied</span></p>',
    ]
    for one in covered:
        parts += _profile(one, sources.get(one.file))
    return "\n".join([*parts, "</body></html>", ""])


def _profile(one: Covered, source: SourceFile | None) -> list[str]:
    rows = [f"<tr><th>{kind}</th><td>{_share(one, kind)}</td></tr>" for kind in KINDS]
    head = [
        f"<h2>{_e(one.profile)}, {_e(one.version)}</h2>",
        f"<table>{''.join(rows)}<tr><th>tests</th><td>{one.tests:,}</td></tr></table>",
    ]
    gone = [cite.clause for cite in one.citations if not cite.tests]
    head += [f"<p>No test reaches a statement on {_e(', '.join(gone))}.</p>"] if gone else []
    return [*head, "<pre>", *_lines(one, source), "</pre>"] if source is not None else head


def _share(one: Covered, kind: str) -> str:
    done, every = one.counts(kind)
    return f"{done} of {every} ({one.percent(kind):.1f} %)"


def _lines(one: Covered, source: SourceFile) -> list[str]:
    text = source.text.splitlines()
    colour: dict[int, tuple[str, str]] = {}
    for statement in one.statements:
        if statement.place.file == source.name:
            way, told = state(statement), _statement(statement)
            for line in extent(text, statement):
                colour[line] = (way, told)
            for leaf in statement.leaves:
                if leaf.counted and not leaf.shown and way != "never":
                    colour[leaf.place.line] = ("never", f"{told}; {leaf_text(leaf)}")
    return [_line(number, line, colour.get(number)) for number, line in enumerate(text, start=1)]


def _line(number: int, line: str, coloured: tuple[str, str] | None) -> str:
    marked = f' class="{coloured[0]}" title="{_e(coloured[1])}"' if coloured is not None else ""
    return f"<span{marked}><i>{number:>5}  </i>{_e(line) or ' '}</span>"


def state(one: StatementCovered) -> str:
    """Return `never` where a statement never applied, `part` where a condition of it is not shown to decide."""
    if not one.ran:
        return "never"
    return "ran" if all(leaf.shown for leaf in one.leaves if leaf.counted) else "part"


def _statement(one: StatementCovered) -> str:
    return f"{one.id}: applied {one.true}, did not {one.false}, not known {one.unknown}"


def leaf_text(leaf: LeafCovered) -> str:
    """Say what tests do not show of a condition."""
    came = [word for word, seen in (("true", leaf.true), ("false", leaf.false), ("unknown", leaf.unknown)) if seen]
    return f"no two tests show that `{leaf.text}` decides; it was {' and '.join(came) or 'never asked'}"


def extent(text: list[str], one: StatementCovered) -> range:
    """Return the lines of a statement: its first, and all that are further in and follow."""
    first = one.place.line
    inside = one.place.column - 1
    last = first
    for number in range(first + 1, len(text) + 1):
        line = text[number - 1]
        if line.strip() and len(line) - len(line.lstrip()) < inside:
            break
        last = number if line.strip() else last
    return range(first, last + 1)


def _e(text: str) -> str:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return html.escape(shown, quote=True)
