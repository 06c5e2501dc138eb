"""The runs of the last day as pictures and a table, read back from InfluxDB."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import dagster as dg

from influx_pipelines import metadata, plots
from influx_pipelines.defs.ci.orchestrator.store import BUCKET
from influx_pipelines.flux.literals import render
from influx_pipelines.influx.client import Influx

SOURCE = """
from(bucket: {bucket})
    |> range(start: {start}, stop: {stop})
    |> filter(fn: (r) => r._measurement == "dagster_run" and r._field == {field})
"""
BY_STATUS = """    |> aggregateWindow(every: 1h, fn: count, createEmpty: true, timeSrc: "_start")
    |> group(columns: ["status", "_time"])
    |> sum()
"""
BY_JOB = """    |> group(columns: ["job", "status"])
    |> count()
"""
P95_BY_JOB = """    |> group(columns: ["job"])
    |> quantile(q: 0.95)
"""
P95_BY_HOUR = """    |> group()
    |> aggregateWindow(
        every: 1h,
        fn: (column, tables=<-) => tables |> quantile(q: 0.95, column: column),
        createEmpty: false,
    )
"""

GENERATED = "__anonymous_asset_job_"  # before the name of its schedule or sensor
STATUSES = ("SUCCESS", "FAILURE", "CANCELED")

Rows = list[dict[str, Any]]


def jobs(client: Influx, start: datetime, stop: datetime) -> Rows:
    """A row a job: its runs by status, and the 95th percentile of their duration in seconds.

    Raises:
        InfluxError: a query failed.
    """
    slowest = _read(client, "duration_seconds", start, stop, P95_BY_JOB)
    rows = {
        row["job"]: {
            "job": row["job"].removeprefix(GENERATED),
            **dict.fromkeys(STATUSES, 0),
            "p95_seconds": round(row["_value"], 2),
        }
        for row in sorted(slowest, key=lambda row: -row["_value"])
    }
    for row in _read(client, "steps", start, stop, BY_JOB):
        if row["job"] in rows:
            rows[row["job"]][row["status"]] = row["_value"]
    return list(rows.values())


def pictures(
    client: Influx, start: datetime, stop: datetime, jobs: Rows
) -> dict[str, dg.MetadataValue]:
    """Runs by status over time, the 95th percentiles of durations and of waiting.

    Raises:
        InfluxError: a query failed.
    """
    statuses: dict[str, Rows] = defaultdict(list)
    for row in _read(client, "steps", start, stop, BY_STATUS):
        statuses[row["status"]].append(row)
    queued = _read(client, "queue_seconds", start, stop, P95_BY_HOUR)
    title = "Duration by job, 95th percentile"
    span = start, stop
    bars = plots.bar_plot({row["job"]: row["p95_seconds"] for row in jobs}, title=title, unit="s")
    return {
        "runs_by_status": _lines(statuses, "Ended runs by status", "an hour", span),
        "duration_by_job": metadata.picture(bars, title),
        "queue_time": _lines({"runs": queued}, "Time in the queue, 95th percentile", "s", span),
    }


def _read(client: Influx, field: str, start: datetime, stop: datetime, rest: str) -> Rows:
    source = SOURCE.format(
        bucket=render(BUCKET), start=render(start), stop=render(stop), field=render(field)
    )
    return client.query(source + rest).rows()


def _lines(
    series: dict[str, Rows], title: str, unit: str, span: tuple[datetime, datetime]
) -> dg.MetadataValue:
    points = {
        name: sorted((row["_time"], float(row["_value"])) for row in rows)
        for name, rows in sorted(series.items())
    }
    return metadata.picture(plots.line_plot(points, title=title, unit=unit, span=span), title)
