"""An HTTP server on loopback that takes messages as Slack does, and remembers them."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

DELIVERY = re.compile("delivery ([0-9a-f-]{36})")
PATH = "/services/T0000/B0000/not-to-be-seen-anywhere"


@dataclass(frozen=True)
class Answer:
    status: int = 200
    retry_after: str = ""
    body: bytes = b"ok"
    delay: float = 0.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed is no error here."""


class Receiver:
    """`answer` says what the n-th request gets; what was answered 2xx is in `taken`."""

    def __init__(self, answer: Callable[[int], Answer] = lambda number: Answer()) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Any]] = []
        self.taken: list[Any] = []
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver._serve(self, json.loads(raw))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    @property
    def slack(self) -> str:
        """The address of a channel that speaks as Slack does."""
        return f"slack+http://{self.host}{PATH}"

    @property
    def json(self) -> str:
        """The address of a channel of apprise's plugin for JSON."""
        return f"json://{self.host}{PATH}"

    @property
    def texts(self) -> list[str]:
        return [one["attachments"][0]["text"] for one in self.taken]

    @property
    def ids(self) -> Counter[str]:
        """How often each delivery id was taken."""
        return Counter(found for one in self.taken for found in DELIVERY.findall(json.dumps(one)))

    def _serve(self, handler: BaseHTTPRequestHandler, body: Any) -> None:
        with self._lock:
            self.asked.append((handler.path, body))
            answer = self.answer(len(self.asked) - 1)
            if answer.status < 300:
                self.taken.append(body)
        time.sleep(answer.delay)
        handler.send_response(answer.status)
        if answer.retry_after:
            handler.send_header("Retry-After", answer.retry_after)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body)

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
