"""Pages for print: one HTML file by itself, without scripts or anything fetched, in which every text is escaped."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from alpr_policy.model.request import Moment

STYLE: Final = """
:root { color-scheme: light; }
body { font: 11pt/1.45 Georgia, 'Times New Roman', serif; color: #111; background: #fff; max-width: 60em;
  margin: 2em auto; padding: 0 1.5em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 1.8em; border-bottom: 1px solid #888; break-after: avoid; }
table { border-collapse: collapse; width: 100%; margin: .6em 0; } thead { display: table-header-group; }
th, td { border: 1px solid #bbb; padding: .25em .5em; text-align: left; vertical-align: top;
  overflow-wrap: break-word; }
th { background: #eee; white-space: nowrap; } td:empty { height: 2.2em; } tr { break-inside: avoid; }
.gap { color: #8a0000; } .quiet { color: #555; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 9.5pt; } @page { margin: 18mm; } }
"""


def escaped(text: str) -> str:
    """Return a text as HTML; characters that turn or hide text become visible."""
    return html.escape("".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text), quote=True)


def page(title: str, body: Iterable[str], style: str = "") -> str:
    """Return a whole page; `body` is HTML already, and `style` comes behind the style sheet of all pages."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{escaped(title)}</title>'
        f"<style>{STYLE}{style}</style>"
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body>\n</html>\n"
    )


def heading(text: str, level: int = 2) -> str:
    """Return a heading."""
    return f"<h{level}>{escaped(text)}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph, of a class of the style sheet if one is named."""
    marked = f' class="{kind}"' if kind else ""
    return f"<p{marked}>{escaped(text)}</p>"


def bullets(texts: Iterable[str], kind: str = "") -> str:
    """Return a list."""
    marked = f' class="{kind}"' if kind else ""
    return f"<ul{marked}>" + "".join(f"<li>{escaped(one)}</li>" for one in texts) + "</ul>"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of texts."""
    head = "".join(f"<th>{escaped(one)}</th>" for one in headings)
    body = "".join("<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def when(moment: Moment, zone: ZoneInfo) -> str:
    """Return a moment as a reader of a page takes it: a day, or day and time where the department is."""
    if not isinstance(moment, dt.datetime):
        return moment.isoformat()
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(" ", "minutes")
