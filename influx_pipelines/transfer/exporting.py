"""An export: windows one after the other, each on disk before it is named in the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from influx_pipelines.influx.client import Influx
from influx_pipelines.transfer.beginning import begin
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.folder import existing_bucket, locked
from influx_pipelines.transfer.formats.files import PART
from influx_pipelines.transfer.formats.forms import Form
from influx_pipelines.transfer.manifest import ExportedWindow
from influx_pipelines.transfer.request import ExportRequest
from influx_pipelines.transfer.sources.choose import source_of
from influx_pipelines.transfer.windowfiles import write_window
from influx_pipelines.transfer.windows import Cuts, Window

MOST_WINDOWS = 1_000_000
TRIES = 3  # of a window that changes while it is read


@dataclass(frozen=True)
class Step:
    """A finished window, and how many of the windows lie behind."""

    window: ExportedWindow
    number: int
    total: int


class Export:
    """An export into a folder; `steps` does the work.

    Making one reads the folder's manifest and asks the server for the bucket.

    Args:
        client: of the server to read from.
        request: what is wanted.
        folder: an empty or new one, or that of an earlier run of the same export.
        now: for `stop: now` and relative times.
        count: let the server count the values of each window, and read a window again that
            points came into meanwhile.

    Raises:
        TransferError: there is no such bucket, or the folder holds something else.
        InfluxError: the server did not answer.
    """

    def __init__(
        self,
        client: Influx,
        request: ExportRequest,
        folder: Path,
        *,
        now: datetime | None = None,
        count: bool = False,
    ) -> None:
        self.client, self.request, self.folder, self.count = client, request, folder, count
        self.now = (now or datetime.now(UTC)).replace(microsecond=0)
        self.bucket = existing_bucket(client, request.bucket)
        shard = timedelta(seconds=self.bucket.shard_group_seconds)
        self.cuts = Cuts(request.window_length, shard, request.every_length)
        self.source = source_of(client, request)
        self.form = Form(request.format, request.gzip)
        self._begin()

    def _begin(self) -> None:
        self.manifest = begin(self.client, self.request, self.bucket, self.folder, self.now)
        start, stop = self.manifest.next_start, self.manifest.stop
        if (stop - start) / self.cuts.length > MOST_WINDOWS:
            raise TransferError(
                f"From {start:%Y-%m-%d} to {stop:%Y-%m-%d} there are more than {MOST_WINDOWS:,} "
                f"windows of {self.request.window}: choose a longer window or a later start."
            )

    @property
    def resumed(self) -> bool:
        """Whether an earlier run has finished windows."""
        return self.manifest.next_start > self.manifest.start

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.manifest.next_start >= self.manifest.stop

    @property
    def left_out(self) -> set[str]:
        """The fields that the aggregate does not take, of the windows that this run read."""
        return self.source.left_out

    def steps(self) -> Iterator[Step]:
        """Export the windows that are left; the manifest is whole after each.

        Raises:
            TransferError: another process works in the folder, or the format cannot hold what
                the server has.
            InfluxError: the server failed; a further run goes on where this one ended.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder):
            self._begin()  # another process may have gone on since
            for left in self.folder.rglob(f"*{PART}"):
                left.unlink()
            if not self.resumed:
                self.manifest.save(self.folder)
            yield from self._windows()

    def _windows(self) -> Iterator[Step]:
        start, stop = self.manifest.next_start, self.manifest.stop
        total = sum(1 for _ in self.cuts.windows(start, stop))
        cut_short = self._take_back(start)
        point = self.source.first_point(start, stop) if total else None
        window = None
        for number, window in enumerate(self.cuts.windows(start, stop), 1):
            if point is None or window.stop <= point:
                continue
            done = self._exported(window)
            if done.files:
                self.manifest.windows.append(done)
                self._save(window, cut_short)
            elif window.stop < stop:
                point = self.source.first_point(window.stop, stop)
            yield Step(done, number, total)
        if window is not None:
            self._save(window, cut_short)

    def _take_back(self, start: datetime) -> set[str]:
        """The files of a window that was cut by the time of its export, and is made anew."""
        windows = self.manifest.windows
        taken = {file.path for w in windows if w.start >= start for file in w.files}
        self.manifest.windows = [w for w in windows if w.start < start]
        return taken

    def _save(self, window: Window, cut_short: set[str]) -> None:
        """The manifest after a window; what it replaced goes afterwards."""
        # A window that time will make longer is made again by the next run.
        is_whole = self.request.stop_is_fixed or window.stop == self.cuts.end_of(window.start)
        self.manifest.next_start = window.stop if is_whole else window.start
        self.manifest.save(self.folder)
        if cut_short:
            kept = {file.path for w in self.manifest.windows for file in w.files}
            for path in cut_short - kept:
                (self.folder / path).unlink(missing_ok=True)
            cut_short.clear()

    def _exported(self, window: Window) -> ExportedWindow:
        """A window on disk, with its count where it is wanted."""
        for _ in range(TRIES if self.count else 1):
            pieces = self.source.pieces(window)
            files = write_window(self.folder, self.manifest, self.form, pieces)
            counted = self.source.count(window) if self.count else None
            done = ExportedWindow(
                start=window.start, stop=window.stop, files=files, counted=counted
            )
            if counted in (None, done.values):
                break
        return done
