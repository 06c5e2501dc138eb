"""A sample for a machine without network: made-up jobs through the parsers of the real ones.

Its jobs are of the repository `sample/made-up` and in a bucket of their own: nobody takes them for
real ones.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import sin

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.sources.ci.api import Job, Run
from influx_pipelines.sources.ci.classified import classified
from influx_pipelines.sources.ci.derive import record_of
from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.rules import Rules
from influx_pipelines.sources.ci.write import Outputs, write_jobs

BUCKET = "ci_sample"
DESCRIPTION = "Made-up CI jobs, shown where there is no network"
REPOSITORY = "sample/made-up"
RETENTION = timedelta(days=30)
EVERY = timedelta(hours=3)
LENGTH = timedelta(days=14)
JOBS = (
    ("build debian_12", "ubuntu-24.04"),
    ("build ubuntu_22_04 gc64", "ubuntu-24.04"),
    ("build aarch64 ubuntu_24_04", "ubuntu-24.04-arm"),
    ("test debug", "self-hosted"),
    ("lint", "ubuntu-latest"),
)
LOGS = (
    b"curl: (22) The requested URL returned error: 503\n",
    b"[001] sql/select.test.lua memtx [ fail ]\n* fail: 1\n",
    b"error: linker command failed with exit code 1\n",
    b"something that no rule knows\n",
    b"PANIC: unprotected error in call to Lua API\n",
)


def write_sample(client: Influx, rules: Rules, now: datetime) -> WriteResult:
    """Two weeks of a sample in its own bucket, which is made where it is not.

    Raises:
        InfluxError: the server did not store it.
    """
    if client.find_bucket(BUCKET) is None:
        seconds = round(RETENTION.total_seconds())
        client.create_bucket(BUCKET, retention_seconds=seconds, description=DESCRIPTION)
    return write_jobs(client, Outputs(BUCKET), [(job, job) for job in sample(rules, now)])


def sample(rules: Rules, now: datetime) -> Iterator[JobRecord]:
    """Jobs of a run every three hours; the same for the same time, so that repeats are harmless."""
    every = round(EVERY.total_seconds())
    last = int(now.timestamp()) // every
    for number in range(last - LENGTH // EVERY + 1, last):
        run = _run(number, datetime.fromtimestamp(number * every, UTC))
        for place, (name, label) in enumerate(JOBS):
            job = _job(run, place, name, label)
            record = record_of(REPOSITORY, run, job)
            log = LOGS[(number + place) % len(LOGS)] if job.conclusion == "failure" else None
            yield classified(record, io.BytesIO(log) if log else None, rules)


def _run(number: int, created: datetime) -> Run:
    return Run(
        id=number,
        name="ci",
        event="push",
        head_branch="master",
        head_sha=f"{number:040x}",
        status="completed",
        conclusion="success",
        created_at=created,
        updated_at=created + EVERY / 2,
    )


def _job(run: Run, place: int, name: str, label: str) -> Job:
    """What GitHub might say of a job; some fail, and queues are longer by day."""
    wave = sin(run.id * 1.7 + place * 2.9)
    queued = timedelta(seconds=round(40 + 35 * sin(run.id / 8 * 6.28)))
    started = run.created_at + queued
    return Job(
        id=run.id * 10 + place,
        name=name,
        status="completed",
        conclusion="failure" if wave > 0.8 else "cancelled" if wave < -0.97 else "success",
        created_at=run.created_at,
        started_at=started,
        completed_at=started + timedelta(seconds=round(400 + 200 * wave + 90 * place)),
        labels=(label,),
        runner_name=f"runner {place}",
    )
