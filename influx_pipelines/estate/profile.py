"""What is in a bucket: measurements, fields, series, the newest point, points per hour."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket

HOURS = 24

# A row a series and field: the key columns and the time of the newest point.
NEWEST = """
from(bucket: params.bucket)
    |> range(start: 1970-01-01T00:00:00Z)
    |> last()
    |> keep(columns: ["_time", "_measurement", "_field"])
"""

# A row a measurement and hour.
PER_HOUR = """
from(bucket: params.bucket)
    |> range(start: params.start, stop: params.stop)
    |> aggregateWindow(every: 1h, fn: count, createEmpty: false, timeSrc: "_start")
    |> keep(columns: ["_time", "_value", "_measurement"])
    |> group(columns: ["_measurement", "_time"])
    |> sum()
"""


@dataclass(frozen=True)
class Profile:
    """Counts of a bucket; `per_hour` maps measurement → (start of the hour, points) of a day."""

    rows: list[dict[str, Any]]
    series: int
    newest: datetime | None
    per_hour: dict[str, list[tuple[datetime, float]]]

    @property
    def points(self) -> int:
        """Values written in the last day."""
        return int(sum(count for points in self.per_hour.values() for _, count in points))


def profile(influx: Influx, bucket: Bucket, now: datetime) -> Profile:
    """Read the profile of a bucket with two queries.

    Raises:
        InfluxError: when a query fails.
    """
    newest = influx.query(NEWEST, {"bucket": bucket.name}).rows()
    stop = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    window = {"bucket": bucket.name, "start": stop - timedelta(hours=HOURS), "stop": stop}
    per_hour: dict[str, dict[datetime, float]] = defaultdict(dict)
    for row in influx.query(PER_HOUR, window).rows():
        per_hour[row["_measurement"]][row["_time"]] = row["_value"]
    hours = [stop - timedelta(hours=n) for n in range(HOURS, 0, -1)]
    return Profile(
        rows=_measurements(newest),
        series=len(newest),
        newest=max((row["_time"] for row in newest), default=None),
        per_hour={
            name: [(hour, counts.get(hour, 0.0)) for hour in hours]
            for name, counts in sorted(per_hour.items())
        },
    )


def _measurements(newest: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in newest:
        by_name[row["_measurement"]].append(row)
    return [
        {
            "measurement": name,
            "fields": ", ".join(sorted({row["_field"] for row in rows})),
            "series": len(rows),
            "newest": max(row["_time"] for row in rows).isoformat(timespec="seconds"),
        }
        for name, rows in sorted(by_name.items())
    ]
