"""Flows as inline SVG: boxes one below the other, narrow enough for a phone; texts are wrapped by counting letters."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Final

from alpr_policy.questions.documents.parts import Flow, Step
from alpr_policy.questions.printable import escaped

WIDTH, MARGIN, PADDING, GAP = 420, 4, 10, 24
LARGE, SMALL = 13, 11
# A letter of these fonts is seldom wider than this share of its height; a text that is all capitals may be.
LETTER: Final = 0.56
FLOW_STYLE: Final = """
figure { margin: 1em 0 1.6em; } figcaption { font-weight: 600; margin-bottom: .4em; break-after: avoid; }
figure svg { width: 100%; max-width: 32em; height: auto; display: block; }
figure svg rect { fill: var(--box); stroke: var(--line); }
figure svg .act rect { fill: var(--act); stroke: var(--ink); }
figure svg .after rect { stroke-dasharray: 4 3; } figure svg path { stroke: var(--ink); fill: none; }
figure svg text { fill: var(--ink); font: 13px system-ui, 'Liberation Sans', Arial, sans-serif; }
figure svg text.small { fill: var(--quiet); font-size: 11px; }
@media print { figure svg { max-width: 24em; } }
"""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: int


def drawing(flow: Flow) -> str:
    """Return a flow as an SVG element that says its steps to a screen reader."""
    top, shapes = MARGIN, []
    for number, step in enumerate(flow.steps):
        if number:
            shapes.append(_arrow(top, top + GAP))
            top += GAP
        lines = _lines(step)
        height = 2 * PADDING + sum(line.size + 4 for line in lines)
        shapes.append(_box(step, lines, top, height))
        top += height
    name = escaped(flow.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + MARGIN}" role="img" '
        f'aria-label="{name}"><title>{name}</title>{"".join(shapes)}</svg>'
    )


def _lines(step: Step) -> list[_Line]:
    found = [_Line(line, LARGE) for line in _wrapped(step.text, LARGE)]
    return found + [_Line(line, SMALL) for note in step.notes for line in _wrapped(note, SMALL)]


def _wrapped(text: str, size: int) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), int((WIDTH - 2 * (MARGIN + PADDING)) / (size * LETTER))) or [""]


def _box(step: Step, lines: list[_Line], top: int, height: int) -> str:
    texts, baseline = [], top + PADDING
    for line in lines:
        baseline += line.size + 4
        small = ' class="small"' if line.size == SMALL else ""
        texts.append(f'<text x="{MARGIN + PADDING}" y="{baseline - 5}"{small}>{escaped(line.text)}</text>')
    size = f'x="{MARGIN}" y="{top}" width="{WIDTH - 2 * MARGIN}" height="{height}" rx="6"'
    return f'<g class="{step.kind}"><rect {size}/>{"".join(texts)}</g>'


def _arrow(start: int, end: int) -> str:
    middle = WIDTH // 2
    return (
        f'<path d="M{middle} {start} V{end - 2} M{middle - 5} {end - 8} L{middle} {end - 2} L{middle + 5} {end - 8}"/>'
    )
