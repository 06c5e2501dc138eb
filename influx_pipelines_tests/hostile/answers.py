"""The points of a bucket, through the official client and the csv module; nothing of ours."""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from influxdb_client import Dialect

from influx_pipelines.influx.client import Influx

Point = tuple[str, tuple[tuple[str, str], ...], str, int]
FLUX = """
    from(bucket: "{}")
        |> range(start: 1677-09-21T00:12:43.145224194Z, stop: 2262-04-11T23:47:16.854775806Z)
        |> filter(fn: (r) => {})
        |> drop(columns: ["_start", "_stop"])
"""
TYPES: dict[str, tuple[str, Any]] = {
    "double": ("float", float),
    "long": ("int", int),
    "unsignedLong": ("uint", int),
    "boolean": ("bool", lambda text: text == "true"),
    "string": ("string", str),
}


def nanoseconds(text: str) -> int:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    since = datetime.fromisoformat(whole).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(seconds=1) * 1_000_000_000 + int(fraction.ljust(9, "0"))


def normal(value: Any) -> Any:
    """The encoder of the answer writes line breaks in a text anew."""
    return value.replace("\r\n", "\n").replace("\r", "") if isinstance(value, str) else value


def stored(
    influx: Influx, bucket: str, measurement: str | None = None
) -> dict[Point, tuple[str, Any]]:
    """What a bucket holds, all measurements or one with a simple name."""
    which = f'r._measurement == "{measurement}"' if measurement else "true"
    script = FLUX.format(bucket, which)
    answer = influx.official.query_api().query_raw(
        script, dialect=Dialect(annotations=["datatype"])
    )
    return points(answer.data.decode())


def points(text: str) -> dict[Point, tuple[str, Any]]:
    """Measurement, tags, field, nanoseconds → type and value of a read without `_start`, `_stop`.

    Asks for the annotation `#datatype` alone, so that a name in the first column is in no row.
    """
    found: dict[Point, tuple[str, Any]] = {}
    types: list[str] = []
    header: list[str] = []
    csv.field_size_limit(sys.maxsize)
    for row in csv.reader(io.StringIO(text, newline=""), strict=True):
        if row and row[0] == "#datatype":
            types, header = row, []
        elif row and not header:
            header = row
            assert header[1:3] == ["result", "table"], f"no table of points: {row}"
        elif row:
            cells = dict(zip(header[3:], row[3:], strict=True))
            kind, read = TYPES[types[header.index("_value")]]
            time, value = nanoseconds(cells.pop("_time")), normal(read(cells.pop("_value")))
            measurement, field = cells.pop("_measurement"), cells.pop("_field")
            point = (measurement, tuple(sorted(cells.items())), field, time)
            assert point not in found, f"{point} twice"
            found[point] = kind, value
    return found
