"""A proxy on loopback that writes down every request, and can break on purpose."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import urllib3

# POST requests that read or write points; everything else that is not a GET changes an object.
DATA = ("/api/v2/write", "/api/v2/query")


class Proxy:
    """Forwards to a server; `fault(method, path, number)` may return how a request is broken:
    `refuse` (502 without forwarding), `deny` (400, which nobody tries again) or `lose` (forwarded,
    the answer is dropped).
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.requests: list[tuple[str, str]] = []
        self.fault: Callable[[str, str, int], str | None] = lambda method, path, number: None
        self.pool = urllib3.PoolManager(retries=False, maxsize=16)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                proxy._handle(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = handle_any

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = handler.path.partition("?")[0]
        self.requests.append((handler.command, path))
        fault = self.fault(handler.command, path, len(self.requests))
        if fault in ("refuse", "deny"):
            text = b'{"code": "invalid", "message": "refused on purpose"}'
            handler.send_response(502 if fault == "refuse" else 400)
            handler.send_header("X-Influxdb-Version", "2.9.1")
            handler.send_header("Content-Length", str(len(text)))
            handler.end_headers()
            handler.wfile.write(text)
            return
        headers = {k: v for k, v in handler.headers.items() if k.lower() != "host"}
        answer = self.pool.request(
            handler.command,
            self.target + handler.path,
            body=body or None,
            headers=headers,
            decode_content=False,
        )
        if fault == "lose":
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("transfer-encoding", "content-length", "connection", "date"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.data)))
        handler.end_headers()
        handler.wfile.write(answer.data)

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The requests that change an object of the server."""
        return [(m, p) for m, p in self.requests if m not in ("GET", "HEAD") and p not in DATA]

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
