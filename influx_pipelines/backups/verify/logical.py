"""Verifying a logical backup without a server: every byte, every line, every count."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from influx_pipelines.backups import record as records
from influx_pipelines.backups import report as reports
from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.logical import contents as logical
from influx_pipelines.backups.logical import reading
from influx_pipelines.backups.logical.contents import BucketContents, Contents, load_contents
from influx_pipelines.backups.logical.distinct import Distinct
from influx_pipelines.backups.logical.reading import BadLines
from influx_pipelines.backups.logical.take import recorded
from influx_pipelines.backups.progress import Progress, Step, silent
from influx_pipelines.backups.record import BackupRecord, BucketRecord, FileRecord, load_record
from influx_pipelines.backups.report import Damage, Report
from influx_pipelines.backups.sets import BackupSet

OWN = {records.NAME, reports.NAME}


def verify_logical(path: Path, progress: Progress = silent) -> Report:
    """Read all of a logical backup, and name everything that is wrong with it.

    Raises:
        NotASet: the folder holds no logical backup.
    """
    begin, now = time.perf_counter(), datetime.now(UTC)
    look = _Look(path, progress)
    damages = tuple(look.damages())
    return Report(
        kind="logical",
        fingerprint=BackupSet(path, "logical", None, now).fingerprint,
        verified=now,
        seconds=round(time.perf_counter() - begin, 3),
        files=look.files,
        bytes=look.bytes,
        damages=damages,
        notes=look.record.notes if look.record else (),
        buckets=tuple(look.buckets),
    )


class _Look:
    def __init__(self, path: Path, progress: Progress) -> None:
        self.path, self.progress = path, progress
        self.record: BackupRecord | None = None
        self.buckets: list[BucketRecord] = []
        self.files = self.bytes = 0

    def damages(self) -> Iterator[Damage]:
        try:
            self.record = load_record(self.path)
        except NotASet as error:
            yield Damage(file=records.NAME, what=str(error))
        else:
            if self.record is None and not (self.path / logical.NAME).is_file():
                raise NotASet(f"{self.path} holds no logical backup: it has no {logical.NAME}.")
            if self.record is None:
                yield Damage(file=records.NAME, what="is missing: it is written last")
        if self.record is not None:
            yield from self._damaged_files(self.record)
        try:
            held = load_contents(self.path)
        except NotASet as error:
            yield Damage(file=logical.NAME, what=str(error))
            return
        yield from self._damaged_contents(held)

    def _damaged_files(self, record: BackupRecord) -> Iterator[Damage]:
        for file in record.files:
            self.files += 1
            if what := self._damage(file):
                yield Damage(file=file.name, what=what)
        known = {file.name for file in record.files} | OWN
        for path in sorted(self.path.rglob("*")):
            name = path.relative_to(self.path).as_posix()
            if (path.is_symlink() or not path.is_dir()) and name not in known:
                yield Damage(file=name, what="is no file of this backup")

    def _damage(self, file: FileRecord) -> str:
        path = self.path / file.name
        if not path.resolve().is_relative_to(self.path.resolve()):
            return "leads out of the folder"
        if not path.is_file():
            return "is missing"
        size = path.stat().st_size
        self.bytes += size
        if size != file.size:
            return f"has {size:,} bytes instead of {file.size:,}"
        if records.digest(path) != file.sha256:
            return "has other contents than were written (SHA-256)"
        return ""

    def _damaged_contents(self, held: Contents) -> Iterator[Damage]:
        known = {file.name for file in self.record.files} if self.record else None
        total = sum(len(bucket.windows) for bucket in held.buckets)
        done = 0
        for bucket in held.buckets:
            series = Distinct()
            for window in bucket.windows:
                if known is not None and window.file not in known:
                    yield Damage(file=logical.NAME, what=f"names {window.file}, which is no file")
                yield from self._damaged_window(window, series)
                done += 1
                self.progress(Step(window.file, done, total))
            yield from _damaged_bucket(bucket, len(series))
            self.buckets.append(recorded(bucket, held.org))
        if self.record is not None and tuple(self.buckets) != self.record.buckets:
            yield Damage(file=records.NAME, what=f"tells of other buckets than {logical.NAME}")

    def _damaged_window(self, window: logical.WindowFile, series: Distinct) -> Iterator[Damage]:
        path = self.path / window.file
        if not path.resolve().is_relative_to(self.path.resolve()) or not path.is_file():
            return  # said already
        try:
            found = reading.count(path, series).differences(window)
        except BadLines as error:
            found = [str(error)]
        for what in found:
            yield Damage(file=window.file, what=what)


def _damaged_bucket(bucket: BucketContents, series: int) -> Iterator[Damage]:
    if series != bucket.series:
        what = f"bucket {bucket.name!r} has {series:,} series instead of {bucket.series:,}"
        yield Damage(file=logical.NAME, what=what)
    for one, following in pairwise(bucket.windows):
        if one.stop > following.start:
            yield Damage(file=following.file, what=f"covers times that {one.file} covers too")
