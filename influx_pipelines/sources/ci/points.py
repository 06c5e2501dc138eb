"""Jobs and failed tests as points: few series, and none that a later look at a log would move.

What a rule says of a job is a field, so that other rules overwrite it. A tag is what never changes
for a job that ended. The time of a point is the second in which the job was made and, within it,
the microsecond of its ID: jobs that were made together do not overwrite each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from influx_pipelines.influx.measurement import Field, Measurement, Tag
from influx_pipelines.sources.ci.records import JobRecord, TestRecord

Row = dict[str, Any]
MICROSECONDS = 1_000_000
LONGEST = 500  # characters of a text that somebody else wrote


class CiJob(Measurement, name="ci_job", precision="us"):
    """A job of a workflow that ended."""

    repository = Tag("owner/name.")
    workflow = Tag("Name of the workflow.")
    job_name = Tag("Name of the job, with the values of its matrix.")
    platform = Tag("`amd64` or `aarch64`.")
    runner = Tag("Labels of the runner.")
    conclusion = Tag("As GitHub says: `success`, `failure`, `cancelled`, `timed_out`, `skipped`.")
    queue_seconds = Field(float, "s", "From queued to started.")
    duration_seconds = Field(float, "s", "From started to completed.")
    failure_type = Field(str, "", "`none`, `no_log`, `unmatched`, or the rule that told it.")
    category = Field(str, "", "Of the rule.")
    severity = Field(str, "", "Of the rule.")
    evidence = Field(str, "", "The line that told it.")
    evidence_line = Field(int, "", "Its number in the log, from 1.")
    classifier_version = Field(str, "", "Of the rules.")
    log = Field(str, "", "`kept`, `gone` or `absent`.")
    failed_tests = Field(int, "", "Attempts of tests that failed.")
    event = Field(str, "", "What started the run.")
    branch = Field(str, "", "Of the commit.")
    commit = Field(str, "", "Its SHA.")
    job_id = Field(int, "", "GitHub's.")
    run_id = Field(int, "", "GitHub's.")
    run_attempt = Field(int, "", "1, or more for a re-run.")
    os_version = Field(str, "", "As `ubuntu_22_04`.")
    compiler_version = Field(str, "", "As the log says.")
    libc_version = Field(str, "", "That of the operating system.")
    gc64 = Field(bool, "", "Built with 64-bit pointers of LuaJIT's collector.")
    debug = Field(bool, "", "A debug build, where the log says.")
    runner_name = Field(str, "", "The machine.")
    runner_version = Field(str, "", "Of its software.")
    url = Field(str, "", "Page of the job.")
    run_url = Field(str, "", "Page of the run.")


class CiTest(Measurement, name="ci_test", precision="us"):
    """A failed attempt of a test within a job."""

    repository = Tag("owner/name.")
    test = Tag("Name of the test.")
    configuration = Tag("Its configuration, or `none`.")
    type = Tag("`tap`, `luatest` or `diff`.")
    subtype = Tag("`sql`, `python`, or nothing.")
    attempt = Tag("Of the test within the job, from 1.")
    status = Field(str, "", "`fail`, `hang`, `transient fail` or `flaky`.")
    job_name = Field(str, "", "Name of the job.")
    job_id = Field(int, "", "GitHub's.")
    run_id = Field(int, "", "GitHub's.")
    branch = Field(str, "", "Of the commit.")
    commit = Field(str, "", "Its SHA.")
    platform = Field(str, "", "`amd64` or `aarch64`.")
    os_version = Field(str, "", "As `ubuntu_22_04`.")
    compiler_version = Field(str, "", "As the log says.")
    libc_version = Field(str, "", "That of the operating system.")
    gc64 = Field(bool, "", "Built with 64-bit pointers of LuaJIT's collector.")
    debug = Field(bool, "", "A debug build, where the log says.")
    url = Field(str, "", "Page of the job.")


def time_of(job: JobRecord) -> datetime:
    """The time of all points of a job; IDs of one second are within a million of each other."""
    return job.created_at.replace(microsecond=job.job_id % MICROSECONDS)


def job_row(job: JobRecord) -> Row:
    """The point of a job."""
    return {
        "time": time_of(job),
        "repository": job.repository,
        "workflow": tag_text(job.workflow),
        "job_name": tag_text(job.job_name),
        "platform": job.platform,
        "runner": tag_text(" ".join(job.runner_labels)) or "unknown",
        "conclusion": job.conclusion,
        "failed_tests": len(job.tests),
        "evidence": clean(job.evidence),
        "branch": clean(job.branch),
        "runner_name": clean(job.runner_name),
        **{name: getattr(job, name) for name in _SAME_OF_JOB},
    }


def test_rows(job: JobRecord) -> Iterator[Row]:
    """A point each failed attempt of a test."""
    for test in job.tests:
        yield {
            "time": time_of(job),
            **test_tags(job, test),
            "status": test.status,
            "job_name": clean(job.job_name),
            "branch": clean(job.branch),
            **{name: getattr(job, name) for name in _SAME_OF_TEST},
        }


def test_tags(job: JobRecord, test: TestRecord) -> dict[str, str]:
    """What tells the points of tests of one job from each other."""
    return {
        "repository": job.repository,
        "test": tag_text(test.name),
        "configuration": tag_text(test.configuration),
        "type": test.type,
        "subtype": test.subtype,
        "attempt": str(test.attempt),
    }


def clean(text: str) -> str:
    """A text of others on one line, without control characters, of bounded length."""
    printable = "".join(char if char.isprintable() else " " for char in text[: 4 * LONGEST])
    return " ".join(printable.split())[:LONGEST]


def tag_text(text: str) -> str:
    """The same for a tag, which cannot end with a backslash."""
    return clean(text).rstrip("\\ ")


_MADE = {"failed_tests", "evidence", "branch", "runner_name", "status", "job_name"}
_SAME_OF_JOB = [name for name in CiJob.fields if name not in _MADE]
_SAME_OF_TEST = [name for name in CiTest.fields if name not in _MADE]
