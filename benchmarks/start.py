"""The start of the embedded server, against what everybody waits for anyhow."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.result import Result, compare
from influx_pipelines.server import commands, process


def run() -> Iterator[Result]:
    """From the start of the process to the first healthy answer."""
    until_healthy: list[float] = []

    def ours() -> None:
        before = time.perf_counter()
        folder = Path(tempfile.mkdtemp())
        port = process.free_port()
        command, env = commands.embedded_command(folder, port)
        child = process.start(command, folder / "log", env)
        process.wait_until_healthy(f"http://127.0.0.1:{port}", child, folder / "log")
        until_healthy.append(time.perf_counter() - before)
        process.stop(child)

    def theirs() -> None:
        subprocess.run([sys.executable, "-c", "import dagster"], check=True)

    yield compare("start the embedded server", ours, theirs, against="import dagster", bar=1.0)
    took = statistics.median(until_healthy)
    yield Result("embedded: start to first answer", took, 0.5, "the bar of 0.5 s", 1.0)
