"""What the CI jobs look like: read back from InfluxDB, drawn as plots."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import dagster as dg

from influx_pipelines import metadata, plots
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.sources.ci.sample import REPOSITORY

COUNTS = """
from(bucket: params.bucket)
    |> range(start: params.start, stop: params.stop)
    |> filter(fn: (r) => r._measurement == "ci_job" and r._field == "duration_seconds")
    |> group(columns: ["conclusion"])
    |> aggregateWindow(every: 1d, fn: count, createEmpty: false, timeSrc: "_start")
"""
QUEUE = """
from(bucket: params.bucket)
    |> range(start: params.start, stop: params.stop)
    |> filter(fn: (r) => r._measurement == "ci_job" and r._field == "queue_seconds")
    |> group(columns: ["platform"])
    |> aggregateWindow(every: 1d, fn: mean, createEmpty: false, timeSrc: "_start")
"""
TYPES = """
from(bucket: params.bucket)
    |> range(start: params.start, stop: params.stop)
    |> filter(fn: (r) => r._measurement == "ci_job" and r._field == "failure_type")
    |> duplicate(column: "_value", as: "failure_type")
    |> group(columns: ["failure_type"])
    |> count()
"""

OF_SAMPLE = """
from(bucket: params.bucket)
    |> range(start: -30d)
    |> filter(fn: (r) => r._measurement == "ci_job" and r._field == "duration_seconds")
    |> filter(fn: (r) => r.repository == params.repository)
    |> count()
"""


def jobs_pictures(
    client: Influx, bucket: str, start: datetime, stop: datetime, label: str = ""
) -> dict[str, dg.MetadataValue]:
    """Jobs a day by conclusion, and how long they were queued.

    Raises:
        InfluxError: a query failed.
    """
    window = {"bucket": bucket, "start": start, "stop": stop}
    shown = {}
    for name, flux, column, title, unit in (
        ("jobs_per_day", COUNTS, "conclusion", "CI jobs a day", "jobs"),
        ("queue_per_day", QUEUE, "platform", "Seconds in the queue, mean of a day", "s"),
    ):
        lines: dict[str, list[tuple[datetime, float | None]]] = defaultdict(list)
        for row in client.query(flux, window).rows():
            lines[str(row[column])].append((row["_time"], row["_value"]))
        png = plots.line_plot(dict(sorted(lines.items())), title=f"{label}{title}", unit=unit)
        shown[name] = metadata.picture(png, f"{label}{title}")
    return shown


def failure_types(client: Influx, bucket: str, start: datetime, stop: datetime) -> dict[str, int]:
    """How many jobs each type of failure has.

    Raises:
        InfluxError: the query failed.
    """
    rows = client.query(TYPES, {"bucket": bucket, "start": start, "stop": stop}).rows()
    # An empty text comes back from a group key as nothing.
    return {row["failure_type"] or "": row["_value"] for row in rows}


def sample_points(client: Influx, bucket: str) -> int:
    """How many points of the sample are in a bucket; none in one that is not there.

    Raises:
        InfluxError: the query failed.
    """
    try:
        rows = client.query(OF_SAMPLE, {"bucket": bucket, "repository": REPOSITORY}).rows()
    except NotFound:
        return 0
    return sum(row["_value"] for row in rows)
