"""Files and folders of backups: private to their owner, there whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

PARTIAL = ".partial"
FILE_MODE, FOLDER_MODE = 0o600, 0o700
LARGEST = 256 << 20  # of a manifest: half a million shards


def is_inside(name: str) -> bool:
    """Whether a name written with `/` stays below the folder that it is read from."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read it; a link could lead anywhere, and a pipe never ends.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a symbolic link, which could lead anywhere", str(path))
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return os.fdopen(number, "rb", buffering=0)


def read_small(path: Path) -> bytes:
    """The content of a manifest or a side file.

    Raises:
        OSError: it cannot be read, or is larger than any of them.
    """
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > LARGEST:
            raise OSError(errno.EFBIG, f"it is larger than {LARGEST >> 20} MiB", str(path))
        content = bytearray()
        while piece := file.read(1 << 20):
            content += piece
        return bytes(content)


def save_whole(path: Path, content: bytes) -> None:
    """Write a small file in one step: there is always a whole one, or none.

    Raises:
        OSError: it could not be written, with its name: a full disk tells none.
    """
    new = path.with_name(f"{path.name}.new")
    number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        new.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
    new.replace(path)


@contextmanager
def finished_or_gone(folder: Path) -> Iterator[Path]:
    """A folder to fill, under a temporary name; renamed at the end, removed on any error.

    A process that is killed leaves the temporary name behind, which nobody takes for a backup.
    """
    partial = folder.with_name(folder.name + PARTIAL)
    partial.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    try:
        yield partial
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
