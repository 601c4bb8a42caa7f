"""A button that lets a file be chosen and takes it: the framework's own box for it cannot be worked by everybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from alpr_policy_adapters.web.desk import told
from alpr_policy_adapters.web.frame import tell


def upload_button(
    label: str, *, accept: str, most: int, too_much: str, taken: Callable[[Any], Awaitable[None]], mark: str
) -> ui.upload:
    """Draw the button and return what stands behind it, out of sight.

    `accept` are endings of names, `most` the bytes of a file, beyond which `too_much` is told; `taken` gets the event.
    The browser keeps to `most`, and whoever takes the file has to look for itself as well.
    """
    hidden = ui.upload(max_file_size=most, auto_upload=True, on_upload=told(tell)(taken),
                       on_rejected=lambda: tell(too_much))  # fmt: skip
    hidden.props(f"accept={accept}").classes(f"hidden m-{mark}")
    button = ui.button(label, icon="upload", on_click=lambda: hidden.run_method("pickFiles"))
    button.props("outline no-caps").classes(f"m-{mark}-button")
    return hidden
