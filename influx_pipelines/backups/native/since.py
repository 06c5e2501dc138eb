"""Unchanged shards: the files of the backup before are linked, so that every backup is whole.

The server tells which files of a shard changed since a time, and not which went away: a delete that
leaves nothing of a file takes the file away. A shard has not changed when no file of it is younger
than the backup before, its archive still begins with the same header (name, size and time of its
first file), and that one data file is all there was. A shard of several is downloaded, and linked
when the very same bytes came; the server makes one file of those that nobody writes to.
"""

from __future__ import annotations

import gzip
import os
import zlib
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


def begins_with(older: Older, header: bytes) -> bool:
    """Whether the archive of the older file begins so."""
    try:
        with gzip.open(older.path) as file:
            return file.read(HEADER) == header
    except (OSError, EOFError, zlib.error):
        return False


def link(older: Older, path: Path) -> FileRecord | None:
    """Link the older file; None when it is not what its own side file says, or cannot be linked."""
    with suppress(OSError):
        os.link(older.path, path)
        if digest(path) == older.file.sha256:
            return older.file.model_copy(update={"name": path.name, "linked": True})
        path.unlink()
    return None
