"""The file of one window, written while the answer comes, in the memory of a few batches."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from influx_pipelines.backups.files import FILE_MODE
from influx_pipelines.backups.logical import script
from influx_pipelines.backups.logical.asking import batches
from influx_pipelines.backups.logical.contents import DATA, SUFFIX, WindowFile
from influx_pipelines.backups.logical.distinct import Distinct
from influx_pipelines.backups.logical.journal import Finished
from influx_pipelines.backups.logical.script import Name
from influx_pipelines.backups.logical.tally import Tally
from influx_pipelines.backups.logical.windows import Window, stamp
from influx_pipelines.backups.record import FileRecord, digest
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotSupported, QueryFailed

if TYPE_CHECKING:
    from influx_pipelines.backups.logical.lines import Lines


class Writer:
    """Writes the windows of a bucket.

    Attributes:
        unsure: whether the server could not be asked for carriage returns in texts, which its
            answers do not show.
    """

    def __init__(self, client: Influx, folder: Path, bucket_id: str, series: Distinct) -> None:
        self.client, self.folder, self.bucket_id = client, folder, bucket_id
        self.series = series
        self.unsure = False

    def write(self, window: Window, measurements: Collection[str]) -> Finished | None:
        """Write a window; None when there is nothing in it.

        Raises:
            InfluxError: the server failed; no file is left.
        """
        from influx_pipelines.backups.logical.lines import Lines

        name = f"{DATA}/{self.bucket_id}/{stamp(window.start)}{SUFFIX}"
        path = self.folder / name
        part = path.with_name(path.name + ".part")
        part.touch(FILE_MODE)
        found = script.source(self.bucket_id, window, measurements)
        try:
            lines = Lines()
            self._fill(part, lines, found, ())
            texts = _texts(lines.tally)
            if texts and self._has_returns(found, texts):
                lines = Lines()
                self._fill(part, lines, found, texts)
            if not (lines.tally.values or lines.lost):
                return None
            _settle(part, path)
            self.series.merge(lines.series)
        finally:
            part.unlink(missing_ok=True)
        return Finished(
            bucket=self.bucket_id,
            window=_described(name, window, lines.tally),
            file=FileRecord(name=name, size=path.stat().st_size, sha256=digest(path)),
            lost=dict(lines.lost),
            blurred=tuple(sorted(lines.blurred)),
        )

    def _fill(self, part: Path, lines: Lines, found: str, texts: Collection[Name]) -> None:
        """Write all values; `texts` are fields whose texts the server has to encode."""
        from influx_pipelines.transfer.formats.files import writable

        with writable(part, zipped=True) as file:
            for batch in batches(self.client, found):
                if not (texts and batch["_value"].type == "string"):
                    file.write(lines.of(batch))
            if texts:
                for batch in batches(self.client, script.encoded(found + script.of_fields(texts))):
                    file.write(lines.of(batch, are_encoded=True))

    def _has_returns(self, found: str, texts: Collection[Name]) -> bool:
        flux = script.with_returns(found + script.of_fields(texts))
        try:
            return any(True for _ in batches(self.client, flux))
        except (QueryFailed, NotSupported):
            self.unsure = True
            return False


def _texts(tally: Tally) -> list[Name]:
    return [(measurement, field) for measurement, field, kind in tally.fields if kind == "string"]


def _described(name: str, window: Window, tally: Tally) -> WindowFile:
    return WindowFile(
        file=name,
        start=window.start,
        stop=window.stop,
        values=tally.values,
        first=window.start if tally.first is None else tally.first,
        last=window.start if tally.last is None else tally.last,
        sum=f"{tally.sum:016x}",
        fields=tally.counts(),
    )


def _settle(part: Path, path: Path) -> None:
    """Give a file its name when the disk has it."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
