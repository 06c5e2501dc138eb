"""CI jobs as tests need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from influx_pipelines.sources.ci.api import Run
from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.store import JobStore, StoredRun

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def job(**given: Any) -> JobRecord:
    """A successful job of ten minutes that waited for one; any field may be given."""
    started = given.get("started_at", START)
    fields: dict[str, Any] = {
        "repository": "acme/widget",
        "run_id": 1,
        "run_attempt": 1,
        "job_id": 1,
        "job_name": "build",
        "workflow": "test",
        "event": "push",
        "branch": "master",
        "commit": "0" * 40,
        "status": "completed",
        "conclusion": "success",
        "run_created_at": started - timedelta(minutes=2),
        "created_at": started - timedelta(minutes=1),
        "queued_at": started - timedelta(minutes=1),
        "started_at": started,
        "completed_at": started + timedelta(minutes=10),
        "queue_seconds": 60.0,
        "duration_seconds": 600.0,
        "platform": "amd64",
        "runner_labels": ("ubuntu-22.04",),
    }
    return JobRecord(**fields | given)


def store_jobs(store: JobStore, *jobs: JobRecord) -> None:
    """Keep jobs with their runs, as a pass does."""
    for _, of_run in groupby(jobs, lambda job: (job.repository, job.run_id)):
        kept = list(of_run)
        first = kept[0]
        made = first.run_created_at
        run = Run(id=first.run_id, status="completed", created_at=made, updated_at=made)
        store.put_jobs(first.repository, run, kept)
        store.put_run(first.repository, StoredRun(run=run, jobs=len(kept), fetched=True))
