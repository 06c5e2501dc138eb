"""What a folder of backups holds: which are good, what they take on the disk, what is left over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from influx_pipelines.backups.files import PARTIAL
from influx_pipelines.backups.report import Report
from influx_pipelines.backups.sets import BackupSet, sets_below


@dataclass(frozen=True)
class Listed:
    """A backup with the report that is kept beside it; None while nobody has looked."""

    backup: BackupSet
    report: Report | None

    @property
    def state(self) -> str:
        """`good`, `not verified`, or how much is wrong."""
        if self.report is None:
            return "not verified"
        return "good" if self.report.good else f"damaged: {len(self.report.damages)}"

    @property
    def good(self) -> bool:
        """Whether it was verified, and nothing is wrong."""
        return self.report is not None and self.report.good

    @cached_property
    def bytes(self) -> int:
        """Bytes of its files, linked ones too."""
        return sum(path.stat().st_size for path in _files(self.backup.path))

    def row(self) -> dict[str, Any]:
        """For a table."""
        record = self.backup.record
        buckets = record.buckets if record else self.report.buckets if self.report else ()
        return {
            "name": self.backup.name,
            "started": f"{self.backup.started:%Y-%m-%d %H:%M:%S}",
            "kind": self.backup.kind,
            "state": self.state,
            "bytes": self.bytes,
            "seconds": round(record.duration.total_seconds(), 1) if record else None,
            "buckets": len(buckets),
            "values": sum(bucket.values or 0 for bucket in buckets),
            "full": self.backup.full,
            "server": record.server if record else None,
        }


@dataclass(frozen=True)
class Inventory:
    """The backups of a folder.

    Attributes:
        listed: the newest first.
        unfinished: names of folders that a process left behind when it was killed.
        bytes: on the disk, a file that several backups share counted once.
    """

    listed: tuple[Listed, ...]
    unfinished: tuple[str, ...] = ()
    bytes: int = 0

    @property
    def last_good(self) -> Listed | None:
        """The newest one that was verified and is good."""
        return next((one for one in self.listed if one.good), None)

    def rows(self) -> list[dict[str, Any]]:
        """A row a backup, the newest first."""
        return [one.row() for one in self.listed]


def take_inventory(folder: Path) -> Inventory:
    """Look at a folder; one that is not there holds nothing."""
    listed = tuple(Listed(one, one.verification) for one in sets_below(folder))
    unfinished = sorted(path.name for path in folder.glob(f"*{PARTIAL}"))
    return Inventory(listed, tuple(unfinished), _on_disk(_files(folder)))


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def _on_disk(files: Iterable[Path]) -> int:
    found = (path.stat() for path in files)
    return sum({(stat.st_dev, stat.st_ino): stat.st_size for stat in found}.values())
