"""An embedded server as a process of its own, for tests about that process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import urllib3


class Embedded:
    """`python -m influx_pipelines.embedded`, started empty."""

    token = "a-test-token-that-is-long-enough"

    def __init__(self, data: Path, port: int, *, scheduler: bool = False) -> None:
        self.data, self.port = data, port
        self.options = [] if scheduler else ["--no-scheduler"]
        self.url = f"http://127.0.0.1:{port}"
        self.log = data.with_name(f"{data.name}.log")
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "influx_pipelines.embedded"]
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [*command, "--port", str(self.port), "--data", str(self.data), *self.options],
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self.request("GET", "/health", token=None)
            except urllib3.exceptions.HTTPError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("the embedded server did not start")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.child is not None
        self.child.send_signal(how)
        return self.child.wait(15)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.child is not None and self.child.poll() is None:
            self.stop()

    def set_up(self, **fields: Any) -> urllib3.BaseHTTPResponse:
        asked = {"username": "me", "org": "org", "bucket": "first", "token": self.token, **fields}
        return self.request("POST", "/api/v2/setup", json=asked, token=None)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        token: str | None = "",
        headers: dict[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        send = dict(headers or {})
        if token is not None:
            send["Authorization"] = f"Token {token or self.token}"
        if json is not None:
            body, send["Content-Type"] = _json(json), "application/json"
        return urllib3.request(
            method, self.url + path, body=body, headers=send, retries=False, timeout=30.0
        )


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
