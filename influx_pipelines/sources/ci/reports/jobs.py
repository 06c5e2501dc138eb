"""Jobs as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reports.report import Report


@dataclass(frozen=True)
class JobRow:
    """A job; `failed_tests` names each test once."""

    repository: str
    job_id: int
    run_id: int
    run_attempt: int
    job_name: str
    workflow: str
    event: str
    branch: str
    commit: str
    conclusion: str
    queued_at: datetime
    started_at: datetime
    completed_at: datetime
    queue_seconds: float
    duration_seconds: float
    platform: str
    os_version: str
    runner_labels: tuple[str, ...]
    runner_name: str
    runner_version: str
    compiler_version: str
    libc_version: str
    gc64: bool
    debug: bool | None
    failure_type: str
    category: str
    severity: str
    evidence: str
    evidence_line: int | None
    classifier_version: str
    log: str
    url: str
    run_url: str
    failed_tests: tuple[str, ...]


_SAME = [field.name for field in fields(JobRow) if field.name != "failed_tests"]


def jobs_report(jobs: Iterable[JobRecord]) -> Report:
    """A row a job, in the order given."""
    rows = [
        JobRow(
            **{name: getattr(job, name) for name in _SAME},
            failed_tests=tuple(dict.fromkeys(test.name for test in job.tests)),
        )
        for job in jobs
    ]
    return Report("jobs", "CI jobs", JobRow, rows)
