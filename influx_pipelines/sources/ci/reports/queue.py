"""How long jobs waited for a runner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reports.labels import runs_on
from influx_pipelines.sources.ci.reports.report import Report


@dataclass(frozen=True)
class QueueRow:
    """Seconds from queued to started of the jobs of a day (UTC) on one kind of runner."""

    day: str
    runs_on: str
    jobs: int
    p50: float
    p95: float
    longest: float


def queue(jobs: Iterable[JobRecord], *, short: bool = False) -> Report:
    """By day and label, the newest day first."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for job in jobs:
        day = job.started_at.strftime("%Y-%m-%d")
        found[day, runs_on(job, short=short)].append(job.queue_seconds)
    rows = [
        QueueRow(day, label, len(s), quantile(s, 0.5), quantile(s, 0.95), round(max(s), 1))
        for (day, label), s in found.items()
    ]
    rows.sort(key=lambda row: row.runs_on)
    rows.sort(key=lambda row: row.day, reverse=True)
    return Report("queue", "Seconds that CI jobs waited for a runner", QueueRow, rows)


def quantile(values: Sequence[float], share: float) -> float:
    """The quantile of some values, between two of them by linear interpolation."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    found = ordered[below] + (ordered[above] - ordered[below]) * (place - below)
    return round(found, 1)
