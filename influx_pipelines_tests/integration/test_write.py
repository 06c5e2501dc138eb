"""Tables over HTTP: what `write` returned for is on the server, whatever the process does then."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pandas as pd
import polars as pl
import pytest

from influx_pipelines.influx import errors
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.measurement import Field, Measurement, Tag
from influx_pipelines.server.connection import Connection

START = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = """
from(bucket: params.bucket)
    |> range(start: 0)
    |> filter(fn: (r) => r._measurement == params.measurement and r._field == "f")
    |> group()
    |> count()
"""


class Weather(Measurement, name="weather", precision="s"):
    """Weather of a place."""

    place = Tag()
    f = Field(float)


def frame(rows: int) -> pd.DataFrame:
    index = pd.date_range(START, periods=rows, freq="s", name="time")
    return pd.DataFrame({"place": "here", "f": range(rows)}, index=index)


def count(influx: Influx, measurement: str = "m") -> int:
    rows = influx.query(COUNT, {"bucket": "b", "measurement": measurement}).rows()
    return int(rows[0]["_value"]) if rows else 0


@pytest.fixture
def bucket(influx: Influx) -> str:
    return influx.create_bucket("b", retention_seconds=0).name


def test_a_frame_in_several_requests_is_stored_when_write_returns(
    influx: Influx, bucket: str
) -> None:
    result = influx.write(
        frame(1_000), bucket=bucket, measurement="m", tags=["place"], chunk_rows=100
    )
    assert (result.points, result.requests) == (1_000, 10)
    assert count(influx) == 1_000


def test_a_class_brings_types_and_precision(influx: Influx, bucket: str) -> None:
    influx.write(pl.from_pandas(frame(3).reset_index()), bucket=bucket, measurement=Weather)
    influx.write([{"place": "there", "f": 1, "time": START}], bucket=bucket, measurement=Weather)
    assert count(influx, "weather") == 4


def test_packed_bodies_are_read(server: Connection, influx: Influx, bucket: str) -> None:
    with Influx(server.url, server.token, influx.org, gzip=True) as packing:
        written = packing.write(frame(100), bucket=bucket, measurement="m", tags=["place"])
    assert written.points == 100
    assert count(influx) == 100


def test_a_later_row_of_the_same_point_wins_across_chunks(influx: Influx, bucket: str) -> None:
    rows = [{"f": float(n), "time": START + timedelta(seconds=n % 10)} for n in range(100)]
    influx.write(rows, bucket=bucket, measurement="m", chunk_rows=7, in_flight=4)
    flux = 'from(bucket: "b") |> range(start: 0) |> keep(columns: ["_time", "_value"])'
    assert sorted(row["_value"] for row in influx.query(flux).rows()) == list(range(90, 100))


def test_lines_are_written_as_they_are(influx: Influx, bucket: str) -> None:
    lines = [b"m f=1 1767225600\nm f=2 17672", b"25601\nm f=x 3\n"]
    with pytest.raises(errors.PartialWrite, match="line 3: invalid boolean: m f=x 3") as caught:
        influx.write_lines(lines, bucket=bucket, precision="s")
    assert caught.value.result is not None
    assert (caught.value.result.points, caught.value.dropped) == (2, 1)
    assert count(influx) == 2


def test_a_conflict_of_types_names_both(influx: Influx, bucket: str) -> None:
    influx.write([{"f": 1, "time": START}], bucket=bucket, measurement="m")
    with pytest.raises(errors.PartialWrite) as caught:
        influx.write(frame(10).astype({"f": float}), bucket=bucket, measurement="m")
    result = caught.value.result
    assert result is not None
    assert [(c.field, c.sent, c.stored) for c in result.conflicts] == [("f", "float", "integer")]
    assert result.points + result.dropped == 10


AT_EXIT = """
import atexit, sys
import influx_pipelines.influx.writing.write
from influx_pipelines.influx.client import Influx
client = Influx(sys.argv[1], sys.argv[2], sys.argv[3])
rows = [{"f": n, "time": n} for n in range(10)]
atexit.register(lambda: client.write(rows, bucket="b", measurement="m", chunk_rows=3))
"""


def test_what_is_written_while_the_process_ends_is_stored(
    influx: Influx, bucket: str, server: Connection, org: str
) -> None:
    """Threads cannot be started any more then."""
    arguments = [sys.executable, "-c", AT_EXIT, server.url, server.token, org]
    subprocess.run(arguments, check=True, capture_output=True)
    assert count(influx) == 10
