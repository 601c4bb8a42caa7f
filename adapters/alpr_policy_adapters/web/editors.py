"""A text editor for YAML that a screen reader can name, and that the keyboard can enter and leave."""

from __future__ import annotations

import json
from typing import Final

from nicegui import ui

LEAVE: Final = "In the editors, Tab indents; Escape and then Tab goes on to what comes next."
STYLE: Final = """
.yaml-editor { border: 1px solid #8888; width: 100%; font-size: .85rem; }
.body--dark .yaml-editor .cm-editor { filter: invert(1) hue-rotate(180deg); }
"""


def yaml_editor(text: str, label: str) -> ui.codemirror:
    """Draw an editor; `label` is its name for a screen reader."""
    ui.add_css(STYLE)
    made = ui.codemirror(text, language="YAML", theme="githubLight", indent="  ").classes("yaml-editor")
    # The framework has no property for the name of the field inside, which is what gets the focus.
    name = json.dumps(label)
    return made.on(
        "vnodeMounted",
        js_handler="(node) => { const field = node.el.querySelector('.cm-content'); "
        f"field.setAttribute('aria-label', {name}); field.tabIndex = 0; }}",
    )
