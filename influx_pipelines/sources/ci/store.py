"""The store of runs, jobs and logs, on this machine or on any file system of fsspec.

    OWNER/NAME/2026-11-24/runs/<run>.json      a run; written last, it says that its jobs are there
                          jobs/<run>.json.gz   its jobs, of all attempts
                          logs/<job>.log.gz    a log; kept for a time
                          pages/<hash>.json    pages of GitHub's lists, with their ETags
                          written.json         which runs are in which bucket, as what

The day is that of the run's creation, UTC.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import BinaryIO, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from influx_pipelines.sources.ci.api import KeptPage, Run
from influx_pipelines.sources.ci.files import Files
from influx_pipelines.sources.ci.records import JobRecord, LogsOf
from influx_pipelines.sources.errors import SourceError

_RECORDS: TypeAdapter[tuple[JobRecord, ...]] = TypeAdapter(tuple[JobRecord, ...])
_LEVELS: tuple[LogsOf, ...] = ("none", "failures", "all")
# GitHub lets a run be re-run for 30 days, and a run itself may take 35.
_LATE_JOBS = timedelta(days=66)


class StoredRun(BaseModel):
    """A run as it was last seen.

    Attributes:
        jobs: how many of its jobs are kept, of earlier attempts while a re-run goes on.
        fetched: whether they are all, so that it is asked for again only when it changed.
        logs: of which jobs logs were asked for.
    """

    model_config = ConfigDict(frozen=True)

    run: Run
    jobs: int = 0
    fetched: bool = False
    logs: LogsOf = "none"

    def is_current(self, run: Run, logs: LogsOf) -> bool:
        """Whether nothing changed since it was fetched, and no more logs are wanted."""
        enough = _LEVELS.index(self.logs) >= _LEVELS.index(logs)
        return self.fetched and enough and self.run.updated_at == run.updated_at


class JobStore:
    """Runs, jobs and logs of repositories, named `owner/name`.

    Raises:
        SourceError: the address is of no file system that is installed here.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.files = Files(url)

    # ------------------------------------------------------------------ what there is

    def repositories(self) -> list[str]:
        """The repositories of which a day was fetched."""
        owners = [name for name in self.files.names() if not name.endswith(".json")]
        return [f"{owner}/{name}" for owner in owners for name in self.files.names(owner)]

    def days(self, repository: str) -> list[date]:
        """The days of a repository that were fetched, oldest first."""
        return [day for name in self.files.names(repository) if (day := _as_day(name))]

    # ------------------------------------------------------------------ runs and jobs

    def runs(self, repository: str, day: date) -> dict[int, StoredRun]:
        """The runs of a day by ID, but those that cannot be read or have no file of jobs any more.

        What is left out is as if it was never fetched.
        """
        folder = f"{_day(repository, day)}/runs"
        files = set(self.files.names(f"{_day(repository, day)}/jobs"))
        found = {}
        for name in self.files.names(folder):
            body = self.files.read(f"{folder}/{name}")
            try:
                stored = StoredRun.model_validate_json(body or b"")
            except ValidationError:
                continue
            if not stored.fetched or f"{stored.run.id}.json.gz" in files:
                found[stored.run.id] = stored
        return found

    def put_run(self, repository: str, stored: StoredRun) -> None:
        """Keep a run, after its jobs."""
        name = f"{_folder(repository, stored.run)}/runs/{stored.run.id}.json"
        self.files.write_json(name, stored.model_dump(mode="json"))

    def jobs_of(self, repository: str, run: Run) -> tuple[JobRecord, ...]:
        """The jobs of a run, in the order of their IDs; none when they were never fetched.

        Raises:
            SourceError: the file is damaged.
        """
        name = _jobs(repository, run)
        body = self.files.read(name)
        try:
            return _RECORDS.validate_json(gzip.decompress(body)) if body is not None else ()
        except (OSError, EOFError, ValueError, zlib.error):
            text = f"{self.files.path(name)} cannot be read; delete it, and it is fetched again"
            raise SourceError(text) from None

    def put_jobs(self, repository: str, run: Run, jobs: Iterable[JobRecord]) -> None:
        """Keep the jobs of a run, in the place of those of before."""
        ordered = tuple(sorted(jobs, key=lambda job: job.job_id))
        body = gzip.compress(_RECORDS.dump_json(ordered), compresslevel=6, mtime=0)
        self.files.write(_jobs(repository, run), lambda file: _copy([body], file))

    def jobs(self, since: datetime | None = None, repository: str = "") -> Iterator[JobRecord]:
        """All jobs that are kept, a repository and a day at a time.

        Args:
            since: only jobs that started then or later.
            repository: only those of this one.
        """
        first = day_of(since - _LATE_JOBS) if since is not None else date.min
        for name in [repository] if repository else self.repositories():
            for day in (day for day in self.days(name) if day >= first):
                for stored in self.runs(name, day).values():
                    jobs = self.jobs_of(name, stored.run) if stored.jobs else ()
                    yield from (j for j in jobs if since is None or j.started_at >= since)

    def addresses(self, job: JobRecord) -> tuple[str, str, str]:
        """Where the jobs of a run, the log of this one ("" when it is not kept) and the run are."""
        day = _day(job.repository, day_of(job.run_created_at))
        log = _log(job) if job.log == "kept" else ""
        names = (f"{day}/jobs/{job.run_id}.json.gz", log, f"{day}/runs/{job.run_id}.json")
        jobs, kept, run = (f"{self.url.rstrip('/')}/{name}" if name else "" for name in names)
        return jobs, kept, run

    # ------------------------------------------------------------------ logs

    def has_log(self, job: JobRecord) -> bool:
        """Whether the log of a job is kept."""
        return self.files.exists(_log(job))

    def put_log(self, job: JobRecord, blocks: Iterable[bytes]) -> None:
        """Keep a log; nothing is kept when the blocks break off."""

        def write(file: BinaryIO) -> None:
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
                _copy(blocks, cast("BinaryIO", packed))

        self.files.write(_log(job), write)

    def open_log(self, job: JobRecord) -> BinaryIO:
        """The text of a log, as bytes.

        Raises:
            FileNotFoundError: it is not kept, or not any more.
        """
        return cast("BinaryIO", _Unpacked(self.files.open(_log(job))))

    def prune_logs(self, before: date) -> int:
        """Delete the logs of days before this one, once for each; how many days had some."""
        if self._document("pruned.json").get("before") == before.isoformat():
            return 0
        deleted = self.delete_logs(before)
        self.files.write_json("pruned.json", {"before": before.isoformat()})
        return deleted

    def delete_logs(self, before: date) -> int:
        """Delete the logs of days before this one; how many days had some."""
        folders = self.folders_of_logs(before)
        for folder in folders:
            self.files.delete(folder)
        return len(folders)

    def folders_of_logs(self, before: date) -> list[str]:
        """The folders of logs of days before this one."""
        return [
            folder
            for repository in self.repositories()
            for day in self.days(repository)
            if day < before and self.files.exists(folder := f"{_day(repository, day)}/logs")
        ]

    # ------------------------------------------------------------------ what a pass remembers

    def pages(self, repository: str, day: date) -> PagesOfDay:
        """The pages of GitHub's list of a day."""
        return PagesOfDay(self.files, f"{_day(repository, day)}/pages")

    def written(self, repository: str, day: date) -> dict[str, str]:
        """What was written of each run of a day: `bucket/run` → as what."""
        return self._document(f"{_day(repository, day)}/written.json")

    def put_written(self, repository: str, day: date, written: dict[str, str]) -> None:
        """Remember what was written."""
        self.files.write_json(f"{_day(repository, day)}/written.json", written)

    def resume(self) -> dict[str, str]:
        """Where a pass stopped at GitHub's limit: `at`, `first` and `last` day; or nothing."""
        return self._document("resume.json")

    def put_resume(self, resume: dict[str, str]) -> None:
        """Remember where a pass stopped; nothing when it did not."""
        if resume:
            self.files.write_json("resume.json", resume)
        else:
            self.files.delete("resume.json")

    def _document(self, name: str) -> dict[str, str]:
        try:
            found = json.loads(self.files.read(name) or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class PagesOfDay:
    """Pages by name; one that cannot be read is asked for anew."""

    def __init__(self, files: Files, folder: str) -> None:
        self.files, self.folder = files, folder

    def get(self, name: str) -> KeptPage | None:
        """The page as it was last answered."""
        try:
            return KeptPage.model_validate_json(self.files.read(self._file(name)) or b"")
        except ValidationError:
            return None

    def put(self, name: str, page: KeptPage) -> None:
        """Keep a page."""
        self.files.write_json(self._file(name), page.model_dump(mode="json"))

    def _file(self, name: str) -> str:
        return f"{self.folder}/{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


class _Unpacked(gzip.GzipFile):
    """The text of a packed file, which is closed with it."""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__(fileobj=packed, mode="rb")
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


def _day(repository: str, day: date) -> str:
    return f"{repository}/{day.isoformat()}"


def _as_day(name: str) -> date | None:
    """The day of a folder; None for what somebody else put beside it."""
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def day_of(moment: datetime) -> date:
    """The day (UTC) of a moment."""
    return moment.astimezone(UTC).date()


def _log(job: JobRecord) -> str:
    return f"{_day(job.repository, day_of(job.run_created_at))}/logs/{job.job_id}.log.gz"


def _folder(repository: str, run: Run) -> str:
    return _day(repository, day_of(run.created_at))


def _jobs(repository: str, run: Run) -> str:
    return f"{_folder(repository, run)}/jobs/{run.id}.json.gz"


def _copy(blocks: Iterable[bytes], file: BinaryIO) -> None:
    for block in blocks:
        file.write(block)
