"""When backups are taken, and what follows them."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.defs.automation import schedule_status
from influx_pipelines.settings import load_definition_settings

CRON = "59 23 * * *"
# Longer than the limit of other runs (`run_monitoring` in dagster.yaml): a large server takes hours
# to read, and to read again.
TAGS = {"dagster/max_runtime": str(12 * 3600)}

backup = dg.define_asset_job(
    "backup",
    selection=dg.AssetSelection.groups("backups"),
    tags=TAGS,
    description="A backup; it is verified and copied, old ones go by the policy, and a bucket is "
    "restored on trial.",
)


def nightly(zone: str) -> dg.ScheduleDefinition:
    """The schedule of the nightly backup by the clocks of a time zone."""
    return dg.ScheduleDefinition(
        name="backup_nightly",
        job=backup,
        cron_schedule=CRON,
        execution_timezone=zone,
        default_status=schedule_status(),
        description="A backup every night at 23:59 in INFLUX_PIPELINES_BACKUP_ZONE, with all that "
        "follows it.",
    )


backup_nightly = nightly(load_definition_settings().backup_zone)
