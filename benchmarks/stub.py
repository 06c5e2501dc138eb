"""A stub of InfluxDB on loopback, in a process of its own, so that only the client is measured.

It swallows writes, answers `from(bucket: "NAME")` with the file `NAME.csv` of its folder in HTTP
chunks of 4 KiB (about what a server's buffers make), and creates and lists objects after a delay.
`python -m benchmarks.stub FOLDER DELAY` prints its port; it ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import re
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

CHUNK = 4_096
ORG = {"id": "0" * 16, "name": "o"}
NOW = "2026-01-01T00:00:00Z"
ROOT = Path(__file__).parents[1]


@contextmanager
def running(folder: Path, delay: float = 0.0) -> Iterator[str]:
    """The URL of a stub that serves the folder; it is gone after the block."""
    command = [sys.executable, "-m", "benchmarks.stub", str(folder), str(delay)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as child:
        assert child.stdout
        try:
            yield f"http://127.0.0.1:{int(child.stdout.readline())}"
        finally:
            child.terminate()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: Path, delay: float) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.delay = delay
        self.numbers = count(1)
        self.requests = 0
        self.answers = {path.stem: _chunked(path.read_bytes()) for path in folder.glob("*.csv")}
        self.lists = {path.stem: json.loads(path.read_bytes()) for path in folder.glob("*.json")}

    def answer(self, method: str, target: str, body: bytes) -> bytes:
        """The whole answer, head and body."""
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        kind = path.rpartition("/")[2]
        if kind == "requests":
            return _json("200 OK", {"requests": self.requests})
        self.requests += 1
        if kind == "write":
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        if kind == "query":
            found = re.search(rb'bucket: \\?"(\w+)', body)
            assert found, body
            return self.answers[found[1].decode()]
        if kind == "orgs":
            return _json("200 OK", {"orgs": [ORG]})
        if kind in ("health", "ping"):
            return _json("200 OK", {"name": "influxdb", "status": "pass", "version": "v2.9.1"})
        time.sleep(self.delay)
        if method == "POST":
            return _json("201 Created", self.created(kind, json.loads(body)))
        return _json("200 OK", self.listed(kind, query))

    def created(self, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        made = {**asked, "id": f"{next(self.numbers):016x}", "createdAt": NOW, "updatedAt": NOW}
        return {"label": made, "links": {"self": "/"}} if kind == "labels" else made

    def listed(self, kind: str, query: dict[str, list[str]]) -> dict[str, Any]:
        items = self.lists.get(kind, [])
        if kind == "dbrps":
            return {"content": items}
        if "name" in query:
            items = [item for item in items if item["name"] == query["name"][0]]
        first, many = (int(query.get(n, [d])[0]) for n, d in (("offset", "0"), ("limit", "20")))
        return {kind: items[first : first + many], "links": {"self": "/"}}


class _Connection(socketserver.StreamRequestHandler):
    """One connection that is kept: requests with a Content-Length, one after the other."""

    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        while line := self.rfile.readline():
            method, target, _ = line.decode().split(" ", 2)
            body = self.rfile.read(self._length())
            try:
                self.wfile.write(self.server.answer(method, target, body))
            except ConnectionError:
                return

    def _length(self) -> int:
        """Of the body; the headers are read and dropped."""
        length = 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return length


def _json(status: str, value: Any) -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def _chunked(body: bytes) -> bytes:
    parts = [b"HTTP/1.1 200 OK\r\nContent-Type: text/csv; charset=utf-8\r\n"]
    parts.append(b"Transfer-Encoding: chunked\r\n\r\n")
    for start in range(0, len(body), CHUNK):
        piece = body[start : start + CHUNK]
        parts += [b"%x\r\n" % len(piece), piece, b"\r\n"]
    return b"".join([*parts, b"0\r\n\r\n"])


def main() -> None:
    with _Server(Path(sys.argv[1]), float(sys.argv[2])) as server:
        print(server.server_address[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()  # ends with the parent, however that ends
        os._exit(0)


if __name__ == "__main__":
    main()
