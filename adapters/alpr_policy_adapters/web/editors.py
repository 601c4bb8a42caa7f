"""A text editor for YAML that a screen reader can name, and that the keyboard can enter and leave."""

from __future__ import annotations

import json
from typing import Final

from nicegui import ui

from alpr_policy_adapters.web.frame import tell

LEAVE: Final = "In the editors, Tab indents; Escape and then Tab goes on to what comes next."
OUT_OF_STEP: Final = "A text of about a megabyte or more cannot be sent: this is the last one that arrived."
STYLE: Final = """
.yaml-editor { border: 1px solid #8888; width: 100%; font-size: .85rem; }
.body--dark .yaml-editor .cm-editor { filter: invert(1) hue-rotate(180deg); }
"""


class YamlEditor(ui.codemirror):  # type: ignore[misc]  # the framework is not typed for us
    """The framework's editor, which goes back to the last text that arrived where one was too large to be sent."""

    def _apply_change_set(self, sections: list[int], inserted: list[list[str]]) -> str:
        # A change counts from the text in the browser. Once that text did not arrive, it would be put in wrong places.
        if sum(sections[::2]) == len(self._codepoints):
            return str(super()._apply_change_set(sections, inserted))
        tell(OUT_OF_STEP)
        self.update()
        return str(self.value or "")


def yaml_editor(text: str, label: str) -> YamlEditor:
    """Draw an editor; `label` is its name for a screen reader."""
    ui.add_css(STYLE)
    made: YamlEditor = YamlEditor(text, language="YAML", theme="githubLight", indent="  ").classes("yaml-editor")
    # The framework has no property for the name of the field inside, which is what gets the focus.
    name = json.dumps(label)
    made.on(
        "vnodeMounted",
        js_handler="(node) => { const field = node.el.querySelector('.cm-content'); "
        f"field.setAttribute('aria-label', {name}); field.tabIndex = 0; }}",
    )
    return made
