"""Tables as lines, and lines as points by the reader of the embedded server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from influx_pipelines.embedded import lineprotocol
from influx_pipelines.influx.measurement import Measurement
from influx_pipelines.influx.writing.layout import layout_of
from influx_pipelines.influx.writing.serializer import serialize


def body_of(
    table: Any,
    measurement: str | type[Measurement] = "m",
    *,
    tags: Sequence[str] = (),
    fields: Any = None,
    time: str | None = "time",
    precision: str = "ns",
    rows: int = 25_000,
) -> str:
    """The line protocol of a table."""
    layout = layout_of(measurement, tags, fields, time, precision)
    return b"".join(serialize(table, layout, rows)).decode()


class Read(NamedTuple):
    """A point as the server reads it."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, tuple[str, Any]]
    time: int


def points_of(body: str | bytes) -> list[Read]:
    """The points of line protocol; every line is one."""
    points, errors = lineprotocol.read(body.encode() if isinstance(body, str) else body, 1, -1)
    assert errors == []
    return [
        Read(p.key.measurement, dict(p.key.tags), {n: (t, v) for n, t, v in p.fields}, p.time)
        for p in points
    ]
