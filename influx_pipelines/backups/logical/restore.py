"""A bucket of a logical backup into a bucket of any v2 server."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from influx_pipelines.backups.address import address_of
from influx_pipelines.backups.errors import BackupError, DamagedSet
from influx_pipelines.backups.logical import comparing
from influx_pipelines.backups.logical.contents import BucketContents, WindowFile, load_contents
from influx_pipelines.backups.logical.memory import lean_memory
from influx_pipelines.backups.logical.survey import survey
from influx_pipelines.backups.logical.windows import SECOND
from influx_pipelines.backups.progress import Progress, Step, silent
from influx_pipelines.backups.record import digest
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import PartialWrite
from influx_pipelines.influx.models import Bucket
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.state import State


@dataclass(frozen=True)
class Restored:
    """What became of a bucket.

    Attributes:
        bucket: that the values are in now.
        values: of the backup.
        written: values that this run sent and the server took.
        expired: values of windows that its retention no longer covers, or only in part; they are
            not compared.
        refused: values that the server dropped, for `reasons`.
        differences: sentences on fields whose counts are others than in the backup; none is good.
    """

    bucket: Bucket
    values: int
    written: int
    expired: int = 0
    refused: int = 0
    reasons: tuple[str, ...] = ()
    differences: tuple[str, ...] = field(default=())


def restore_bucket(
    client: Influx,
    found: BackupSet,
    bucket: str,
    *,
    as_name: str | None = None,
    retention_seconds: int | None = None,
    into_existing: bool = False,
    state_folder: Path | None = None,
    progress: Progress = silent,
) -> Restored:
    """Write a bucket of a logical backup, and let the server count what it has then.

    Run again after a kill it goes on: files that the bucket has are remembered beside the backup.

    Args:
        client: of the server to write to.
        found: the backup; verify it before.
        bucket: its name in the backup.
        as_name: name of the new bucket; None is the old one.
        retention_seconds: another one than in the backup; 0 keeps values of any age.
        into_existing: write into a bucket too that holds values.
        state_folder: where is remembered what was sent; None is the folder of the backups.
        progress: told of each file.

    Raises:
        NotASet: it is no logical backup, or holds no such bucket.
        DamagedSet: a file of the bucket is not as it was; nothing was sent.
        BackupError: the bucket is there and holds values.
        InfluxError: the server did not answer; a further run goes on.
    """
    wanted = load_contents(found.path).bucket(bucket)
    _refuse_damaged(found, wanted.windows)
    folder = state_folder or found.path.parent
    target = _target(client, wanted, as_name or bucket, retention_seconds)
    kept = State(
        folder, url=address_of(client), org=client.org, bucket=target.name, bucket_id=target.id
    )
    if not kept.path.exists():
        _refuse_values(client, target, into_existing)
        kept.save()
    with lean_memory():
        written = _send(client, found, wanted, target, kept, progress)
        limit = _oldest_kept(target)
        whole = [one for one in wanted.windows if one.start >= limit]
        differences = comparing.differences(client, target.id, whole, may_have_more=into_existing)
    kept.path.unlink(missing_ok=True)
    return Restored(
        bucket=target,
        values=wanted.values,
        written=written.points,
        expired=wanted.values - sum(one.values for one in whole),
        refused=written.dropped,
        reasons=tuple(written.reasons),
        differences=differences,
    )


def _target(
    client: Influx, wanted: BucketContents, name: str, retention_seconds: int | None
) -> Bucket:
    there = client.find_bucket(name)
    if there is not None:
        return there
    retention = wanted.retention_seconds if retention_seconds is None else retention_seconds
    shard = wanted.shard_group_seconds or None
    return client.create_bucket(
        name,
        retention_seconds=retention,
        description=wanted.description,
        shard_group_seconds=None if shard and 0 < retention < shard else shard,
    )


def _refuse_values(client: Influx, target: Bucket, into_existing: bool) -> None:
    if into_existing:
        return
    there = survey(client, target)
    if there.first is not None or there.unreadable:
        raise BackupError(
            f"Bucket {target.name!r} holds values already: restore under another name, or say "
            "that it is to go into an existing bucket."
        )


def _refuse_damaged(found: BackupSet, windows: Sequence[WindowFile]) -> None:
    known = {file.name: file for file in found.record.files} if found.record else {}
    for window in windows:
        path, file = found.path / window.file, known.get(window.file)
        try:
            whole = file is not None and digest(path) == file.sha256
        except OSError as error:
            raise DamagedSet(
                f"{path} cannot be read: {error.strerror}. Nothing was sent."
            ) from None
        if not whole:
            raise DamagedSet(f"{path} is damaged, or not of this backup. Nothing was sent.")


def _send(
    client: Influx,
    found: BackupSet,
    wanted: BucketContents,
    target: Bucket,
    kept: State,
    progress: Progress,
) -> WriteResult:
    from influx_pipelines.transfer.formats.lines import read

    total, limit = WriteResult(), _oldest_kept(target)
    marks = {file.name: file for file in found.record.files} if found.record else {}
    for number, window in enumerate(wanted.windows, 1):
        file = marks[window.file]
        if window.stop > limit and not kept.has(window.file, file.sha256):
            try:
                total.add(
                    client.write_lines(
                        read(found.path / window.file), bucket=target.id, in_flight=2
                    )
                )
                kept.add(window.file, file.sha256)
            except PartialWrite as error:
                total.add(error.result or WriteResult(dropped=error.dropped))
            except TransferError as error:
                raise DamagedSet(str(error)) from None
            finally:
                kept.save()
        progress(Step(f"{window.file} into {target.name}", number, len(wanted.windows), file.size))
    return total


def _oldest_kept(bucket: Bucket) -> int:
    """Values before this time are refused."""
    if not bucket.retention_seconds:
        return -(1 << 63)
    return time.time_ns() - bucket.retention_seconds * SECOND
