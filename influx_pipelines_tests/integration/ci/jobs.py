"""Records of jobs for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from influx_pipelines.sources.ci.api import Job, Run
from influx_pipelines.sources.ci.derive import record_of
from influx_pipelines.sources.ci.records import JobRecord

CREATED = datetime(2026, 11, 20, 12, tzinfo=UTC)


def job(number: int = 1, **more: Any) -> JobRecord:
    """A job that failed, without a log."""
    run = Run(
        id=9,
        name="ci",
        head_branch="master",
        head_sha="c0ffee",
        created_at=CREATED,
        updated_at=CREATED,
        html_url="https://github.invalid/o/r/actions/runs/9",
    )
    answer = Job(
        id=number,
        name="build debian_11",
        status="completed",
        conclusion="failure",
        created_at=CREATED,
        started_at=CREATED + timedelta(seconds=30),
        completed_at=CREATED + timedelta(seconds=90),
        labels=("self-hosted", "big"),
    )
    return replace(record_of("o/r", run, answer), **more)
