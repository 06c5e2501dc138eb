"""Records of heights at locations: written as points, read page by page, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.measurement import Field, Measurement, Tag

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# The times that InfluxDB knows.
FIRST, LAST = datetime(1678, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)
FROM = """\
from(bucket: params.bucket)
    |> range(start: params.start, stop: params.stop)
    |> filter(fn: (r) => r._measurement == "surf_heights" and r._field == "height")
"""
LOCATION = "    |> filter(fn: (r) => r.location == params.location)\n"
LEAST = "    |> filter(fn: (r) => r._value >= params.least)\n"
PAGE = """\
    |> map(
        fn: (r) =>
            ({
                _time: r._time,
                _value: float(v: r._value),
                location: if exists r.location then r.location else "",
            }),
    )
    |> group()
    |> sort(columns: ["_time", "location", "_value"], desc: true)
    |> limit(n: params.limit, offset: params.offset)
"""


class SurfHeights(Measurement, name="surf_heights"):
    """Heights of waves."""

    location = Tag("Where, in lower case.")
    height = Field(float, "m", "Height of a wave.")


@dataclass(frozen=True, slots=True)
class Record:
    """A height; a point without a location has none here either."""

    time: datetime
    location: str | None
    height: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records; `stop` is exclusive, a location "" is any."""

    location: str = ""
    min_height: float | None = None
    start: datetime | None = None
    stop: datetime | None = None


def insert(client: Influx, bucket: str, record: Record) -> None:
    """Write one record.

    Raises:
        UnwritableError: the location cannot be written.
        PartialWrite: the bucket has heights of another type.
        InfluxError: the bucket is not there, or InfluxDB does not answer.
    """
    row = {"time": record.time, "location": record.location, "height": record.height}
    client.write([row], bucket=bucket, measurement=SurfHeights)


def read(
    client: Influx, bucket: str, wanted: Wanted, limit: int, cursor: str
) -> tuple[list[Record], str]:
    """A page, and the cursor of the next one, "" after the last.

    Raises:
        InfluxError: the query failed.
    """
    stop, offset = min(wanted.stop or LAST, LAST), 0
    if cursor:
        last, offset = _position(cursor)
        stop = min(stop, last + MICROSECOND)
    start = max(wanted.start or BEGIN, FIRST)
    if start >= stop:
        return [], ""
    params = {
        "bucket": bucket,
        "start": start,
        "stop": stop,
        "location": wanted.location,
        "least": wanted.min_height or 0.0,
        "limit": limit + 1,
        "offset": offset,
    }
    bounded = wanted.min_height is not None
    script = FROM + (LOCATION if wanted.location else "") + (LEAST if bounded else "") + PAGE
    rows = client.query(script, params).rows()
    return [_record(row) for row in rows[:limit]], _next(rows, limit, cursor)


def _next(rows: list[dict[str, Any]], limit: int, cursor: str) -> str:
    """The time of the last one, and how many of that time were told."""
    if len(rows) <= limit:
        return ""
    last = rows[limit - 1]["_time"]
    told = sum(row["_time"] == last for row in rows[:limit])
    before, offset = _position(cursor) if cursor else (None, 0)
    return f"{_micros(last)}.{told + (offset if before == last else 0)}"


def _micros(time: datetime) -> int:
    return (time - BEGIN) // MICROSECOND


def _position(cursor: str) -> tuple[datetime, int]:
    """The time of a cursor, and how many of that time were told."""
    micros, _, told = cursor.partition(".")
    within = max(_micros(FIRST), min(int(micros), _micros(LAST)))
    return BEGIN + MICROSECOND * within, int(told)


def _record(row: dict[str, Any]) -> Record:
    return Record(row["_time"], row["location"] or None, row["_value"])
