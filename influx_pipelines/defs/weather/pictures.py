"""What the weather looks like: read back from InfluxDB, drawn as plots."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from math import ceil

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines import plots as drawing
from influx_pipelines.influx.client import Influx
from influx_pipelines.sources.weather.measurement import ExternalWeather

POINTS = 200  # of a line
# Field, title, unit.
PLOTS = (
    ("temperature", "Temperature", "°C"),
    ("pressure", "Pressure", "hPa"),
    ("wind_speed", "Wind", "m/s"),
)


def plots(
    client: Influx, bucket: str, start: datetime, stop: datetime, label: str = ""
) -> dict[str, dg.MetadataValue]:
    """One plot a field with a line a place and source, over the given time.

    Raises:
        InfluxError: the query failed.
    """
    minutes = max(ceil((stop - start) / timedelta(minutes=POINTS)), 10)
    rows = client.read(
        bucket,
        ExternalWeather,
        fields=[field for field, _, _ in PLOTS],
        start=start,
        stop=stop,
        every=f"{minutes}m",
    ).rows()
    found: dict[str, dict[str, list[tuple[datetime, float | None]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows:
        line = f"{row['location']}, {row['source']}"
        for field, _, _ in PLOTS:
            found[field][line].append((row["_time"], row[field]))
    return {
        field: metadata.picture(
            drawing.line_plot(found[field], title=f"{label}{title}", unit=unit), f"{label}{title}"
        )
        for field, title, unit in PLOTS
    }
