"""A day of the store into InfluxDB: classified by the rules of now, written where it changed."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from gzip import BadGzipFile
from itertools import islice

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.sources.ci.classified import classified
from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reruns import settled
from influx_pipelines.sources.ci.rules import Rules
from influx_pipelines.sources.ci.store import JobStore, StoredRun
from influx_pipelines.sources.ci.write import Changed, Outputs, write_jobs

MARGIN = timedelta(hours=1)
FOR_EVER = 1_000_000_000  # seconds; CI jobs are not as old
# It was kept for a time, and that is over; or it is damaged.
NO_LOG_ANY_MORE = (FileNotFoundError, EOFError, BadGzipFile, zlib.error)
RUNS_AT_ONCE = 20  # of a few hundred jobs each, classified and written together


@dataclass
class Published:
    """What was written of a day.

    Attributes:
        runs: those that were written.
        jobs: jobs of them.
        points: that the server stored.
        types: how many of these jobs have each type of failure.
    """

    runs: int = 0
    jobs: int = 0
    points: int = 0
    types: dict[str, int] = field(default_factory=dict)


class Publisher:
    """Writes days of the store.

    Args:
        client: of the server that has the buckets.
        store: where runs, jobs and logs are kept.
        rules: the types of failure.
        outputs: the buckets.

    Raises:
        NotFound: the bucket is not there.
    """

    def __init__(self, client: Influx, store: JobStore, rules: Rules, outputs: Outputs) -> None:
        bucket = client.find_bucket(outputs.bucket)
        if bucket is None:
            raise NotFound(f"bucket {outputs.bucket!r}: declare it in estate/buckets.yaml")
        self.client, self.store, self.rules, self.outputs = client, store, rules, outputs
        # A bucket that was made again has another ID, and nothing in it.
        self._place = f"{client.url}/{bucket.id}"
        # The server refuses points that its retention would drop at once.
        kept = timedelta(seconds=bucket.retention_seconds)
        self._oldest = (
            datetime.now(UTC) - kept + MARGIN if kept else datetime.min.replace(tzinfo=UTC)
        )

    def day(self, repository: str, day: date, *, rewrite: bool = False) -> Published:
        """Write the runs of a day that changed since, or that other rules classified.

        Args:
            repository: owner/name.
            day: of the creation of the runs, UTC.
            rewrite: write all of them, whatever was written before.

        Raises:
            InfluxError: the server refused something or did not answer; the same call goes on.
        """
        done = Published()
        marks = self.store.written(repository, day)
        runs = iter(self.store.runs(repository, day).values())
        while batch := list(islice(runs, RUNS_AT_ONCE)):
            due = []
            for stored in batch:
                mark = self._mark(stored)
                if rewrite or marks.get(self._key(stored)) != mark:
                    due.append(stored)
            self._write(repository, due, done)
            if due:
                marks |= {self._key(stored): self._mark(stored) for stored in due}
                self.store.put_written(repository, day, marks)
        return done

    def _write(self, repository: str, due: list[StoredRun], done: Published) -> None:
        changed = {stored.run.id: self._changed(repository, stored) for stored in due}
        pairs = [pair for found in changed.values() for pair in found]
        fresh = [(before, now) for before, now in pairs if now.created_at >= self._oldest]
        if fresh:
            done.points += write_jobs(self.client, self.outputs, fresh).points
        # Only now: what the store says was written, is what has to be deleted when it moves.
        for stored in due:
            found = changed[stored.run.id]
            if any(before != now for before, now in found):
                self.store.put_jobs(repository, stored.run, [now for _, now in found])
        done.runs += len(due)
        done.jobs += len(pairs)
        for _, job in pairs:
            done.types[job.failure_type] = done.types.get(job.failure_type, 0) + 1

    def _changed(self, repository: str, stored: StoredRun) -> list[Changed]:
        """The jobs of a run as they are kept, and as they are to be told."""
        before = self.store.jobs_of(repository, stored.run)
        now = settled(self._classified(job) for job in before)
        return list(zip(before, now, strict=True))

    def _classified(self, job: JobRecord) -> JobRecord:
        """The job as the rules of now tell it; without its log, as its log told it before."""
        if job.classifier_version == self.rules.version:
            return job
        if job.log == "kept":
            try:
                with self.store.open_log(job) as log:
                    return classified(job, log, self.rules)
            except NO_LOG_ANY_MORE:
                job = replace(job, log="gone")
        if job.classifier_version and job.failure_type != "no_log":
            return job
        return classified(job, None, self.rules)

    def _key(self, stored: StoredRun) -> str:
        return f"{hashlib.sha256(self._place.encode()).hexdigest()[:8]}/{stored.run.id}"

    def _mark(self, stored: StoredRun) -> str:
        """Another text when another thing would be written."""
        told = [
            stored.run.updated_at.isoformat(),
            stored.jobs,
            stored.logs,
            self.rules.version,
            self.outputs.layouts(),
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]
