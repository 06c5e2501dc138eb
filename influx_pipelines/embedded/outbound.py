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
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, TimeoutError

_HOPS = 10
_CONNECT_SECONDS = 30.0
_CLIENT = {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"}
_OWN = {"Content-Length", "Host", "Trailer", "Transfer-Encoding"}  # never a script's to set
_OF_BODY = {"Content-Encoding", "Content-Language", "Content-Location", "Content-Type"}
_FOR_HOST = {"Authorization", "Cookie", "Www-Authenticate"}
_NAME, _CONTROL = "[!#$%&'*+.^_`|~0-9A-Za-z-]+", "[\0-\x08\n-\x1f\x7f]"
_MALFORMED = {  # in the order in which the real client looks
    "[\0-\x1f\x7f]": "net/url: invalid control character in URL",
    "^:": "missing protocol scheme",
    "^(?![a-zA-Z][a-zA-Z0-9+.-]*:)[^/?#]*:": "first path segment in URL cannot contain colon",
    r"^[^/?#]*//[^/?#]*\[[^]/?#]*(?:[/?#]|$)": "missing ']' in host",
    "^[^/?#]*//[^/?#]*(:[0-9]*[^]/?#:@0-9][^]/?#:@]*)(?:[/?#]|$)": 'invalid port "{}" after host',
    r"^[^/?#]*//[^/?#]*?([ \\^`{|}])": 'invalid character "{}" in host name',
    "^[^?]*(%(?![0-9a-fA-F]{2}).{0,2})": 'invalid URL escape "{}"',
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
    for pattern, message in _MALFORMED.items():
        if found := re.search(pattern, url):
            raise OutboundError(f'parse "{url}": {message.format(*found.groups())}')
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise OutboundError(f'parse "{url}": {error}') from None
    return parts


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    def failed(self, reason: object) -> OutboundError:
        """Why there was no answer; a password in the address is not told."""
        shown = re.sub(r"(//[^/@:]*:)[^/@]*@", r"\1***@", self.url)
        return OutboundError(f'Post "{shown}": {reason}')

    def redirected(self, status: int, place: str | None) -> _Request | None:
        """What is sent next; nothing when the answer stands."""
        if status not in (301, 302, 303, 307, 308) or not place:
            return None
        try:
            split_url(place)
        except OutboundError as error:
            raise self.failed(f'failed to parse Location header "{place}": {error}') from None
        url = urljoin(self.url, place)
        host, before = (urlsplit(one).hostname or "" for one in (url, self.url))
        dropped = set() if f".{host}".endswith(f".{before}") else _FOR_HOST
        if status < 307:
            dropped = dropped | _OF_BODY
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
        user, _, place = parts.netloc.rpartition("@")
        headers = {"Host": place, **_CLIENT, **self.headers}
        if user and "Authorization" not in headers:
            headers |= urllib3.make_headers(basic_auth=unquote(user))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        left = urllib3.Timeout(max(deadline - time.monotonic(), 0.01), _CONNECT_SECONDS)
        options: dict[str, Any] = {
            "retries": False,
            "redirect": False,
            "preload_content": False,
            "timeout": left,
        }
        try:
            with _pool(parts, address) as pool:
                answer = pool.urlopen(self.method, path, self.body, headers, **options)
                answer.close()
                return answer.status, answer.headers.get("Location")
        except NewConnectionError:
            raise
        except TimeoutError:
            raise self.failed("context deadline exceeded") from None
        except ProtocolError as error:
            if isinstance(error.args[-1], RemoteDisconnected):
                raise self.failed("EOF") from None
            raise _failed("read", error.args[-1]) from None
        except HTTPError as error:
            raise self.failed(error) from None


def _failed(what: str, cause: object) -> OutboundError:
    number = getattr(cause, "errno", None)
    return OutboundError(f"{what}: {os.strerror(number).lower() if number else cause}")


def _pool(parts: SplitResult, address: str) -> urllib3.HTTPConnectionPool:
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, parts.port)
    names: dict[str, Any] = dict.fromkeys(("server_hostname", "assert_hostname"), parts.hostname)
    return urllib3.HTTPSConnectionPool(address, parts.port, **names)


@dataclass(frozen=True, slots=True)
class Outbound:
    """Where requests may go: to this machine, or anywhere."""

    anywhere: bool = False

    def post(self, url: str, headers: dict[str, str], body: bytes, deadline: float) -> int:
        """Send a body, follow redirects, and give the status of the last answer.

        Raises:
            OutboundError: there was no answer.
        """
        request, place = _Request("POST", url, {}, body), None
        for name, text in headers.items():
            known = "-".join(map(str.capitalize, name.split("-")))
            if not re.fullmatch(_NAME, name):
                raise request.failed(f'net/http: invalid header field name "{name}"')
            if re.search(_CONTROL, text):
                raise request.failed(f'net/http: invalid header field value for "{known}"')
            if known not in _OWN:
                request.headers[known] = text.strip().encode().decode("latin-1")
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
        refused = OutboundError("no address")
        for address in self._addresses(parts.hostname):
            try:
                return request.sent(address, deadline)
            except NewConnectionError as error:
                refused = _failed("connect", error.__cause__)
        raise refused

    def _addresses(self, host: str) -> list[str]:
        """Those of a host that requests may go to."""
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise OutboundError(f"lookup {host}: no such host") from None
        every = [str(entry[4][0]) for entry in found]
        allowed = [a for a in every if self.anywhere or ipaddress.ip_address(a).is_loopback]
        if not allowed:
            raise NotAllowed(host)
        return allowed
