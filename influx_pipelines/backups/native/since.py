"""Unchanged shards: the files of the backup before are linked, so that every backup is whole.

The server tells which files of a shard changed since a time, and not which went away. A shard has
not changed when no file of it is younger than the backup before, and its archive still begins with
the same header (name, size and time of its first file): all of its files may have been deleted.
"""

from __future__ import annotations

import gzip
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from influx_pipelines.backups.record import FileRecord, digest
from influx_pipelines.backups.sets import BackupSet

HEADER = 512  # bytes of the first header of a tar
# The clock of the server is told in whole seconds, and a file may be older than its data.
MARGIN = timedelta(seconds=2)


@dataclass(frozen=True)
class Older:
    """The file of a shard in the backup before.

    Attributes:
        since: what the server is asked: the start of that backup with a margin.
    """

    path: Path
    file: FileRecord
    since: str


def older_files(previous: BackupSet | None) -> dict[int, Older]:
    """The shards of the backup before, by their ID; none of one that has no side file."""
    if previous is None or previous.record is None:
        return {}
    since = f"{previous.record.started - MARGIN:%Y-%m-%dT%H:%M:%SZ}"
    found = {}
    for file in previous.record.files:
        _, _, rest = file.name.partition(".")
        number = rest.removesuffix(".tar.gz")
        if number.isdecimal():
            found[int(number)] = Older(previous.path / file.name, file, since)
    return found


def link(older: Older, begins: bytes, path: Path) -> FileRecord | None:
    """Link the older file where the archive still begins as it does; else None.

    A file that is not what its own side file says, or that the disk cannot link, is left alone.
    """
    with suppress(OSError):
        os.link(older.path, path)
        if digest(path) == older.file.sha256 and _header(path) == begins:
            return older.file.model_copy(update={"name": path.name, "linked": True})
        path.unlink()
    return None


def _header(path: Path) -> bytes:
    with gzip.open(path) as file:
        return file.read(HEADER)
