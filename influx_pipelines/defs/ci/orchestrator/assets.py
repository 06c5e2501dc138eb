"""The runs of this orchestrator as job data, in the database that it looks after."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.automation import schedule_status, without_quality
from influx_pipelines.defs.ci.orchestrator import pictures
from influx_pipelines.defs.ci.orchestrator.health import Health, late, read_health
from influx_pipelines.defs.ci.orchestrator.store import BUCKET, Pass, copy_runs, write_health
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import EstateResource, InfluxDBResource

KEY = ["ci", "dagster_runs"]
LONGEST = timedelta(days=350)  # the bucket keeps 52 weeks
MANY_FAILED = 0.2  # of the last day's runs

ALL_WRITTEN = check_spec(
    "all_written",
    asset=KEY,
    description="Every run that this pass wrote is found in InfluxDB afterwards.",
)
RUNS_SUCCEED = check_spec(
    "runs_succeed",
    asset=KEY,
    description="At most a fifth of the runs that ended in the last day failed.",
)
ON_TIME = check_spec(
    "orchestrator_on_time",
    asset=KEY,
    description="No run waits over 10 minutes, no tick failed or was 2 minutes late, each daemon "
    "is alive.",
)


@managed_asset(
    key=KEY,
    group_name="ci",
    kinds={"dagster"},
    code_version="1",
    deps=[["influx", "buckets"]],
    check_specs=[ALL_WRITTEN, RUNS_SUCCEED, ON_TIME],
)
def dagster_runs(
    context: dg.AssetExecutionContext, influx: InfluxDBResource, estate: EstateResource
) -> dg.MaterializeResult:
    """Finished runs of Dagster and their steps as points, with the state of queue and daemons."""
    now = datetime.now(UTC)
    kept = timedelta(days=estate.settings().keep_runs_days + 1)
    health = read_health(context.instance, now)
    with influx.client() as client:
        done = copy_runs(client, context.instance, now - min(kept, LONGEST))
        write_health(client, health)
        jobs = pictures.jobs(client, now - timedelta(days=1), now)
        plots = pictures.pictures(client, now - timedelta(days=1), now, jobs)
    waiting = f", {done.waiting} wait for the next pass" if done.waiting else ""
    return dg.MaterializeResult(
        metadata={
            "summary": f"{len(done.written)} finished runs written{waiting}",
            "bucket": BUCKET,
            "runs": len(done.written),
            "steps": sum(len(run.steps) for run in done.written),
            "waiting": done.waiting,
            "queued_runs": health.queue[0]["queued"],
            "oldest_in_queue_seconds": round(health.queue[0]["oldest_seconds"], 1),
            **plots,
            "by_job": metadata.table(jobs, empty="no run ended in the last day"),
            "ticks": metadata.table(health.ticks, empty="no automation is switched on"),
            "daemons": metadata.table(health.daemons, empty="no daemon was ever seen"),
        },
        check_results=[all_written(done), runs_succeed(jobs), on_time(health)],
    )


def all_written(done: Pass) -> dg.AssetCheckResult:
    """Judge a pass by what is there after it."""
    return dg.AssetCheckResult(
        check_name=ALL_WRITTEN.name,
        passed=not done.lost,
        metadata={
            "expected": len(done.written),
            "actual": len(done.written) - len(done.lost),
            "lost": metadata.names(done.lost),
        },
    )


def runs_succeed(jobs: list[dict[str, Any]]) -> dg.AssetCheckResult:
    """Judge the runs of the last day by the share that failed."""
    failed = sum(row["FAILURE"] for row in jobs)
    ended = sum(row[status] for row in jobs for status in pictures.STATUSES)
    return dg.AssetCheckResult(
        check_name=RUNS_SUCCEED.name,
        passed=failed <= MANY_FAILED * ended,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "expected": f"at most {MANY_FAILED:.0%} failed",
            "actual": f"{failed} of {ended} failed",
            "failing": metadata.table([row for row in jobs if row["FAILURE"]]),
        },
    )


def on_time(health: Health) -> dg.AssetCheckResult:
    """Judge the orchestrator by what takes too long."""
    found = late(health)
    return dg.AssetCheckResult(
        check_name=ON_TIME.name,
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"late": metadata.table(found)},
    )


dagster_runs_every_ten_minutes = dg.ScheduleDefinition(
    name="dagster_runs_every_ten_minutes",
    target=without_quality(KEY, ALL_WRITTEN, RUNS_SUCCEED, ON_TIME),
    cron_schedule="5-59/10 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Writes the runs that ended, and the state of queue, ticks and daemons.",
)
