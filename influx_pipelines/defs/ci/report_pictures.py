"""What the reports of CI jobs look like as plots."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from influx_pipelines import plots
from influx_pipelines.sources.ci.reports.failures import TOTAL
from influx_pipelines.sources.ci.reports.report import Report

Point = tuple[datetime, float | None]


def failure_types(report: Report) -> bytes:
    """A bar a type."""
    counts = {row.failure_type: row.count for row in report.rows if row.failure_type != TOTAL}
    return plots.bar_plot(counts, title=report.title, unit="jobs")


def failing_tests(report: Report) -> bytes:
    """A bar a test, those that fail in most jobs."""
    counts: Counter[str] = Counter()
    for row in report.rows:
        counts[row.test] += row.count
    return plots.bar_plot(dict(counts.most_common()), title="Failures of tests", unit="jobs")


def minutes_a_day(report: Report) -> bytes:
    """A line a label, the busiest first."""
    series = _by_label((row.runs_on, row.period, row.minutes) for row in report.rows)
    return plots.line_plot(series, title=report.title, unit="minutes")


def queue_a_day(report: Report) -> bytes:
    """A line a label: the 95th percentile of each day."""
    series = _by_label((row.runs_on, row.day, row.p95) for row in report.rows)
    return plots.line_plot(series, title="95 % of CI jobs waited less than this", unit="s")


def flaky(report: Report) -> bytes:
    """A bar a test, by the jobs in which it passed after a failure."""
    counts = {f"{row.test} {row.conf}": row.flaky + row.transient for row in report.rows}
    return plots.bar_plot(counts, title=report.title, unit="jobs")


def _by_label(values: Iterable[tuple[str, str, float]]) -> dict[str, list[Point]]:
    """Values of days by label, the largest label first, the days in order."""
    found: dict[str, list[Point]] = defaultdict(list)
    for label, day, value in values:
        found[label].append((datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC), value))
    ordered = sorted(found.items(), key=lambda item: -sum(value or 0.0 for _, value in item[1]))
    return {label or "no label": sorted(points) for label, points in ordered}
