"""What can go wrong with a service; each type knows whether a second try can help."""

from __future__ import annotations


class SourceError(Exception):
    """Any trouble with a service outside; `status` is the HTTP status where there was one."""

    retryable = False

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Refused(SourceError):
    """401, 403 or another 4xx: the key or the request is wrong, and stays wrong."""


class NotFound(SourceError):
    """404 or 410: there is no such thing, or not any more."""


class RateLimited(SourceError):
    """429: too many requests; `retry_after` in seconds, when the service said."""

    retryable = True

    def __init__(
        self, message: str, *, status: int = 429, retry_after: float | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class BadAnswer(SourceError):
    """An answer that is no JSON, or not of the shape that the service documents."""


class Unavailable(SourceError):
    """No answer, half of one, or a 5xx; `retry_after` in seconds, when the service said."""

    retryable = True

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class BudgetSpent(SourceError):
    """The calls that a day may have are used up; nothing was sent."""
