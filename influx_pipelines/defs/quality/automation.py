"""When the data is judged: by itself, so that a source whose runs fail is judged too."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.defs.automation import schedule_status
from influx_pipelines.defs.quality.checks import CHECKS

quality_every_half_hour = dg.ScheduleDefinition(
    name="quality_every_half_hour",
    target=dg.AssetSelection.checks(*CHECKS),
    cron_schedule="3-59/30 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Judges the data of every declared source: age, gaps, series, steps, types.",
)
