"""What stands around every tab: the heading, the way from tab to tab, light and dark, and signing in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Final

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from alpr_policy_adapters.http import Refusal, Service
from alpr_policy_adapters.web.desk import Desk, Tools, problem_of
from alpr_policy_adapters.web.visits import Visits, cookie_of


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of the page: its path below the page's, its name, the scope it takes, and the module that builds it.

    The module has a function `build(desk)`, which draws into the place where it is called.
    """

    path: str
    title: str
    scope: str
    module: str
    gist: str


TABS: Final = (
    Tab("/", "Try", "decide", "try_tab", "Ask whether an act may be done, and see why."),
    Tab("/compare", "Compare", "decide", "compare_tab", "What the departments say on one matter, side by side."),
    Tab("/write", "Write", "author", "write_tab", "Write a policy, and see at once what is wrong in it."),
    Tab("/what-if", "What if", "audit", "whatif_tab", "Judge a log under two policies, and see what would change."),
    Tab("/cases", "Cases and duties", "approve", "cases_tab", "What waits for whom, and what is overdue."),
    Tab("/ledger", "Ledger", "audit", "ledger_tab", "What was decided: search it, verify it, take it away."),
)
STYLE: Final = """
:root { color-scheme: light dark; }
body { font-size: 16px; }
.page-main { max-width: 76rem; margin: 0 auto; padding: 1rem; width: 100%; }
.page-nav a { color: #fff; text-decoration: none; padding: .35rem .7rem; border-radius: .3rem; white-space: nowrap; }
.page-nav a[aria-current=page] { background: #fff; color: #143a66; font-weight: 600; }
.page-nav a:hover { text-decoration: underline; }
a:focus-visible, button:focus-visible, [tabindex]:focus-visible { outline: 3px solid #e08a00; outline-offset: 2px; }
.page-main a { color: #1d4e89; } .body--dark .page-main a { color: #9cc4f0; }
@layer theme { .body--dark .text-primary { color: #9cc4f0 !important; } }
.outcome { font-weight: 700; padding: .15rem .6rem; border-radius: .3rem; color: #fff; }
.outcome-allow { background: #1b6e3a; } .outcome-needs { background: #8a5300; } .outcome-deny { background: #a32020; }
.quiet { color: #555; } .body--dark .quiet { color: #b5b5b5; }
.place { font-family: monospace; }
h1, h2, h3 { line-height: 1.3; letter-spacing: 0; }
h1 { font-size: 1.5rem; font-weight: 600; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; font-weight: 600; margin: 1rem 0 .3rem; }
h3 { font-size: 1rem; font-weight: 600; margin: .5rem 0 .2rem; }
table.page-table { border-collapse: collapse; font-size: .92rem; }
.page-table th, .page-table td { text-align: left; vertical-align: top; padding: .35rem .6rem; font-weight: 400; }
.page-table .page-short { white-space: nowrap; }
.page-table tr { border-bottom: 1px solid #8886; }
.page-table thead th { font-weight: 600; }
.page-asked { border-left: .3rem solid #e08a00; padding-left: .4rem; }
.page-foot { position: sticky; bottom: 0; background: #fff; padding: .5rem 0; border-top: 1px solid #8886; z-index: 1; }
.body--dark .page-foot { background: #121212; }
@media (min-width: 1024px) { .page-foot { display: none; } }
@media print { .q-header { display: none; } }
"""


def add_pages(service: Service, visits: Visits, tools: Tools) -> None:
    """Register a page for every tab."""
    for tab in TABS:
        ui.page(tab.path, title=f"{tab.title} · alpr-policy")(partial(_page, tab, service, visits, tools))


def _page(tab: Tab, service: Service, visits: Visits, tools: Tools) -> None:
    """Draw one tab for whoever asks."""
    request = ui.context.client.request
    address = request.client.host if request.client is not None else ""
    visit = visits.find(cookie_of(request.headers), address)
    if visit is None:
        with _around(None, ()):
            _sign_in(request.query_params.get("refused", ""))
        return
    desk = Desk(service, visits, visit, tools)
    may = visits.scopes(visit)
    with _around(tab, [one for one in TABS if one.scope in may], person=visit.person, signed_in=not visits.is_open):
        heading(tab.title, 1)
        ui.label(tab.gist).classes("quiet")
        try:
            desk.caller(tab.scope)
            import_module(f"alpr_policy_adapters.web.{tab.module}").build(desk)
        except Refusal as refusal:
            said(refusal.message)


@contextmanager
def _around(tab: Tab | None, tabs: Any, *, person: str = "", signed_in: bool = False) -> Iterator[None]:
    ui.colors(primary="#1d4e89", secondary="#4a5a6a", positive="#1b6e3a", negative="#a32020", warning="#8a5300")
    ui.add_head_html(f"<style>{STYLE}</style>")
    ui.dark_mode(None)
    with ui.header().classes("items-center gap-4 flex-wrap").style("background:#143a66"):
        ui.label("alpr-policy").classes("text-lg font-bold")
        with ui.element("nav").props('aria-label="Parts of this page"').classes("page-nav flex flex-wrap gap-1"):
            for one in tabs:
                link = ui.link(one.title, f"/page{one.path}")
                if tab is not None and one.path == tab.path:
                    link.props("aria-current=page")
        ui.space()
        if person:
            ui.label(person)
        if signed_in:
            with ui.element("form").props('method=post action="/page/sign-out"'):
                ui.button("Sign out").props("type=submit flat dense color=white")
    with ui.element("main").classes("page-main") as main:
        ui.skip_link("Skip to the content", target=main)
        yield


def _sign_in(refused: str) -> None:
    heading("Sign in", 1)
    ui.label("Paste the token that `alpr-policy token new` printed for you.").classes("quiet")
    if refused:
        said({"503": "The server lets nobody in at present.", "429": "Too often: wait a little."}.get(
            refused, "This token opens nothing."))  # fmt: skip
    with ui.element("form").props('method=post action="/page/sign-in"').classes("flex flex-col gap-3 max-w-md"):
        ui.input("Token").props("name=token type=password autocomplete=off outlined for=token").classes("w-full")
        ui.button("Sign in").props("type=submit")


def said(text: str) -> None:
    """Tell the visitor what was refused or wrong, where it happened and to a screen reader."""
    with (
        ui.row().props("role=alert").classes("items-center gap-2 p-2 rounded w-full").style("border:2px solid #a32020")
    ):
        ui.label(text)


def tell(text: str) -> None:
    """Tell the visitor in passing."""
    ui.notify(text, type="negative", position="top", close_button="Close", timeout=8000)


def heading(text: str, level: int = 2) -> None:
    """Write a heading."""
    TextElement(tag=f"h{level}", text=text)


def guarded(work: Callable[[], Any]) -> Callable[[], Any]:
    """Let a plain handler's refusals be told in passing."""

    def working() -> Any:
        try:
            return work()
        except Exception as error:
            tell(problem_of(error))
            return None

    return working


def mark_of(name: str) -> str:
    """Return the class by which an element is found again, of a name with dots and underscores."""
    return "m-" + name.replace(".", "-").replace("_", "-")
