"""A day of runs with their jobs and logs, from GitHub into the store.

What is there and unchanged costs nothing. The jobs of a run are kept before the run itself, so that
one that was killed in between is fetched again. A job that ended never changes: its record and its
log stay as they were first kept.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from influx_pipelines.sources.ci.api import COMPLETED, Run
from influx_pipelines.sources.ci.derive import record_of
from influx_pipelines.sources.ci.github import GitHub, Listing
from influx_pipelines.sources.ci.records import JobRecord, LogsOf, LogState
from influx_pipelines.sources.ci.store import JobStore, StoredRun
from influx_pipelines.sources.errors import (
    NotFound,
    RateLimited,
    Refused,
    SourceError,
    Unavailable,
)

FAILED = frozenset({"failure", "timed_out", "cancelled", "startup_failure"})
LOG_TRIES = 2
Kept = dict[int, StoredRun]


@dataclass(frozen=True)
class Wanted:
    """What is fetched of a repository; without branches, those of all."""

    repository: str
    branches: tuple[str, ...] = ()
    logs: LogsOf = "failures"


@dataclass
class DayReport:
    """What became of a day of a repository.

    Attributes:
        listed: runs that GitHub has.
        fetched: runs whose jobs were asked for.
        unchanged: runs that were in the store as they are.
        unfinished: runs that did not end yet, with the time of their creation.
        missing: runs that GitHub counted and did not give.
        error: the first trouble with a run; the others are fetched all the same.
        resume_at: when GitHub's limit is lifted; the day is partial then.
    """

    repository: str
    day: date
    listed: int = 0
    fetched: int = 0
    unchanged: int = 0
    unfinished: dict[int, datetime] = field(default_factory=dict)
    missing: int = 0
    jobs: int = 0
    logs_kept: int = 0
    logs_gone: int = 0
    error: SourceError | None = None
    resume_at: datetime | None = None

    def count(self, jobs: tuple[JobRecord, ...]) -> None:
        """Count a run that was fetched."""
        self.fetched += 1
        self.jobs += len(jobs)
        self.logs_kept += sum(job.log == "kept" for job in jobs)
        self.logs_gone += sum(job.log == "gone" for job in jobs)


class Fetcher:
    """Brings days of a repository up to date.

    Args:
        github: the API.
        store: where runs, jobs and logs are kept.
        wanted: of which repository, and what.
        workers: runs that are fetched at the same time.
    """

    def __init__(
        self, github: GitHub, store: JobStore, wanted: Wanted, *, workers: int = 4
    ) -> None:
        self.github, self.store, self.wanted, self.workers = github, store, wanted, workers
        # Without a token GitHub gives no log, of public repositories neither.
        self.logs: LogsOf = wanted.logs if github.has_token else "none"

    def day(self, day: date) -> DayReport:
        """Fetch what changed in the runs that were created on a day (UTC).

        Returns:
            what was done; with `resume_at` when GitHub's limit ended it: the same call goes on.

        Raises:
            SourceError: the list of runs cannot be had.
        """
        report = DayReport(self.wanted.repository, day)
        try:
            listing = self._list(day)
            report.listed, report.missing = len(listing.runs), listing.missing
            kept = self.store.runs(self.wanted.repository, day)
            self._fetch_all(self._changed(listing, kept, report), kept, report)
        except RateLimited as error:
            report.resume_at = datetime.now(UTC) + timedelta(seconds=error.retry_after or 0.0)
        return report

    def _list(self, day: date) -> Listing:
        start = datetime.combine(day, time(), UTC)
        stop = start + timedelta(days=1)
        repository, pages = self.wanted.repository, self.store.pages(self.wanted.repository, day)
        found = Listing()
        try:
            for branch in self.wanted.branches or ("",):
                found.add(self.github.runs(repository, start, stop, pages, branch=branch))
        except NotFound as error:
            text = f"GitHub has no repository {repository}, or the token may not see it"
            raise NotFound(text, status=error.status) from None
        return found

    def _changed(self, listing: Listing, kept: Kept, report: DayReport) -> list[Run]:
        """The runs that ended and are not in the store as they are, newest first."""
        changed = []
        for run in sorted(listing.runs.values(), key=lambda run: run.id, reverse=True):
            before = kept.get(run.id)
            if not run.completed:
                self._postpone(run, before, report)
            elif before is not None and before.is_current(run, self.logs):
                report.unchanged += 1
            else:
                changed.append(run)
        return changed

    def _postpone(self, run: Run, before: StoredRun | None, report: DayReport) -> None:
        """Leave a run to a later pass; the jobs of its earlier attempts stay."""
        report.unfinished[run.id] = run.created_at
        seen = StoredRun(run=run, jobs=before.jobs if before is not None else 0)
        if seen != before:
            self.store.put_run(self.wanted.repository, seen)

    def _fetch_all(self, runs: list[Run], kept: Kept, report: DayReport) -> None:
        stop = threading.Event()

        def fetch(run: Run) -> tuple[JobRecord, ...] | None:
            if stop.is_set():
                raise _Stopped
            return self._fetch(run)

        limit: RateLimited | None = None
        with ThreadPoolExecutor(self.workers, thread_name_prefix="ci") as pool:
            futures = {pool.submit(fetch, run): run for run in runs}
            try:
                for future in as_completed(futures):
                    error = self._settle(futures[future], future, kept, report)
                    if isinstance(error, RateLimited):
                        limit = error
                    else:
                        report.error = report.error or error
                    if isinstance(error, RateLimited | Refused):
                        stop.set()  # what did not begin does nothing; what began ends as a whole
            finally:
                stop.set()
        if limit is not None:
            raise limit

    def _settle(
        self,
        run: Run,
        future: Future[tuple[JobRecord, ...] | None],
        kept: Kept,
        report: DayReport,
    ) -> SourceError | None:
        try:
            jobs = future.result()
        except _Stopped:
            return None
        except NotFound:  # deleted since it was listed
            report.missing += 1
            return None
        except SourceError as error:
            return error
        if jobs is None:
            self._postpone(run, kept.get(run.id), report)
        else:
            report.count(jobs)
        return None

    def _fetch(self, run: Run) -> tuple[JobRecord, ...] | None:
        """Jobs and logs of a run; None when one of its jobs did not end yet."""
        repository = self.wanted.repository
        jobs = self.github.jobs(repository, run.id)
        if any(job.status != COMPLETED for job in jobs):
            return None
        made = {job.id: record_of(repository, run, job) for job in jobs}
        made |= {job.job_id: job for job in self.store.jobs_of(repository, run)}
        records = tuple(self._with_log(record) for record in made.values())
        self.store.put_jobs(repository, run, records)
        done = StoredRun(run=run, jobs=len(records), fetched=True, logs=self.logs)
        self.store.put_run(repository, done)
        return records

    def _with_log(self, job: JobRecord) -> JobRecord:
        if job.log != "absent" or not self._is_wanted(job):
            return job
        state: LogState = "kept"
        if not self.store.has_log(job):
            try:
                self._store_log(job)
            except NotFound:
                state = "gone"
        return replace(job, log=state, classifier_version="")  # to be classified again

    def _is_wanted(self, job: JobRecord) -> bool:
        if self.logs == "none" or job.conclusion == "skipped":
            return False
        return self.logs == "all" or job.conclusion in FAILED

    def _store_log(self, job: JobRecord) -> None:
        for left in reversed(range(LOG_TRIES)):
            try:
                with self.github.log(job.repository, job.job_id) as blocks:
                    self.store.put_log(job, blocks)
                    return
            except Unavailable:
                if not left:
                    raise


class _Stopped(Exception):
    """A run that was not begun, since another one met GitHub's limit or a refusal."""
