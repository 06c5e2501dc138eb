"""One piece of work at a time on a folder of backups, of all processes and machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from influx_pipelines.backups.errors import BackupBusy
from influx_pipelines.leases import Lease, LeaseBusy, LeaseLost, lease

_NAME, _OF_COPIES = ".lease", ".lease-of-copies"


@contextmanager
def alone(folder: Path, what: str, *, wait: timedelta = timedelta()) -> Iterator[Lease]:
    """Nobody else makes, restores or removes backups of this folder during the block.

    Args:
        folder: of the backups.
        what: is done: `backup`.
        wait: how long to wait for others.

    Raises:
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
def _told(path: Path, what: str, wait: timedelta) -> Iterator[Lease]:
    try:
        with lease(path, what=what, wait=wait) as held:
            yield held
    except LeaseBusy as error:
        raise BackupBusy(f"{error} Nothing was done; try again when it has ended.") from None
    except LeaseLost as error:
        raise BackupBusy(str(error)) from None
