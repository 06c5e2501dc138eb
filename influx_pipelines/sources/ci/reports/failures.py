"""How often jobs failed, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reports.report import Report

NO_FAILURE = frozenset({"", "none", "cancelled"})
TOTAL = "total"


@dataclass(frozen=True)
class FailureRow:
    """A type of failure; the last one that happened is linked."""

    failure_type: str
    category: str
    severity: str
    count: int
    share: float
    """Of all failures, 0 to 1."""
    last_seen: datetime | None
    url: str


@dataclass(frozen=True)
class WatchedRow:
    """A job that failed for the watched reason, with the line that tells it."""

    started_at: datetime
    job_id: int
    job_name: str
    branch: str
    url: str
    line: str


def failures(jobs: Iterable[JobRecord]) -> Report:
    """Types by number of jobs, most first, and the total; cancelled jobs are no failures."""
    of_type: dict[str, list[JobRecord]] = defaultdict(list)
    for job in failed(jobs):
        of_type[job.failure_type].append(job)
    total = sum(map(len, of_type.values()))
    rows = []
    for name, found in sorted(of_type.items(), key=lambda item: (-len(item[1]), item[0])):
        last = max(found, key=lambda job: job.started_at)
        share = round(len(found) / total, 4)
        rows.append(
            FailureRow(
                name, last.category, last.severity, len(found), share, last.started_at, last.url
            )
        )
    rows.append(FailureRow(TOTAL, "", "", total, 1.0 if total else 0.0, None, ""))
    return Report("failures", "Why CI jobs failed", FailureRow, rows)


def watched(jobs: Iterable[JobRecord], failure_type: str) -> Report:
    """The jobs that failed for one reason, in the order given."""
    rows = [
        WatchedRow(job.started_at, job.job_id, job.job_name, job.branch, job.url, job.evidence)
        for job in jobs
        if job.failure_type == failure_type
    ]
    return Report(f"watched_{failure_type}", f"CI jobs with {failure_type}", WatchedRow, rows)


def failed(jobs: Iterable[JobRecord]) -> list[JobRecord]:
    """The jobs that have a type of failure."""
    return [job for job in jobs if job.failure_type not in NO_FAILURE]
