"""How long runners were busy, by day, week or month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reports.labels import runs_on
from influx_pipelines.sources.ci.reports.report import Report

Period = Literal["day", "week", "month"]
_FORMATS = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


@dataclass(frozen=True)
class MinutesRow:
    """Jobs that started in a period (UTC) on one kind of runner; a week is one of ISO 8601."""

    period: str
    runs_on: str
    jobs: int
    minutes: float


def minutes(jobs: Iterable[JobRecord], by: Period = "day", *, short: bool = False) -> Report:
    """Minutes from start to completion, summed; the newest period first."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for job in jobs:
        period = job.started_at.strftime(_FORMATS[by])
        found[period, runs_on(job, short=short)].append(job.duration_seconds)
    rows = [
        MinutesRow(period, label, len(seconds), round(sum(seconds) / 60, 1))
        for (period, label), seconds in found.items()
    ]
    rows.sort(key=lambda row: row.runs_on)
    rows.sort(key=lambda row: row.period, reverse=True)
    return Report(f"minutes_by_{by}", f"Minutes of runners by {by}", MinutesRow, rows)
