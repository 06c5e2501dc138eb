"""A server as a process of its own that swallows points and sends rows without end.

`python -m influx_pipelines_tests.stub HOST` prints its port. `POST /api/v2/write` counts lines and
keeps none, `GET /lines` tells the count. `POST /api/v2/query` sends as many rows
as the script's first number says, in HTTP chunks, as fast as the client takes them.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BLOCK = 1_000
HEAD = (
    b"#datatype,string,long,dateTime:RFC3339,double,double,long,string,string\r\n"
    b"#group,false,false,false,false,false,false,true,true\r\n#default,_result,,,,,,,\r\n"
    b",result,table,_time,load,temperature,count,host,region\r\n"
)
ROWS = "".join(
    f",,0,2020-01-01T00:00:00.{n:09}Z,{n / 7},{n / 3},{n},host-{n % 50},eu west\r\n"
    for n in range(1, BLOCK + 1)
).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lines = 0
    lock = threading.Lock()

    def do_GET(self) -> None:
        self._answer(200, str(_Handler.lines).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/api/v2/write"):
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            with _Handler.lock:
                _Handler.lines += body.count(b"\n") + (not body.endswith(b"\n"))
            self._answer(204, b"")
        else:
            found = re.search(rb"[0-9]+", body)
            assert found is not None
            self._stream(int(found[0]))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("X-Influxdb-Version", "stub")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, rows: int) -> None:
        self.send_response(200)
        self.send_header("X-Influxdb-Version", "stub")
        self.send_header("Content-Type", "text/csv; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (HEAD, *(ROWS for _ in range(rows // BLOCK)), b"\r\n"):
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def running(host: str = "127.0.0.1") -> Iterator[str]:
    """The address of a stub that runs meanwhile."""
    command = [sys.executable, "-m", "influx_pipelines_tests.stub", host]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://{host}:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


if __name__ == "__main__":
    server = ThreadingHTTPServer((sys.argv[1], 0), _Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
