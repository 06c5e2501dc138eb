"""What can go wrong with a server, as types; each knows whether a second try can help.

A status alone says little (401 may be a missing permission, 422 a half-stored write), so the
classes are chosen by status *and* message. Messages hold the server's text and never a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from influx_pipelines.influx.writing.result import WriteResult

__all__ = [
    "Conflict",
    "Forbidden",
    "IncompleteList",
    "IncompleteRead",
    "InfluxError",
    "Invalid",
    "NotFound",
    "NotInfluxDB",
    "NotSupported",
    "PartialWrite",
    "QueryFailed",
    "RateLimited",
    "TooLarge",
    "Unauthorized",
    "Unavailable",
]


class InfluxError(Exception):
    """Any trouble with an InfluxDB server; `status` is the HTTP status where there was one.

    `result` counts what a write had stored until then.
    """

    retryable = False
    result: WriteResult | None = None

    def __init__(self, message: str, *, status: int | None = None, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Unauthorized(InfluxError):
    """401: no such token, an inactive one, or one without that permission (the message tells)."""


class Forbidden(InfluxError):
    """403: the token may not do that, or its user is inactive."""


class NotFound(InfluxError):
    """404: there is no such thing, or the token may not see it."""


class Conflict(InfluxError):
    """422 of a creating request: the name is taken."""


class Invalid(InfluxError):
    """400 or 422: the request is wrong and stays wrong."""


class TooLarge(InfluxError):
    """413: send it in smaller pieces."""


class RateLimited(InfluxError):
    """429: too many requests; `retry_after` is in seconds, when the server said."""

    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, status=429)
        self.retry_after = retry_after


class Unavailable(InfluxError):
    """No answer, a broken connection, or a 5xx; `retry_after` in seconds, when the server said."""

    retryable = True

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class NotSupported(InfluxError):
    """501: this server does not do that."""


class NotInfluxDB(InfluxError):
    """Something answers at the address, but it is not an InfluxDB v2."""


class IncompleteRead(InfluxError):
    """An answer ended before its end."""

    retryable = True


class IncompleteList(InfluxError):
    """A list that cannot be whole: the token is inactive or may not see everything."""


class QueryFailed(InfluxError):
    """A query that failed, before its first row or after it (an error table in a 200)."""


class PartialWrite(InfluxError):
    """The end of a write: `dropped` points were refused for `reasons`, the others are stored."""

    def __init__(
        self,
        message: str,
        *,
        dropped: int,
        reasons: Sequence[str],
        result: WriteResult | None = None,
    ) -> None:
        super().__init__(message, status=422)
        self.dropped = dropped
        self.reasons = list(reasons)
        self.result = result
