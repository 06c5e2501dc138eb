"""Taking a logical backup: the estate, then one bucket after the other."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from influx_pipelines import __version__
from influx_pipelines.backups.address import address_of
from influx_pipelines.backups.errors import NoSpace
from influx_pipelines.backups.files import FILE_MODE, FOLDER_MODE, PARTIAL
from influx_pipelines.backups.logical import contents as logical
from influx_pipelines.backups.logical.bucket import BucketTaker, Gone
from influx_pipelines.backups.logical.contents import BucketContents, Contents, moment
from influx_pipelines.backups.logical.journal import Begun, Journal
from influx_pipelines.backups.logical.memory import lean_memory
from influx_pipelines.backups.logical.notes import notes
from influx_pipelines.backups.logical.survey import survey_all
from influx_pipelines.backups.progress import Progress, Step, silent
from influx_pipelines.backups.record import BackupRecord, BucketRecord, FileRecord, digest
from influx_pipelines.estate.importing import import_estate
from influx_pipelines.estate.ownership import is_scratch
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Forbidden, NotInfluxDB, Unauthorized
from influx_pipelines.influx.models import Bucket

FULL = {errno.ENOSPC, errno.EDQUOT}


def take_logical(client: Influx, folder: Path, *, progress: Progress = silent) -> BackupRecord:
    """Back up the organisation of the client: all buckets but the system's, and the estate.

    A folder that a killed run has left is gone on with (`unfinished` finds it): its finished
    windows are verified and kept. Memory does not grow with what is read.

    Args:
        client: of any v2 server; its token reads buckets, and what the estate is made of.
        folder: there already, `<name>.partial`; the caller saves the record in it and renames it.
        progress: told of each finished window.

    Raises:
        NoSpace: the disk is full.
        IncompleteList: the token does not see everything.
        InfluxError: the server did not answer.
    """
    with _told_of_space(folder), lean_memory():
        return _Run(client, folder, progress).run()


class _Run:
    def __init__(self, client: Influx, folder: Path, progress: Progress) -> None:
        self.client, self.folder, self.progress = client, folder, progress
        begun = Begun(url=address_of(client), org_id=client.org_id, started=clock(client))
        self.journal = Journal.open(folder, begun)
        self.notes: list[str] = []

    def run(self) -> BackupRecord:
        listed = self.client.buckets()
        buckets = [one for one in listed if one.type != "system" and not is_scratch(one)]
        system = sorted(bucket.name for bucket in listed if bucket.type == "system")
        self.notes.append(f"system buckets are left out: {', '.join(system)}")
        self._estate()
        taken = list(self._buckets(buckets))
        held = Contents(
            url=self.journal.begun.url,
            org=self.client.org,
            org_id=self.client.org_id,
            buckets=tuple(taken),
        )
        self._remove_others(held)
        held.save(self.folder)
        self.journal.path.unlink()
        return self._record(held)

    def _buckets(self, buckets: Sequence[Bucket]) -> Iterator[BucketContents]:
        found = survey_all(self.client, buckets)
        for number, bucket in enumerate(buckets):
            try:
                if bucket.id not in found:
                    raise Gone
                taker = BucketTaker(
                    self.client, self.folder, bucket, found.pop(bucket.id), self.journal
                )
                for one in taker.steps():
                    what = f"{bucket.name} to {moment(one.window.stop):%Y-%m-%d %H:%M}"
                    self.progress(Step(what, number, len(buckets), one.file.size))
                self.notes += notes(taker)
                yield taker.contents()
            except Gone:
                self.journal.keep(bucket.id, [])
                self.notes.append(f"bucket {bucket.name!r} was deleted meanwhile: it is left out")
        self.progress(Step("all buckets", len(buckets), len(buckets)))

    def _estate(self) -> None:
        folder = self.folder / logical.ESTATE
        shutil.rmtree(folder, ignore_errors=True)
        try:
            import_estate(self.client, folder)
        except (EstateError, Forbidden, Unauthorized) as error:
            self.notes.append(f"the estate is left out: {error}")
        for path in (folder, *folder.rglob("*")) if folder.is_dir() else ():
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)

    def _remove_others(self, held: Contents) -> None:
        """Files of buckets that a run before has seen, and folders of empty ones."""
        kept = {bucket.id for bucket in held.buckets if bucket.windows}
        for folder in (self.folder / logical.DATA).glob("*"):
            if folder.name not in kept:
                shutil.rmtree(folder)

    def _record(self, held: Contents) -> BackupRecord:
        data = [one.file for bucket in held.buckets for one in self.journal.windows[bucket.id]]
        others = [self.folder / logical.NAME, *(self.folder / logical.ESTATE).rglob("*")]
        files = [self._described(path) for path in others if path.is_file()]
        return BackupRecord(
            kind="logical",
            name=self.folder.name.removesuffix(PARTIAL),
            started=self.journal.begun.started,
            finished=clock(self.client),
            url=held.url,
            server=_version(self.client),
            project=__version__,
            files=tuple(sorted([*files, *data], key=lambda file: file.name)),
            buckets=tuple(recorded(bucket, held.org) for bucket in held.buckets),
            notes=tuple(self.notes),
        )

    def _described(self, path: Path) -> FileRecord:
        name = path.relative_to(self.folder).as_posix()
        return FileRecord(name=name, size=path.stat().st_size, sha256=digest(path))


def recorded(bucket: BucketContents, org: str) -> BucketRecord:
    """A bucket as the side file and reports tell of it."""
    return BucketRecord(
        id=bucket.id,
        name=bucket.name,
        org=org,
        shards=len(bucket.windows),
        series=bucket.series,
        values=bucket.values,
        first=None if bucket.first is None else moment(bucket.first),
        last=None if bucket.last is None else moment(bucket.last),
    )


def clock(client: Influx) -> datetime:
    """The time of the server, or ours where it tells none."""
    told = client.transport.send("GET", "/ping").headers.get("date", "")
    try:
        return parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC).replace(microsecond=0)


def _version(client: Influx) -> str:
    """The version of the server; the cloud tells none."""
    try:
        return client.capabilities.version_text
    except NotInfluxDB:
        return "unknown"


@contextmanager
def _told_of_space(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoSpace(f"The disk of {folder} is full: make room, or name another folder.") from None
