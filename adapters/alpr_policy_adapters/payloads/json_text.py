"""JSON text of payloads, read fast and within bounds: bytes, depth, digits, repeated keys, numbers that are none.

`alpr_policy.reading` walks a request word by word to say where each fault is. Payloads come by the thousand and may
hold pictures, so here the reader of the standard library does the work, and what it lets pass is caught on the way.
"""

from __future__ import annotations

import json
import math
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.source import Span

MAX_BYTES = 8_000_000
MAX_DEPTH = 40
MAX_DIGITS = 40


class _RefusedError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(data: bytes | str, name: str = "<payload>", line: int = 1) -> tuple[Any, tuple[Diagnostic, ...]]:
    """Read one JSON value, or say why it is none; with diagnostics the value is None."""

    def refused(code: str, message: str, at: tuple[int, int] = (line, 1)) -> tuple[None, tuple[Diagnostic, ...]]:
        return None, (Diagnostic(code, message, Span(name, *at)),)

    if len(data) > MAX_BYTES:
        return refused("file-too-large", f"a payload has at most {MAX_BYTES:,} bytes")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        if not text.strip():
            return refused("json-empty", "there is nothing here")
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        return refused("file-encoding", f"byte {error.start} (0x{error.object[error.start]:02x}) is not UTF-8")
    except json.JSONDecodeError as error:
        place = (line + error.lineno - 1, error.colno)
        return refused("json-syntax", f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}", place)
    except _RefusedError as error:
        return refused(error.code, str(error))
    except RecursionError:
        return refused("json-too-deep", f"objects and lists are nested more than {MAX_DEPTH} deep")
    if _too_deep(value):
        return refused("json-too-deep", f"objects and lists are nested more than {MAX_DEPTH} deep")
    return value, ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _RefusedError("json-duplicate-key", f"the key `{twice[:40]}` stands twice in one object")
    return found


def _constant(word: str) -> Any:
    raise _RefusedError("json-number", f"`{word}` is not a number in JSON")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _RefusedError("json-number", f"`{digits[:20]}…` has more than {MAX_DIGITS} digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _RefusedError("json-number", f"`{digits[:20]}` is beyond all numbers")
    return number


def _too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
