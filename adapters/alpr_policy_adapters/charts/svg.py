"""A matplotlib figure as SVG to put into a page: the same bytes every time, text as text, colours of the page."""

from __future__ import annotations

import importlib
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from alpr_policy.errors import MissingExtraError

# Colours by the name that a page's style gives them, and what stands for them where a picture is shown by itself.
COLOURS: Final[Mapping[str, str]] = {
    "ink": "#111213",
    "paper": "#fefdfc",
    "quiet": "#545556",
    "line": "#b8b9ba",
    "heat": "#5b9bd8",
    "allow": "#0072b2",
    "needs": "#e69f00",
    "deny": "#d55e00",
    "before": "#8a8b8c",
    "after": "#0173b2",
}
LONGEST: Final = 34
SETTINGS: Final = {
    "svg.fonttype": "none",
    "svg.hashsalt": "alpr-policy",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11.0,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLOURS["line"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.axisbelow": True,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["quiet"],
    "ytick.color": COLOURS["quiet"],
    "grid.color": COLOURS["line"],
    "hatch.color": COLOURS["paper"],
    "hatch.linewidth": 1.2,
    "legend.frameon": False,
}


@contextmanager
def figure(width: float, height: float) -> Iterator[Any]:
    """Give an empty figure of a size in inches and our settings, which end with it; raises MissingExtraError."""
    require_charts()
    import matplotlib
    from matplotlib.figure import Figure

    # A letter that no typeface here has is drawn by the reader's browser.
    with matplotlib.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield Figure(figsize=(width, height), layout="constrained")


def require_charts() -> None:
    """Import what draws; raises MissingExtraError."""
    try:
        importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise MissingExtraError("drawing charts", "report") from error


def svg(drawn: Any, *, name: str, label: str) -> str:
    """Return a figure as SVG for a page; `name` keeps its ids apart from other charts', `label` says what it shows.

    To be called while the figure's settings hold.
    """
    out = io.StringIO()
    drawn.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # A style element inside a picture would reach all of the page.
    text = re.sub(r"<style[^>]*>.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    text = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 system-ui, sans-serif", text)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    for colour, written in COLOURS.items():
        text = text.replace(f": {written}", f": var(--{colour}, {written})")
    said = _attribute(label)
    head = f'<svg role="img" aria-label="{said}" stroke-linejoin="round" stroke-linecap="butt"'
    return re.sub(r"<svg([^>]*)>", rf"{head}\g<1>><title>{said}</title>".replace("\\g<1>", r"\g<1>"), text, count=1)


def _attribute(text: str) -> str:
    plain = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def short(text: str) -> str:
    """Return a label that fits beside a bar, without signs that hide or turn text."""
    plain = "".join(c if c.isprintable() else "\ufffd" for c in text) or "(none)"
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
