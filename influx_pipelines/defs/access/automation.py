"""When the report of tokens is made; the tokens themselves are applied with the estate."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.defs.automation import schedule_status

token_report_nightly = dg.ScheduleDefinition(
    name="token_report_nightly",
    target=dg.AssetSelection.assets(["influx", "token_report"]),
    cron_schedule="45 1 * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Looks at all tokens of the organization every night.",
)
