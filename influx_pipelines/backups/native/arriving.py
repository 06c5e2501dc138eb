"""A file that arrives: under a temporary name until it is whole."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from influx_pipelines.backups.errors import NoSpace
from influx_pipelines.backups.files import FILE_MODE
from influx_pipelines.backups.record import FileRecord

ARRIVING = ".arriving"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Arriving:
    """The file while it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.new = path.with_name(path.name + ARRIVING)
        self.size = 0
        self._sha256 = hashlib.sha256()
        descriptor = os.open(self.new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Append."""
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._sha256.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._sha256.hexdigest()

    def close(self) -> None:
        """Close it; nothing more can be written."""
        self._file.close()

    def keep(self) -> FileRecord:
        """Give it its name; all of it is on the disk then."""
        os.fsync(self._file.fileno())
        self._file.close()
        self.new.replace(self.path)
        return FileRecord(name=self.path.name, size=self.size, sha256=self.sha256)


@contextmanager
def arriving(path: Path) -> Iterator[Arriving]:
    """A file to fill and to `keep`; one that was not kept is removed.

    Raises:
        NoSpace: the disk is full.
    """
    with full_disk_named(path.parent):
        file = Arriving(path)
        try:
            yield file
        finally:
            file.close()
            file.new.unlink(missing_ok=True)


@contextmanager
def full_disk_named(folder: Path) -> Iterator[None]:
    """Say what to do about a full disk.

    Raises:
        NoSpace: instead of the error of the system.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoSpace(
            f"The disk of {folder} is full, or a quota is: the backup was given up, and what it "
            "had written is removed. Free some space, or keep fewer backups."
        ) from None
