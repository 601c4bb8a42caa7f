"""A table as a table: headed columns that a screen reader can name, in a box of its own that scrolls on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

SHORT = 20
"""Characters of a text that is not broken, such as an instant."""
Cell = str | Callable[[], object]
"""A text, or what draws into the cell."""


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Draw a table and return how many rows it has; the first cell of a row is its heading."""
    count = 0
    box = ui.element("div").classes("w-full overflow-x-auto").props(f'tabindex=0 role=region aria-label="{caption}"')
    with box, ui.element("table").classes("w-full page-table"):
        with ui.element("thead"), ui.element("tr"):
            for text in headings:
                TextElement(tag="th", text=text).props("scope=col")
        with ui.element("tbody"):
            for cells in rows:
                count += 1
                with ui.element("tr"):
                    for place, cell in enumerate(cells):
                        _cell(cell, is_first=place == 0)
    return count


def _cell(cell: Cell, *, is_first: bool) -> None:
    tag, props = ("th", "scope=row") if is_first else ("td", "")
    if isinstance(cell, str):
        made = TextElement(tag=tag, text=cell).props(props)
        if len(cell) <= SHORT:
            made.classes("page-short")
        return
    with ui.element(tag).props(props):
        cell()
