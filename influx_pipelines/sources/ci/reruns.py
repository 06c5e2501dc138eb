"""What a re-run of a job says of the tests that failed before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from influx_pipelines.sources.ci.records import JobRecord

OPEN = frozenset({"fail", "hang"})


def settled(jobs: Iterable[JobRecord]) -> list[JobRecord]:
    """The jobs in their order; a failed test is "flaky" where a later attempt of its job passed.

    A later attempt is of the same run, thus of the same commit. One that failed too says nothing
    of a test that it does not name: it may not have come so far.
    """
    jobs = list(jobs)
    passed: dict[tuple[str, int, str], int] = defaultdict(int)
    for job in jobs:
        if job.conclusion == "success":
            passed[_key(job)] = max(passed[_key(job)], job.run_attempt)
    return [
        _flaky(job) if job.run_attempt < passed.get(_key(job), 0) and job.tests else job
        for job in jobs
    ]


def _key(job: JobRecord) -> tuple[str, int, str]:
    return job.repository, job.run_id, job.job_name


def _flaky(job: JobRecord) -> JobRecord:
    tests = tuple(replace(t, status="flaky") if t.status in OPEN else t for t in job.tests)
    return replace(job, tests=tests)
