"""The engine's items in the words of the protocol: places from 0 and in the units that the editor counts in."""

from __future__ import annotations

from typing import Any

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.lint.rule import Edit
from alpr_policy.questions.editing_complete import Completion
from alpr_policy.questions.editing_names import Symbol
from alpr_policy.source import Span

ORIGIN = "alpr-policy"


class Places:
    """Turns places of one text into those of the protocol and back; `codec` knows the editor's units."""

    def __init__(self, lines: tuple[str, ...], codec: Any, text: str = "") -> None:
        """Speak of a text of these lines; `text` is the whole of it, where edits count its characters."""
        from lsprotocol import types

        self.types = types
        self.lines = lines
        self.codec = codec
        self.text = text

    def from_client(self, position: Any) -> tuple[int, int]:
        """Return line and column, from 1, in characters."""
        if position.line >= len(self.lines):
            return len(self.lines), len(self.lines[-1]) + 1
        here = self.codec.position_from_client_units(list(self.lines), position)
        return here.line + 1, here.character + 1

    def position(self, line: int, column: int) -> Any:
        """Return the protocol's place of a line and a column, from 1, in characters; bounded by the text."""
        line = min(max(line, 1), len(self.lines))
        text = self.lines[line - 1]
        units = self.codec.client_num_units(text[: max(0, column - 1)])
        return self.types.Position(line=line - 1, character=units)

    def range(self, span: Span) -> Any:
        """Return the protocol's range of a span."""
        return self.types.Range(
            start=self.position(span.line, span.column), end=self.position(span.line, span.column + span.width)
        )

    def at_offset(self, offset: int) -> Any:
        """Return the protocol's place of a character counted from 0 over the whole text."""
        line = self.text.count("\n", 0, offset) + 1
        return self.position(line, offset - self.text.rfind("\n", 0, offset))

    def edit(self, edit: Edit) -> Any:
        """Return an edit by offsets as the protocol's."""
        return self.types.TextEdit(
            range=self.types.Range(start=self.at_offset(edit.start), end=self.at_offset(edit.end)), new_text=edit.text
        )

    def whole(self) -> Any:
        """Return the range of the whole text."""
        return self.types.Range(
            start=self.types.Position(line=0, character=0),
            end=self.position(len(self.lines), len(self.lines[-1]) + 1),
        )

    def diagnostic(self, found: Diagnostic) -> Any:
        """Return a diagnostic with its help below its message."""
        kinds = self.types.DiagnosticSeverity
        levels = {Severity.ERROR: kinds.Error, Severity.WARNING: kinds.Warning}
        message = f"{found.message}\nhelp: {found.help}" if found.help else found.message
        return self.types.Diagnostic(
            range=self.range(found.span),
            message=message,
            severity=levels.get(found.severity, kinds.Information),
            code=found.code,
            source=ORIGIN,
        )

    def completion(self, one: Completion) -> Any:
        """Return a completion that takes the place of what was typed."""
        kinds = self.types.CompletionItemKind
        sorts = {
            "key": kinds.Property,
            "fact": kinds.Field,
            "act": kinds.Function,
            "group": kinds.Function,
            "role": kinds.Class,
            "term": kinds.Constant,
            "parameter": kinds.Variable,
            "clause": kinds.Reference,
            "matcher": kinds.Operator,
            "list": kinds.Enum,
        }
        more = self.types.MarkupContent(kind=self.types.MarkupKind.Markdown, value=one.more) if one.more else None
        return self.types.CompletionItem(
            label=one.label,
            kind=sorts.get(one.sort, kinds.EnumMember),
            detail=one.about or None,
            documentation=more,
            filter_text=one.label,
            text_edit=self.types.TextEdit(
                range=self.types.Range(
                    start=self.position(one.span.line, one.span.column),
                    end=self.position(one.span.line, one.span.column + one.span.width),
                ),
                new_text=one.text,
            ),
        )

    def symbol(self, one: Symbol) -> Any:
        """Return a part of the outline with its parts."""
        kinds = self.types.SymbolKind
        sorts = {
            "block": kinds.Namespace,
            "statement": kinds.Method,
            "role": kinds.Class,
            "term": kinds.Constant,
            "parameter": kinds.Variable,
            "fact": kinds.Field,
        }
        own = self.range(one.span)
        last = max(one.last_line, one.span.line)
        end = self.position(last, len(self.lines[last - 1]) + 1)
        return self.types.DocumentSymbol(
            name=one.name or "?",
            detail=one.about or None,
            kind=sorts.get(one.sort, kinds.Property),
            range=self.types.Range(start=own.start, end=end),
            selection_range=own,
            children=[self.symbol(part) for part in one.parts],
        )


__all__ = ["ORIGIN", "Places"]
