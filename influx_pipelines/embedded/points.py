"""Points: writing with type conflicts and retention, reading for the engine."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from influx_pipelines.embedded.database import Database, Document
from influx_pipelines.embedded.engine.context import Series
from influx_pipelines.embedded.engine.values import Uint, format_time
from influx_pipelines.embedded.lineprotocol import Field, Key, Point

MAX_TEXT = 1_048_576
WIRE_NAMES = {
    "float": "float",
    "int": "integer",
    "uint": "unsigned",
    "string": "string",
    "bool": "boolean",
}
_SECOND = 1_000_000_000
# Shard groups are cut from the beginning of year one, so that weeks begin on Mondays.
_YEAR_ONE = 62_135_596_800 * _SECOND


@dataclass(slots=True)
class Refusals:
    """The points of one write that were not stored, and the first reason."""

    dropped: int = 0
    reason: str = ""
    expired: list[Point] = field(default_factory=list)
    stripped: str = ""

    def refuse(self, reason: str) -> None:
        """One point less."""
        self.dropped += 1
        self.reason = self.reason or reason

    def message(self, bucket: Document) -> str | None:
        """The server's sentence, or None when everything was stored."""
        tail = f" for database: {bucket['id']} for retention policy: autogen"
        if self.reason:
            total = self.dropped + len(self.expired)
            return f"{self.reason} dropped={total}"
        if self.expired:
            return f"{_expired(self.expired, bucket)} dropped={len(self.expired)}{tail}"
        return f"{self.stripped} dropped=0{tail}" if self.stripped else None


def _lower_bound(bucket: Document) -> int | None:
    seconds = retention(bucket)
    return time.time_ns() - seconds * _SECOND if seconds else None


def retention(bucket: Document) -> int:
    """Seconds; 0 for endless."""
    rules = bucket["retentionRules"]
    return int(rules[0]["everySeconds"]) if rules else 0


def _expired(points: list[Point], bucket: Document) -> str:
    ordered = sorted(points, key=lambda point: point.time)
    bound = format_time(_lower_bound(bucket) or 0)
    seconds = retention(bucket)
    length = f"{seconds // 3600}h{seconds // 60 % 60}m{seconds % 60}s"

    def named(point: Point) -> str:
        tags = "".join(f",{name}={value}" for name, value in point.key.tags)
        return f"{point.key.measurement}{tags} at {format_time(point.time)}"

    why = f"dropped because it violates a Retention Policy Lower Bound at {bound}"
    return (
        f"dropped {len(points)} points outside retention policy of duration {length} - "
        f"oldest point {named(ordered[0])} {why}, newest point {named(ordered[-1])} {why}"
    )


class Points:
    """The points of all buckets."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._kinds: dict[tuple[str, str, str, int], str] = {}
        self._series: dict[tuple[str, Key, str, str], int] = {}

    def write(self, bucket: Document, points: Iterable[Point]) -> Refusals:
        """Store what fits; what does not is counted with the first reason."""
        refusals = Refusals()
        bound = _lower_bound(bucket)
        try:
            with self.database.writing() as connection:
                rows: list[tuple[int, int, Any]] = []
                for point in points:
                    if bound is not None and point.time < bound:
                        refusals.expired.append(point)
                    else:
                        self._add(connection, bucket, point, rows, refusals)
                connection.executemany(
                    "INSERT INTO point VALUES (?, ?, ?)"
                    " ON CONFLICT (series, time) DO UPDATE SET value = excluded.value",
                    rows,
                )
        except BaseException:
            self.forget()
            raise
        return refusals

    def forget(self) -> None:
        """Drop what is remembered of the file."""
        self._kinds.clear()
        self._series.clear()

    def _add(
        self,
        connection: sqlite3.Connection,
        bucket: Document,
        point: Point,
        rows: list[tuple[int, int, Any]],
        refusals: Refusals,
    ) -> None:
        fields = _storable(point, refusals)
        shard = (point.time + _YEAR_ONE) // (_shard_seconds(bucket) * _SECOND)
        for name, kind, value in fields:
            known = self._kind(connection, bucket["id"], point.key.measurement, name, shard, kind)
            if known != kind:
                refusals.refuse(_conflict(name, point.key.measurement, kind, known))
                return
            if kind == "string" and len(value) * 4 > MAX_TEXT and len(value.encode()) > MAX_TEXT:
                refusals.refuse(_too_long(name, point.key.measurement, len(value.encode())))
                return
        for name, kind, value in fields:
            series = self._series_id(connection, bucket["id"], point.key, name, kind)
            stored = int(value) - 2**64 if kind == "uint" and value >= 2**63 else value
            rows.append((series, point.time, int(stored) if kind == "uint" else stored))

    def _kind(
        self,
        connection: sqlite3.Connection,
        bucket: str,
        measurement: str,
        name: str,
        shard: int,
        kind: str,
    ) -> str:
        """The type that a field has in a shard group; the first one fixes it."""
        key = (bucket, measurement, name, shard)
        known = self._kinds.get(key)
        if known is None:
            connection.execute("INSERT OR IGNORE INTO field VALUES (?, ?, ?, ?, ?)", (*key, kind))
            sql = "SELECT kind FROM field WHERE (bucket, measurement, field, shard) = (?, ?, ?, ?)"
            known = self._kinds[key] = str(connection.execute(sql, key).fetchone()[0])
        return known

    def _series_id(
        self, connection: sqlite3.Connection, bucket: str, key: Key, name: str, kind: str
    ) -> int:
        cached = (bucket, key, name, kind)
        found = self._series.get(cached)
        if found is None:
            values = (bucket, key.measurement, name, kind, json.dumps(key.tags))
            connection.execute(
                "INSERT OR IGNORE INTO series (bucket, measurement, field, kind, tags)"
                " VALUES (?, ?, ?, ?, ?)",
                values,
            )
            sql = (
                "SELECT id FROM series WHERE (bucket, measurement, field, kind, tags)"
                " = (?, ?, ?, ?, ?)"
            )
            found = self._series[cached] = int(connection.execute(sql, values).fetchone()[0])
        return found

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
        bound = _lower_bound(bucket)
        sql = (
            "SELECT time, value FROM point WHERE series = ? AND time >= ? AND time < ?"
            " ORDER BY time"
        )
        values = (series.id, start if bound is None else max(start, bound), stop)
        rows: list[tuple[int, Any]] = self.database.connection.execute(sql, values).fetchall()
        if series.kind == "bool":
            return [(when, bool(value)) for when, value in rows]
        if series.kind == "uint":
            return [(when, Uint(value % 2**64)) for when, value in rows]
        return rows

    def drop_bucket(self, bucket: str) -> None:
        """All points of a bucket."""
        with self.database.writing() as connection:
            connection.execute(
                "DELETE FROM point WHERE series IN (SELECT id FROM series WHERE bucket = ?)",
                (bucket,),
            )
            connection.execute("DELETE FROM series WHERE bucket = ?", (bucket,))
            connection.execute("DELETE FROM field WHERE bucket = ?", (bucket,))
            self.forget()


def _shard_seconds(bucket: Document) -> int:
    rules = bucket["retentionRules"]
    return max(int(rules[0]["shardGroupDurationSeconds"]), 3600) if rules else 604_800


def _storable(point: Point, refusals: Refusals) -> list[Field]:
    """The fields without one called `time`, which is stripped and reported."""
    fields = [entry for entry in point.fields if entry[0] != "time"]
    if len(fields) == len(point.fields):
        return fields
    measurement = point.key.measurement
    reason = (
        f'partial write: invalid field name: input field "time" on measurement "{measurement}"'
        " is invalid"
    ).removeprefix("partial write: ")
    if not fields:
        refusals.refuse(reason)
    refusals.stripped = f'{reason}. Field "time" has been stripped from point.'
    return fields


def _conflict(name: str, measurement: str, kind: str, known: str) -> str:
    return (
        f'field type conflict: input field "{name}" on measurement "{measurement}" is type '
        f"{WIRE_NAMES[kind]}, already exists as type {WIRE_NAMES[known]}"
    )


def _too_long(name: str, measurement: str, size: int) -> str:
    return f'input field "{name}" on measurement "{measurement}" is too long, {size} > {MAX_TEXT}'
