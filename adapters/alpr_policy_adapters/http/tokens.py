"""Who may ask what: tokens in a file, of which it holds only digests. A token is told once, when it is made."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.reading.documents import read_document_file
from alpr_policy.source import Span

SCOPES: Final = ("decide", "approve", "author", "audit")
VERSION: Final = 1
MOST: Final = 10_000
LONGEST: Final = 200
LOOK_EVERY: Final = 1.0
"""Seconds between looks whether the file has changed, so that a token that was taken back soon opens nothing."""
_SHAPE = re.compile(r"alpr_([0-9a-f]{12})_([0-9a-f]{64})")
_NOBODY: Final = "0" * 64


class TokenError(PolicyError):
    """A file of tokens cannot be used."""

    exit_code = ExitCode.BAD_INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token opens: its scopes, for which departments (all that are served where empty), until when.

    `person` is whose it is, by the id in the directory: at the page it acts as that person and as nobody else.
    """

    id: str
    digest: str
    scopes: tuple[str, ...]
    name: str = ""
    person: str = ""
    departments: tuple[str, ...] = ()
    created: str = ""
    expires: dt.datetime | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return it as it stands in the file."""
        wire = {
            "id": self.id,
            "name": self.name,
            "person": self.person,
            "sha256": self.digest,
            "scopes": list(self.scopes),
            "departments": list(self.departments),
            "created": self.created,
            "expires": self.expires.isoformat() if self.expires is not None else "",
        }
        return {key: value for key, value in wire.items() if value}


def digest_of(text: str) -> str:
    """Return the SHA-256 of a token. It holds 256 bits of chance, so nothing slower is needed to keep it safe."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_tokens(path: Path) -> tuple[Token, ...]:
    """Read a file of tokens; raises TokenError."""
    source, value, found = read_document_file(path)
    if source is None or any(one.is_error for one in found):
        raise TokenError(found)
    listed = value.get("tokens") if isinstance(value, dict) and value.get("version") == VERSION else None
    if not isinstance(listed, list) or len(listed) > MOST:
        raise TokenError([_fault(path, f"a file of tokens has `version: {VERSION}` and at most {MOST:,} `tokens`")])
    tokens: list[Token] = []
    for number, one in enumerate(listed, start=1):
        token = _token(one)
        if token is None or any(other.id == token.id for other in tokens):
            raise TokenError([_fault(path, f"token {number} is none, or its id stands there twice")])
        tokens.append(token)
    return tuple(tokens)


def new_token(
    path: Path,
    *,
    scopes: Iterable[str],
    now: dt.datetime,
    name: str = "",
    person: str = "",
    departments: Iterable[str] = (),
    expires: dt.datetime | None = None,
) -> tuple[str, Token]:
    """Make a token and add it to a file, which is made if need be; return its text, which nobody can tell again."""
    chosen = tuple(dict.fromkeys(scopes))
    if not chosen or any(one not in SCOPES for one in chosen):
        raise TokenError([_fault(path, f"a token has scopes, of {', '.join(SCOPES)}")])
    if len(person) > LONGEST:
        raise TokenError([_fault(path, f"the id of a person has at most {LONGEST} characters")])
    identity = secrets.token_hex(6)
    text = f"alpr_{identity}_{secrets.token_hex(32)}"
    token = Token(
        id=identity,
        digest=digest_of(text),
        scopes=chosen,
        name=name[:LONGEST],
        person=person,
        departments=tuple(dict.fromkeys(departments)),
        created=now.isoformat(timespec="seconds"),
        expires=expires,
    )
    with _alone(path):
        there = read_tokens(path) if path.exists() else ()
        _write(path, (*there, token))
    return text, token


def revoke_token(path: Path, identity: str) -> bool:
    """Take a token out of a file, and say whether it was there; raises TokenError."""
    with _alone(path):
        there = read_tokens(path)
        left = tuple(one for one in there if one.id != identity)
        if len(left) < len(there):
            _write(path, left)
    return len(left) < len(there)


class TokenFile:
    """Finds tokens by their text. The file is read anew when it changes; while it cannot be read, nobody is let in."""

    def __init__(self, path: Path, clock: Callable[[], dt.datetime]) -> None:
        """Read the file; raises TokenError. `clock` says whether a token is over."""
        self.path, self.clock = path, clock
        self.fault = ""
        self._lock = threading.Lock()
        self._seen = self._look()
        self._tokens = {one.id: one for one in read_tokens(path)}
        self._next = time.monotonic() + LOOK_EVERY

    def find(self, text: str) -> Token | None:
        """Return the token of this text, None where there is none, or none any more."""
        self._renew()
        shape = _SHAPE.fullmatch(text)
        token = self._tokens.get(shape[1]) if shape is not None else None
        # Compared whether or not there is such an id, and in constant time, so that nothing is learnt from how long.
        same = hmac.compare_digest(digest_of(text), token.digest if token is not None else _NOBODY)
        if not same or token is None or self.fault:
            return None
        return None if token.expires is not None and token.expires <= self.clock() else token

    def _renew(self) -> None:
        if time.monotonic() < self._next:
            return
        with self._lock:
            self._next = time.monotonic() + LOOK_EVERY
            seen = self._look()
            if seen == self._seen and not self.fault:
                return
            try:
                self._tokens, self.fault = {one.id: one for one in read_tokens(self.path)}, ""
            except PolicyError as error:
                self._tokens, self.fault = {}, error.diagnostics[0].message
            self._seen = seen

    def _look(self) -> tuple[int, int, int]:
        try:
            about = self.path.stat()
        except OSError:
            return 0, 0, -1
        return about.st_ino, about.st_mtime_ns, about.st_size


def _token(raw: Any) -> Token | None:
    if not isinstance(raw, dict):
        return None
    scopes, departments, person = raw.get("scopes"), raw.get("departments", []), raw.get("person", "")
    identity, digest = raw.get("id"), raw.get("sha256")
    if not isinstance(identity, str) or re.fullmatch("[0-9a-f]{12}", identity) is None:
        return None
    if not isinstance(digest, str) or re.fullmatch("[0-9a-f]{64}", digest) is None:
        return None
    if not isinstance(scopes, list) or not scopes or any(one not in SCOPES for one in scopes):
        return None
    if not isinstance(departments, list) or not all(isinstance(one, str) and one for one in departments):
        return None
    if not isinstance(person, str) or len(person) > LONGEST:
        return None
    try:
        expires = dt.datetime.fromisoformat(str(raw["expires"])) if raw.get("expires") is not None else None
    except ValueError:
        return None
    if expires is not None and expires.tzinfo is None:
        return None
    return Token(
        id=identity,
        digest=digest,
        scopes=tuple(scopes),
        name=str(raw.get("name", ""))[:LONGEST],
        person=person,
        departments=tuple(departments),
        created=str(raw.get("created", "")),
        expires=expires,
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time change a file, so that no token that was taken back comes back."""
    try:
        import fcntl
    except ImportError:  # a system without it has one user
        yield
        return
    try:
        handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        told = f"the folder cannot be written: {(error.strerror or 'refused').lower()}"
        raise TokenError([_fault(path, told)]) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, tokens: Iterable[Token]) -> None:
    text = json.dumps({"version": VERSION, "tokens": [one.to_wire() for one in tokens]}, indent=2) + "\n"
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise TokenError([_fault(path, f"it cannot be written: {(error.strerror or 'refused').lower()}")]) from None
    finally:
        beside.unlink(missing_ok=True)


def _fault(path: Path, message: str) -> Diagnostic:
    return Diagnostic("token-file", message, Span(str(path), 1, 1), "make tokens with `alpr-policy token new`")
