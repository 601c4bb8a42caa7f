"""Where the server is, how long to wait for it, and what shows that the caller may ask. Checked once, at the start."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from alpr_policy_adapters.client.errors import SettingError

TOKEN: Final = "ALPR_POLICY_TOKEN"
TOKEN_FILE: Final = "ALPR_POLICY_TOKEN_FILE"
LONGEST: Final = 4096
LOCAL: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a client reaches the server.

    `timeout` in seconds for a whole answer, `connect_timeout` for the connection; `retries` is how often a question
    is asked again that cannot have left a trace; `most` in bytes of an answer; `connections` that are kept open.
    `plain_http` lets questions and token go over a network unencrypted. Variables of the environment are read for the
    token alone: no proxy and no password is taken from there.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    token_file: str | Path | None = None
    timeout: float = 10.0
    connect_timeout: float = 3.0
    retries: int = 1
    most: int = 20_000_000
    connections: int = 20
    verify: bool = True
    ca_file: str | Path | None = None
    client_cert: str | Path | None = None
    client_key: str | Path | None = None
    proxy: str | None = None
    plain_http: bool = False

    def __post_init__(self) -> None:
        """Raise SettingError for what must not be."""
        parts = _parts(self.url)
        if parts.scheme == "http" and parts.hostname not in LOCAL and not self.plain_http:
            help = "use https, or plain_http=True where nobody else is on the line"
            raise SettingError("over plain http anybody on the line reads questions and token", help)
        if self.timeout <= 0 or self.connect_timeout <= 0 or self.most <= 0 or self.connections <= 0:
            raise SettingError("times, sizes and numbers of connections must be more than 0")
        if self.retries < 0:
            raise SettingError("retries must not be less than 0")
        if self.client_key is not None and self.client_cert is None:
            raise SettingError("a key needs its certificate: give client_cert too")
        if self.token is not None:
            _token(self.token)

    @property
    def base(self) -> str:
        """Return the address without a slash at its end."""
        return self.url.rstrip("/")

    def ssl_context(self) -> ssl.SSLContext | bool:
        """Return how the server's certificate is checked; raises SettingError for files that cannot be used."""
        try:
            if not self.verify:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            elif self.ca_file is not None:
                context = ssl.create_default_context(cafile=str(self.ca_file))
            elif self.client_cert is None:
                return True
            else:
                context = ssl.create_default_context()
            if self.client_cert is not None:
                context.load_cert_chain(self.client_cert, self.client_key)
        except (OSError, ValueError):  # ssl.SSLError is an OSError
            raise SettingError("a certificate or key cannot be used", "give files in PEM") from None
        return context


class Bearer:
    """The token, told once or read from a file, and read anew when the file changes."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        """Take the token of the settings, else their file, else those of the environment; raises SettingError."""
        named = environment.get(TOKEN_FILE)
        self._text = settings.token
        told = settings.token_file if self._text is None else None
        self._path = Path(told) if told is not None else None
        if self._text is None and self._path is None:
            self._text = environment.get(TOKEN) or None
            self._path = Path(named) if named and self._text is None else None
        if self._text is not None:
            self._text = _token(self._text)
        self._seen: tuple[int, int, int] | None = None
        self.header()

    def header(self) -> dict[str, str]:
        """Return the header that shows the token, none where there is no token; raises SettingError."""
        if self._path is not None:
            self._renew(self._path)
        return {"Authorization": f"Bearer {self._text}"} if self._text is not None else {}

    def _renew(self, path: Path) -> None:
        try:
            about = path.stat()
            seen = (about.st_ino, about.st_mtime_ns, about.st_size)
            if seen != self._seen:
                with path.open("rb") as file:
                    self._text = _token(file.read(LONGEST + 1).decode("ascii"))
                self._seen = seen
        except (OSError, UnicodeDecodeError):
            raise SettingError("the file of the token cannot be read") from None


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address; raises SettingError."""
    parts = _parts(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def path_of(url: str) -> str:
    """Return the path of an address, without a slash at its end."""
    return _parts(url).path.rstrip("/")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except (ValueError, TypeError, AttributeError):
        good = False
    if not good or parts.username is not None or parts.query or parts.fragment or not url.isascii() or " " in url:
        help = "write it as https://policy.example.org, without user, query or fragment"
        raise SettingError("this is not the address of a server", help)
    return parts


def _token(text: str) -> str:
    told = text.strip()
    if not 0 < len(told) <= LONGEST or not told.isascii() or not told.isprintable() or " " in told:
        raise SettingError("this is no token", "it is one line, as `alpr-policy token new` printed it")
    return told
