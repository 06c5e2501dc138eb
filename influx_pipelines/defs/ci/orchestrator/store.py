"""The runs that are in InfluxDB already, and those that are added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from influx_pipelines.defs.ci.orchestrator.health import DaemonPoint, Health, QueuePoint, TickPoint
from influx_pipelines.defs.ci.orchestrator.history import finished_runs, read_runs
from influx_pipelines.defs.ci.orchestrator.points import (
    Run,
    RunPoint,
    StepPoint,
    run_row,
    step_rows,
)
from influx_pipelines.flux.literals import render
from influx_pipelines.influx.client import Influx

BUCKET = "dagster"
AT_MOST = 500  # of a pass; the next one goes on
STORED = """
from(bucket: {bucket})
    |> range(start: {start})
    |> filter(fn: (r) => r._measurement == "dagster_run" and r._field == "run_id")
    |> keep(columns: ["_value"])
"""


@dataclass(frozen=True)
class Pass:
    """What a pass did: the runs that it wrote, those that wait for the next, those not found."""

    written: list[Run]
    waiting: int
    lost: list[str]


def copy_runs(client: Influx, instance: dg.DagsterInstance, since: datetime) -> Pass:
    """Write the finished runs that are not there yet, the oldest first, and look for them.

    What is missing is found by comparing, not by remembering: points that somebody deleted come
    back, and a run that ended out of order is not passed over.

    Raises:
        InfluxError: a query or a write failed; the next pass does it again.
    """
    there = stored_runs(client, since)
    missing = [run_id for run_id in finished_runs(instance, since) if run_id not in there]
    runs = read_runs(instance, missing[:AT_MOST])
    if not runs:
        return Pass([], 0, [])
    client.write([run_row(run) for run in runs], bucket=BUCKET, measurement=RunPoint)
    if steps := [row for run in runs for row in step_rows(run)]:
        client.write(steps, bucket=BUCKET, measurement=StepPoint)
    oldest = datetime.fromtimestamp(min(run.ended for run in runs), tz=since.tzinfo)
    there = stored_runs(client, min(since, oldest))
    lost = [run.id for run in runs if run.id not in there]
    return Pass(runs, len(missing) - len(missing[:AT_MOST]), lost)


def stored_runs(client: Influx, since: datetime) -> set[str]:
    """IDs of the runs that are there and ended since then, or a day before."""
    script = STORED.format(bucket=render(BUCKET), start=render(since - timedelta(days=1)))
    return {row["_value"] for row in client.query(script).rows()}


def write_health(client: Influx, health: Health) -> None:
    """Write the state of the orchestrator.

    Raises:
        InfluxError: the server refused it or did not answer.
    """
    for measurement, rows in (
        (QueuePoint, health.queue),
        (TickPoint, health.ticks),
        (DaemonPoint, health.daemons),
    ):
        if rows:
            client.write(rows, bucket=BUCKET, measurement=measurement)
