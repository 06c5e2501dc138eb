"""Writes from processes that exit, fork or are interrupted, and from many threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection

COUNT = """
    from(bucket: "b")
        |> range(start: 0)
        |> filter(fn: (r) => r._measurement == params.m)
        |> count()
"""
HEAD = """
import os, sys, signal, threading
from influx_pipelines.influx.client import Influx
influx = Influx(os.environ["TEST_URL"], os.environ["TEST_TOKEN"], os.environ["TEST_ORG"])

def write(name, rows, **options):
    rows = [{"f": n, "time": n} for n in range(rows)]
    return influx.write(rows, bucket="b", measurement=name, **options)
"""


@pytest.fixture(autouse=True)
def bucket(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)


def run(server: Connection, org: str, script: str) -> subprocess.CompletedProcess[str]:
    given = {"TEST_URL": server.url, "TEST_TOKEN": server.token, "TEST_ORG": org}
    return subprocess.run(
        [sys.executable, "-c", HEAD + textwrap.dedent(script)],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def count(influx: Influx, measurement: str) -> int:
    return sum(int(row["_value"]) for row in influx.query(COUNT, {"m": measurement}).rows())


def test_what_write_was_given_is_stored_when_it_returns(
    influx: Influx, server: Connection, org: str
) -> None:
    done = run(server, org, 'write("m", 20_000, chunk_rows=1_000); os._exit(7)')
    assert done.returncode == 7, done.stderr
    assert count(influx, "m") == 20_000


def test_a_process_ends_after_a_write_without_closing(server: Connection, org: str) -> None:
    """No thread of ours may keep an interpreter alive, or print at its end."""
    done = run(server, org, 'write("m", 5_000, chunk_rows=500); sys.exit(3)')
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


def test_parent_and_child_of_a_fork_write_with_one_client(
    influx: Influx, server: Connection, org: str
) -> None:
    script = """
        write("before", 100)                       # the connection is open when it forks
        child = os.fork()
        name = "parent" if child else "child"
        for size in range(1, 40):
            result = write(name, size * 10, chunk_rows=50)
            assert result.points == size * 10, result
            assert len(influx.query('import "array" array.from(rows: [{v: 1}])').rows()) == 1
        if not child:
            os._exit(0)
        _, status = os.waitpid(child, 0)
        write("after", 100)
        os._exit(os.waitstatus_to_exitcode(status))
    """
    done = run(server, org, script)
    assert done.returncode == 0, done.stderr
    found = {name: count(influx, name) for name in ("before", "parent", "child", "after")}
    assert found == {"before": 100, "parent": 390, "child": 390, "after": 100}


def test_a_fork_in_the_middle_of_a_write_does_not_hang(
    influx: Influx, server: Connection, org: str
) -> None:
    """Locks and connections of threads that the child does not have must not stop it.

    But Python's own lock of a module that is being imported does: the code is loaded before.
    """
    script = """
        write("before", 10)
        assert len(influx.query('import "array" array.from(rows: [{v: 1}])').rows()) == 1
        thread = threading.Thread(target=write, args=("parent", 20_000), kwargs={"chunk_rows": 200})
        thread.start()
        while thread.is_alive():
            child = os.fork()
            if not child:
                signal.alarm(20)
                os._exit(0 if write("child", 10).points == 10 else 1)
            _, status = os.waitpid(child, 0)
            assert status == 0, status
        thread.join()
        os._exit(0)
    """
    done = run(server, org, script)
    assert done.returncode == 0, done.stderr
    assert count(influx, "parent") == 20_000


def test_an_interrupted_write_ends_at_once(influx: Influx, server: Connection, org: str) -> None:
    script = """
        def rows():
            for n in range(10**9):
                if n == 5_000:
                    os.kill(os.getpid(), signal.SIGINT)
                yield {"f": n, "time": n}
        try:
            influx.write(rows(), bucket="b", measurement="m", chunk_rows=500)
        except KeyboardInterrupt:
            assert write("after", 100).points == 100
            sys.exit(5)
    """
    done = run(server, org, script)
    assert (done.returncode, done.stderr) == (5, "")
    assert count(influx, "m") <= 6_000
    assert count(influx, "after") == 100


def test_one_client_serves_eight_writing_and_eight_reading_threads(influx: Influx) -> None:
    influx.write([{"f": n, "time": n} for n in range(5_000)], bucket="b", measurement="old")

    def write(thread: int) -> int:
        rows = [{"t": f"thread-{thread}", "f": n, "time": n} for n in range(1_000)]
        return influx.write(rows, bucket="b", measurement="new", tags=["t"], chunk_rows=100).points

    def read(_: int) -> int:
        flux = 'from(bucket: "b") |> range(start: 0) |> filter(fn: (r) => r._measurement == "old")'
        batches = influx.stream(flux)
        return len(influx.query(flux)) + sum(batch.num_rows for batch in batches)

    with ThreadPoolExecutor(16) as pool:
        written = [pool.submit(write, thread) for thread in range(8)]
        reads = [pool.submit(read, thread) for thread in range(8)]
        assert [one.result() for one in written] == [1_000] * 8
        assert [one.result() for one in reads] == [10_000] * 8
    assert count(influx, "new") == 8_000


def test_signals_are_as_before(influx: Influx) -> None:
    """A library that installs handlers breaks its host."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    influx.write([{"f": 1, "time": 1}], bucket="b", measurement="m")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
