"""Points and rows through a connection that breaks: nothing lost, nothing doubled, all told."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from influx_pipelines.influx import errors
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.conftest import GIVEN
from influx_pipelines_tests.hostile.answers import stored
from influx_pipelines_tests.proxy import Proxy

START = 1_577_836_800 * 10**9
ROWS = 1_200
FLUX = """
    from(bucket: "b")
        |> range(start: 0)
        |> filter(fn: (r) => r._measurement == "old")
        |> keep(columns: ["_time", "_value"])
"""
BROKEN_ANSWERS = ["cut", "cut chunk", "no last chunk", "truncate"]
PATIENCE = 2.0 if GIVEN else 0.3  # seconds; a real server may make a shard meanwhile
PASSING = ["limit", "overload", "refuse", "reset", "lose", "stall"]


def rows(first: int, number: int) -> list[dict[str, Any]]:
    return [{"t": f"t{n % 7}", "f": n, "time": START + n} for n in range(first, first + number)]


def write(client: Influx, measurement: str, first: int = 0, number: int = ROWS) -> Any:
    table = rows(first, number)
    return client.write(
        table, bucket="b", measurement=measurement, tags=["t"], chunk_rows=120, in_flight=4
    )


def found(influx: Influx, measurement: str) -> dict[int, int]:
    """Nanoseconds after the start → value."""
    points = stored(influx, "b", measurement)
    for (_, tags, name, stamp), value in points.items():
        assert (name, tags) == ("f", (("t", f"t{(stamp - START) % 7}"),))
        assert value == ("int", stamp - START)
    return {point[3] - START: value for point, (_, value) in points.items()}


@pytest.fixture
def proxy(server: Connection, influx: Influx) -> Iterator[Proxy]:
    influx.create_bucket("b", retention_seconds=0)
    write(influx, "old")
    with Proxy(server.url) as proxy:
        proxy.stall = 2 * PATIENCE
        yield proxy


@pytest.fixture
def client(proxy: Proxy, server: Connection, org: str) -> Iterator[Influx]:
    with Influx(proxy.url, server.token, org, read_timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def hasty(proxy: Proxy, server: Connection, org: str) -> Iterator[Influx]:
    """A client that tries once."""
    with Influx(proxy.url, server.token, org, read_timeout=PATIENCE, retry_seconds=0) as client:
        yield client


def times(fault: str, path: str, which: Callable[[int], bool]) -> Callable[..., str | None]:
    """The fault at those of the requests to a path, which are counted from 1."""
    seen = 0

    def decide(method: str, asked: str, number: int) -> str | None:
        nonlocal seen
        seen += asked == path
        return fault if asked == path and which(seen) else None

    return decide


# ------------------------------------------------------------------------------ writing


@pytest.mark.parametrize("fault", [*PASSING, "cut", "no last chunk"])
def test_a_write_is_whole_after_a_fault_that_passes(
    influx: Influx, proxy: Proxy, client: Influx, fault: str
) -> None:
    proxy.fault = times(fault, "/api/v2/write", lambda number: number in (2, 3, 7))
    result = write(client, "m")
    assert (result.points, result.dropped, result.skipped) == (ROWS, 0, 0)
    assert found(influx, "m") == {n: n for n in range(ROWS)}


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        ("limit", errors.RateLimited, "429"),
        ("overload", errors.Unavailable, "503"),
        ("refuse", errors.Unavailable, "502"),
        ("reset", errors.Unavailable, "No InfluxDB answers"),
        ("lose", errors.Unavailable, "No InfluxDB answers"),
        ("stall", errors.Unavailable, "(?i)timed out"),
        ("deny", errors.Invalid, "refused on purpose"),
    ],
)
def test_a_write_that_cannot_go_on_tells_what_is_stored(
    influx: Influx, proxy: Proxy, hasty: Influx, fault: str, kind: type, says: str
) -> None:
    proxy.fault = times(fault, "/api/v2/write", lambda number: number > 3)
    with pytest.raises(kind, match=says) as caught:
        write(hasty, "m")
    result = caught.value.result
    assert 0 < result.points <= 360
    assert result.points <= len(found(influx, "m")) <= ROWS


def test_a_write_waits_as_long_as_the_server_asks(proxy: Proxy, client: Influx) -> None:
    proxy.retry_after = "1"
    proxy.fault = times("limit", "/api/v2/write", lambda number: number == 1)
    before = time.monotonic()
    assert write(client, "m").points == ROWS
    assert time.monotonic() - before >= 1


def write_with_faults(influx: Influx, proxy: Proxy, client: Influx, faults: int, seed: int) -> None:
    """Whole or an error that tells the truth, whatever breaks while four requests are under way."""
    dice, met, acknowledged, failed = random.Random(seed), 0, 0, 0

    def fault(method: str, path: str, number: int) -> str | None:
        nonlocal met
        if path != "/api/v2/write" or dice.random() > 0.4:
            return None
        met += 1
        return dice.choice([*PASSING[:-1], "cut", "no last chunk", "deny"])

    proxy.fault = fault
    first = 0
    sent: list[range] = []
    while met < faults:
        part = range(first, first + 360)
        try:
            assert write(client, "m", first, 360).points == 360
            sent.append(part)
            acknowledged += 360
        except errors.InfluxError as error:
            failed += 1
            acknowledged += error.result.points
        first += 360
    values = found(influx, "m")
    assert all(n in values for part in sent for n in part)
    assert acknowledged <= len(values) <= first
    assert failed
    assert sent


def test_a_write_is_whole_or_fails_with_the_truth(
    influx: Influx, proxy: Proxy, server: Connection, org: str
) -> None:
    with Influx(proxy.url, server.token, org, retry_seconds=0.5) as client:
        write_with_faults(influx, proxy, client, faults=20, seed=1)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_a_write_is_whole_or_fails_with_the_truth_in_two_hundred_faults(
    influx: Influx, proxy: Proxy, server: Connection, org: str
) -> None:
    with Influx(proxy.url, server.token, org, retry_seconds=0.5) as client:
        write_with_faults(influx, proxy, client, faults=200, seed=2)


# ------------------------------------------------------------------------------ reading


def read_by_query(client: Influx) -> list[int]:
    return [row["_value"] for row in client.query(FLUX).rows()]


def read_by_stream(client: Influx) -> list[int]:
    return [row["_value"] for batch in client.stream(FLUX) for row in batch.to_pylist()]


def read_by_read(client: Influx) -> list[int]:
    long = client.read("b", "old", start="-100y", pivot=False)
    return [row["_value"] for row in long.rows()]


READS = [read_by_query, read_by_stream]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        *((fault, errors.IncompleteRead, "broke off") for fault in BROKEN_ANSWERS[:3]),
        ("truncate", errors.IncompleteRead, "neither a length nor chunks"),
        ("error table", errors.QueryFailed, "broken on purpose"),
        ("stall", errors.Unavailable, "(?i)timed out"),
        ("stall midway", errors.InfluxError, "(?i)timed out|timeout|broke off"),
        ("limit", errors.RateLimited, "429"),
        ("overload", errors.Unavailable, "503"),
        ("refuse", errors.Unavailable, "502"),
        ("reset", errors.Unavailable, "No InfluxDB answers"),
        ("lose", errors.Unavailable, "No InfluxDB answers"),
    ],
)
def test_a_broken_answer_is_never_taken_for_a_whole_one(
    proxy: Proxy,
    hasty: Influx,
    read: Callable[[Influx], list[int]],
    fault: str,
    kind: type,
    says: str,
) -> None:
    proxy.fault = times(fault, "/api/v2/query", lambda number: True)
    with pytest.raises(kind, match=says):
        read(hasty)


@pytest.mark.parametrize("fault", ["cut chunk", "error table"])
def test_a_broken_answer_is_none_to_read_either(proxy: Proxy, hasty: Influx, fault: str) -> None:
    proxy.fault = times(fault, "/api/v2/query", lambda number: True)
    with pytest.raises((errors.IncompleteRead, errors.QueryFailed)):
        read_by_read(hasty)


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("fault", PASSING)
def test_a_read_is_whole_after_a_fault_that_passes(
    proxy: Proxy, client: Influx, read: Callable[[Influx], list[int]], fault: str
) -> None:
    proxy.fault = times(fault, "/api/v2/query", lambda number: number == 1)
    assert sorted(read(client)) == list(range(ROWS))


@pytest.mark.parametrize("fault", [*BROKEN_ANSWERS, "error table", "stall midway"])
def test_a_stream_gives_no_row_twice_and_none_that_is_not_there(
    proxy: Proxy, client: Influx, fault: str
) -> None:
    proxy.fault = times(fault, "/api/v2/query", lambda number: number == 1)
    values: list[int] = []
    try:
        for batch in client.stream(FLUX):
            values += [row["_value"] for row in batch.to_pylist()]
    except errors.InfluxError:
        assert len(set(values)) == len(values)
        assert set(values) <= set(range(ROWS))
    else:
        assert sorted(values) == list(range(ROWS))
