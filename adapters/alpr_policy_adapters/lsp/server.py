"""The language server: who is asked what, and when a text that is being typed is looked at."""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from alpr_policy.errors import MissingExtraError, in_order
from alpr_policy_adapters.lsp.answers import Answers, RenameError
from alpr_policy_adapters.lsp.desk import Desk, Open, is_profile
from alpr_policy_adapters.lsp.looking import Look, Neighbours, first_look, kept_from, second_look
from alpr_policy_adapters.lsp.translate import ORIGIN

# Seconds of quiet before a text is looked at, and then before it is looked at again more deeply.
PAUSE = 0.05
LONGER_PAUSE = 0.4
TRIGGERS = [":", " ", "{", "[", ",", "-", "."]


def require(module: str) -> Any:
    """Import a module of the extra; raises MissingExtraError."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError("the language server", "lsp") from error


def make_server(policies: Iterable[Path] = ()) -> Any:
    """Return a server that knows floors and templates of `policies` too; raises MissingExtraError."""
    types, kind = require("lsprotocol.types"), require("pygls.lsp.server").LanguageServer
    server = kind(ORIGIN, _version(), text_document_sync_kind=types.TextDocumentSyncKind.Full)
    desk = Desk(lambda uri: server.workspace.get_text_document(uri))  # noqa: PLW0108  (there is none before the greeting)
    answers = Answers(desk, lambda: dict(server.workspace.text_documents))
    _Watch(server, desk, Neighbours(tuple(policies)), types).register()
    _register(server, answers, types)
    return server


def _version() -> str:
    try:
        return importlib.metadata.version("alpr-policy")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def _register(server: Any, answers: Answers, types: Any) -> None:
    """Tell the server which question is answered by what."""
    asked: list[tuple[str, Callable[[Any], Any], Any]] = [
        (types.TEXT_DOCUMENT_COMPLETION, answers.completion, types.CompletionOptions(trigger_characters=TRIGGERS)),
        (types.TEXT_DOCUMENT_HOVER, answers.hover, None),
        (types.TEXT_DOCUMENT_DEFINITION, answers.definition, None),
        (types.TEXT_DOCUMENT_REFERENCES, answers.references, None),
        (types.TEXT_DOCUMENT_PREPARE_RENAME, answers.prepare_rename, None),
        (types.TEXT_DOCUMENT_RENAME, answers.rename, types.RenameOptions(prepare_provider=True)),
        (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, answers.symbols, None),
        (
            types.TEXT_DOCUMENT_CODE_ACTION,
            answers.actions,
            types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
        ),
        (types.TEXT_DOCUMENT_FORMATTING, answers.formatting, None),
    ]
    for name, answer, options in asked:
        server.feature(name, options)(_guarded(server, name, answer, types))


def _guarded(server: Any, name: str, answer: Callable[[Any], Any], types: Any) -> Callable[[Any], Any]:
    """Give no answer and a line in the log where an answer fails; a name that will not do is told to the author."""

    def ask(params: Any) -> Any:
        try:
            return answer(params)
        except RenameError as error:
            refused = require("pygls.exceptions").JsonRpcInvalidParams
            raise refused("; ".join(one.message for one in error.diagnostics)) from None
        except Exception as error:
            _log(server, types, name, error)
            return None

    return ask


def _log(server: Any, types: Any, name: str, error: Exception) -> None:
    said = " ".join(f"{name}: {type(error).__name__}: {error}".split())[:500]
    server.window_log_message(types.LogMessageParams(type=types.MessageType.Error, message=said))


class _Watch:
    """Looks at texts once their author pauses, and tells what was found."""

    def __init__(self, server: Any, desk: Desk, neighbours: Neighbours, types: Any) -> None:
        self.server, self.desk, self.neighbours, self.types = server, desk, neighbours, types
        self.waiting: dict[str, asyncio.Task[None]] = {}

    def register(self) -> None:
        """Take part in what happens to texts."""
        types = self.types

        async def opened(params: Any) -> None:
            self._soon(params.text_document.uri, 0.0)

        async def changed(params: Any) -> None:
            self._soon(params.text_document.uri, PAUSE)

        async def closed(params: Any) -> None:
            uri = params.text_document.uri
            waiting = self.waiting.pop(uri, None)
            if waiting is not None:
                waiting.cancel()
            self.desk.close(uri)
            self._tell(uri, [])

        self.server.feature(types.TEXT_DOCUMENT_DID_OPEN)(opened)
        self.server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(changed)
        self.server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(closed)

    def _soon(self, uri: str, pause: float) -> None:
        waiting = self.waiting.get(uri)
        if waiting is not None:
            waiting.cancel()
        self.waiting[uri] = asyncio.create_task(self._look(uri, pause))

    async def _look(self, uri: str, pause: float) -> None:
        try:
            await asyncio.sleep(pause)
            one = self.desk.get(uri)
            if not is_profile(one.draft):
                self._tell(uri, [], one.version)
                return
            self._show_first(one)
            await asyncio.sleep(LONGER_PAUSE)
            text = one.draft
            look = await asyncio.to_thread(second_look, text, self.neighbours, one.file)
            if one.draft is text:
                self._show(one, look)
        except Exception as error:
            _log(self.server, self.types, "looking", error)

    def _show_first(self, one: Open) -> None:
        """Show what refuses the text, and of what was found before what still stands there."""
        found = first_look(one.draft)
        kept = kept_from(one.look, one.looked_at, one.draft.lines)
        self._show(one, Look(in_order([*found.diagnostics, *kept])))

    def _show(self, one: Open, look: Look) -> None:
        one.look, one.looked_at = look, one.draft.lines
        places = self.desk.places(one.uri)
        self._tell(one.uri, [places.diagnostic(found) for found in look.diagnostics], one.version)

    def _tell(self, uri: str, found: list[Any], version: int | None = None) -> None:
        params = self.types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=version)
        self.server.text_document_publish_diagnostics(params)
