"""The side file of a backup, held against the files and the counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from influx_pipelines.backups.record import NAME, BackupRecord, BucketRecord
from influx_pipelines.backups.sets import STAMP
from influx_pipelines.backups.verify.look import Look
from influx_pipelines.backups.verify.manifest import SUFFIX


def check_record(look: Look, record: BackupRecord, named: Iterable[str]) -> None:
    """Every file of a native backup is in its side file, and no other.

    Args:
        look: files that were read have been held against it.
        record: the side file.
        named: the files that belong to the backup by its manifests; they and no others are known.
    """
    recorded = [file.name for file in record.files]
    for name in sorted({name for name in recorded if recorded.count(name) > 1}):
        look.damage(NAME, f"names the file {name} twice")
    for name in sorted(set(named) - set(recorded)):
        look.damage(name, f"is not in {NAME}")
    for name in sorted(set(recorded) - look.read):
        look.digest(name)
    manifests = [name for name in recorded if name.endswith(SUFFIX)]
    if manifests != [f"{record.started:{STAMP}}{SUFFIX}"]:
        look.damage(NAME, "its time of start and the name of the manifest contradict each other")


def check_counts(look: Look, record: BackupRecord, counted: Sequence[BucketRecord]) -> None:
    """The counts of the side file are those of the files."""
    known = {bucket.id: bucket for bucket in record.buckets}
    for found in counted:
        said = known.get(found.id)
        if said is None:
            look.damage(NAME, f"the bucket {found.name} is not in it")
            continue
        for what in ("name", "org", "series", "values", "first", "last"):
            mine, theirs = getattr(said, what), getattr(found, what)
            if mine is not None and mine != theirs:
                look.damage(NAME, f"bucket {found.name}: {what} {mine}, counted {theirs}")
