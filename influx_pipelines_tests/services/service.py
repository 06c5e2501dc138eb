"""An HTTP server that answers as a service would, or as a test says; it remembers each request."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    path: str
    params: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """`delay` seconds before the answer; `cut` breaks it off in the middle of its body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False

    @classmethod
    def json(cls, value: Any, status: int = 200, **more: Any) -> Answer:
        return cls(json.dumps(value).encode(), status, **more)


class Service:
    """`answer` makes the answers; those in `scripted` come first, one a request."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.scripted: deque[Answer] = deque()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else a body waits 40 ms for the headers' receipt

            def handle(self) -> None:
                with suppress(ConnectionError):  # of a client that has read enough
                    super().handle()

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                params = dict(parse_qsl(parts.query, keep_blank_values=True))
                asked = Request(parts.path, params, dict(self.headers))
                service.requests.append(asked)
                scripted = service.scripted.popleft() if service.scripted else None
                _send(self, scripted or service.answer(asked))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    time.sleep(answer.delay)
    try:
        handler.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            handler.send_header(name, value)
        if answer.status != 304:
            handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)
    except (BrokenPipeError, ConnectionResetError):  # the client did not wait
        handler.close_connection = True
    handler.close_connection = handler.close_connection or answer.cut
