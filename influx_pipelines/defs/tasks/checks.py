"""The asset checks that watch tasks; they look at the server whether or not an apply ran."""

from datetime import UTC, datetime

import dagster as dg

from influx_pipelines import estate as estates
from influx_pipelines import metadata
from influx_pipelines.defs.policies import RETRY
from influx_pipelines.defs.runbooks import documented
from influx_pipelines.estate import taskwatch
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Task
from influx_pipelines.resources import EstateResource, InfluxDBResource

KEY = ["influx", "tasks"]


def _tasks(client: Influx) -> tuple[Task, ...]:
    return estates.observe(client, ("task",)).others["task"]


@dg.asset_check(
    asset=KEY,
    retry_policy=RETRY,
    **documented(
        KEY,
        "active_and_on_time",
        "Every task that is declared active is there and active, and no task of ours is late or "
        "never ran.",
    ),
)
def active_and_on_time(influx: InfluxDBResource, estate: EstateResource) -> dg.AssetCheckResult:
    """Judge the tasks by their status and their last run."""
    declared = estate.load().of("tasks")
    with influx.client() as client:
        found = _tasks(client)
    off = taskwatch.not_running(declared, found)
    late = taskwatch.late(found, datetime.now(UTC))
    return dg.AssetCheckResult(
        passed=not off and not late,
        metadata={
            "declared": len(declared),
            "not_running": metadata.table(off),
            "late": metadata.table(late),
        },
    )


@dg.asset_check(
    asset=KEY,
    retry_policy=RETRY,
    **documented(KEY, "last_runs_succeeded", "The last run of every task of ours succeeded."),
)
def last_runs_succeeded(influx: InfluxDBResource) -> dg.AssetCheckResult:
    """Judge the tasks by their last run; the log of a failed one is in the metadata."""
    with influx.client() as client:
        failed = taskwatch.failed(client, _tasks(client))
    return dg.AssetCheckResult(
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"failed": metadata.table(failed)},
    )
