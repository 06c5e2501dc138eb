"""The look at the server that changes nothing."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.defs.automation import schedule_status

drift_hourly = dg.ScheduleDefinition(
    name="drift_hourly",
    target=dg.AssetSelection.assets(["influx", "plan"]),
    cron_schedule="50 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Compares the server with the declaration every hour and changes nothing.",
)
