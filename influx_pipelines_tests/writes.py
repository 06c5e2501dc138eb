"""A client whose writes are answered in this process, as a server would."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.transport import Answer

Reply = tuple[int, str]
STORED: Reply = (204, "")


@dataclass
class Writes:
    """Takes bodies; `reply(number, body)` says what becomes of each, counted from 0.

    `stored` holds the bodies of good answers in the order of these.
    """

    reply: Callable[[int, bytes], Reply] = lambda number, body: STORED
    headers: dict[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    stored: list[bytes] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, method: str, path: str, **request: Any) -> Answer:
        with self._lock:
            number = len(self.bodies)
            packed = request["headers"].get("Content-Encoding") == "gzip"
            body = gzip.decompress(request["body"]) if packed else request["body"]
            self.bodies.append(body)
            self.requests.append({"method": method, "path": path, **request})
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            status, message = self.reply(number, body)
        finally:
            with self._lock:
                self._now -= 1
        if status == 204:
            with self._lock:
                self.stored.append(body)
        text = json.dumps({"code": "invalid", "message": message}).encode() if message else b""
        headers = {"x-influxdb-version": "2.9.1", **self.headers}
        return Answer(status, headers, text)

    def client(self, url: str = "http://localhost:8086", **options: Any) -> Influx:
        """A client that writes to here."""
        client = Influx(url, "token", "org", **options)
        client.transport.send = self.send  # type: ignore[method-assign]
        return client
