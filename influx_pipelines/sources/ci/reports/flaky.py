"""Tests that fail and pass without a change of the code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from influx_pipelines.sources.ci.records import JobRecord, TestRecord
from influx_pipelines.sources.ci.reports.report import Report
from influx_pipelines.sources.ci.reruns import settled

FLAKY = ("transient fail", "flaky")


@dataclass(frozen=True)
class FlakyRow:
    """A test with its configuration, and in how many jobs each outcome was seen."""

    test: str
    conf: str
    flaky: int
    """It failed, and a re-run of the job passed."""
    transient: int
    """It failed, and passed when it was run again in the same job."""
    failed: int
    """It failed or hung, and nothing says that it passes."""
    last_seen: datetime
    url: str


def flaky_tests(jobs: Iterable[JobRecord]) -> Report:
    """The tests that were seen to pass after a failure, the most often seen first.

    Args:
        jobs: all attempts of the jobs that are meant.
    """
    seen: dict[tuple[str, str], list[tuple[JobRecord, TestRecord]]] = defaultdict(list)
    for job in settled(jobs):
        for test in {(t.name, t.configuration, t.status): t for t in job.tests}.values():
            seen[test.name, test.configuration].append((job, test))
    rows = [
        _row(key, found)
        for key, found in seen.items()
        if any(test.status in FLAKY for _, test in found)
    ]
    rows.sort(key=lambda row: (-(row.flaky + row.transient), row.test, row.conf))
    return Report("flaky", "Flaky tests", FlakyRow, rows)


def _row(key: tuple[str, str], found: list[tuple[JobRecord, TestRecord]]) -> FlakyRow:
    statuses = [test.status for _, test in found]
    last = max((job for job, test in found if test.status in FLAKY), key=lambda j: j.started_at)
    return FlakyRow(
        *key,
        statuses.count("flaky"),
        statuses.count("transient fail"),
        statuses.count("fail") + statuses.count("hang"),
        last.started_at,
        last.url,
    )
