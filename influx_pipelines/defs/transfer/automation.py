"""When the exports go on."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.defs.automation import schedule_status
from influx_pipelines.defs.buckets.partitions import buckets_partitions
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START


@dg.schedule(
    name="exports_nightly",
    target=dg.AssetSelection.assets(["transfer", "exports"]),
    cron_schedule="20 3 * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Adds the points of the last day to the exports of every bucket, in one run.",
)
def exports_nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for all partitions at once."""
    keys = context.instance.get_dynamic_partitions(buckets_partitions.name or "")
    if not keys:
        return dg.SkipReason("No bucket has a partition yet.")
    return dg.RunRequest(tags={RANGE_START: keys[0], RANGE_END: keys[-1]})
