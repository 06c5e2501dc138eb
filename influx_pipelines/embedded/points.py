"""Points: what is stored of a bucket, read and removed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.database import Database, Document
from influx_pipelines.embedded.engine.context import Series
from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME, Uint
from influx_pipelines.embedded.line import Point
from influx_pipelines.embedded.pointwriter import PointWriter
from influx_pipelines.embedded.shards import oldest, shard_length

PURGE_SECONDS = 3600


class Points:
    """The points of all buckets."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._writer = PointWriter(database)
        self._purge_at = 0.0

    def write(self, bucket: Document, points: list[Point]) -> str:
        """Store what fits; the server's sentence about the rest, empty when there is none."""
        if time.monotonic() >= self._purge_at:
            self._purge_at = time.monotonic() + PURGE_SECONDS
            self.purge()
        return self._writer.write(bucket, points)

    def series(self, bucket: str) -> list[Series]:
        """All series of a bucket, by measurement, tags and field."""
        sql = "SELECT id, measurement, field, kind, tags FROM series WHERE bucket = ?"
        rows = self.database.connection.execute(sql, (bucket,))
        found = [Series(i, bucket, m, f, k, dict(json.loads(t))) for i, m, f, k, t in rows]
        return sorted(found, key=lambda s: (s.measurement, tuple(s.tags.items()), s.field, s.kind))

    def read(
        self, bucket: Document, series: Series, start: int, stop: int
    ) -> list[tuple[int, Any]]:
        """Time and value, start included, stop excluded; what has expired is not there."""
        sql = (
            "SELECT time, value FROM point WHERE series = ? AND time >= ? AND time < ?"
            " ORDER BY time"
        )
        values = (series.id, max(start, oldest(bucket)), stop)
        rows: list[tuple[int, Any]] = self.database.connection.execute(sql, values).fetchall()
        if series.kind == "bool":
            return [(when, bool(value)) for when, value in rows]
        if series.kind == "uint":
            return [(when, Uint(value % 2**64)) for when, value in rows]
        return rows

    def fields(self, bucket: str) -> list[tuple[int, str, str, str]]:
        """Shard group, measurement, field and its type there."""
        sql = "SELECT shard, measurement, field, kind FROM field WHERE bucket = ?"
        return self.database.connection.execute(sql, (bucket,)).fetchall()

    def delete(
        self, bucket: Document, start: int, stop: int, matches: Callable[[Series], bool]
    ) -> None:
        """Remove points of the series that match, both ends included.

        A series goes with its last point; the types of a measurement are free in a shard group
        that holds no point of it any more.
        """
        with self.database.writing() as connection:
            found = [series for series in self.series(bucket["id"]) if matches(series)]
            connection.executemany(
                "DELETE FROM point WHERE series = ? AND time BETWEEN ? AND ?",
                [(series.id, start, stop) for series in found],
            )
            length, touched = shard_length(bucket), {series.measurement for series in found}
            connection.executemany(
                "DELETE FROM field WHERE (bucket, measurement, shard) = (?, ?, ?) AND NOT EXISTS ("
                "SELECT 1 FROM series JOIN point ON point.series = series.id"
                " WHERE series.bucket = field.bucket AND series.measurement = field.measurement"
                " AND time BETWEEN ? AND ?)",
                [
                    (bucket["id"], measurement, shard, shard, min(shard + length - 1, MAX_TIME))
                    for shard, measurement in {row[:2] for row in self.fields(bucket["id"])}
                    if measurement in touched and shard <= stop and start < shard + length
                ],
            )
            connection.executemany(
                "DELETE FROM series WHERE id = ?"
                " AND NOT EXISTS (SELECT 1 FROM point WHERE point.series = series.id)",
                [(series.id,) for series in found],
            )
            self._writer.forget()

    def purge(self) -> None:
        """Really remove what has expired."""
        for bucket in self.database.find("bucket"):
            if (bound := oldest(bucket)) > MIN_TIME:
                self.delete(bucket, MIN_TIME, bound - 1, lambda series: True)

    def drop_bucket(self, bucket: str) -> None:
        """All points of a bucket."""
        with self.database.writing() as connection:
            connection.execute(
                "DELETE FROM point WHERE series IN (SELECT id FROM series WHERE bucket = ?)",
                (bucket,),
            )
            connection.execute("DELETE FROM series WHERE bucket = ?", (bucket,))
            connection.execute("DELETE FROM field WHERE bucket = ?", (bucket,))
            self._writer.forget()
