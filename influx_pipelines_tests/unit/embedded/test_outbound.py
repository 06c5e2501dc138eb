"""Requests of scripts: where they may go, what they carry, and why they fail."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from influx_pipelines.embedded.outbound import NotAllowed, Outbound, OutboundError

ELSEWHERE = "93.184.216.34"
Came = tuple[str, str, dict[str, str], bytes]


class Listener(ThreadingHTTPServer):
    """Answers `/301/next` with that status and place, `/hang` late, all else with 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[Came] = []
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.came.append((self.command, self.path, dict(self.headers), body))
        status, _, place = self.path[1:].partition("/")
        if status == "hang":
            time.sleep(0.4)
        self.send_response(int(status) if status.isdigit() else 200)
        self.send_header("Location", place.replace("PORT", str(self.server.server_port)))
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names with the addresses that they stand for."""
    names: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, *rest: Any, **options: Any) -> Any:
        found = [real(one, *rest, **options) for one in names.get(host, [host])]
        return [entry for entries in found for entry in entries]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


def post(url: str, headers: dict[str, str] | None = None, seconds: float = 5.0) -> int:
    return Outbound().post(url, headers or {}, b"{}", time.monotonic() + seconds)


@pytest.mark.parametrize(
    "host",
    [ELSEWHERE, "0.0.0.0", "10.0.0.1", "169.254.169.254", "[::]", "[::ffff:10.0.0.1]", "named"],
)
def test_another_machine_is_not_reached(host: str, resolved: dict[str, list[str]]) -> None:
    resolved["named"] = [ELSEWHERE]
    with pytest.raises(NotAllowed, match=r"^" + host.strip("[]")):
        post(f"http://{host}/")


def test_the_address_that_was_judged_is_the_one_that_is_reached(
    listener: Listener, resolved: dict[str, list[str]]
) -> None:
    resolved["named"] = [ELSEWHERE, "127.0.0.1"]
    assert post(f"http://named:{listener.server_port}/x") == 200
    assert listener.came[0][2]["Host"] == f"named:{listener.server_port}"


def test_a_redirect_to_another_machine_is_not_followed(listener: Listener) -> None:
    with pytest.raises(NotAllowed, match=ELSEWHERE):
        post(f"{listener.url}/307/http://{ELSEWHERE}/")


def test_anywhere_is_anywhere(resolved: dict[str, list[str]]) -> None:
    assert Outbound(anywhere=True)._addresses(ELSEWHERE) == [ELSEWHERE]


def test_proxies_of_the_environment_are_ignored(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert post(f"{listener.url}/x") == 200


def test_what_is_sent(listener: Listener) -> None:
    given = {"content-type": "a/b", "host": "else", "content-length": "1"}
    assert post(f"{listener.url}?a=b c#d", {**given, "x-name": " é "}) == 200
    [(method, path, headers, body)] = listener.came
    assert (method, path, body) == ("POST", "/?a=b%20c", b"{}")
    assert headers == {
        "Host": listener.url.removeprefix("http://"),
        "User-Agent": "Go-http-client/1.1",
        "Content-Length": "2",
        "Content-Type": "a/b",
        "X-Name": "Ã©",
        "Accept-Encoding": "gzip",
    }


def test_the_user_of_an_address_becomes_a_header(listener: Listener) -> None:
    url = listener.url.replace("//", "//a%40:b@")
    post(f"{url}/x")
    post(f"{url}/x", {"authorization": "own"})
    own = [{n.lower(): t for n, t in came[2].items()}["authorization"] for came in listener.came]
    assert own == ["Basic YUA6Yg==", "own"]


def test_redirects_before_307_ask_without_the_body(listener: Listener) -> None:
    post(f"{listener.url}/301//on", {"content-type": "a/b", "authorization": "x"})
    post(f"{listener.url}/307//on", {"content-type": "a/b"})
    (_, (method, path, headers, body), _, kept) = listener.came
    assert (method, path, body) == ("GET", "/on", b"")
    assert headers["Referer"] == f"{listener.url}/301//on"
    assert headers["Authorization"] == "x"
    assert "Content-Type" not in headers
    assert (kept[0], kept[3], kept[2]["Content-Type"]) == ("POST", b"{}", "a/b")


def test_credentials_stay_with_their_host(listener: Listener) -> None:
    post(f"{listener.url}/307/http://localhost:PORT/on", {"authorization": "x", "x-y": "z"})
    headers = listener.came[1][2]
    assert headers["X-Y"] == "z"
    assert "Authorization" not in headers


def test_the_tenth_redirect_is_the_last(listener: Listener) -> None:
    with pytest.raises(OutboundError, match='Post "on": stopped after 10 redirects'):
        post(f"{listener.url}/307/on")
    assert len(listener.came) == 10


def test_an_answer_is_waited_for_until_the_deadline_without_a_retry(listener: Listener) -> None:
    with pytest.raises(OutboundError, match="context deadline exceeded"):
        post(f"{listener.url}/hang", seconds=0.1)
    assert len(listener.came) == 1


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:1/", "connect: connection refused"),
        ("", 'Post "": unsupported protocol scheme ""'),
        ("127.0.0.1/x", 'Post "127.0.0.1/x": unsupported protocol scheme ""'),
        ("ftp://me:secret@h/", 'Post "ftp://me:***@h/": unsupported protocol scheme "ftp"'),
        ("http:///x", 'Post "http:///x": http: no Host in request URL'),
        ("h:1/x", 'Post "h:1/x": unsupported protocol scheme "h"'),
        ("1.2.3.4:1/x", 'parse "1.2.3.4:1/x": first path segment in URL cannot contain colon'),
        (":x", 'parse ":x": missing protocol scheme'),
        ("http://[::1/x", "parse \"http://[::1/x\": missing ']' in host"),
        ("http://h:p/", 'parse "http://h:p/": invalid port ":p" after host'),
        ("http://a b/", 'parse "http://a b/": invalid character " " in host name'),
        ("http://h/%2x?", 'parse "http://h/%2x?": invalid URL escape "%2x"'),
        ("http://h/\t", 'parse "http://h/\t": net/url: invalid control character in URL'),
        (f"http://{'a' * 70}/", f"lookup {'a' * 70}: no such host"),
    ],
)
def test_no_answer(url: str, message: str) -> None:
    with pytest.raises(OutboundError) as failed:
        post(url)
    assert str(failed.value) == message


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [("a b", "", 'name "a b"'), ("", "", 'name ""'), ("a", "x\ny", 'value for "A"')],
)
def test_headers_that_would_be_more_than_one(name: str, value: str, message: str) -> None:
    with pytest.raises(OutboundError, match=f"net/http: invalid header field {message}$"):
        post("http://127.0.0.1:1/", {name: value})
