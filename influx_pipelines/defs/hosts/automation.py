"""When this machine is sampled by a run; `make up` samples it every 30 s outside of runs."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.defs.automation import schedule_status, without_quality
from influx_pipelines.defs.hosts.checks import COMPLETE

host_metrics_every_ten_minutes = dg.ScheduleDefinition(
    name="host_metrics_every_ten_minutes",
    target=without_quality(["hosts", "metrics"], COMPLETE),
    cron_schedule="*/10 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="A sample with its plots every ten minutes.",
)
