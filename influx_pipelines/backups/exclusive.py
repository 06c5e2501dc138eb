"""One backup, restore or retention at a time on a folder, of all processes and machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from influx_pipelines.backups.errors import BackupBusy
from influx_pipelines.backups.files import FOLDER_MODE
from influx_pipelines.leases import Lease, LeaseBusy, LeaseLost, lease

NAME = ".lease"


@contextmanager
def exclusively(folder: Path, what: str) -> Iterator[Lease]:
    """Hold the lease of a folder of backups for the block; the folder is made when it is missing.

    Args:
        folder: of the backups.
        what: what is done meanwhile, for the message that others get: `a backup`.

    Raises:
        BackupBusy: another one is at work there; or, at the end, the lease was lost meanwhile.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    try:
        with lease(folder / NAME, what=what) as held:
            yield held
    except LeaseBusy as error:
        raise BackupBusy(
            f"{str(error).removesuffix('.')}: one at a time. Nothing was done; try again later."
        ) from None
    except LeaseLost as error:
        raise BackupBusy(str(error)) from None
