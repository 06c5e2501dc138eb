"""Whoever delivers messages looks at Dagster's daemons: a dead one could tell nobody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from influx_pipelines.settings import Settings

if TYPE_CHECKING:
    from influx_pipelines.alerts.database import Database

EVERY_SECONDS = 60.0


def look_at_daemons(settings: Settings, database: Database) -> None:
    """Record silent daemons of this folder's instance, where schedules and sensors should run."""
    from influx_pipelines.alerts.instants import utc_now
    from influx_pipelines.doctor.checks.disk import dagster_storage

    root = Path.cwd()
    storage = dagster_storage(root)
    if settings.automation != "running" or storage is None or not (root / storage).exists():
        return
    import dagster as dg  # takes longer than all else that is done here

    from influx_pipelines.defs.housekeeping.heartbeats import watch_daemons
    from influx_pipelines.defs.housekeeping.watch import organisation_of

    with dg.DagsterInstance.from_config(str(root)) as instance:
        org = organisation_of(settings)
        watch_daemons(instance, database, org, settings.owner, utc_now())
