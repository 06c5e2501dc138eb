"""The source of a planned bucket, of either kind of backup."""

from __future__ import annotations

from influx_pipelines.backups.restore.plan import BucketPlan
from influx_pipelines.backups.restore.planning import entries_of
from influx_pipelines.backups.restore.source import NativeBucket, Source
from influx_pipelines.backups.sets import BackupSet


def source_of(backup: BackupSet, plan: BucketPlan) -> Source:
    """What brings the points of a bucket.

    Raises:
        RestoreRefused: the manifest is not to be found.
    """
    entry = entries_of(backup.path)[plan.held.org, plan.held.name]
    return NativeBucket(backup.path, entry, plan.way)
