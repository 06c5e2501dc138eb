"""What follows for a job from its name, labels and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from influx_pipelines.sources.ci.api import Job, Run
from influx_pipelines.sources.ci.derive import os_version, record_of
from influx_pipelines.sources.ci.records import JobRecord

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def made(**answer: Any) -> JobRecord:
    run = Run(id=1, created_at=AT, updated_at=AT)
    return record_of("o/r", run, Job(**{"id": 2, "name": "build", "status": "completed", **answer}))


@pytest.mark.parametrize(
    ("name", "labels", "system"),
    [
        ("build (debian_11)", (), "debian_11"),
        ("alpine_3_16 gc64", (), "alpine_3_16"),
        ("freebsd-13 / test", (), "freebsd_13"),
        ("test", ("ubuntu-20.04-self-hosted",), "ubuntu_20_04"),
        ("test", ("macos-14",), "macos_14"),
        ("test", ("ubuntu-latest",), "unknown"),
        ("test x86_64", (), "unknown"),
    ],
)
def test_the_system_is_told_by_the_name_then_by_a_label(
    name: str, labels: tuple[str, ...], system: str
) -> None:
    assert os_version(name, labels) == system


def test_the_library_of_alpine_is_known() -> None:
    """A misspelt name in a table kept it from ever being found."""
    assert made(name="alpine_3_16").libc_version == "musl_1.2.3"
    assert made(name="debian_11").libc_version == "glibc_2.31"


def test_no_time_is_negative_whatever_clocks_say() -> None:
    """A queue of minus a minute was once written for a job that began before it was made."""
    job = made(created_at=AT, started_at=AT - timedelta(60), completed_at=AT - timedelta(90))
    assert (job.queue_seconds, job.duration_seconds) == (0.0, 0.0)
    assert job.queued_at <= job.started_at <= job.completed_at


def test_what_a_job_lacks_is_that_of_its_run() -> None:
    job = made(conclusion=None)
    assert (job.created_at, job.started_at, job.completed_at) == (AT, AT, AT)
    assert (job.conclusion, job.workflow, job.failure_type) == ("unknown", "unknown", "")


def test_platform_and_gc64_are_told_by_the_name() -> None:
    assert (made(name="aarch64 build").platform, made(name="aarch64").gc64) == ("aarch64", True)
    assert (made(name="release gc64").platform, made(name="release gc64").gc64) == ("amd64", True)
    assert made(name="release").gc64 is False
