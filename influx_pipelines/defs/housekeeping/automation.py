"""When the history is pruned, and what happens when a run fails."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from influx_pipelines.defs.automation import schedule_status, sensor_status
from influx_pipelines.defs.housekeeping.failures import store_failure
from influx_pipelines.influx.redact import redact
from influx_pipelines.server.connection import known_connection
from influx_pipelines.settings import SettingsError, load_settings

LONGEST_ERROR = 2_000

housekeeping_nightly = dg.ScheduleDefinition(
    name="housekeeping_nightly",
    target=dg.AssetSelection.groups("housekeeping"),
    cron_schedule="10 2 * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Cleans up every night: runs, logs, ticks, partitions, what alerts told, and what "
    "killed processes left; and names what is broken.",
)


@dg.run_failure_sensor(
    name="run_failed",
    minimum_interval_seconds=30,
    default_status=sensor_status(),
    description="Logs every failed run and keeps it in run_failures.jsonl.",
)
def run_failed(context: dg.RunFailureSensorContext) -> None:
    """Keep what failed, when, and the sentence that says why."""
    run = context.dagster_run
    error = redact(_sentence(context), _secrets())
    context.log.error("Run %s of %s failed: %s", run.run_id, run.job_name, error)
    assets = [key.to_user_string() for key in sorted(run.asset_selection or [])]
    store_failure(
        load_settings().home,
        {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "assets": ", ".join(assets) or run.job_name,
            "run_id": run.run_id,
            "error": error[:LONGEST_ERROR],
        },
    )


def _secrets() -> list[str]:
    """What must never be stored: the tokens of the settings, and that of a server we started."""
    settings = load_settings()
    given = [one.get_secret_value() for one in (settings.token, settings.backup_token) if one]
    try:
        return [known_connection(settings).token, *given]
    except SettingsError:
        return given


def _sentence(context: dg.RunFailureSensorContext) -> str:
    """The errors of the failed steps, or what Dagster says of the run."""
    found = []
    for event in context.get_step_failure_events():
        data = event.step_failure_data
        failure = data.user_failure_data
        if failure is not None and failure.description:
            found.append(f"{event.step_key}: {failure.description}")
        elif data.error is not None:
            found.append(f"{event.step_key}: {data.error.message.strip()}")
    return " | ".join(found) or context.failure_event.message or "no reason was given"
