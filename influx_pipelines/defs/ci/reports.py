"""Reports of CI jobs as files and pictures, from the store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from influx_pipelines import metadata
from influx_pipelines.defs.automation import schedule_status
from influx_pipelines.defs.ci.report_topics import TOPICS, Jobs, Topic
from influx_pipelines.defs.policies import RETRY
from influx_pipelines.resources import EstateResource, failures_explained
from influx_pipelines.sources.ci.passing import open_store
from influx_pipelines.sources.ci.reports import files
from influx_pipelines.sources.ci.reports.report import Report
from influx_pipelines.sources.ci.reports.selection import Selection

FOLDER = Path("reports/ci")  # below the folder of what this project keeps


class ReportConfig(dg.Config):
    """What the reports are about."""

    days: int = Field(30, gt=0, description="Jobs that started in so many days.")
    branches: list[str] = Field([], description="Only these; all without any.")


@dg.multi_asset(
    name="ci_reports",
    specs=[topic.spec() for topic in TOPICS],
    check_specs=[topic.check() for topic in TOPICS],
    can_subset=True,
    retry_policy=RETRY,
)
def ci_reports(
    context: dg.AssetExecutionContext, config: ReportConfig, estate: EstateResource
) -> Iterator[dg.MaterializeResult]:
    """Read the jobs of the store once, and make each report that is asked for."""
    settings, now = estate.settings(), datetime.now(UTC)
    start = now - timedelta(days=config.days)
    with failures_explained():
        store = open_store(settings)
        selection = Selection(start, tuple(config.branches))
        jobs = selection.of(store.jobs(start))
    for topic in TOPICS:
        if topic.key in context.selected_asset_keys:
            reports = topic.make(jobs, store)
            written = [path for r in reports for path in files.write(r, settings.home / FOLDER)]
            yield dg.MaterializeResult(
                asset_key=topic.key,
                metadata=_told(topic, reports[0], written, jobs),
                check_results=[topic.result(jobs, now)],
            )


def _told(topic: Topic, report: Report, written: list[Path], jobs: Jobs) -> dict[str, Any]:
    return {
        "summary": f"{len(report.rows)} rows of {len(jobs)} jobs"
        if jobs
        else "no job in the store",
        "jobs": len(jobs),
        "rows": len(report.rows),
        "report": metadata.table(report.shown(), empty="no job"),
        "picture": metadata.picture(topic.picture(report), report.title),
        **{path.name.replace(".", "_"): dg.MetadataValue.path(path.absolute()) for path in written},
    }


ci_reports_daily = dg.ScheduleDefinition(
    name="ci_reports_daily",
    target=dg.AssetSelection.assets(*(topic.key for topic in TOPICS)),
    cron_schedule="50 5 * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Reports of the CI jobs of the last 30 days, as files and pictures.",
)
