"""How far a logical backup has come, so that one that was killed goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from influx_pipelines.backups.address import address_of
from influx_pipelines.backups.files import PARTIAL, save_whole
from influx_pipelines.backups.logical.contents import WindowFile
from influx_pipelines.backups.record import FileRecord
from influx_pipelines.influx.client import Influx

NAME = "progress.jsonl"  # only as long as the backup is not finished
OLDEST = timedelta(hours=24)  # an older one is begun anew: its first windows are as old


class Begun(BaseModel):
    """The first line: which server the backup is of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    url: str
    org_id: str
    started: datetime


class Finished(BaseModel):
    """A window that is on disk.

    Attributes:
        bucket: its ID.
        lost: values that line protocol cannot hold, by measurement.
        blurred: measurements with a tag whose values the server does not give.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str
    window: WindowFile
    file: FileRecord
    lost: dict[str, int] = {}
    blurred: tuple[str, ...] = ()


class Journal:
    """Finished windows by the ID of their bucket, in their order; each is added with one write."""

    def __init__(self, folder: Path, begun: Begun) -> None:
        self.path, self.begun = folder / NAME, begun
        self.windows: dict[str, list[Finished]] = defaultdict(list)

    @classmethod
    def open(cls, folder: Path, begun: Begun) -> Journal:
        """That of the folder where it is of the same server, else a new one."""
        lines = _lines(folder)
        found = _begun(next(lines, b""))
        same = found is not None and (found.url, found.org_id) == (begun.url, begun.org_id)
        journal = cls(folder, found if found is not None and same else begun)
        if same:
            for finished in _finished(lines):
                journal.windows[finished.bucket].append(finished)
        journal._rewrite()
        return journal

    def add(self, finished: Finished) -> None:
        """Remember a window."""
        self.windows[finished.bucket].append(finished)
        with self.path.open("ab") as file:
            file.write(finished.model_dump_json().encode() + b"\n")

    def keep(self, bucket: str, windows: list[Finished]) -> None:
        """Forget the other windows of a bucket."""
        if len(windows) != len(self.windows[bucket]):
            self.windows[bucket] = windows
            self._rewrite()

    def _rewrite(self) -> None:
        """Without a last line that a kill cut."""
        kept = [one for windows in self.windows.values() for one in windows]
        lines = [one.model_dump_json().encode() + b"\n" for one in (self.begun, *kept)]
        save_whole(self.path, b"".join(lines))


def unfinished(destination: Path, client: Influx, now: datetime) -> Path | None:
    """The folder of a killed backup of the same server and organisation, to go on with.

    Args:
        destination: the folder of the backups.
        client: of the server.
        now: one that began more than a day before is left alone.
    """
    for folder in sorted(destination.glob(f"*{PARTIAL}"), reverse=True):
        begun = _begun(next(_lines(folder), b""))
        if begun is None or now - begun.started > OLDEST:
            continue
        if (begun.url, begun.org_id) == (address_of(client), client.org_id):
            return folder
    return None


def _lines(folder: Path) -> Iterator[bytes]:
    try:
        with (folder / NAME).open("rb") as file:
            yield from file
    except OSError:
        return


def _begun(line: bytes) -> Begun | None:
    try:
        return Begun.model_validate_json(line)
    except ValidationError:
        return None


def _finished(lines: Iterator[bytes]) -> Iterator[Finished]:
    for line in lines:
        try:
            yield Finished.model_validate_json(line)
        except ValidationError:
            return  # what follows a broken line is done anew
