"""The finished backups of a folder: one folder each, of ours or of `influx backup`."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from influx_pipelines.backups import report
from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.files import PARTIAL, read_small
from influx_pipelines.backups.record import NAME as RECORD
from influx_pipelines.backups.record import BackupRecord, Kind, load_record

STAMP = "%Y%m%dT%H%M%SZ"
OUR_PARTIAL = re.compile(
    rf"backup-(\d{{8}}T\d{{6}}Z)(?:-\d+)?{re.escape(PARTIAL)}", re.ASCII
)  # what a backup of ours is called until it is finished
_STAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_NATIVE = re.compile(r"\.(?:manifest|bolt|bolt\.gz)$")

SKEW = timedelta(hours=1)  # that the clocks of a server and of this machine may differ


@dataclass(frozen=True)
class BackupSet:
    """A finished backup.

    Attributes:
        record: its side file; None for one that the official tool made.
        started: UTC.
        broken: what is wrong with its side file; "" for nothing, or when there is none.
    """

    path: Path
    kind: Kind
    record: BackupRecord | None
    started: datetime
    broken: str = ""

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.path.name

    @property
    def full(self) -> bool:
        """Whether every file is its own."""
        return self.record is None or self.record.full

    def is_ahead(self, now: datetime, by: timedelta = SKEW) -> bool:
        """Whether it lies ahead of the clock, as one that was taken while a clock was wrong."""
        return self.started > now + by

    @cached_property
    def fingerprint(self) -> str:
        """Of what says which files there are, and how they should be."""
        state = hashlib.sha256()
        for path in sorted([*self.path.glob("*.manifest"), *self.path.glob(RECORD)]):
            state.update(path.name.encode() + b"\0")
            with suppress(OSError):  # a damage, which whoever verifies it will name
                state.update(read_small(path))
        return state.hexdigest()

    @property
    def verification(self) -> report.Report | None:
        """The kept report; None while nobody has looked."""
        return report.load_report(self.path, self.fingerprint)


def open_set(path: Path) -> BackupSet:
    """The backup in a folder, without a look at its files.

    Raises:
        NotASet: it is no folder, is not finished, or holds neither kind of backup.
    """
    if not path.is_dir():
        raise NotASet(f"{path} is no folder. Give the folder of one backup.")
    if path.name.endswith(PARTIAL):
        raise NotASet(f"{path} was never finished: its name still ends with {PARTIAL}.")
    broken = ""
    try:
        record = load_record(path)
    except NotASet as error:
        record, broken = None, str(error)
    if record is not None:
        return BackupSet(path, record.kind, record, record.started)
    try:
        names = [file.name for file in path.iterdir()]
    except OSError as error:
        raise NotASet(f"{path} cannot be read: {error.strerror}.") from None
    if not broken and not any(name.endswith(".manifest") for name in names):
        raise NotASet(
            f"{path} is no backup: it has neither {RECORD} nor a file *.manifest, which is written "
            "last. Without one a backup was not finished."
        )
    kind: Kind = "native" if any(_NATIVE.search(name) for name in names) else "logical"
    return BackupSet(path, kind, None, started_of(path, names), broken)


def started_of(path: Path, names: list[str]) -> datetime:
    """By the newest name with a time in it; else when the folder was last changed."""
    stamps = sorted(found[0] for name in [*names, path.name] if (found := _STAMP.search(name)))
    for stamp in reversed(stamps):
        with suppress(ValueError):  # eight digits need not be a day
            return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def sets_below(folder: Path) -> list[BackupSet]:
    """The finished backups of a folder, the newest first; what is no backup is passed over.

    A link, such as `latest`, to a backup that is there too is not a second one.
    """
    found, seen = [], set()
    paths = list(folder.iterdir()) if folder.is_dir() else []
    for path in sorted(paths, key=lambda one: (one.is_symlink(), one.name)):
        try:
            real = path.resolve()
            if real not in seen:
                found.append(open_set(path))
            seen.add(real)
        except (NotASet, OSError, RuntimeError):  # a link to itself is a RuntimeError
            continue
    return sorted(found, key=lambda one: (one.started, one.name), reverse=True)


def new_name(folder: Path, started: datetime) -> str:
    """A name for a new backup; two within a second have names of their own."""
    stamp = f"backup-{started.astimezone(UTC):{STAMP}}"
    taken = {path.name.removesuffix(PARTIAL) for path in folder.glob(f"{stamp}*")}
    names = (stamp if n == 1 else f"{stamp}-{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
