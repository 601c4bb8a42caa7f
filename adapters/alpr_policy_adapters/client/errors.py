"""What can go wrong between a caller and the server. Each of these permits nothing.

ClientError                  everything the client raises on purpose
├── SettingError             it cannot be set up like that
├── QuestionError            the question cannot be sent; nothing was
├── UnreachableError         no answer came
│   └── TimedOutError        not in time
├── AnswerError              what came is no answer
└── RefusedError             the server refused, with an HTTP status
    └── CredentialsError     401 or 403: the token
"""

from __future__ import annotations

from alpr_policy.errors import Diagnostic, PolicyError


class ClientError(PolicyError):
    """The root of what the client raises; `request_id` is the X-Request-ID under which it was asked."""

    code: str = ""

    def __init__(self, message: str, help: str = "", *, request_id: str = "") -> None:
        """Say what is wrong; the sentence holds nothing of the question."""
        self.request_id = request_id
        super().__init__([Diagnostic(self.code, message, help=help)])

    def __str__(self) -> str:
        """Return the sentence with its code; there is no place to tell."""
        return f"{self.why} [{self.code}]"

    @property
    def why(self) -> str:
        """Return the sentence without its code."""
        return self.diagnostics[0].message


class SettingError(ClientError):
    """The client cannot be set up like that."""

    code: str = "client-setting"


class QuestionError(ClientError):
    """The question cannot be sent: it is no JSON, or a name in it is none. Nothing was sent."""

    code: str = "client-question"

    def __init__(self, message: str) -> None:
        """Say what does not fit."""
        super().__init__(message, "ask with plain data: texts, numbers, lists, times with an offset")


class UnreachableError(ClientError):
    """No answer came. `was_sent` says whether the question may have reached the server, and stand in its ledger."""

    code: str = "server-unreachable"

    def __init__(self, message: str, *, was_sent: bool, request_id: str = "") -> None:
        """Say what happened on the way."""
        self.was_sent = was_sent
        super().__init__(message, "without an answer nothing is permitted", request_id=request_id)


class TimedOutError(UnreachableError):
    """No answer came in time."""

    code: str = "server-timeout"

    def __init__(self, *, was_sent: bool, request_id: str = "") -> None:
        """Say that it took too long."""
        super().__init__("the server did not answer in time", was_sent=was_sent, request_id=request_id)


class AnswerError(ClientError):
    """What came is no answer of this question: it permits nothing."""

    code: str = "server-answer"

    def __init__(self, message: str, *, request_id: str = "") -> None:
        """Say what is wrong with it, without quoting it."""
        help = "ask whoever runs the server; the address may be that of something else"
        super().__init__(message, help, request_id=request_id)


class RefusedError(ClientError):
    """The server refused: its status, its sentence, and after how many seconds to ask again, where it says so."""

    code: str = "server-refused"

    def __init__(self, status: int, detail: str, *, retry_after: float | None = None, request_id: str = "") -> None:
        """Keep what the server said."""
        self.status, self.detail, self.retry_after = status, detail, retry_after
        message = f"the server refused with status {status}" + (f": {detail}" if detail else "")
        super().__init__(message, "see the statuses in docs/server.md", request_id=request_id)


class CredentialsError(RefusedError):
    """The token is missing, opens nothing, or does not have the scope (401, 403)."""
