"""Somebody's Dagster project that keeps its tables in InfluxDB, in one file.

export INFLUXDB_URL=http://localhost:8086 INFLUXDB_TOKEN=… INFLUXDB_ORG=…
dagster dev -f docs/example/weather.py
"""

import dagster as dg
import numpy as np
import pandas as pd

from influx_pipelines.influx.measurement import Field, Measurement, Tag
from influx_pipelines.io_manager import InfluxIOManager, influx_metadata
from influx_pipelines.resources import InfluxDBResource

DAILY = dg.DailyPartitionsDefinition("2026-11-01")


class Weather(Measurement, name="weather", precision="s"):
    """Readings of weather stations, one a minute."""

    station = Tag("Name of the station.")
    temperature = Field(float, unit="°C", description="Air, two metres above ground.")
    pressure = Field(float, unit="hPa", description="Reduced to sea level.")


@dg.asset(
    partitions_def=DAILY,
    kinds={"influxdb"},
    metadata=influx_metadata(Weather, replace="window"),
)
def weather(context: dg.AssetExecutionContext) -> pd.DataFrame:
    """Readings of one day; made up here, fetched from somewhere in your project."""
    window = context.partition_time_window
    time = pd.date_range(window.start, window.end, freq="1min", inclusive="left")
    warmth = np.sin((time.hour - 6) / 24 * 2 * np.pi)
    return pd.DataFrame(
        {
            "time": time,
            "station": "hill",
            "temperature": 5 + 4 * warmth,
            "pressure": 1013.25 - warmth,
        }
    )


@dg.asset(
    partitions_def=DAILY,
    kinds={"influxdb"},
    ins={
        "weather": dg.AssetIn(metadata={"fields": ["temperature"], "every": "1h", "fn": "mean"}),
    },
    metadata=influx_metadata("weather_hourly", tags=["station"], fields={"temperature": float}),
)
def weather_hourly(weather: pd.DataFrame) -> pd.DataFrame:
    """Mean temperature of each hour, rounded."""
    return weather.round({"temperature": 2})


influx = InfluxDBResource(
    url=dg.EnvVar("INFLUXDB_URL"),
    token=dg.EnvVar("INFLUXDB_TOKEN"),
    org=dg.EnvVar("INFLUXDB_ORG"),
)
daily_weather = dg.define_asset_job("daily_weather", [weather, weather_hourly])
defs = dg.Definitions(
    assets=[weather, weather_hourly],
    schedules=[dg.build_schedule_from_partitioned_job(daily_weather)],
    resources={"io_manager": InfluxIOManager(influx=influx, bucket="weather")},
)
