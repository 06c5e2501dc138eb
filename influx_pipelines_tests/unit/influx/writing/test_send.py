"""A few requests in flight: order, failures, memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from influx_pipelines.influx import errors
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines_tests.writes import STORED, Reply, Writes


def rows(count: int, **columns: Any) -> list[dict[str, Any]]:
    return [{"f": n, "time": n, **columns} for n in range(count)]


def slow_first(number: int, body: bytes) -> Reply:
    if number == 0:
        time.sleep(0.2)
    return STORED


def write(writes: Writes, table: Any, **options: Any) -> Any:
    given = {"bucket": "b", "measurement": "m", "chunk_rows": 2, **options}
    return writes.client(retry_seconds=0.0).write(table, **given)


def test_chunks_are_on_their_way_at_the_same_time() -> None:
    barrier = threading.Barrier(3, timeout=10)

    def together(number: int, body: bytes) -> Reply:
        barrier.wait()
        return STORED

    writes = Writes(together)
    assert write(writes, rows(6), in_flight=3).requests == 3
    assert writes.most_at_once == 3


def test_no_more_requests_are_in_flight_than_allowed_and_no_more_is_made_before() -> None:
    made = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal made
        for n in range(40):
            made += 1
            yield pa.RecordBatch.from_pydict({"f": [n, n], "time": [2 * n, 2 * n + 1]})

    ahead: list[int] = []

    def reply(number: int, body: bytes) -> Reply:
        time.sleep(0.002)
        ahead.append(made - len(writes.stored))
        return STORED

    writes = Writes(reply)
    assert write(writes, batches(), in_flight=2).points == 80
    assert writes.most_at_once == 2
    assert max(ahead) <= 6  # two in flight, one waiting, one made, one regrouped


def test_a_chunk_that_repeats_a_point_waits_for_the_earlier_one() -> None:
    """Sent side by side, the older value could land last."""
    table = [{"t": "a", "f": 1, "time": 0}, {"t": "a", "f": 2, "time": 1}] * 2
    writes = Writes(slow_first)
    write(writes, [*table[:2], {**table[2], "f": 3}, table[3]], tags=["t"])
    assert [body.splitlines()[0] for body in writes.stored] == [b"m,t=a f=1i 0", b"m,t=a f=3i 0"]
    assert writes.most_at_once == 1


@pytest.mark.parametrize(
    "second",
    [
        {"t": "b", "f": 3, "time": 1},  # another series
        {"f": 3, "time": 1},  # no tag is another series too
        {"t": "a", "f": 3, "time": 2},  # another time
    ],
)
def test_chunks_without_a_point_in_common_do_not_wait(second: dict[str, Any]) -> None:
    first = [{"t": "a", "f": 1, "time": 0}, {"t": "a", "f": 2, "time": 1}]
    writes = Writes(slow_first)
    write(writes, [*first, second, {"t": "c", "f": 1, "time": 3}], tags=["t"])
    assert writes.stored[0] == writes.bodies[1]


def test_times_that_are_the_same_only_in_the_written_precision_are_repeats() -> None:
    times = pa.array([0, 10**9, 10**9 + 1, 2 * 10**9], pa.timestamp("ns"))
    writes = Writes(slow_first)
    write(writes, pa.table({"f": [1, 2, 3, 4], "time": times}), precision="s")
    assert writes.stored == writes.bodies


def test_tags_of_a_dictionary_and_plain_ones_are_the_same_series() -> None:
    plain = pa.table({"t": ["a", "b"], "f": [1, 2], "time": [0, 0]})
    coded = pa.table({"t": pa.array(["b"]).dictionary_encode(), "f": [3], "time": [0]})
    writes = Writes(slow_first)
    write(writes, iter([plain, coded]), tags=["t"])
    assert writes.stored == writes.bodies


def test_a_failure_ends_the_write_and_says_what_is_stored() -> None:
    def reply(number: int, body: bytes) -> Reply:
        return (403, "insufficient permissions for write") if b" 4\n" in body else STORED

    writes = Writes(reply)
    with pytest.raises(errors.Forbidden, match="4 points of this write were stored") as caught:
        write(writes, rows(100), in_flight=1)
    assert caught.value.result is not None
    assert caught.value.result.points == 4
    assert len(writes.bodies) == 3


def test_what_is_in_flight_when_another_fails_is_awaited_and_counted() -> None:
    started = threading.Event()

    def reply(number: int, body: bytes) -> Reply:
        if b" 0\n" in body:
            started.set()
            time.sleep(0.2)
            return STORED
        started.wait(10)
        return (404, 'bucket "b" not found')

    writes = Writes(reply)
    with pytest.raises(errors.NotFound) as caught:
        write(writes, rows(100), in_flight=2)
    assert caught.value.result is not None
    assert caught.value.result.points == 2
    assert len(writes.bodies) == 2


def test_the_half_that_was_stored_before_a_failure_counts() -> None:
    def reply(number: int, body: bytes) -> Reply:
        return [(413, ""), STORED, (403, "no")][number]

    with pytest.raises(errors.Forbidden) as caught:
        write(Writes(reply), rows(4), chunk_rows=4)
    assert caught.value.result is not None
    assert caught.value.result.points == 2


def test_nothing_of_a_table_in_memory_is_sent_when_one_of_its_rows_cannot_be() -> None:
    writes = Writes()
    table = pa.table({"t": ["a"] * 9 + ["b\\"], "f": range(10), "time": range(10)})
    with pytest.raises(UnwritableError, match="row 9") as caught:
        write(writes, table, tags=["t"])
    assert writes.bodies == []
    assert "stored" not in str(caught.value)
    with pytest.raises(UnwritableError, match="row 9"):
        write(writes, [table.slice(0, 5), table.slice(5)], tags=["t"])
    assert writes.bodies == []
    with pytest.raises(UnwritableError, match=r"row 9, column 'f': 0\.5"):
        write(writes, [*rows(9), {"f": 0.5, "time": 9}], fields={"f": int})
    assert writes.bodies == []


def test_an_iterator_that_ends_in_a_bad_row_says_what_is_stored() -> None:
    table = ({"t": "a" if n < 99 else "b\\", "f": n, "time": n} for n in range(100))
    writes = Writes()
    with pytest.raises(UnwritableError, match="points of this write were stored") as caught:
        write(writes, table, tags=["t"])
    assert caught.value.result is not None  # what waited for a thread was not sent any more
    assert 80 < caught.value.result.points == 2 * len(writes.stored)


def test_an_error_of_the_callers_iterator_comes_through_when_all_is_settled() -> None:
    def batches() -> Iterator[pa.Table]:
        yield pa.table({"f": [1, 2], "time": [0, 1]})
        yield pa.table({"f": [1, 2], "time": [2, 3]})
        raise KeyError("of the caller")

    writes = Writes(slow_first)
    with pytest.raises(KeyError):
        write(writes, batches())
    assert len(writes.stored) == len(writes.bodies) > 0


def test_skipped_rows_are_counted_and_make_no_request() -> None:
    writes = Writes()
    result = write(writes, pa.table({"f": [None, None, 1.0, None], "time": range(4)}))
    assert (result.points, result.skipped, result.requests) == (1, 3, 1)
    result = write(writes, pa.table({"f": pa.nulls(3), "time": range(3)}))
    assert (result.points, result.skipped, result.requests) == (0, 3, 0)


def test_mistakes_in_the_arguments_are_told() -> None:
    with pytest.raises(ValueError, match="in_flight is 0"):
        write(Writes(), rows(1), in_flight=0)
    with pytest.raises(ValueError, match="chunk_rows is 0"):
        write(Writes(), rows(1), chunk_rows=0)
    with pytest.raises(ValueError, match=r"tags='f' is one text: give a list, \['f'\]"):
        write(Writes(), rows(1), tags="f")
