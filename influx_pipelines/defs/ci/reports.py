"""Reports of CI jobs as files and pictures, from the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from influx_pipelines import metadata
from influx_pipelines.defs.automation import schedule_status
from influx_pipelines.defs.ci import report_checks, report_pictures
from influx_pipelines.defs.ci.checks import JOBS
from influx_pipelines.defs.policies import RETRY
from influx_pipelines.resources import EstateResource, failures_explained
from influx_pipelines.sources.ci.passing import open_store
from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reports import files
from influx_pipelines.sources.ci.reports.failures import failures
from influx_pipelines.sources.ci.reports.flaky import flaky_tests
from influx_pipelines.sources.ci.reports.last_seen import last_seen
from influx_pipelines.sources.ci.reports.minutes import minutes
from influx_pipelines.sources.ci.reports.queue import queue
from influx_pipelines.sources.ci.reports.report import Report
from influx_pipelines.sources.ci.reports.selection import Selection
from influx_pipelines.sources.ci.store import JobStore

Jobs = Sequence[JobRecord]
FOLDER = Path("reports/ci")  # below the folder of what this project keeps


@dataclass(frozen=True)
class Topic:
    """An asset of reports: the first one is shown, all become files; `judge` is its check."""

    name: str
    description: str
    make: Callable[[Jobs, JobStore], list[Report]]
    picture: Callable[[Report], bytes]
    judge: Callable[[Jobs, datetime], report_checks.Verdict]
    promise: str

    @property
    def key(self) -> dg.AssetKey:
        """`ci/<name>`."""
        return dg.AssetKey(["ci", self.name])

    def check(self) -> dg.AssetCheckSpec:
        """The check, named as the function that judges."""
        name = self.judge.__name__
        return dg.AssetCheckSpec(name, asset=self.key, description=self.promise)

    def result(self, jobs: Jobs, now: datetime) -> dg.AssetCheckResult:
        """What the check says of the jobs; it informs, and keeps nothing back."""
        verdict = self.judge(jobs, now)
        return dg.AssetCheckResult(
            asset_key=self.key,
            check_name=self.judge.__name__,
            passed=verdict.passed,
            severity=dg.AssetCheckSeverity.WARN,
            metadata=verdict.told,
        )

    def spec(self) -> dg.AssetSpec:
        """The asset."""
        return dg.AssetSpec(
            self.key,
            description=self.description,
            group_name="ci",
            code_version="1",
            deps=[JOBS],
            skippable=True,
        )


TOPICS = (
    Topic(
        "failure_statistics",
        "Why CI jobs failed: how many of each type, with the last one of it.",
        lambda jobs, _: [failures(jobs)],
        report_pictures.failure_types,
        report_checks.few_fail,
        "At most half of the jobs of the last day failed.",
    ),
    Topic(
        "last_seen_failures",
        "When each test failed, hung or failed at first, in how many jobs, and where last.",
        lambda jobs, store: [last_seen(jobs, store.addresses)],
        report_pictures.failing_tests,
        report_checks.none_hangs,
        "No test hung in the last day.",
    ),
    Topic(
        "runner_minutes",
        "How long runners were busy, by day, week and month and by their labels.",
        lambda jobs, _: [minutes(jobs), minutes(jobs, "week"), minutes(jobs, "month")],
        report_pictures.minutes_a_day,
        report_checks.minutes_steady,
        "The last week took at most one and a half times the minutes of the week before.",
    ),
    Topic(
        "queue_time",
        "How long CI jobs waited for a runner: median and 95th percentile by day and label.",
        lambda jobs, _: [queue(jobs)],
        report_pictures.queue_a_day,
        report_checks.queue_short,
        "Of the jobs of the last day 95 % waited ten minutes at most.",
    ),
    Topic(
        "flaky_tests",
        "Tests that failed and then passed, in the same job or when the job was run again.",
        lambda jobs, _: [flaky_tests(jobs)],
        report_pictures.flaky,
        report_checks.rarely_flaky,
        "No test was flaky in five jobs of the last week.",
    ),
)


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
        "summary": f"{len(report.rows)} rows of {len(jobs)} jobs",
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
