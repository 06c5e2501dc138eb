"""A proxy on loopback that writes down every request, and can break on purpose."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import urllib3

from influx_pipelines_tests import faults

# POST requests that read or write points, or ask about a script; all others change an object.
DATA = ("/api/v2/write", "/api/v2/query", "/api/v2/query/analyze")


class Proxy:
    """Forwards to a server; `fault(method, path, number)` may name how a request is broken.

    The names are those of `faults`: `refuse`, `deny`, `limit`, `overload` (never forwarded),
    `reset` (half of the body is taken), `lose` (forwarded, the answer is dropped) and those that
    break the answer. `number` counts requests from 1.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.requests: list[tuple[str, str]] = []
        self.fault: Callable[[str, str, int], str | None] = lambda method, path, number: None
        self.retry_after = "0"
        self.stall = 0.6  # seconds
        self.pool = urllib3.PoolManager(retries=False, maxsize=16)
        self.lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else a body waits 40 ms for the headers' receipt

            def handle_any(self) -> None:
                proxy._handle(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = handle_any

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.partition("?")[0]
        with self.lock:
            self.requests.append((handler.command, path))
            fault = self.fault(handler.command, path, len(self.requests))
        length = int(handler.headers.get("Content-Length") or 0)
        if fault == "reset":
            handler.rfile.read(length // 2)
            faults.reset(handler)
            return
        body = handler.rfile.read(length)
        if fault in faults.REFUSALS:
            faults.refuse(handler, fault, self.retry_after)
            return
        answer = self._forward(handler, body)
        try:
            faults.ANSWERS[fault](handler, answer, self.stall)
        except (BrokenPipeError, ConnectionResetError):  # the client has gone
            handler.close_connection = True

    def _forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> urllib3.BaseHTTPResponse:
        headers = {k: v for k, v in handler.headers.items() if k.lower() != "host"}
        return self.pool.request(
            handler.command,
            self.target + handler.path,
            body=body or None,
            headers=headers,
            decode_content=False,
        )

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The requests that change an object of the server."""
        return [(m, p) for m, p in self.requests if m not in ("GET", "HEAD") and p not in DATA]

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.pool.clear()
