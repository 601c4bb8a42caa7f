"""The body of a request: JSON within bounds. What is faulty is refused whole, and the sentence quotes none of it."""

from __future__ import annotations

import json
import math
from typing import Any

from alpr_policy_adapters.http.limits import Refusal

MAX_DEPTH = 40
MAX_DIGITS = 40
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class _FaultError(ValueError):
    """What the reader of the standard library lets pass and we do not."""


def read_object(data: bytes) -> dict[str, Any]:
    """Read a JSON object; raises Refusal (400) for anything else, repeated keys and boundless numbers included."""
    if not data or data.isspace():
        raise Refusal(400, "the body is empty")
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise Refusal(400, "the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise Refusal(400, f"the body is not JSON (line {error.lineno}, column {error.colno})") from None
    except _FaultError as error:
        raise Refusal(400, str(error)) from None
    except (RecursionError, ValueError):
        raise Refusal(400, "the body cannot be read as JSON") from None
    if not isinstance(value, dict):
        raise Refusal(400, "the body must be a JSON object")
    # Counting brackets is cheap, and where there are few of them nothing can be deep.
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _too_deep(value):
        raise Refusal(400, f"objects and lists are nested more than {MAX_DEPTH} deep")
    return value


def write_json(data: Any) -> bytes:
    """Return JSON as bytes; a character that UTF-8 cannot hold is escaped like all that are not ASCII."""
    return _ENCODER.encode(data).encode("ascii")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Which of the two counts is not ours to choose: whoever checked the request before us may have read the other.
        raise _FaultError("a key stands twice in one object")
    return found


def _constant(_: str) -> Any:
    raise _FaultError("NaN and Infinity are no numbers in JSON")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _FaultError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _FaultError("a number is beyond all numbers")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_finite)


def _too_deep(value: Any) -> bool:
    level = [value]
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
