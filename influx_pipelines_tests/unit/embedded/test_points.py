"""The store: what is remembered stays true when a transaction fails, a delete or a purge."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.embedded.database import Database
from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME
from influx_pipelines.embedded.lineprotocol import read
from influx_pipelines.embedded.points import Points

HOUR = 3_600_000_000_000


def bucket(every: int = 0, name: str = "b") -> dict[str, Any]:
    rules = [{"everySeconds": every, "shardGroupDurationSeconds": 3600 if every else 604_800}]
    return {"id": f"{name:0>16}", "name": name, "retentionRules": rules}


@pytest.fixture
def points(tmp_path: Path) -> Points:
    return Points(Database(tmp_path / "x.sqlite"))


def write(points: Points, lines: str, into: dict[str, Any] | None = None) -> str:
    found, errors = read(lines.encode(), 1, 0)
    assert not errors
    return points.write(into or bucket(), found)


def stored(points: Points, of: dict[str, Any] | None = None) -> list[tuple[str, str, int, Any]]:
    into = of or bucket()
    return [
        (series.measurement, series.field, when, value)
        for series in points.series(into["id"])
        for when, value in points.read(into, series, MIN_TIME, MAX_TIME)
    ]


def test_what_a_failed_transaction_remembered_is_forgotten(points: Points) -> None:
    class Failure(Exception):
        pass

    with pytest.raises(Failure), points.database.writing():
        write(points, "m f=1 1")  # fixes a type and makes a series
        raise Failure
    assert write(points, "m f=2i 2") == ""
    assert stored(points) == [("m", "f", 2, 2)]


def test_a_number_of_a_series_is_never_used_again(points: Points) -> None:
    """A reader may still hold it."""
    write(points, "m f=1 1")
    (before,) = points.series(bucket()["id"])
    points.drop_bucket(bucket()["id"])
    write(points, "other f=1 1")
    assert points.series(bucket()["id"])[0].id > before.id


def test_a_bucket_that_is_dropped_frees_its_types_alone(points: Points) -> None:
    other = bucket(name="c")
    write(points, "m f=1 1")
    write(points, "m f=1 1", other)
    points.drop_bucket(bucket()["id"])
    assert write(points, "m f=1i 1") == ""
    assert write(points, "m f=1i 1", other).startswith("field type conflict")


def test_a_purge_removes_what_no_query_finds_any_more_and_nothing_else(points: Points) -> None:
    now = time.time_ns()
    write(points, f"m f=1 {now - 3 * HOUR}\nn f=2 {now}")
    short = bucket(every=3600)
    points.database.put("bucket", short)
    assert [row[0] for row in stored(points, short)] == ["n"]
    assert len(stored(points)) == 2
    points.purge()
    assert [row[0] for row in stored(points)] == ["n"]
    assert [series.measurement for series in points.series(short["id"])] == ["n"]
    assert write(points, f"m f=1i {now - 3 * HOUR}") == ""


def test_a_purge_takes_nothing_from_those_who_write_meanwhile(points: Points) -> None:
    now, old = time.time_ns(), time.time_ns() - 30 * HOUR
    short = bucket(every=3600)
    points.database.put("bucket", short)

    def writer(number: int) -> None:
        for n in range(number, 200, 4):
            assert write(points, f"m,w={number} f={n} {now + n}", short) == ""
            write(points, f"m,w={number} g={n} {old}")  # into the same, as if it had no end

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(writer, number) for number in range(4)]
        while not all(running.done() for running in writers):
            points.purge()
        for running in writers:
            running.result()
    points.purge()
    assert sorted(value for *_, value in stored(points)) == [float(n) for n in range(200)]


def test_a_shard_group_stays_until_the_whole_of_it_has_expired(points: Points) -> None:
    now = time.time_ns()
    begin = now - 2 * HOUR - (now % HOUR)
    write(points, f"m f=1 {begin}\nm f=2 {begin + HOUR}\nm f=3 {now}")
    assert [value for *_, value in stored(points, bucket(every=3600))] == [2.0, 3.0]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("m f=1 1\nm f=1i,g=1 2\nm f=2i 3", 'input field "f" on measurement "m" is type integer, '
         "already exists as type float dropped=2"),
        ("m g=1,f=true 1\nm f=1 2\nm g=1i 3", 'input field "f" on measurement "m" is type float, '
         "already exists as type boolean dropped=2"),
        ('m "f=1 1\nm "f=1i 2', 'input field "\\"f" on measurement "m" is type integer, '
         "already exists as type float dropped=1"),
        ("m time=1,f=1 1\nm f=1i 2", "already exists as type float dropped=1"),
        ("m time=1,f=1 1\nn time=2,f=1 1", 'on measurement "n" is invalid. Field "time" has been '
         "stripped from point. dropped=0 for database: 000000000000000b for retention policy: "
         "autogen"),
        ("m time=1 1\nm time=2,f=1 1", 'field "time" on measurement "m" is invalid dropped=1'),
        (f'm s="{"x" * 1048577}",f=1 1', "is too long, 1048577 > 1048576 dropped=1"),
    ],
)  # fmt: skip
def test_the_first_reason_of_a_shard_group_is_told(
    points: Points, lines: str, message: str
) -> None:
    assert write(points, lines).endswith(message)


def test_a_conflict_is_told_before_what_is_too_old(points: Points) -> None:
    now = time.time_ns()
    lines = f"m f=1 {now}\nm f=1i {now}\nm f=1 1"
    assert write(points, lines, bucket(every=3600)).endswith("dropped=1")


def test_what_is_too_old_is_named_as_the_server_writes_it(points: Points) -> None:
    text = write(points, "m\\ x,t=a\\ b f=1 2\nn f=1 1", bucket(every=5400))
    assert text.startswith(
        "dropped 2 points outside retention policy of duration 1h30m0s - oldest point n at "
        "1970-01-01T00:00:00.000000001Z dropped because"
    )
    assert "newest point m\\ x,t=a\\ b at 1970-01-01T00:00:00.000000002Z dropped" in text


def test_an_old_point_is_taken_with_a_newer_one_of_its_shard_group(points: Points) -> None:
    """The group was made for the newer one."""
    now = time.time_ns()
    begin = now - 86_400_000_000_000
    short = bucket(every=86_400)
    short["retentionRules"][0]["shardGroupDurationSeconds"] = 604_800
    low = begin - (begin + 62_135_596_800_000_000_000) % (7 * 86_400_000_000_000)
    message = write(points, f"m f=1 {low}\nm f=2 {now}", short)
    same = now < low + 7 * 86_400_000_000_000
    assert (message == "") is same
