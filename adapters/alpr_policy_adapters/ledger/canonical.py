"""One spelling for every value, and what is computed over it: row hashes, commitments, search keys."""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from alpr_policy_adapters.ledger.errors import LedgerRowError
from alpr_policy_adapters.registration import normalise

MAX_DEPTH: Final = 60
MAX_BYTES: Final = 16_000_000
NOTHING: Final = "0" * 64
"""What the first row continues."""


HARMLESS: Final = frozenset({str, bool, type(None)})
_WRITER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """Write plain JSON data in its one spelling: ASCII, keys sorted, no blanks.

    Raises LedgerRowError for what JSON cannot hold, and for more than 60 levels or 16 megabytes.
    """
    _check(value, 0)
    text = _WRITER.encode(value)
    if len(text) > MAX_BYTES:
        raise LedgerRowError(f"a row holds at most {MAX_BYTES:,} bytes")
    return text


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise LedgerRowError(f"a row is at most {MAX_DEPTH} levels deep")
    kind = value.__class__
    if kind is dict:
        for name, inside in value.items():
            if name.__class__ is not str:
                raise LedgerRowError("the names in a row are texts")
            if inside.__class__ not in HARMLESS or depth >= MAX_DEPTH:
                _check(inside, depth + 1)
    elif kind is list:
        for inside in value:
            if inside.__class__ not in HARMLESS or depth >= MAX_DEPTH:
                _check(inside, depth + 1)
    elif kind is float and not -1e308 < value < 1e308:
        raise LedgerRowError("a number of a row is finite")
    elif kind is int and value.bit_length() > 10_000:
        raise LedgerRowError("a number of a row has at most 10,000 bits")
    elif value is not None and kind not in (str, int, bool, float):
        raise LedgerRowError(f"a row holds plain JSON data, no `{kind.__name__}`")


def is_canonical(text: object) -> bool:
    """Say whether a text is the one spelling of some JSON value."""
    try:
        return isinstance(text, str) and canonical(json.loads(text)) == text
    except (ValueError, RecursionError, LedgerRowError):
        return False


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal; bytes that are no UTF-8 count as they are."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def row_text(row: Mapping[str, Any]) -> str:
    """Return the canonical JSON that a row's hash is taken of. `body` and `commitments` are canonical JSON already."""

    def plain(name: str) -> str:
        return json.dumps(row[name])

    return (
        f'{{"body":{row["body"]},"case":{plain("case_id")},"commitments":{row["commitments"]},'
        f'"departments":{row["departments"]},"happened":{plain("happened")},"kind":{plain("kind")},'
        f'"previous":{plain("previous")},"revision":{plain("revision")},"seq":{plain("seq")},'
        f'"written":{plain("written")}}}'
    )


def row_hash(row: Mapping[str, Any]) -> str:
    """Return the hash of a row: SHA-256 of its canonical JSON, which holds the hash of the row before it."""
    return sha256(row_text(row))


def commitment(key: str, value: str) -> str:
    """Return HMAC-SHA256 of a value's canonical JSON under the value's own key (hexadecimal, 32 bytes)."""
    return hmac.digest(bytes.fromhex(key), value.encode(), "sha256").hex()


def search_key(secret: str, sort: str, value: Any) -> str | None:
    """Return the blind index of a personal value under the ledger's secret; None for what nobody searches for.

    Plates are compared without separators, persons and cases without case and outer blanks.
    """
    if not isinstance(value, str):
        return None
    alike = normalise(value) if sort == "plate" else unicodedata.normalize("NFKC", value).strip().casefold()
    return hmac.digest(bytes.fromhex(secret), f"{sort}\0{alike}".encode("utf-8", "replace"), "sha256").hex()
