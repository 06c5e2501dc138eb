"""A native backup: the metadata, the shards some at a time, and at last the manifest."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from influx_pipelines import __version__
from influx_pipelines.backups.address import address_of
from influx_pipelines.backups.files import PARTIAL, save_whole
from influx_pipelines.backups.native.arriving import full_disk_named
from influx_pipelines.backups.native.contents import Wanted
from influx_pipelines.backups.native.counted import bucket_records
from influx_pipelines.backups.native.download import PATIENCE, Downloads
from influx_pipelines.backups.native.manifest import manifest_of
from influx_pipelines.backups.native.metadata import download_metadata
from influx_pipelines.backups.native.parallel import in_parallel
from influx_pipelines.backups.native.rights import check_native
from influx_pipelines.backups.native.shard import Kept, take_shard
from influx_pipelines.backups.native.since import Older, older_files
from influx_pipelines.backups.native.space import check_space
from influx_pipelines.backups.progress import Progress, Step, silent
from influx_pipelines.backups.record import BackupRecord, FileRecord
from influx_pipelines.backups.sets import STAMP, BackupSet
from influx_pipelines.backups.verify.manifest import SUFFIX, Manifest
from influx_pipelines.influx.client import Influx


def take_native(
    client: Influx,
    folder: Path,
    *,
    previous: BackupSet | None = None,
    parallel: int = 4,
    progress: Progress = silent,
    patience: float = PATIENCE,
) -> BackupRecord:
    """Fill a folder with a backup in the official format, the manifest last.

    Args:
        client: with an operator token.
        folder: empty; whoever made it removes it when this fails.
        previous: a good one of the same server, whose unchanged shards are linked; None for a full
            backup.
        parallel: shards that are downloaded at once.
        progress: is told of each file, from the thread of the caller.
        patience: seconds between two bytes.

    Returns:
        Its record, which is not saved yet.

    Raises:
        NotNative: the server gives no such backups.
        MissingRights: the token may not take one.
        NoSpace: the disk is full, or would be.
        BrokenDownload: something did not come whole, three times.
        InfluxError: the server did not answer, or refused.
    """
    began = time.monotonic()
    server = check_native(client)
    check_space(client, folder, previous)
    base = f"{server.clock:{STAMP}}"
    downloads = Downloads(client, patience)
    metadata = downloads.whole(lambda: download_metadata(downloads, folder, base))
    planned = manifest_of(metadata, lambda id: FileRecord(name=_name(base, id), size=0, sha256=""))
    jobs = [
        Wanted(shard.id, bucket.bucket_id, bucket.bucket_name, folder / shard.file_name)
        for bucket, _, shard in planned.shards()
    ]
    progress(Step("metadata", 1, len(jobs) + 1, metadata.kv.size + metadata.sql.size))
    kept = _take_shards(downloads, jobs, older_files(previous), parallel, progress)
    manifest = manifest_of(metadata, lambda id: kept[id].file if id in kept else None)
    files = [metadata.kv, metadata.sql, *(kept[job.id].file for job in jobs if job.id in kept)]
    is_full = not any(file.linked for file in files)
    files.append(_save(manifest, folder / f"{base}{SUFFIX}"))
    return BackupRecord(
        kind="native",
        name=folder.name.removesuffix(PARTIAL),
        started=server.clock,
        finished=server.clock + timedelta(seconds=time.monotonic() - began),
        url=address_of(client),
        server=server.version,
        project=__version__,
        full=is_full,
        previous=None if is_full or previous is None else previous.name,
        files=tuple(files),
        buckets=bucket_records(manifest, kept),
        notes=tuple(_notes(jobs, kept)),
    )


def _name(base: str, id: object) -> str:
    return f"{base}.{id}.tar.gz"


def _take_shards(
    downloads: Downloads,
    jobs: Sequence[Wanted],
    older: Mapping[int, Older],
    parallel: int,
    progress: Progress,
) -> dict[int, Kept]:
    """All shards that the server still has, by their ID; the first that fails ends the others."""

    def take(job: Wanted) -> Kept | None:
        return downloads.whole(lambda: take_shard(downloads, job, older.get(job.id)))

    kept: dict[int, Kept] = {}
    try:
        for done, (job, found) in enumerate(in_parallel(take, jobs, parallel), start=2):
            if found is not None:
                kept[job.id] = found
            size = found.file.size if found is not None else 0
            progress(Step(job.what, done, len(jobs) + 1, size))
    except BaseException:
        downloads.give_up()
        raise
    return kept


def _save(manifest: Manifest, path: Path) -> FileRecord:
    text = manifest.to_bytes()
    with full_disk_named(path.parent):
        save_whole(path, text)
    return FileRecord(name=path.name, size=len(text), sha256=hashlib.sha256(text).hexdigest())


def _notes(jobs: Sequence[Wanted], kept: Mapping[int, Kept]) -> Iterator[str]:
    for job in jobs:
        if job.id not in kept:
            yield f"{job.what} went away while the backup was taken, and is not in it."
        for damage in kept[job.id].contents.damages if job.id in kept else ():
            yield f"{job.what} is damaged on the server: {damage}"
