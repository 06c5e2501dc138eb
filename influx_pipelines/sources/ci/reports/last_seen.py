"""When each failure of a test was seen last, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reports.labels import runs_on
from influx_pipelines.sources.ci.reports.report import Report

Key = tuple[str, str, str, str]  # test, configuration, status, labels
FILES = frozenset({"job_json", "job_log", "run_json"})
Files = Callable[[JobRecord], tuple[str, str, str]]


@dataclass(frozen=True)
class LastSeenRow:
    """A test with its configuration, failing in one way on one kind of runner.

    The job where it was seen last is told by its page and by its files in the store.
    """

    timestamp: datetime
    test: str
    conf: str
    branch: str
    status: str
    count: int
    runs_on: str
    url: str
    job_json: str
    job_log: str
    run_json: str


def last_seen(
    jobs: Iterable[JobRecord], files: Files | None = None, *, short: bool = False
) -> Report:
    """The newest first; a job counts once, however often a test failed in it.

    Args:
        jobs: the jobs that are meant.
        files: where the store has a job, its log ("" when it is not kept), and its run.
        short: take labels of runners up to their first `-`.
    """
    newest: dict[Key, JobRecord] = {}
    count: dict[Key, int] = {}
    for job in jobs:
        label = runs_on(job, short=short)
        for key in {(t.name, t.configuration, t.status, label) for t in job.tests}:
            count[key] = count.get(key, 0) + 1
            if key not in newest or newest[key].started_at < job.started_at:
                newest[key] = job
    rows = [_row(key, newest[key], count[key], files) for key in newest]
    rows.sort(key=lambda row: (row.timestamp, row.count, row.url, row.test, row.conf), reverse=True)
    return Report("last_seen", "Failures of tests, last seen", LastSeenRow, rows, FILES)


def _row(key: Key, job: JobRecord, count: int, files: Files | None) -> LastSeenRow:
    test, conf, status, label = key
    where = files(job) if files else ("", "", "")
    return LastSeenRow(
        job.started_at, test, conf, job.branch, status, count, label, job.url, *where
    )
