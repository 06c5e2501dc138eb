"""The embedded server against SQLite alone, which does the same work without HTTP and Flux."""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psutil
import urllib3

from benchmarks.result import Result, compare
from benchmarks.sizes import Size
from influx_pipelines.server import commands, process

SERIES, BATCH, EVERY = 100, 5_000, 3_600
START = 1_767_225_600  # 2026-01-01
RANGE = "range(start: 2026-01-01T00:00:00Z, stop: 2026-03-01T00:00:00Z)"
HOURLY = "aggregateWindow(every: 1h, fn: mean, createEmpty: false)"
TOKEN = "a-token-for-the-benchmark-only"
UPSERT = """
    INSERT INTO point VALUES (?, ?, ?)
    ON CONFLICT (series, time) DO UPDATE SET value = excluded.value
"""
GROUP_BY = f"""
    SELECT series, time / {EVERY}000000000 AS hour, avg(value) FROM point GROUP BY series, hour
"""
Row = tuple[int, int, float]  # series, nanoseconds, value


def run(size: Size) -> Iterator[Result]:
    """Memory, writing points of 100 series, hourly means of them, one host's answer."""
    points = range(size.points)
    rows = [(n % SERIES, (START + n // SERIES * 10) * 10**9, n / 7) for n in points]
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as server:
        yield Result("embedded: idle memory", server.memory(), most=80, unit="MiB")
        with closing(_plain_table(Path(folder))) as plain:
            yield _writing(server, plain, rows, size)
            yield _windows(server, plain, size)
        yield _one_host(server)


class _Server:
    """A running embedded server, spoken to over HTTP."""

    def __init__(self, url: str, pid: int) -> None:
        self.url, self.pid = url, pid
        self.pool = urllib3.PoolManager(headers={"Authorization": f"Token {TOKEN}"})
        asked = {"username": "me", "org": "o", "bucket": "b0", "token": TOKEN}
        self.org = self.post("/api/v2/setup", json.dumps(asked))["org"]["id"]

    def post(self, path: str, body: str | bytes) -> dict:
        answer = self.pool.request("POST", self.url + path, body=body)
        assert answer.status < 300, answer.data[:300]
        return json.loads(answer.data) if answer.data[:1] == b"{" else {}

    def query(self, flux: str) -> int:
        body = json.dumps({"query": flux, "type": "flux"})
        answer = self.pool.request("POST", f"{self.url}/api/v2/query?orgID={self.org}", body=body)
        assert answer.status == 200, answer.data[:300]
        return len(answer.data)

    def memory(self) -> float:
        return psutil.Process(self.pid).memory_info().rss / 2**20


@contextmanager
def _server(folder: Path) -> Iterator[_Server]:
    port = process.free_port()
    command, env = commands.embedded_command(folder, port)
    child = process.start(command, folder / "log", env)
    try:
        url = f"http://127.0.0.1:{port}"
        process.wait_until_healthy(url, child, folder / "log")
        yield _Server(url, child.pid)
    finally:
        process.stop(child)


def _writing(server: _Server, plain: sqlite3.Connection, rows: list[Row], size: Size) -> Result:
    batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    bodies = [
        "\n".join(f"cpu,host=h{s} v={v} {t}" for s, t, v in batch).encode() for batch in batches
    ]
    numbers = count()

    def ours() -> None:
        bucket = f"b{(number := next(numbers))}"
        if number:
            asked = {"orgID": server.org, "name": bucket}
            server.post("/api/v2/buckets", json.dumps(asked))
        for body in bodies:
            server.post(f"/api/v2/write?orgID={server.org}&bucket={bucket}", body)

    def theirs() -> None:
        with plain:
            plain.execute("DELETE FROM point")
        for batch in batches:
            with plain:
                plain.executemany(UPSERT, batch)

    return compare(
        f"embedded: write {len(rows):,} points",
        ours,
        theirs,
        against="SQLite upsert of parsed rows",
        times=0.15,
        size=size,
    )


def _plain_table(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "plain.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(
        "CREATE TABLE point (series INTEGER, time INTEGER, value, PRIMARY KEY (series, time))"
        " WITHOUT ROWID"
    )
    return connection


def _windows(server: _Server, plain: sqlite3.Connection, size: Size) -> Result:
    flux = f'from(bucket: "b0") |> {RANGE} |> {HOURLY}'
    return compare(
        "embedded: hourly means of all",
        lambda: server.query(flux),
        lambda: plain.execute(GROUP_BY).fetchall(),
        against="SQLite GROUP BY",
        times=0.1,
        size=size,
    )


def _one_host(server: _Server) -> Result:
    """What the engine takes for one host beside the HTTP around it."""
    one = f'from(bucket: "b0") |> {RANGE} |> filter(fn: (r) => r.host == "h7") |> {HOURLY}'
    pivot = 'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
    none = 'from(bucket: "b0") |> range(start: 2030-01-01T00:00:00Z, stop: 2030-01-02T00:00:00Z)'
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(9):
        for place, flux in enumerate((f"{one} |> {pivot}", none)):
            before = time.perf_counter()
            server.query(flux)
            times[place].append(time.perf_counter() - before)
    took = statistics.median(times[0]) - statistics.median(times[1])
    return Result("embedded: one host, pivoted", took, most=0.020)
