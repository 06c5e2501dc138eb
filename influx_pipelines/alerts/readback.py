"""Points of a bucket as rows: the tags of each, and all fields of one time beside each other.

Read long and turned here: two checks may write fields of one name and two types, and the group key
says which columns are tags.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from influx_pipelines.influx.client import Influx

QUERY = """
from(bucket: params.bucket)
    |> range(start: params.start, stop: params.stop)
"""
STATUSES = '    |> filter(fn: (r) => r._measurement == "statuses")\n'
NO_TAGS = frozenset({"_start", "_stop", "_field", "_measurement"})


@dataclass(slots=True)
class Row:
    """One point: its time in nanoseconds, its measurement, its tags, its fields."""

    time: int
    measurement: str
    tags: dict[str, str]
    fields: dict[str, Any] = field(default_factory=dict)


def read_rows(
    client: Influx, bucket: str, start: datetime, stop: datetime, only: str = ""
) -> list[Row]:
    """All points of a bucket between two times.

    Args:
        client: of the organisation.
        bucket: its name.
        start: inclusive.
        stop: exclusive.
        only: more Flux, such as a filter.

    Raises:
        InfluxError: the query failed, or there is no such bucket.
    """
    params = {"bucket": bucket, "start": start, "stop": stop}
    rows: dict[tuple[Any, ...], Row] = {}
    for table in client.query(QUERY + only, params, categories=False).tables:
        names = sorted(set(table.group) - NO_TAGS)
        columns = [table.data.column(name).to_pylist() for name in names]
        times = table.data.column("_time").cast("int64").to_pylist()
        of_rows = (table.data.column(name).to_pylist() for name in ("_measurement", "_field"))
        values = table.data.column("_value").to_pylist()
        for time, measurement, name, value, *tags in zip(
            times, *of_rows, values, *columns, strict=True
        ):
            key = (time, measurement, *zip(names, tags, strict=True))
            if key not in rows:
                rows[key] = Row(time, measurement, dict(zip(names, tags, strict=True)))
            rows[key].fields[name] = value
    return list(rows.values())
