"""Files and folders of backups: private to their owner, there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

PARTIAL = ".partial"
FILE_MODE, FOLDER_MODE = 0o600, 0o700


def is_inside(name: str) -> bool:
    """Whether a name written with `/` stays below the folder that it is read from."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def save_whole(path: Path, content: bytes) -> None:
    """Write a small file in one step: there is always a whole one, or none."""
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
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
