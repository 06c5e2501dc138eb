"""Many at once, and a kill in the middle: nothing that was acknowledged is lost."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import urllib3

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process
NEW_YEAR = 1577836800000000000
WRITERS, BATCHES, SIZE = 6, 40, 40


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(tmp_path / "data", free_port()) as found:
        found.set_up()
        yield found


def write(server: Embedded, lines: list[str]) -> int:
    body = "\n".join(lines).encode()
    return server.request("POST", "/api/v2/write?org=org&bucket=first", body=body).status


def numbers(server: Embedded, measurement: str) -> list[int]:
    flux = f"""
        from(bucket: "first")
            |> range(start: 0)
            |> filter(fn: (r) => r._measurement == "{measurement}")
            |> keep(columns: ["_value"])
    """
    answer = server.request("POST", "/api/v2/query?org=org", json={"query": flux})
    assert answer.status == 200, answer.data
    lines = answer.data.decode().split()
    return sorted(int(line.split(",")[-1]) for line in lines if ",_result" in line)


def together(*works: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for running in [pool.submit(work) for work in works]:
            running.result()


def test_writers_readers_and_deletes_at_once(server: Embedded) -> None:
    """Deletes free types and series, and buckets come and go, while others write them."""
    seen: list[tuple[str, int]] = []
    done = threading.Event()
    org_id = server.request("GET", "/api/v2/orgs").json()["orgs"][0]["id"]

    def writer(number: int) -> None:
        for batch in range(BATCHES):
            first = (number * BATCHES + batch) * SIZE
            kept = [f"kept,w={number} f={n}i {NEW_YEAR + n}" for n in range(first, first + SIZE)]
            gone = [f"gone,w={number} f={batch}i {NEW_YEAR + n}" for n in range(3)]
            seen.append(("write", write(server, kept + gone)))

    def reader() -> None:
        while not done.is_set():
            found = numbers(server, "kept")
            assert len(found) == len(set(found))
            seen.append(("read", 200))

    def deleter() -> None:
        body = {"start": "2020-01-01T00:00:00Z", "stop": "2021-01-01T00:00:00Z"}
        while not done.is_set():
            answer = server.request(
                "POST",
                "/api/v2/delete?org=org&bucket=first",
                json={**body, "predicate": "_measurement=gone"},
            )
            seen.append(("delete", answer.status))
            made = server.request(
                "POST", "/api/v2/buckets", json={"orgID": org_id, "name": "passing"}
            )
            server.request("POST", "/api/v2/write?org=org&bucket=passing", body=b"m f=1")
            path = f"/api/v2/buckets/{made.json()['id']}"
            seen.append(("drop", server.request("DELETE", path).status))

    def writers() -> None:
        try:
            together(*(partial(writer, number) for number in range(WRITERS)))
        finally:
            done.set()

    together(writers, reader, reader, deleter)
    wanted = {"write": 204, "read": 200, "delete": 204, "drop": 204}
    assert [(what, status) for what, status in seen if status != wanted[what]] == []
    assert {what for what, _ in seen} == set(wanted)
    assert numbers(server, "kept") == list(range(WRITERS * BATCHES * SIZE))


def test_a_kill_during_writes_loses_nothing_that_was_acknowledged(server: Embedded) -> None:
    acknowledged: list[int] = []

    def writer(number: int) -> None:
        try:
            for batch in range(10_000):
                first = (number * 10_000 + batch) * SIZE
                lines = [f"m,w={number} f={n}i {NEW_YEAR + n}" for n in range(first, first + SIZE)]
                assert write(server, lines) == 204
                acknowledged.extend(range(first, first + SIZE))
        except urllib3.exceptions.HTTPError:
            pass  # killed

    def kill() -> None:
        time.sleep(1)
        server.stop(signal.SIGKILL)

    together(kill, *(partial(writer, number) for number in range(4)))
    server.start()
    stored = numbers(server, "m")
    assert len(acknowledged) > SIZE
    assert set(acknowledged) <= set(stored)
    assert len(stored) % SIZE == 0  # a batch is there as a whole or not at all


def test_writes_do_not_wait_for_heavy_queries(server: Embedded) -> None:
    """All queries that may run at once do, and more of them wait."""
    lines = [f"m,t={n % 20} f={n} {NEW_YEAR + n}" for n in range(30_000)]
    assert write(server, lines) == 204
    heavy = """
        from(bucket: "first")
            |> range(start: 0)
            |> map(fn: (r) => ({r with x: r._value * 2.0}))
            |> group()
            |> sort(columns: ["x"])
    """
    ended: list[float] = []
    written: list[tuple[float, float]] = []

    def read() -> None:
        answer = server.request("POST", "/api/v2/query?org=org", json={"query": heavy})
        assert answer.status == 200
        ended.append(time.monotonic())

    def keep_writing() -> None:
        while len(ended) < 12:
            began = time.monotonic()
            assert write(server, [f"other f=1 {NEW_YEAR + len(written)}"]) == 204
            written.append((began, time.monotonic() - began))

    together(keep_writing, *[read] * 12)
    meanwhile = [took for began, took in written if began < min(ended)]
    assert len(meanwhile) > 2
    assert max(meanwhile) < 3
