"""The layout of tarantool/multivac, for those who have its dashboards: three buckets, by variable.

A measurement is a type of failure, or the name of a test; IDs and links are tags. It has many
series, and moves a point when a rule changes, so that the old one has to be deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from influx_pipelines.sources.ci.points import Row, clean, tag_text
from influx_pipelines.sources.ci.records import JobRecord, TestRecord

PASSED_OVER = frozenset({"skipped", "cancelled"})
# A success has no other measurement there than what could not be told.
_TYPES = {"": "unknown", "none": "unknown", "no_log": "unknown", "timed_out": "unknown"}
TOLD = ("fail", "flaky")  # what passes in a re-run has failed there all the same
JOB_FIELDS = {"value": int, "time_in_queue": int, "job_duration": int}
TEST_FIELDS = {"value": int}


def job_measurement(job: JobRecord) -> str:
    """The type of failure in its words."""
    name = "unknown_failure" if job.failure_type == "unmatched" else job.failure_type
    return _TYPES.get(name, name)


def job_points(jobs: Iterable[JobRecord]) -> Iterator[tuple[str, Row]]:
    """Measurement and row of each job that ran to an end."""
    for job in jobs:
        if job.conclusion in PASSED_OVER:
            continue
        row: Row = {
            "job_id": str(job.job_id),
            "job_name": tag_text(job.job_name.replace(",", "")),
            "workflow_run_id": str(job.run_id),
            "branch": tag_text(job.branch),
            "commit_sha": job.commit,
            "platform": job.platform,
            "runner_label": tag_text(" ".join(job.runner_labels)),
            "conclusion": job.conclusion,
            "gc64": str(job.gc64),
            "runner_version": job.runner_version,
            "runner_name": tag_text(job.runner_name),
            "repository": job.repository,
            "value": 1,
            "time_in_queue": int(job.queue_seconds),
            "job_duration": int(job.duration_seconds),
            "time": job.queued_at,
        }
        yield job_measurement(job), row


def test_points(jobs: Iterable[JobRecord], api: str = "") -> Iterator[tuple[str, Row]]:
    """Measurement and row of each attempt of a test that failed.

    Args:
        jobs: with their tests.
        api: address of GitHub's API, for the layout that has links as tags; without them otherwise.
    """
    for job in jobs:
        for test in job.tests:
            if test.status in TOLD:
                links = _links(job, api) if api else {}
                yield tag_text(test.name), {**_test_row(job, test), **links}


def _test_row(job: JobRecord, test: TestRecord) -> Row:
    return {
        "configuration": tag_text(test.configuration),
        "test_type": test.type,
        "test_subtype": test.subtype or "None",
        "debug": "unknown" if job.debug is None else str(job.debug),
        "job_id": str(job.job_id),
        "job_name": tag_text(job.job_name.replace(",", "")),
        "commit_sha": job.commit,
        "test_attempt": str(test.attempt),
        "branch": tag_text(job.branch),
        "architecture": job.platform,
        "gc64": str(job.gc64),
        "os_version": job.os_version,
        "compiler_version": clean(job.compiler_version),
        "libc_version": job.libc_version,
        "repository": job.repository,
        "value": 1,
        "time": job.started_at,
    }


def _links(job: JobRecord, api: str) -> dict[str, Any]:
    page = urlsplit(job.run_url)
    below = f"{api}/repos/{job.repository}/actions"
    return {
        "job_link": job.url,
        "commit_link": f"{page.scheme}://{page.netloc}/{job.repository}/commit/{job.commit}",
        "job_json": f"{below}/jobs/{job.job_id}",
        "job_log": f"{below}/jobs/{job.job_id}/logs",
        "workflow_run_json": f"{below}/runs/{job.run_id}",
        "artifact_url": "None",  # no artifacts are kept
    }
