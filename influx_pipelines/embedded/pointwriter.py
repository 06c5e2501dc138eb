"""Writing points: the first write fixes the type of a field in its shard group."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from influx_pipelines.embedded.database import Database, Document
from influx_pipelines.embedded.engine.values import format_time
from influx_pipelines.embedded.line import Key, Point
from influx_pipelines.embedded.shards import expired_before, retention, shard_length, shard_start

MAX_TEXT = 1_048_576
REMEMBERED = 200_000  # series whose numbers are kept in mind
WIRE_NAMES = {
    "float": "float",
    "int": "integer",
    "uint": "unsigned",
    "string": "string",
    "bool": "boolean",
}
_CONFLICT = (
    "field type conflict: input field {} on measurement {} is type {}, already exists as type {}"
)
_TOO_LONG = "input field {} on measurement {} is too long, {} > {}"
_TIME = 'invalid field name: input field "time" on measurement "{}" is invalid'
_STRIPPED = f'{_TIME}. Field "time" has been stripped from point.'
Row = tuple[int, int, Any]


@dataclass(slots=True)
class _Shard:
    """A shard group that is written to: what was dropped and why, what was stripped."""

    start: int
    dropped: int = 0
    reason: str = ""
    stripped: str = ""

    def refuse(self, reason: str) -> None:
        self.dropped += 1
        self.reason = self.reason or reason

    def message(self, tail: str) -> str:
        if self.dropped:
            return f"{self.reason} dropped={self.dropped}"
        return f"{self.stripped} dropped=0{tail}" if self.stripped else ""


class PointWriter:
    """Writes, and remembers what the file says about types and series, which it alone changes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._kinds: dict[tuple[str, str, int], dict[str, str]] = {}
        self._series: dict[tuple[str, Key], dict[tuple[str, str], int]] = {}
        database.undone.append(self.forget)

    def forget(self) -> None:
        """Read types and series anew; the caller holds the lock of the database."""
        self._kinds.clear()
        self._series.clear()

    def write(self, bucket: Document, points: list[Point]) -> str:
        """Store what fits; the server's sentence about the rest, empty when there is none."""
        with self.database.writing() as connection:
            return self._write(connection, bucket, points)

    def _write(self, connection: sqlite3.Connection, bucket: Document, points: list[Point]) -> str:
        if len(self._series) > REMEMBERED:
            self.forget()
        length, bound = shard_length(bucket), expired_before(bucket)
        expired: list[Point] = []
        if bound is not None and any(point.time < bound for point in points):
            # A shard group that is made for a newer point takes older ones too.
            made = {shard_start(p.time, length) for p in points if p.time >= bound}
            expired = [p for p in points if shard_start(p.time, length) not in made]
            points = [p for p in points if shard_start(p.time, length) in made]
        rows: list[Row] = []
        shards: dict[int, _Shard] = {}
        for point in points:
            start = shard_start(point.time, length)
            shard = shards.get(start)
            if shard is None:
                shard = shards[start] = _Shard(start)
            rows += self._rows(connection, bucket["id"], shard, point)
        connection.executemany(
            "INSERT INTO point VALUES (?, ?, ?)"
            " ON CONFLICT (series, time) DO UPDATE SET value = excluded.value",
            rows,
        )
        tail = f" for database: {bucket['id']} for retention policy: autogen"
        messages = [found for shard in shards.values() if (found := shard.message(tail))]
        if expired and not messages:
            messages = [f"{_outside(expired, bucket, bound or 0)} dropped={len(expired)}{tail}"]
        return messages[0] if messages else ""

    def _rows(
        self, connection: sqlite3.Connection, bucket: str, shard: _Shard, point: Point
    ) -> list[Row]:
        """The rows of a point; none when one of its fields does not fit."""
        key, fields, time = point
        kinds = self._kinds_of(connection, (bucket, key.measurement, shard.start))
        series = self._series.setdefault((bucket, key), {})
        rows: list[Row] = []
        for name, kind, value in fields:
            if kind == "string" and len(value) * 4 > MAX_TEXT and (size := _size(value)) > MAX_TEXT:
                names = _quoted(name), _quoted(key.measurement)
                shard.refuse(_TOO_LONG.format(*names, size, MAX_TEXT))
                return []
            if name == "time":
                continue
            known = kinds.get(name)
            if known is None:
                values = (bucket, key.measurement, name, shard.start, kind)
                connection.execute("INSERT INTO field VALUES (?, ?, ?, ?, ?)", values)
                kinds[name] = kind
            elif known != kind:
                names = _quoted(name), _quoted(key.measurement)
                shard.refuse(_CONFLICT.format(*names, WIRE_NAMES[kind], WIRE_NAMES[known]))
                return []
            identity = series.get((name, kind))
            if identity is None:
                identity = _series_id(connection, bucket, key, name, kind)
                series[name, kind] = identity
            rows.append((identity, time, value if kind != "uint" else signed(value)))
        if not rows:
            shard.refuse(_TIME.format(key.measurement))
        elif len(rows) < len(fields):
            shard.stripped = _STRIPPED.format(key.measurement)
        return rows if key.findable else []

    def _kinds_of(
        self, connection: sqlite3.Connection, place: tuple[str, str, int]
    ) -> dict[str, str]:
        """The types of the fields of a measurement in a shard group."""
        kinds = self._kinds.get(place)
        if kinds is None:
            sql = "SELECT field, kind FROM field WHERE (bucket, measurement, shard) = (?, ?, ?)"
            kinds = self._kinds[place] = dict(connection.execute(sql, place).fetchall())
        return kinds


def _series_id(connection: sqlite3.Connection, bucket: str, key: Key, name: str, kind: str) -> int:
    values = (bucket, key.measurement, name, kind, json.dumps(key.tags))
    sql = (
        "INSERT INTO series (bucket, measurement, field, kind, tags) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET kind = kind RETURNING id"
    )
    return int(connection.execute(sql, values).fetchone()[0])


def signed(value: int) -> int:
    """An unsigned number as SQLite can hold it."""
    return int(value) - 2**64 if value >= 2**63 else int(value)


def _size(text: str) -> int:
    return len(text.encode())


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _outside(points: list[Point], bucket: Document, bound: int) -> str:
    seconds = retention(bucket)
    length = f"{seconds // 3600}h{seconds // 60 % 60}m{seconds % 60}s"
    why = f"dropped because it violates a Retention Policy Lower Bound at {format_time(bound)}"

    def named(point: Point) -> str:
        return f"point {point.key} at {format_time(point.time)} {why}"

    oldest = min(points, key=lambda point: point.time)
    newest = max(points, key=lambda point: point.time)
    return (
        f"dropped {len(points)} points outside retention policy of duration {length} - "
        f"oldest {named(oldest)}, newest {named(newest)}"
    )
