"""Requests that leave the server: to this machine alone, unless it was started to go further.

They are what the real server's client (Go's) sends, redirects and the words of errors included.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import time
from dataclasses import dataclass, replace
from http.client import RemoteDisconnected
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, TimeoutError

_HOPS = 10
_CONNECT_SECONDS = 30.0
_CLIENT = {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"}
_OWN = {"Content-Length", "Host", "Trailer", "Transfer-Encoding"}  # never a script's to set
_OF_BODY = {"Content-Encoding", "Content-Language", "Content-Location", "Content-Type"}
_FOR_HOST = {"Authorization", "Cookie", "Www-Authenticate"}
_FAULTS = {
    r"[\x00-\x1f\x7f]": "net/url: invalid control character in URL",
    r"^:": "missing protocol scheme",
    r"^(?![A-Za-z][\w+.-]*:)[^/?#]*:": "first path segment in URL cannot contain colon",
    r"^\w+://[^/?#]*\[[^\]/?#]*([/?#]|$)": "missing ']' in host",
    r"^\w+://([^/?#]*@)?[^/?#:@\[]*(?P<it>:[^/?#@]*[^\d/?#@][^/?#@]*)(?=[/?#]|$)": (
        'invalid port "{}" after host'
    ),
    r"^\w+://[^/?#]*(?P<it>[ <>\"])": 'invalid character "{}" in host name',
    r"(?P<it>%(?![\dA-Fa-f]{2}).{0,2})": 'invalid URL escape "{}"',
}


class OutboundError(Exception):
    """A request without an answer."""


class NotAllowed(OutboundError):
    """A request to another machine; the message is its name."""


def split_url(url: str) -> SplitResult:
    """The parts of an address.

    Raises:
        OutboundError: it is malformed, in the words of the real server.
    """
    for pattern, message in _FAULTS.items():
        if found := re.search(pattern, url):
            it = found.groupdict().get("it", "")
            raise OutboundError(f'parse "{url}": {message.format(it)}')
    return urlsplit(url)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    def failed(self, reason: str) -> OutboundError:
        """Why there was no answer; a password in the address is not told."""
        shown = re.sub(r"(//[^/@:]*:)[^/@]*@", r"\1***@", self.url)
        return OutboundError(f'Post "{shown}": {reason}')

    def redirected(self, status: int, place: str | None) -> _Request | None:
        """What is sent next; nothing when the answer stands."""
        if status not in (301, 302, 303, 307, 308) or not place:
            return None
        url, dropped = urljoin(self.url, place), set()
        host, before = (urlsplit(one).hostname or "" for one in (url, self.url))
        if host != before and not host.endswith(f".{before}"):
            dropped |= _FOR_HOST
        if status < 307:
            dropped |= _OF_BODY
        headers = {name: text for name, text in self.headers.items() if name not in dropped}
        following = replace(self, url=url, headers={**headers, "Referer": self.url})
        return following if status >= 307 else replace(following, method="GET", body=None)

    def sent(self, address: str, deadline: float) -> tuple[int, str | None]:
        """Status and `Location` of the answer of an address.

        Raises:
            OutboundError: there was none.
            NewConnectionError: nobody listens there.
        """
        parts = urlsplit(self.url)
        headers = {"Host": parts.netloc.rpartition("@")[2], **_CLIENT, **self.headers}
        if "@" in parts.netloc and "Authorization" not in headers:
            headers |= urllib3.make_headers(basic_auth=unquote(parts.netloc.rpartition("@")[0]))
        seconds = urllib3.Timeout(max(deadline - time.monotonic(), 0.01), _CONNECT_SECONDS)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with _pool(parts, address) as pool:
                answer = pool.urlopen(
                    self.method,
                    path,
                    self.body,
                    headers,
                    retries=False,
                    redirect=False,
                    assert_same_host=False,
                    timeout=seconds,
                    preload_content=False,
                )
                answer.close()
                return answer.status, answer.headers.get("Location")
        except NewConnectionError:
            raise
        except TimeoutError:
            raise self.failed("context deadline exceeded") from None
        except ProtocolError as error:
            raise self._broken_off(error.args[-1]) from None
        except HTTPError as error:
            raise self.failed(str(error)) from None

    def _broken_off(self, cause: object) -> OutboundError:
        if isinstance(cause, RemoteDisconnected):
            return self.failed("EOF")
        if isinstance(cause, OSError) and cause.errno:
            return OutboundError(f"read: {os.strerror(cause.errno).lower()}")
        return self.failed(str(cause))


def _pool(parts: SplitResult, address: str) -> urllib3.HTTPConnectionPool:
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, parts.port)
    host = parts.hostname
    return urllib3.HTTPSConnectionPool(
        address, parts.port, server_hostname=host, assert_hostname=host
    )


@dataclass(frozen=True, slots=True)
class Outbound:
    """Where requests may go: to this machine, or anywhere."""

    anywhere: bool = False

    def post(self, url: str, headers: dict[str, str], body: bytes, deadline: float) -> int:
        """Send a body, follow redirects, and give the status of the last answer.

        Raises:
            OutboundError: there was no answer.
        """
        named = {"-".join(map(str.capitalize, n.split("-"))): t.strip() for n, t in headers.items()}
        kept = {name: text for name, text in named.items() if name not in _OWN}
        request, place = _Request("POST", url, kept, body), None
        for _ in range(_HOPS):
            status, place = self._send(request, deadline)
            following = request.redirected(status, place)
            if following is None:
                return status
            request = following
        raise OutboundError(f'Post "{place}": stopped after {_HOPS} redirects')

    def _send(self, request: _Request, deadline: float) -> tuple[int, str | None]:
        """The answer of the first address that takes the connection."""
        parts = split_url(request.url)
        if parts.scheme not in ("http", "https"):
            raise request.failed(f'unsupported protocol scheme "{parts.scheme}"')
        if not parts.hostname:
            raise request.failed("http: no Host in request URL")
        refused = request.failed("no address")
        for address in self._addresses(parts.hostname):
            try:
                return request.sent(address, deadline)
            except NewConnectionError as error:
                number = getattr(error.__cause__, "errno", None) or 0
                refused = OutboundError(f"connect: {os.strerror(number).lower()}")
        raise refused

    def _addresses(self, host: str) -> list[str]:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError:
            raise OutboundError(f"lookup {host}: no such host") from None
        every = [str(entry[4][0]) for entry in found]
        allowed = [a for a in every if self.anywhere or ipaddress.ip_address(a).is_loopback]
        if not allowed:
            raise NotAllowed(host)
        return allowed
