"""The answers to an editor's questions about one open text, as values of the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alpr_policy.formatting import format_text
from alpr_policy.lint.config import settings_for
from alpr_policy.questions.editing import mention_at
from alpr_policy.questions.editing_complete import complete
from alpr_policy.questions.editing_fixes import fixes
from alpr_policy.questions.editing_gists import gist
from alpr_policy.questions.editing_names import RenameError, declaration, renamable, rename, symbols, uses
from alpr_policy.source import Span
from alpr_policy_adapters.lsp.desk import Desk, Open, path_of
from alpr_policy_adapters.lsp.looking import suites_near
from alpr_policy_adapters.lsp.translate import ORIGIN, Places


class Answers:
    """Answers questions; each method takes the protocol's parameters and returns its answer, None for no answer."""

    def __init__(self, desk: Desk, open_documents: Any) -> None:
        """Answer about the texts of `desk`; `open_documents` gives all that is open, by address."""
        from lsprotocol import types

        self.types = types
        self.desk = desk
        self.open_documents = open_documents

    def _asked(self, params: Any) -> tuple[Open, Places]:
        uri = params.text_document.uri
        return self.desk.get(uri), self.desk.places(uri)

    def completion(self, params: Any) -> Any:
        """Return what may be written at a place."""
        one, places = self._asked(params)
        found = complete(one.draft, *places.from_client(params.position))
        return self.types.CompletionList(is_incomplete=False, items=[places.completion(each) for each in found])

    def hover(self, params: Any) -> Any:
        """Return what a word means."""
        one, places = self._asked(params)
        found = mention_at(one.draft, *places.from_client(params.position))
        told = gist(one.draft, found) if found is not None else ""
        if found is None or not told:
            return None
        content = self.types.MarkupContent(kind=self.types.MarkupKind.Markdown, value=told)
        return self.types.Hover(contents=content, range=places.range(found.span))

    def definition(self, params: Any) -> Any:
        """Return where a name is declared."""
        one, places = self._asked(params)
        found = mention_at(one.draft, *places.from_client(params.position))
        there = declaration(one.draft, found) if found is not None else None
        return self.types.Location(uri=one.uri, range=places.range(there.span)) if there is not None else None

    def references(self, params: Any) -> Any:
        """Return all places that use a name."""
        one, places = self._asked(params)
        found = mention_at(one.draft, *places.from_client(params.position))
        if found is None or found.sort in ("key", "value"):
            return []
        context = getattr(params, "context", None)
        also = context is None or context.include_declaration
        return [
            self.types.Location(uri=one.uri, range=places.range(each.span))
            for each in uses(one.draft, found, declared=also)
        ]

    def prepare_rename(self, params: Any) -> Any:
        """Return the name at a place, if it can be changed."""
        one, places = self._asked(params)
        found = renamable(one.draft, *places.from_client(params.position))
        if found is None:
            return None
        return self.types.PrepareRenamePlaceholder(range=places.range(found.span), placeholder=found.name)

    def rename(self, params: Any) -> Any:
        """Return all edits for a new name, those of the expected answers beside the profile included."""
        one, places = self._asked(params)
        found = renamable(one.draft, *places.from_client(params.position))
        if found is None:
            return None
        opened = {path.resolve(): uri for uri in self.open_documents() if (path := path_of(uri)) is not None}
        texts = {path: self.open_documents()[uri].source for path, uri in opened.items()}
        suites = suites_near(one.file, texts) if one.file is not None else []
        by_file: dict[str, list[Any]] = {}
        others = {source.name: source for source, _ in suites}
        for each in rename(one.draft, found, params.new_name, suites):
            if each.span.file in others:
                path = Path(each.span.file)
                lines = tuple(line.removesuffix("\r") for line in others[each.span.file].text.split("\n"))
                there, uri = Places(lines, places.codec), opened.get(path, path.as_uri())
            else:
                there, uri = places, one.uri
            by_file.setdefault(uri, []).append(self.types.TextEdit(range=there.range(each.span), new_text=each.text))
        return self.types.WorkspaceEdit(changes=by_file)

    def symbols(self, params: Any) -> Any:
        """Return the parts of a text."""
        one, places = self._asked(params)
        return [places.symbol(each) for each in symbols(one.draft)]

    def actions(self, params: Any) -> Any:
        """Return the mends for what was found in a range."""
        one, places = self._asked(params)
        first, last = params.range.start.line + 1, params.range.end.line + 1
        made: list[Any] = []
        for found in one.look.diagnostics:
            if not first <= found.span.line <= last:
                continue
            shown = places.diagnostic(found)
            for fix in fixes(one.draft, found):
                edit = self.types.TextEdit(range=places.range(fix.span), new_text=fix.text)
                made.append(self._action(one.uri, fix.title, [edit], shown))
            made += self._mends(one, places, found.code, found.span, shown)
        return made

    def _mends(self, one: Open, places: Places, code: str, span: Span, shown: Any) -> list[Any]:
        """Return the linter's mends of one finding; its offsets are those of the text that was linted."""
        if one.looked_at != one.draft.lines:
            return []
        made: list[Any] = []
        for rule, several in one.look.fixes:
            edits = [places.edit(each) for each in several]
            near = any(each.range.start.line <= span.line - 1 <= each.range.end.line for each in edits)
            if rule == code and near:
                made.append(self._action(one.uri, f"Mend: {rule}", edits, shown))
        return made

    def _action(self, uri: str, title: str, edits: list[Any], shown: Any) -> Any:
        return self.types.CodeAction(
            title=title,
            kind=self.types.CodeActionKind.QuickFix,
            diagnostics=[shown],
            edit=self.types.WorkspaceEdit(changes={uri: edits}),
        )

    def formatting(self, params: Any) -> Any:
        """Return the edit that lays a text out anew; None where it is right, or cannot be read."""
        one, places = self._asked(params)
        width = settings_for(one.file).width if one.file is not None else None
        made = format_text(one.draft.source, *([width] if width is not None else []))
        if made.diagnostics or made.text == one.draft.source.text:
            return None
        return [self.types.TextEdit(range=places.whole(), new_text=made.text)]


__all__ = ["ORIGIN", "Answers", "RenameError"]
