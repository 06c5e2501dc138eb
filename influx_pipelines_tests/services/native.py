"""The backup routes of an InfluxDB 2.9, which give out a set as a real server was seen to.

`NativeServer(folder)` serves the set of a folder: the bytes of its shards as they lie there where
gzip is asked for, plain what is small, the files younger than `since`. All other paths go on to
the server behind. A test may break any answer at any byte (`fault`), change shards and the clock.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import socket
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from influx_pipelines_tests.proxy import Proxy
from influx_pipelines_tests.services.nativefaults import Fault, Sent, send

TOKEN = "operator-token-of-the-fake-native-server"
BOUNDARY = "295b7d53e32122193eaa5ac8f7ce3b81503befa8786523609ace34d1f028"
EMPTY_TAR = bytes(1024)
OF_THE_FILE = ("fileName", "size", "compression")


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]  # names in lower case

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Token ")

    @property
    def gzip(self) -> bool:
        return "gzip" in self.headers.get("accept-encoding", "")


def error(status: int, code: str, message: str) -> Sent:
    """An error as the server words it."""
    sent = json_answer({"code": code, "message": message}, status)
    sent.headers["X-Platform-Error-Code"] = code
    return sent


def json_answer(value: Any, status: int = 200) -> Sent:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Sent(status, headers, json.dumps(value).encode())


class NativeServer(Proxy):
    """A set behind the backup routes, another server behind all other paths.

    Attributes:
        kv, sql, buckets, shards: what is given out; a test may change them.
        version: what every answer says.
        token: the operator's.
        lacking: what other tokens may not do, as `write:authorizations`.
        fixed: JSON that is answered to a GET of a path, before all else.
        metrics: the text of `/metrics`.
        break_answer: names what is done to the answer of a request; `number` counts from 1.
        now: the clock of the server, in the `Date` of its answers; None for the real one.
        asked: the requests so far.
    """

    def __init__(self, folder: Path, behind: str = "", token: str = TOKEN) -> None:
        super().__init__(behind)
        self.version, self.token = "v2.9.1", token
        self.lacking: dict[str, str] = {}
        self.fixed: dict[str, Any] = {}
        self.metrics = ""
        self.break_answer: Callable[[Asked, int], Fault | None] = lambda asked, number: None
        self.now: datetime | None = None
        self.asked: list[Asked] = []
        self.connections: set[socket.socket] = set()
        self._load(folder)

    def _load(self, folder: Path) -> None:
        manifest = json.loads(next(folder.glob("*.manifest")).read_bytes())
        self.kv = gzip.decompress((folder / manifest["kv"]["fileName"]).read_bytes())
        self.sql = gzip.decompress((folder / manifest["sql"]["fileName"]).read_bytes())
        self.shards: dict[int, bytes] = {}
        self.packed: dict[bytes, bytes] = {}
        for shard in shards_of(manifest["buckets"]):
            packed = (folder / shard["fileName"]).read_bytes()
            self.shards[shard["id"]] = gzip.decompress(packed)
            self.packed[self.shards[shard["id"]]] = packed
            for name in OF_THE_FILE:
                del shard[name]
        self.buckets: list[dict[str, Any]] = manifest["buckets"]

    # ------------------------------------------------------------------ answers

    def answer(self, asked: Asked) -> Sent | None:
        """The answer to a request; None when the server behind shall answer."""
        if asked.method == "GET" and asked.path in self.fixed:
            return json_answer(self.fixed[asked.path])
        if asked.path in ("/ping", "/health"):
            about = {"name": "influxdb", "status": "pass", "version": self.version}
            return json_answer(about) if asked.path == "/health" else Sent(204, {}, b"")
        if asked.path == "/metrics":
            return Sent(200, {"Content-Type": "text/plain; version=0.0.4"}, self.metrics.encode())
        if not asked.path.startswith("/api/v2/backup/"):
            return None if self.target else error(404, "not found", "path not found")
        if asked.method != "GET":
            return Sent(405, {"Allow": "GET, OPTIONS"}, b"null")
        return self.refused(asked) or self._backup(asked)

    def refused(self, asked: Asked) -> Sent | None:
        """401 unless the token is the operator's."""
        if asked.token == self.token:
            return None
        lacks = self.lacking.get(asked.token)
        text = f"{lacks} is unauthorized" if lacks else "unauthorized access"
        return error(401, "unauthorized", text)

    def _backup(self, asked: Asked) -> Sent:
        if asked.path == "/api/v2/backup/metadata":
            return self._metadata()
        found = re.fullmatch(r"/api/v2/backup/shards/([^/]+)", asked.path)
        if found is None:
            return error(404, "not found", "path not found")
        try:
            number = int(found[1])
            since = datetime.fromisoformat(asked.params.get("since", "1970-01-01T00:00:00Z"))
        except ValueError:
            text = "An internal error has occurred - check server logs"
            return error(500, "internal error", text)
        if number not in self.shards:
            return error(404, "not found", f"shard {number} not found")
        tar = self.shards[number]
        if "since" in asked.params:
            tar = younger(tar, since)
        return Sent(200, {"Content-Type": "application/octet-stream"}, tar, self.packed.get(tar))

    def _metadata(self) -> Sent:
        parts = [
            ("kv", "application/octet-stream", self.kv),
            ("sql", "application/octet-stream", self.sql),
            ("buckets", "application/json; charset=utf-8", json.dumps(self.buckets).encode()),
        ]
        body = b""
        for n, (name, kind, content) in enumerate(parts):
            head = f"--{BOUNDARY}\r\nContent-Disposition: attachment; name={name}\r\n"
            body += b"\r\n" * bool(n) + f"{head}Content-Type: {kind}\r\n\r\n".encode() + content
        body += f"\r\n--{BOUNDARY}--\r\n".encode()
        return Sent(200, {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}, body)

    # ------------------------------------------------------------------ HTTP

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, parts.path, params, headers)
        with self.lock:
            self.asked.append(asked)
            self.connections.add(handler.connection)
            fault = self.break_answer(asked, len(self.asked))
        if fault and fault.kind == "status":
            answer: Sent | None = error(fault.at, "internal error", "broken on purpose")
        else:
            answer = self.answer(asked)
        if answer is None:
            super()._handle(handler)
            return
        handler.rfile.read(int(headers.get("content-length") or 0))
        date = format_datetime(self.now or datetime.now(UTC), usegmt=True)
        about = {"X-Influxdb-Build": "OSS", "X-Influxdb-Version": self.version, "Date": date}
        answer = replace(answer, headers={**about, **answer.headers})
        send(handler, answer, asked.gzip, fault, self.restart)

    def restart(self, seconds: float) -> None:
        """Break all connections, be away for so long, and come back at the same address."""
        address = self.server.server_address
        self.server.shutdown()
        self.server.server_close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

        def back() -> None:
            self.server = ThreadingHTTPServer(address, self.server.RequestHandlerClass)
            self.server.serve_forever(0.02)

        threading.Timer(seconds, back).start()


def shards_of(buckets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The entries of the shards in a list of buckets."""
    for bucket in buckets:
        for policy in bucket["retentionPolicies"]:
            for group in policy["shardGroups"]:
                yield from group["shards"]


def younger(tar: bytes, since: datetime) -> bytes:
    """A tar with the files of another that were changed after a time."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as old:
        files = [file for file in old if file.mtime > since.timestamp()]
    padded = (tar[f.offset : f.offset_data + -(-f.size // 512) * 512] for f in files)
    return b"".join(padded) + EMPTY_TAR


if __name__ == "__main__":
    with NativeServer(Path(sys.argv[1])) as alone:
        if "--pack" in sys.argv:
            alone.packed.clear()
        print(alone.url, flush=True)
        sys.stdin.read()  # ends with the parent, however that ends
