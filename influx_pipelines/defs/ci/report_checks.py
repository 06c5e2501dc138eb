"""The asset checks of the reports: what of the last day, or week, a person should look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from influx_pipelines import metadata
from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reports.failures import failed
from influx_pipelines.sources.ci.reports.flaky import FLAKY
from influx_pipelines.sources.ci.reports.queue import quantile
from influx_pipelines.sources.ci.reruns import settled

Jobs = Sequence[JobRecord]
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ENOUGH = 20  # jobs, of which a share says something
MOST_FAILED = 0.5
LONGEST_QUEUE = 600.0  # seconds
MOST_RISE = 1.5
OFTEN_FLAKY = 5  # jobs of a week


class Verdict(NamedTuple):
    """Whether a check passed, and what its metadata tell."""

    passed: bool
    told: dict[str, Any]


def few_fail(jobs: Jobs, now: datetime) -> Verdict:
    """Judge the share of jobs of the last day that failed."""
    ended = [job for job in _since(jobs, now - DAY) if job.conclusion != "cancelled"]
    share = len(failed(ended)) / len(ended) if ended else 0.0
    told = {
        "jobs": len(ended),
        "actual": round(share, 3),
        "expected": f"at most {MOST_FAILED}; of fewer than {ENOUGH} jobs, anything",
    }
    return Verdict(len(ended) < ENOUGH or share <= MOST_FAILED, told)


def none_hangs(jobs: Jobs, now: datetime) -> Verdict:
    """Judge the tests that hung in the last day."""
    hung = [
        {"test": test.name, "configuration": test.configuration, "job": job.url}
        for job in _since(jobs, now - DAY)
        for test in job.tests
        if test.status == "hang"
    ]
    return Verdict(not hung, {"hung": metadata.table(hung, empty="none")})


def minutes_steady(jobs: Jobs, now: datetime) -> Verdict:
    """Judge the minutes of the last week by those of the week before."""
    before = _since(jobs, now - 2 * WEEK, now - WEEK)
    minutes = sum(job.duration_seconds for job in _since(jobs, now - WEEK)) / 60
    earlier = sum(job.duration_seconds for job in before) / 60
    told = {"actual": round(minutes, 1), "expected": f"at most {MOST_RISE} times {earlier:.1f}"}
    return Verdict(len(before) < ENOUGH or minutes <= MOST_RISE * earlier, told)


def queue_short(jobs: Jobs, now: datetime) -> Verdict:
    """Judge how long jobs of the last day waited for a runner."""
    waited = [job.queue_seconds for job in _since(jobs, now - DAY)]
    p95 = quantile(waited, 0.95) if waited else 0.0
    expected = f"at most {LONGEST_QUEUE:.0f} s at the 95th percentile"
    told = {"jobs": len(waited), "actual": p95, "expected": expected}
    return Verdict(p95 <= LONGEST_QUEUE, told)


def rarely_flaky(jobs: Jobs, now: datetime) -> Verdict:
    """Judge the tests by the jobs of the last week in which they were flaky."""
    counts: Counter[str] = Counter()
    for job in settled(_since(jobs, now - WEEK)):
        counts.update({test.name for test in job.tests if test.status in FLAKY})
    often = [{"test": name, "jobs": n} for name, n in counts.most_common() if n >= OFTEN_FLAKY]
    told = {
        "expected": f"each test in less than {OFTEN_FLAKY} jobs a week",
        "often": metadata.table(often, empty="none"),
    }
    return Verdict(not often, told)


def _since(jobs: Jobs, start: datetime, stop: datetime | None = None) -> list[JobRecord]:
    return [job for job in jobs if start <= job.started_at and (not stop or job.started_at < stop)]
