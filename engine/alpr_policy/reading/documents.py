"""One request, or one decision, from a file or a stream: YAML or JSON as plain data, or why not, with the place."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.json_text import parse_json
from alpr_policy.reading.text_files import STANDARD, Limits, read_text
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.reading.yaml_plain import to_plain
from alpr_policy.source import SourceFile, Span

_LOOKS_LIKE_JSON = re.compile(r'\s*(?:\{\s*(?:"|\})|\[\s*[\[{"\]])')


def read_document(source: SourceFile, limits: Limits = STANDARD) -> tuple[Any, list[Diagnostic]]:
    """Return plain data. A name in `.json` means JSON, `.yaml` or `.yml` YAML; otherwise the text shows which it is.

    With an error the value is None: of a text that is partly wrong nothing is used.
    """
    suffix = PurePath(source.name).suffix.lower()
    if suffix == ".json" or (suffix not in (".yaml", ".yml") and _LOOKS_LIKE_JSON.match(source.text)):
        return parse_json(source, limits)
    node, found = parse(source, limits)
    if node is None or any(d.is_error for d in found):
        return None, found
    return to_plain(node), found


def read_document_file(path: Path, limits: Limits = STANDARD) -> tuple[SourceFile | None, Any, list[Diagnostic]]:
    """Return the text of a file, its plain data, and what is wrong; only regular files of bounded size are opened."""
    source, found = read_text(path, limits)
    if source is None:
        return None, None, found
    value, problems = read_document(source, limits)
    return source, value, [*found, *problems]


def decode(data: bytes, name: str) -> tuple[SourceFile | None, list[Diagnostic]]:
    """Return bytes that came through a pipe as text, or why they are none."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8"
        return None, [Diagnostic("file-encoding", message, Span(name, line, 1), "send the text as UTF-8")]
    if "\0" in text:
        at = text.index("\0")
        message = f"this is not text: character {at} is zero"
        return None, [Diagnostic("file-binary", message, Span(name, text.count(chr(10), 0, at) + 1, 1))]
    return SourceFile(name, text), []
