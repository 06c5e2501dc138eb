"""One piece of work at a time on a folder of backups, of all processes and machines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from influx_pipelines.backups.errors import BackupBusy, BackupError
from influx_pipelines.backups.files import FOLDER_MODE
from influx_pipelines.leases import Lease, LeaseBusy, LeaseLost, lease

_NAME, _OF_COPIES, _OF_RESTORES = ".lease", ".lease-of-copies", ".lease-of-restores"


@contextmanager
def alone(folder: Path, what: str, *, wait: timedelta = timedelta()) -> Iterator[Lease]:
    """Nobody else makes or removes backups of this folder during the block.

    Args:
        folder: of the backups.
        what: is done: `backup`.
        wait: how long to wait for others.

    Raises:
        BackupError: the folder cannot be made or written to.
        BackupBusy: somebody else is at work; or, from `check` of the lease and at the end of the
            block: this process slept for too long, and somebody else is at work now.
    """
    with _told(folder / _NAME, what, wait) as held:
        yield held


@contextmanager
def alone_with_copies(folder: Path, what: str, *, wait: timedelta = timedelta()) -> Iterator[Lease]:
    """Nobody else copies backups of this folder, or removes one that is being copied.

    Sending takes hours: new backups can be made meanwhile.

    Raises:
        BackupBusy: as `alone`.
    """
    with _told(folder / _OF_COPIES, what, wait) as held:
        yield held


@contextmanager
def alone_with_restores(folder: Path, what: str) -> Iterator[None]:
    """Nobody else restores backups of this folder, or removes one that is being restored.

    Restoring takes hours: new backups can be made meanwhile. A folder that cannot be written to
    is left as it is, since nobody removes anything there.

    Raises:
        BackupBusy: as `alone`.
    """
    if not os.access(folder, os.W_OK):
        yield
        return
    with _told(folder / _OF_RESTORES, what, timedelta()):
        yield


@contextmanager
def _told(path: Path, what: str, wait: timedelta) -> Iterator[Lease]:
    _refuse_unless_usable(path.parent)
    try:
        with lease(path, what=what, wait=wait) as held:
            yield held
    except LeaseBusy as error:
        raise BackupBusy(f"{error} Nothing was done; try again when it has ended.") from None
    except LeaseLost as error:
        raise BackupBusy(str(error)) from None


def _refuse_unless_usable(folder: Path) -> None:
    reason = "it cannot be written to"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        if os.access(folder, os.W_OK | os.X_OK):
            return
    except OSError as error:
        reason = error.strerror or reason
    raise BackupError(
        f"{folder} is no folder for backups: {reason}. Mend that, or name another one in "
        "INFLUX_PIPELINES_BACKUP_FOLDER."
    )
