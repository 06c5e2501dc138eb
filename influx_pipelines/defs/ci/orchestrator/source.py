"""What is expected of the runs of this orchestrator as data."""

from __future__ import annotations

from datetime import timedelta

from influx_pipelines.defs.ci.orchestrator.health import QueuePoint
from influx_pipelines.defs.ci.orchestrator.points import RunPoint, StepPoint
from influx_pipelines.defs.ci.orchestrator.store import BUCKET
from influx_pipelines.quality.source import Limits, Shown, Source

# Whether anything runs at all is the matter of freshness: each hour has runs, or it has none.
DAGSTER_RUNS = Source(
    asset=("ci", "dagster_runs"),
    bucket=lambda _: BUCKET,
    measurements=(RunPoint, StepPoint, QueuePoint),
    every=timedelta(hours=1),
    regular=False,
    optional=True,
    limits=Limits(rows=(1, 200_000)),
    shown=(
        Shown("Ended runs by status", RunPoint, "steps", "status", "an hour", fn="count"),
        Shown("Seconds of a step, by status", StepPoint, "duration_seconds", "status", "s"),
    ),
)
