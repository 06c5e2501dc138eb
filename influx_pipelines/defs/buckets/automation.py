"""What makes the bucket assets run: changed files of the estate, and the clock."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.defs.applied import APPLIED
from influx_pipelines.defs.automation import schedule_status, sensor_status
from influx_pipelines.defs.buckets.partitions import buckets_partitions
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.resources import EstateResource


@dg.sensor(
    name="estate_changed",
    target=APPLIED,
    minimum_interval_seconds=30,
    default_status=sensor_status(),
    description="Plans and applies the estate when its files have changed.",
)
def estate_changed(
    context: dg.SensorEvaluationContext, estate: EstateResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask for an apply when the files differ from those of the last request."""
    return asked_when_changed(context.cursor, estate.digest())


def asked_when_changed(cursor: str | None, present: str) -> dg.SensorResult | dg.SkipReason:
    """The answer of a sensor that follows a hash of files."""
    generation, _, last = (cursor or "0:").partition(":")
    if present == last:
        return dg.SkipReason("The files of the estate are as they were.")
    following = int(generation) + 1 if generation.isdigit() else 1
    # The generation keeps a file that was changed back from being taken for a run already asked.
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=f"estate:{following}:{present}")],
        cursor=f"{following}:{present}",
    )


estate_nightly = dg.ScheduleDefinition(
    name="estate_nightly",
    target=APPLIED,
    cron_schedule="20 1 * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Brings the server back to the declaration every night.",
)


@dg.schedule(
    name="bucket_assets_nightly",
    target=dg.AssetSelection.assets(["influx", "dbrp_mappings"], ["influx", "bucket_profile"]),
    cron_schedule="40 1 * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Renews the mapping and the profile of every bucket, in one run.",
)
def bucket_assets_nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for all partitions at once."""
    keys = context.instance.get_dynamic_partitions(buckets_partitions.name or "")
    if not keys:
        return dg.SkipReason("No bucket has a partition yet.")
    return dg.RunRequest(tags={RANGE_START: keys[0], RANGE_END: keys[-1]})
