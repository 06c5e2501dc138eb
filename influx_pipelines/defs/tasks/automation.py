"""When tasks are looked at; the sensor and the schedule of the estate apply them.

The sensor sees trouble within a minute. The hourly look keeps the results of the asset checks from
getting old, brings the log of the newest failure, and makes good for a run that was lost.
"""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from influx_pipelines.defs.automation import schedule_status, sensor_status
from influx_pipelines.defs.tasks.checks import active_and_on_time, last_runs_succeeded
from influx_pipelines.estate import taskwatch
from influx_pipelines.resources import EstateResource, InfluxDBResource

WATCH = dg.AssetSelection.checks(active_and_on_time, last_runs_succeeded)

task_watch_hourly = dg.ScheduleDefinition(
    name="task_watch_hourly",
    target=WATCH,
    cron_schedule="5 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Looks whether the tasks run, and whether their last run succeeded.",
)


@dg.sensor(
    name="task_watch",
    target=WATCH,
    minimum_interval_seconds=60,
    default_status=sensor_status(),
    description="Looks at the list of tasks every minute, and asks for their asset checks when one "
    "newly fails, is late, inactive or missing, or has recovered.",
)
def task_watch(
    context: dg.SensorEvaluationContext, influx: InfluxDBResource, estate: EstateResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask for a look when what is wrong is not what it was at the last request."""
    generation, _, last = (context.cursor or "0:").partition(":")
    try:
        declared = estate.load().of("tasks")
        with influx.client() as client:
            found = taskwatch.listed(client)
    except dg.Failure as failure:
        return dg.SkipReason(f"The tasks could not be looked at: {failure.description}")
    present = taskwatch.picture(declared, found, datetime.now(UTC))
    if present == last:
        return dg.SkipReason("Nothing has changed with the tasks.")
    following = int(generation) + 1 if generation.isdigit() else 1
    # The generation keeps trouble that comes again from being taken for a run already asked.
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=f"tasks:{following}:{present}")],
        cursor=f"{following}:{present}",
    )


task_runs_hourly = dg.ScheduleDefinition(
    name="task_runs_hourly",
    target=dg.AssetSelection.assets(["influx", "task_runs"]),
    cron_schedule="25 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Copies the finished runs of tasks before the server drops them.",
)
