"""When the server is looked at, and what its upgrade would change."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.defs.automation import schedule_status

server_hourly = dg.ScheduleDefinition(
    name="server_hourly",
    target=dg.AssetSelection.assets(["influx", "server"]),
    cron_schedule="7 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Looks every hour whether the server is well.",
)

upgrade_report_daily = dg.ScheduleDefinition(
    name="upgrade_report_daily",
    target=dg.AssetSelection.assets(["influx", "upgrade_report"]),
    cron_schedule="47 4 * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Looks every night what newer versions of InfluxDB change for this estate.",
)
