"""When tasks are looked at; the sensor and the schedule of the estate apply them."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.defs.automation import schedule_status
from influx_pipelines.defs.tasks.checks import active_and_on_time, last_runs_succeeded

tasks_every_ten_minutes = dg.ScheduleDefinition(
    name="tasks_every_ten_minutes",
    target=dg.AssetSelection.checks(active_and_on_time, last_runs_succeeded),
    cron_schedule="*/10 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Looks whether the tasks run, and whether their last run succeeded.",
)

task_runs_hourly = dg.ScheduleDefinition(
    name="task_runs_hourly",
    target=dg.AssetSelection.assets(["influx", "task_runs"]),
    cron_schedule="25 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Copies the finished runs of tasks before the server drops them.",
)
