"""The document of a policy as one HTML file: no scripts, nothing fetched; light, dark, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from alpr_policy.questions.documents.drawing import FLOW_STYLE, drawing
from alpr_policy.questions.documents.markdown import hidden_note
from alpr_policy.questions.documents.parts import Flow, Part, PolicyDocument, Section, Sentences, Statements, Table
from alpr_policy.questions.printable import bullets, escaped, heading, page, paragraph, table
from alpr_policy.questions.telling import Told

# Tables with more columns than this are narrow cells with a mark each.
MARKED: Final = 10
STYLE: Final = """
:root { color-scheme: light dark; --ink: #111; --paper: #fff; --quiet: #555; --line: #bbb; --head: #eee;
  --gap: #8a0000; --box: #f4f6f9; --act: #dfe9f5; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #16181b; --quiet: #aaa; --line: #4a4d52;
  --head: #26292e; --gap: #ff9a8a; --box: #1f2227; --act: #1d3047; } }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --quiet: #444; --line: #999; --head: #eee;
  --gap: #8a0000; --box: #fff; --act: #eee; } }
body { color: var(--ink); background: var(--paper); }
h2 { border-color: var(--line); } h3 { font-size: 1.02em; margin: 1.2em 0 .3em; break-after: avoid; }
th { background: var(--head); white-space: normal; } th, td { border-color: var(--line); }
.gap { color: var(--gap); } .quiet { color: var(--quiet); } a { color: inherit; }
.wide { overflow-x: auto; } .wide td:first-child { min-width: 9em; }
.marks td:nth-child(n+4) { text-align: center; padding: .25em .1em; } .marks th:nth-child(n+4) { padding: .25em .2em; }
.told { padding-left: 1.2em; } .told li { margin: .35em 0; } .told b { font-weight: 600; }
nav ul { columns: 2; padding-left: 1.2em; } code { overflow-wrap: anywhere; font-size: .9em; }
@media (max-width: 40em) { body { padding: 0 .8em; margin: 1em auto; } nav ul { columns: 1; } }
@media print { .wide { overflow: visible; } .wide td:first-child { min-width: 0; } nav { display: none; }
  .wide table { font-size: 8pt; } }
"""


def policy_page(document: PolicyDocument) -> str:
    """Return the document as one HTML file."""
    title = f"{document.department}: {document.title}"
    body = [heading(title, 1), paragraph(f"Policy {document.version}. Numbers in brackets are clauses of the policy.")]
    body += [paragraph(document.note, "gap")] if document.note else []
    body += [paragraph(hidden_note(document.hidden), "quiet")] if document.hidden else []
    body.append(
        f'<p class="quiet">Profile <code>{escaped(document.profile)}</code>, '
        f"content <code>{escaped(document.content_hash)}</code>.</p>"
    )
    links = (f'<li><a href="#{one.name}">{escaped(one.title)}</a></li>' for one in document.sections)
    body.append(f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>')
    return page_of(title, body, document.sections)


def page_of(title: str, head: Iterable[str], sections: Iterable[Section]) -> str:
    """Return a page of HTML that stands above, and sections below it."""
    body = list(head)
    for section in sections:
        body.append(f'<section id="{section.name}">{heading(section.title)}')
        body += [html for part in section.parts for html in _part(part)]
        body.append("</section>")
    return page(title, body, STYLE + FLOW_STYLE)


def _part(part: Part) -> Iterator[str]:
    match part:
        case Sentences():
            kind = "quiet" if part.quiet else ""
            yield bullets(part.texts, kind) if part.listed else paragraph(" ".join(part.texts), kind)
        case Statements():
            yield from [heading(part.title, 3)] if part.title else []
            yield '<ul class="told">' + "".join(_told(one) for one in part.told) + "</ul>"
        case Table():
            kind = "wide marks" if len(part.headings) > MARKED and part.headings[0] == "duty" else "wide"
            yield f'<div class="{kind}" tabindex="0">{table(part.headings, part.rows)}</div>'
        case Flow():
            yield f"<figure><figcaption>{escaped(part.title)}</figcaption>{drawing(part)}</figure>"


def _told(told: Told) -> str:
    reading = f'<br><span class="quiet">{escaped(told.reading)}</span>' if told.reading else ""
    return f'<li id="s-{escaped(told.id)}"><b>{escaped(told.id)}</b>: {escaped(told.whole)}{reading}</li>'
