"""The source of a bucket, of either kind of backup."""

from __future__ import annotations

from pathlib import Path

from influx_pipelines.backups.record import BucketRecord
from influx_pipelines.backups.restore.logical import LogicalBucket
from influx_pipelines.backups.restore.manifests import entries_of
from influx_pipelines.backups.restore.plan import Way
from influx_pipelines.backups.restore.source import NativeBucket, Source
from influx_pipelines.backups.sets import BackupSet


def source_of(backup: BackupSet, held: BucketRecord, way: Way, state: Path | None = None) -> Source:
    """What brings the points of a bucket.

    Args:
        backup: of which it is.
        held: the bucket.
        way: of a native one.
        state: folder in which a logical one remembers what was sent; that of the backups.

    Raises:
        RestoreRefused: the manifest is not to be found.
    """
    if backup.kind == "logical":
        return LogicalBucket(backup, held.name, state or backup.path.parent)
    return NativeBucket(backup.path, entries_of(backup.path)[held.org, held.name], way)
