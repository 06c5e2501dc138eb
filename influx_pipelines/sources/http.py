"""Asking a service over HTTP: time-outs, bounded retries, a daily budget, errors that help.

What a request carries as its credential (the parameters and the Authorization header that every
request has) stands in no message and in no log line.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote_plus, urlsplit

import requests
import tenacity
from urllib3.exceptions import HTTPError

from influx_pipelines.influx.redact import redact
from influx_pipelines.sources.answers import LONGEST_WAIT, checked, read_whole
from influx_pipelines.sources.budget import Budget
from influx_pipelines.sources.errors import BadAnswer, SourceError, Unavailable

TIMEOUT = (5.0, 30.0)  # to connect, and between two bytes of the answer
_ADDRESS = "is the address right?"
_LOGS = logging.getLogger("urllib3.connectionpool")  # at DEBUG it writes whole addresses


class Http:
    """A service at one address; each call is one request and its bounded repeats.

    Args:
        base_url: `https://api.example.org/v1`, without the path of a call.
        headers: of every request; the value of `Authorization` is a secret.
        params: of every request, as a key is; their values are secrets.
        timeout: seconds to connect, and to wait for the next bytes.
        retries: further tries after a lost connection, a 5xx or a 429.
        budget: calls of a day, asked before each request.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        retries: int = 2,
        budget: Budget | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout, self.retries, self.budget = timeout, retries, budget
        self._params = dict(params or {})
        self._secrets = _secrets(self.base_url, headers or {}, self._params)
        self._session = requests.Session()
        self._session.headers.update(headers or {})
        # Else an entry of ~/.netrc takes the place of our Authorization header.
        self._session.auth = lambda request: request
        _LOGS.addFilter(self._hide)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
        _LOGS.removeFilter(self._hide)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        cost: int = 1,
    ) -> requests.Response:
        """An answer of status 2xx or 304.

        Args:
            path: below the base address; what is secret is sent to no other one.
            params: of this request.
            headers: of this request (`If-None-Match`).
            stream: leave the body on the wire; it is the caller's to read and close.
            cost: what the service counts this call as.

        Raises:
            Refused: 401, 403 or another 4xx: the key or the request is wrong, and stays wrong.
            NotFound: 404 or 410.
            RateLimited: 429 (or GitHub's 403), when waiting as told would take over a minute or
                no try is left; `retry_after` is in seconds.
            Unavailable: no answer, half of one, or a 5xx, each time.
            BadAnswer: it is too long to be what was asked for.
            SourceError: the address or the key is none that can be sent.
            BudgetSpent: the calls of the day are used up; nothing was sent.
        """

        def send() -> requests.Response:
            if self.budget is not None:
                self.budget.take(cost)
            return checked(self._send(path, params, headers, stream), self._where(path), self._tidy)

        controller = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_worth_another_try),
            wait=_wait,
            stop=tenacity.stop_after_attempt(self.retries + 1),
            reraise=True,
        )
        return controller(send)

    def json(self, path: str, params: Mapping[str, Any] | None = None, *, cost: int = 1) -> Any:
        """The JSON of an answer.

        Raises:
            BadAnswer: the answer is no JSON.
            SourceError: as `get`.
        """
        answer = self.get(path, params, cost=cost)
        try:
            return answer.json()
        except (ValueError, RecursionError):
            start = self._tidy(answer.text[:80])
            raise BadAnswer(
                f"{self._where(path)} answered what is no JSON: {start!r}. "
                "Is the address right, and no proxy or login page in between?"
            ) from None

    def _send(
        self,
        path: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        stream: bool,
    ) -> requests.Response:
        asked = {**self._params, **(params or {})}
        try:
            answer = self._session.get(
                self._url(path), params=asked, headers=headers, timeout=self.timeout, stream=True
            )
            if not stream or answer.status_code >= 300:
                read_whole(answer, self._where(path))
            return answer
        except requests.ConnectTimeout:
            text = f"no connection within {self.timeout[0]:g} s"
        except requests.Timeout:
            text = f"no answer within {self.timeout[1]:g} s"
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            text = "the answer broke off"
        except requests.ConnectionError:
            text = "no connection, or a broken one"
        except requests.TooManyRedirects:
            raise BadAnswer(f"{self._where(path)} redirects in a circle: {_ADDRESS}") from None
        except (requests.exceptions.InvalidHeader, UnicodeError):
            text = "holds what no header can (a line break, or what is not Latin-1): copy it again"
            raise SourceError(f"{self._where(path)}: the key or token {text}") from None
        # A text of these may hold the whole address. Some addresses raise what urllib3 raises.
        except (requests.RequestException, HTTPError, ValueError):
            raise SourceError(f"{self._where(path)}: no request can be sent: {_ADDRESS}") from None
        raise Unavailable(f"{self._where(path)}: {text}")

    def _url(self, path: str) -> str:
        return f"{self.base_url}/{path.lstrip('/')}"

    def _where(self, path: str) -> str:
        """Host and path, without credentials and parameters."""
        parts = urlsplit(self._url(path))
        return self._tidy(f"{parts.netloc.rpartition('@')[2]}{parts.path}")

    def _tidy(self, text: str) -> str:
        return redact(text, self._secrets)

    def _hide(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                self._tidy(value) if isinstance(value, str) else value for value in record.args
            )
        return True


def _secrets(base_url: str, headers: Mapping[str, str], params: Mapping[str, str]) -> list[str]:
    credentials = [value.split()[-1] for name, value in headers.items() if _is_secret(name, value)]
    password = urlsplit(base_url).password
    found = [*params.values(), *credentials, *([password] if password else [])]
    found += [" ".join(secret.split()) for secret in found]  # as a reason is shown
    return [*found, *map(quote_plus, found)]  # as they stand in an address


def _is_secret(name: str, value: str) -> bool:
    return name.lower() == "authorization" and bool(value.split())


def _worth_another_try(error: BaseException) -> bool:
    asked = getattr(error, "retry_after", None) or 0.0
    return isinstance(error, SourceError) and error.retryable and asked <= LONGEST_WAIT


_backoff = tenacity.wait_exponential_jitter(multiplier=0.5, max=10.0, jitter=0.5)


def _wait(state: tenacity.RetryCallState) -> float:
    """What the service asked for, or longer and longer with some jitter."""
    error = state.outcome.exception() if state.outcome is not None else None
    asked = getattr(error, "retry_after", None)
    return float(asked) if asked is not None else _backoff(state)
