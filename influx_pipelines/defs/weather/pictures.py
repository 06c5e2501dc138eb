"""What the weather looks like: read back from InfluxDB, drawn as plots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from math import ceil

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines import plots as drawing
from influx_pipelines.influx.client import Influx
from influx_pipelines.sources.weather.measurement import ExternalWeather

Points = list[tuple[datetime, float | None]]
POINTS = 200  # of a line
# Field → title and unit.
PLOTS = {
    "temperature": ("Temperature", "°C"),
    "pressure": ("Pressure", "hPa"),
    "wind_speed": ("Wind", "m/s"),
}


def plots(
    client: Influx,
    bucket: str,
    start: datetime,
    stop: datetime,
    *,
    label: str = "",
    fields: Collection[str] = tuple(PLOTS),
) -> dict[str, dg.MetadataValue]:
    """One plot a field with a line a place and source, over the given time.

    Raises:
        InfluxError: the query failed.
    """
    minutes = max(ceil((stop - start) / timedelta(minutes=POINTS)), 10)
    rows = client.read(
        bucket,
        ExternalWeather,
        fields=fields,
        start=start,
        stop=stop,
        every=f"{minutes}m",
    ).rows()
    found: dict[str, dict[str, Points]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        line = f"{row['location']}, {row['source']}"
        for field in fields:
            found[field][line].append((row["_time"], row[field]))
    return {field: _plot(found[field], label, *PLOTS[field]) for field in fields}


def _plot(lines: Mapping[str, Points], label: str, title: str, unit: str) -> dg.MetadataValue:
    title = f"{label}{title}"
    return metadata.picture(drawing.line_plot(lines, title=title, unit=unit), title)
