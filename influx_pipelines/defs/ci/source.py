"""What is expected of CI jobs as data."""

from __future__ import annotations

from datetime import timedelta

from influx_pipelines.quality.source import Limits, Shown, Source
from influx_pipelines.sources.ci.points import CiJob
from influx_pipelines.sources.ci.sample import BUCKET

WEEK = timedelta(days=7)

# Nobody promises that jobs run; a week without one is worth a look.
CI_JOBS = Source(
    asset=("ci", "jobs"),
    bucket=lambda settings: settings.ci_bucket,
    measurements=(CiJob,),
    counted="job_id",
    every=timedelta(days=1),
    regular=False,
    optional=True,
    sample=BUCKET,
    limits=Limits(oldest=WEEK, gap_window=WEEK, gap_share=0.8, dead_after=WEEK, rows=(0, 200_000)),
    shown=(
        Shown("Jobs by conclusion", CiJob, "job_id", "conclusion", "an hour", fn="count"),
        Shown("Seconds in the queue", CiJob, "queue_seconds", "runner", "s"),
    ),
)
