"""What everybody waits for: the embedded server, and the definitions."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.result import Result
from benchmarks.sizes import Size
from benchmarks.stub import ROOT
from influx_pipelines.server import commands, process

HEAVY = ("pyarrow", "pandas", "polars", "numpy", "orjson", "isal", "influxdb_client", "matplotlib")
# Dagster itself loads some of them where they are installed; what counts is what we add.
LOADED = f"""
import json, sys
import dagster
before = set(sys.modules)
import influx_pipelines.definitions
print(json.dumps([name for name in {HEAVY!r} if name in set(sys.modules) - before]))
"""


def run(size: Size) -> Iterator[Result]:
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(size.rounds):
        ours.append(_server_answers())
        theirs.append(_dagster_is_imported())
    name = "start: embedded server, to its first answer"
    took = statistics.median(ours)
    yield Result(name, took, statistics.median(theirs), "import dagster", times=1, most=0.5)
    command = [sys.executable, "-c", LOADED]
    loaded = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout
    found = len(json.loads(loaded))
    yield Result("start: heavy modules of the definitions", found, most=0, unit="")


def _server_answers() -> float:
    with tempfile.TemporaryDirectory() as folder:
        log, port = Path(folder) / "log", process.free_port()
        before = time.perf_counter()
        command, env = commands.embedded_command(Path(folder), port)
        child = process.start(command, log, env)
        try:
            process.wait_until_healthy(f"http://127.0.0.1:{port}", child, log)
            return time.perf_counter() - before
        finally:
            process.stop(child)


def _dagster_is_imported() -> float:
    before = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import dagster"], check=True)
    return time.perf_counter() - before
