"""The days of the weather history, in UTC."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.settings import load_definition_settings

# Yesterday is the newest one: of today only a part has been observed.
days_partitions = dg.DailyPartitionsDefinition(
    start_date=load_definition_settings().weather_since.isoformat(), timezone="UTC"
)
