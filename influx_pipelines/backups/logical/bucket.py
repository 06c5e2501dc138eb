"""One bucket into files: window after window, each whole on disk before it is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from influx_pipelines.backups.files import FOLDER_MODE
from influx_pipelines.backups.logical import reading
from influx_pipelines.backups.logical.contents import DATA, BucketContents
from influx_pipelines.backups.logical.distinct import Distinct
from influx_pipelines.backups.logical.journal import Finished, Journal
from influx_pipelines.backups.logical.reading import BadLines
from influx_pipelines.backups.logical.survey import Survey, is_gone, survey
from influx_pipelines.backups.logical.windowfile import Writer
from influx_pipelines.backups.logical.windows import END, Pace, Window
from influx_pipelines.backups.record import digest
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError, NotFound, NotSupported, QueryFailed
from influx_pipelines.influx.models import Bucket

TRIES = 4  # of a window whose answer breaks off; each is half as long as the one before


class Gone(Exception):
    """The bucket was deleted while it was read."""


class BucketTaker:
    """Takes a bucket; `steps` does the work.

    Args:
        client: of the server.
        folder: of the backup.
        bucket: which one.
        found: what a look at it told.
        journal: finished windows of a run before, which are verified and kept.
    """

    def __init__(
        self, client: Influx, folder: Path, bucket: Bucket, found: Survey, journal: Journal
    ) -> None:
        self.client, self.folder, self.bucket, self.found = client, folder, bucket, found
        self.journal, self.series = journal, Distinct()
        self.unreadable = set(found.unreadable)
        self.writer = Writer(client, folder, bucket.id, self.series)
        self.unsplit = 0

    @property
    def finished(self) -> list[Finished]:
        """The windows on disk."""
        return self.journal.windows[self.bucket.id]

    def steps(self) -> Iterator[Finished]:
        """Take the windows that are left.

        Raises:
            Gone: the bucket was deleted.
            InfluxError: the server failed; a further run goes on where this one ended.
        """
        for folder in (self.folder / DATA, self.folder / DATA / self.bucket.id):
            folder.mkdir(exist_ok=True, mode=FOLDER_MODE)
        self._keep_good_ones()
        when = self.finished[-1].window.stop if self.finished else self.found.first
        pace = Pace(self.bucket.shard_group_seconds)
        while when is not None and self.found.last is not None and when <= self.found.last:
            finished, stop = self._taken(pace.window(when))
            if finished is None:
                when = self._next_point(stop)
                continue
            pace.learn(finished.window.values)
            self.journal.add(finished)
            yield finished
            when = stop

    def contents(self) -> BucketContents:
        """What was taken."""
        return BucketContents(
            id=self.bucket.id,
            name=self.bucket.name,
            description=self.bucket.description,
            retention_seconds=self.bucket.retention_seconds,
            shard_group_seconds=self.bucket.shard_group_seconds,
            series=len(self.series),
            windows=tuple(one.window for one in self.finished),
        )

    def _keep_good_ones(self) -> None:
        """Verify what a run before has left; from the first bad window on all is done anew."""
        good = []
        for one in self.finished:
            if not self._is_good(one):
                break
            good.append(one)
        self.journal.keep(self.bucket.id, good)
        kept = {Path(one.file.name).name for one in good}
        for path in (self.folder / DATA / self.bucket.id).iterdir():
            if path.name not in kept:
                path.unlink()

    def _is_good(self, one: Finished) -> bool:
        path = self.folder / one.file.name
        try:
            if path.stat().st_size != one.file.size or digest(path) != one.file.sha256:
                return False
            series = Distinct()
            if reading.count(path, series).differences(one.window):
                return False
        except (OSError, BadLines):
            return False
        self.series.merge(series)
        return True

    def _next_point(self, start: int) -> int | None:
        if start >= END:
            return None
        rest = survey(self.client, self.bucket, Window(start, END), self.found.measurements)
        return rest.first

    def _taken(self, window: Window) -> tuple[Finished | None, int]:
        """A window, or the first part of it that can be had, and where that ends."""
        for left in reversed(range(TRIES)):
            try:
                window = self._of_one_type(window)
                return self.writer.write(window, self.found.measurements), window.stop
            except (QueryFailed, NotSupported, NotFound):
                if is_gone(self.client, self.bucket):
                    raise Gone from None
                if not left or not self._found_unreadable():
                    raise
                if self.found.first is None:
                    break
            except InfluxError as error:
                if not left or not error.retryable:
                    raise
                window = window.first_half() or window
        return None, window.stop

    def _of_one_type(self, window: Window) -> Window:
        """The part of a window in which no field changes its type.

        Only for a bucket in which one does: its shard groups may be older than their length.
        """
        while self.found.has_changes:
            here = survey(self.client, self.bucket, window, self.found.measurements)
            half = window.first_half()
            if not here.has_changes:
                break
            if half is None:
                self.unsplit += 1
                break
            window = half
        return window

    def _found_unreadable(self) -> bool:
        """Whether a new look finds measurements that make every query fail."""
        again = survey(self.client, self.bucket, measurements=self.found.measurements)
        if not again.unreadable:
            return False
        self.unreadable |= again.unreadable
        self.found = again
        return True
