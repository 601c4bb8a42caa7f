"""`alpr-policy serve`: the policy decision point over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.live import LivePolicyDecisionPoint
from alpr_policy_adapters.cli.directory_options import DirectoryPath, PeopleUrl, load_directory
from alpr_policy_adapters.cli.office_options import RecordTo
from alpr_policy_adapters.cli.options import Json, Policies, UsageError
from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.http import (
    Asking,
    Binding,
    Deciding,
    Limits,
    Register,
    Service,
    TokenFile,
    read_register,
)
from alpr_policy_adapters.http import (
    serve as run_server,
)
from alpr_policy_adapters.http.extras import require
from alpr_policy_adapters.http.running import write_line
from alpr_policy_adapters.web import Tools

LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})

Served = Annotated[
    list[str], typer.Option("--profile", "-p", metavar="NAME", help="A department that is served; more may be given.")
]
Tokens = Annotated[
    Path | None, typer.Option("--tokens", metavar="FILE", help="Who may ask what; made with `alpr-policy token new`.")
]
Open = Annotated[bool, typer.Option("--open", help="Serve without tokens, on this machine alone.")]
Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")]
Public = Annotated[
    str | None, typer.Option("--public-url", metavar="URL", help="How callers reach the server, as https://name.")
]
Certificate = Annotated[Path | None, typer.Option("--tls-cert", metavar="FILE", help="The certificate, in PEM.")]
Key = Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its private key, in PEM.")]
Listed = Annotated[
    Path | None, typer.Option("--register", metavar="FILE", help="Resources such as readers, with their facts.")
]
Seconds = Annotated[float, typer.Option("--max-seconds", min=0.1, max=600, help="For reading and answering a request.")]
Body = Annotated[int, typer.Option("--max-body", min=1_000, max=100_000_000, help="Bytes of the body of a request.")]
Rate = Annotated[float, typer.Option("--rate", min=0, help="Requests a second for each token; 0 for any number.")]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that share the socket.")]
Watch = Annotated[float, typer.Option("--watch", min=0, help="Seconds between looks for changed profiles; 0 never.")]
Grace = Annotated[int, typer.Option("--grace", min=1, max=600, help="Seconds to finish what was begun at the end.")]
WithPage = Annotated[bool, typer.Option("--page", help="Serve the page for people, too, under /page (extra `web`).")]
Logs = Annotated[
    Path | None, typer.Option("--logs", metavar="FOLDER", help="Logs that the page may replay; with --page.")
]
Suites = Annotated[
    Path | None, typer.Option("--suites", metavar="FOLDER", help="Expected answers that the page may run; with --page.")
]
Logged = Annotated[bool, typer.Option("--log/--no-log", help="Log each request on standard error, as JSON.")]


def serve(
    departments: Served,
    tokens: Tokens = None,
    open_to_all: Open = False,
    host: Host = "127.0.0.1",
    port: Port = 8181,
    public_url: Public = None,
    tls_cert: Certificate = None,
    tls_key: Key = None,
    ledger: RecordTo = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    register: Listed = None,
    max_seconds: Seconds = 10.0,
    max_body: Body = 1_000_000,
    rate: Rate = 0.0,
    workers: Workers = 1,
    watch: Watch = 5.0,
    grace: Grace = 30,
    with_page: WithPage = False,
    logs: Logs = None,
    suites: Suites = None,
    logged: Logged = True,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Answer over HTTP whether an act may be done: OpenID AuthZEN 1.0, and a native API. See docs/server.md.

    SIGTERM ends it and finishes what was begun; SIGHUP loads the profiles anew. Its log is JSON with or without --json.
    """
    require("the server", "starlette", "uvicorn")
    _fits(tokens, host, tls_cert, tls_key, open_to_all=open_to_all)
    page = _page(Tools(logs=logs, suites=suites, policies=tuple(policies or ())), workers) if with_page else None
    limits = Limits(body=max_body, seconds=max_seconds, rate=rate)
    point = LivePolicyDecisionPoint(*(policies or ()), departments=departments)
    people = None if directory is None else load_directory(directory, people_url)
    kept = None
    if ledger is not None:
        kept = Kept(ledger, point, people=people, directory=directory, people_url=people_url)
    deciding = Deciding(point, people=people, keeper=kept)
    listed = read_register(register) if register is not None else Register()
    binding = Binding(host=host, port=port, workers=workers, certificate=tls_cert, key=tls_key, grace=grace)
    with binding.listen() as opened:
        service = Service(
            Asking(deciding, _now, listed, limits),
            departments=tuple(dict.fromkeys(departments)),
            tokens=TokenFile(tokens, _now) if tokens is not None else None,
            public_url=_public(public_url) if public_url is not None else binding.url(opened),
            log=write_line if logged else None,
            watch=watch,
        )
        run_server(service, binding, opened=opened, extend=partial(page, service) if page is not None else None)


def _page(tools: Tools, workers: int) -> Callable[[Service, Any], None]:
    """Return what adds the page to a server; raises MissingExtraError and UsageError."""
    from alpr_policy_adapters.web import attach
    from alpr_policy_adapters.web.extras import require as require_web

    require_web("the page", "nicegui")
    if workers != 1:
        help = "leave out --workers, or serve the page by a process of its own on the same ledger"
        raise UsageError([Diagnostic("usage", "the page is served by one process", help=help)])
    for folder in (tools.logs, tools.suites):
        if folder is not None and not folder.is_dir():
            raise UsageError([Diagnostic("usage", f"`{folder}` is not a folder")])
    return lambda service, app: attach(app, service, tools)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _fits(tokens: Path | None, host: str, certificate: Path | None, key: Path | None, *, open_to_all: bool) -> None:
    """Raise UsageError for what must not be served so."""
    if (tokens is None) is not open_to_all:
        told = "it must be said who may ask"
        raise UsageError([Diagnostic("usage", told, help="give --tokens FILE, or --open for this machine alone")])
    if open_to_all and host not in LOCAL:
        told = f"without tokens nothing is served on `{host[:60]}`"
        raise UsageError([Diagnostic("usage", told, help="give --tokens FILE")])
    if (certificate is None) is not (key is None):
        raise UsageError([Diagnostic("usage", "--tls-cert and --tls-key belong together")])
    for path in (certificate, key):
        if path is not None and not path.is_file():
            raise UsageError([Diagnostic("usage", f"`{path}` is not a file")])


def _public(url: str) -> str:
    """Return the address that the metadata tells, if AuthZEN allows it; raises UsageError."""
    rest = url.removeprefix("https://")
    if rest == url or not rest or any(one in rest for one in "?# ") or not rest.isascii() or not rest.isprintable():
        help = "write it as https://policy.example.org, without query or fragment"
        raise UsageError([Diagnostic("usage", "--public-url is not an address that can be told", help=help)])
    return url
