"""A Redis of Debian's package for a test session: on loopback, in a temporary folder."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from influx_pipelines.server.process import free_port

PROGRAM = "redis-server"


@contextmanager
def running() -> Iterator[str]:
    """Start a server that keeps nothing on disk; yields its URL."""
    folder, port = Path(tempfile.mkdtemp(prefix="redis-")), free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([PROGRAM, *options], cwd=folder, stdout=log, stderr=log)
    try:
        _wait(port, server, folder / "log")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder)


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            if server.poll() is not None:
                raise RuntimeError(f"Redis did not start:\n{log.read_text()}") from None
            time.sleep(0.05)
    raise RuntimeError(f"Redis does not answer:\n{log.read_text()}")
