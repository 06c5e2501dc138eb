"""Reading backups again, long after they were taken: disks forget."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.inventory import Listed, take_inventory
from influx_pipelines.backups.progress import Progress, silent
from influx_pipelines.backups.report import Report
from influx_pipelines.backups.sets import BackupSet

_NEVER = datetime.min.replace(tzinfo=UTC)


def due(folder: Path) -> list[BackupSet]:
    """The newest backup, and of the others the one that was not read for longest.

    Raises:
        NotASet: there is no backup.
    """
    newest, *others = take_inventory(folder).listed or (None,)
    if newest is None:
        raise NotASet(f"{folder} holds no backup yet. Take one: `influx-pipelines backup take`.")
    return [one.backup for one in (newest, *sorted(others, key=_read)[:1])]


def read_again(backup: BackupSet, progress: Progress = silent) -> Report:
    """Verify a backup, and keep the report beside it.

    Raises:
        BackupError: it is none any more.
        OSError: it cannot be read, or the report cannot be written.
    """
    from influx_pipelines.backups.verify import verify

    report = verify(backup.path, progress)
    report.save(backup.path)
    return report


def _read(one: Listed) -> datetime:
    return one.report.verified if one.report else _NEVER
