"""One HTTP request over the connection pool of the official client."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

import urllib3

from influx_pipelines.influx.errors import IncompleteRead, Unavailable
from influx_pipelines.influx.redact import redact

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass
class Answer:
    """Status, headers (lower-case names) and whole body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Opened:
    """An answer whose body has not been read yet."""

    status: int
    headers: dict[str, str]
    _response: Any
    _what: str

    def read(self) -> bytes:
        """The whole body."""
        return b"".join(self._parts())

    def interrupt(self) -> None:
        """End the reading of another thread at once; it sees an answer that broke off."""
        with suppress(OSError, RuntimeError, ValueError):  # it was at its end already
            self._response.shutdown()

    def chunks(self, size: int = 1 << 20, *, decode: bool = True) -> Iterator[bytes]:
        """The body as it arrives, in large parts.

        Args:
            size: bytes of a part, at most.
            decode: False for the bytes as they were sent: compressed where `headers` say so.

        Raises:
            IncompleteRead: it broke off, or nothing says where it ends.
            Unavailable: nothing came for too long.
        """
        if not self._response.chunked and "content-length" not in self.headers:
            raise IncompleteRead(
                f"{self._what}: the answer has neither a length nor chunks, so that nobody can "
                "tell whether it is whole. Is there an old proxy in between?"
            )
        return self._parts(size, decode)

    def _parts(self, size: int = 1 << 20, decode: bool = True) -> Iterator[bytes]:
        try:
            # One large read is the fast call of urllib3; its stream() takes twice as long.
            while part := self._response.read(size, decode_content=decode):
                yield part
        except urllib3.exceptions.ProtocolError:
            raise IncompleteRead(f"{self._what}: the answer broke off.") from None
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{self._what}: {type(error).__name__} in the answer.") from None


@dataclass
class Transport:
    """The official client's pool (TLS, proxies, keep-alive) with its Authorization header.

    `influxdb_client` is imported when the first request is made: it costs 0.2 s.
    """

    url: str
    token: str = field(repr=False)
    org: str
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    verify_ssl: bool = True
    ssl_ca_cert: str | None = None
    gzip: bool | None = None
    _official: Any = field(default=None, init=False, repr=False)
    _process: int = field(default_factory=os.getpid, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def packs(self) -> bool:
        """Whether bodies of lines are compressed: on loopback that costs more than it saves."""
        return urlsplit(self.url).hostname not in LOOPBACK if self.gzip is None else self.gzip

    @property
    def official(self) -> Any:
        """The official `InfluxDBClient`, made when first asked for, and anew after a fork.

        Two processes on one connection would read each other's answers.
        """
        if self._process != os.getpid():
            # The lock may be held by a thread that this process does not have.
            self._lock, self._official, self._process = threading.Lock(), None, os.getpid()
        with self._lock:
            if self._official is None:
                from influxdb_client import InfluxDBClient

                self._official = InfluxDBClient(
                    self.url,
                    self.token,
                    org=self.org,
                    timeout=(int(self.connect_timeout * 1000), int(self.read_timeout * 1000)),
                    verify_ssl=self.verify_ssl,
                    ssl_ca_cert=self.ssl_ca_cert,
                    connection_pool_maxsize=16,
                )
            return self._official

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request and read its whole answer.

        Raises:
            Unavailable: no connection, or no answer in time.
            IncompleteRead: the answer broke off.
        """
        response = self._request(method, path, params, body, headers, whole=True)
        return Answer(response.status, _lower(response.headers), response.data)

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | BinaryIO | None = None,
        headers: Mapping[str, str] | None = None,
        read_timeout: float | None = None,
    ) -> Iterator[Opened]:
        """Send one request; its answer is read as it arrives, as far as the caller wants.

        `read_timeout` is in seconds between two bytes of this answer; None: as for all others.
        A body that is a file is sent as it is read; `headers` then tell its length.

        Raises:
            Unavailable: no connection, or no answer in time.
        """
        response = self._request(method, path, params, body, headers, False, read_timeout)
        try:
            what = f"{method} {self.url}{path}"
            yield Opened(response.status, _lower(response.headers), response, what)
        finally:
            response.close()  # one that was read to its end is in the pool again already

    def _request(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: bytes | BinaryIO | None,
        headers: Mapping[str, str] | None,
        whole: bool,
        read_timeout: float | None = None,
    ) -> Any:
        api = self.official.api_client
        patience = self.read_timeout if read_timeout is None else read_timeout
        address = self.url + path + (f"?{encode(params)}" if params else "")
        try:
            return api.rest_client.pool_manager.request(
                method,
                address,
                body=body,
                headers={**api.default_headers, **(headers or {})},
                timeout=urllib3.Timeout(connect=self.connect_timeout, read=patience),
                retries=False,
                redirect=False,
                preload_content=whole,
            )
        except urllib3.exceptions.ProtocolError as error:
            if "IncompleteRead" in str(error):
                raise IncompleteRead(f"{method} {self.url}{path}: the answer broke off.") from None
            raise self._unavailable(error, patience) from None
        except urllib3.exceptions.HTTPError as error:
            raise self._unavailable(error, patience) from None

    def _unavailable(self, error: Exception, patience: float) -> Unavailable:
        if isinstance(error, urllib3.exceptions.ReadTimeoutError):
            return Unavailable(
                f"InfluxDB at {self.url} did not answer in time: the request timed out after "
                f"{patience:g} s. Ask for less at once, or raise INFLUX_PIPELINES_TIMEOUT."
            )
        reason = redact(str(getattr(error, "reason", None) or error), [self.token])
        reason = reason.rsplit(": ", 1)[-1] if "Connection" in type(error).__name__ else reason
        return Unavailable(
            f"No InfluxDB answers at {self.url} ({type(error).__name__}: {reason}). Start it, for "
            "example with `make up`, or check INFLUXDB_URL."
        )

    def close(self) -> None:
        """Close the connections."""
        if self._official is not None:
            self._official.close()
            self._official = None


def encode(params: Mapping[str, Any]) -> str:
    """A query string; None is left out, booleans are spelled as JSON does."""
    pairs = [
        (name, str(value).lower() if isinstance(value, bool) else value)
        for name, value in params.items()
        if value is not None
    ]
    return urlencode(pairs, quote_via=quote)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
