"""The reports of CI jobs that are assets: what each shows, and what it is judged by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from influx_pipelines.defs.ci import report_checks, report_pictures
from influx_pipelines.defs.ci.checks import JOBS
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reports.failures import failures
from influx_pipelines.sources.ci.reports.flaky import flaky_tests
from influx_pipelines.sources.ci.reports.last_seen import last_seen
from influx_pipelines.sources.ci.reports.minutes import minutes
from influx_pipelines.sources.ci.reports.queue import queue
from influx_pipelines.sources.ci.reports.report import Report
from influx_pipelines.sources.ci.store import JobStore

Jobs = Sequence[JobRecord]


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
        return check_spec(name, asset=self.key, description=self.promise)

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
