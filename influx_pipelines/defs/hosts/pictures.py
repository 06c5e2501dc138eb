"""What the host metrics look like: read back from InfluxDB, drawn as plots."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines import plots as drawing
from influx_pipelines.influx.client import Influx

# Measurement, field, tags that make a line, title, unit.
PLOTS = (
    ("cpu", "usage_idle", "cpu", "Processors, idle", "%"),
    ("mem", "used_percent", "host", "Memory, used", "%"),
    ("disk", "used_percent", "path", "Disks, used", "%"),
    ("system", "load1", "host", "Load, one minute", "processes"),
)
SERIES = """
from(bucket: params.bucket)
    |> range(start: params.start, stop: params.stop)
    |> filter(fn: (r) => r._measurement == params.measurement)
    |> filter(fn: (r) => r._field == params.field and r.host == params.host)
    |> aggregateWindow(every: 10s, fn: mean, createEmpty: false)
"""


def plots(
    client: Influx, bucket: str, host: str, start: datetime, stop: datetime
) -> dict[str, dg.MetadataValue]:
    """One plot a metric, over the given time.

    Raises:
        InfluxError: a query failed.
    """
    result = {}
    window = {"bucket": bucket, "host": host, "start": start, "stop": stop}
    for measurement, field, label, title, unit in PLOTS:
        found = client.query(SERIES, {**window, "measurement": measurement, "field": field})
        png = drawing.line_plot(_by_label(found.rows(), label), title=title, unit=unit)
        result[f"{measurement}_{field}"] = metadata.picture(png, title)
    return result


def _by_label(rows: list[dict[str, Any]], label: str) -> dict[str, drawing.Points]:
    series: dict[str, list[tuple[datetime, float | None]]] = defaultdict(list)
    for row in rows:
        series[str(row[label])].append((row["_time"], row["_value"]))
    return dict(sorted(series.items()))
