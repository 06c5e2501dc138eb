"""Run scripts on the engine over a bucket `b` that a test makes up, and on tables of their own."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.context import Series
from influx_pipelines.embedded.engine.run import run
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import parse_time, type_of

SECOND = 1_000_000_000
START = parse_time("2020-01-01T00:00:00Z")
READ = 'from(bucket: "b") |> range(start: 2020-01-01T00:00:00Z, stop: 2020-01-01T01:00:00Z)'


class Bucket:
    """Series of a field each, whose points are values by seconds."""

    def __init__(self) -> None:
        self.found: list[Series] = []
        self.values: list[dict[int, Any]] = []

    def add(self, field: str, values: dict[int, Any], **tags: str) -> Bucket:
        """One more series of the measurement `m`."""
        kind = type_of(next(iter(values.values())))
        self.found.append(Series(len(self.found), "b", "m", field, kind, tags))
        self.values.append(values)
        return self

    def bucket(self, name: str | None, bucket_id: str | None) -> str | None:
        """Every bucket is this one."""
        return name or bucket_id

    def series(self, bucket_id: str) -> list[Series]:
        """All series."""
        return self.found

    def points(self, series: Series, start: int, stop: int) -> list[tuple[int, Any]]:
        """Time and value."""
        there = ((START + second * SECOND, v) for second, v in self.values[series.id].items())
        return [(time, value) for time, value in there if start <= time < stop]


def result(script: str, bucket: Any = None) -> Stream:
    """The stream of a script with one result."""
    (stream,) = run(script, bucket or Bucket(), START).values()
    return stream


def rows(calls: str, bucket: Any = None) -> list[dict[str, Any]]:
    """All rows of what is read from the bucket, piped through these calls."""
    return [dict(row) for table in result(READ + calls, bucket).tables for row in table.rows()]


def values(calls: str, bucket: Any = None) -> list[Any]:
    """The column `_value` of these rows."""
    return [row["_value"] for row in rows(calls, bucket)]


def points(*found: Any) -> Bucket:
    """A bucket of one series with these values, a minute apart."""
    return Bucket().add("f", {60 * place: value for place, value in enumerate(found)})
