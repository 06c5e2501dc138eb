"""Two small backups of real servers; each folder has a README that tells what they hold."""

from __future__ import annotations

import shutil
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from influx_pipelines.backups.record import NAME, BackupRecord, FileRecord, digest
from influx_pipelines.backups.sets import open_set
from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines.backups.verify import verify
from influx_pipelines.backups.verify.manifest import read_manifest

FOLDER = Path(__file__).parent / "fixtures" / "backups"
VERSIONS = ("2.7.12", "2.9.1")


def sample(version: str, folder: Path) -> Path:
    """A copy of a set that a test may change, without the README that is no part of it."""
    copy = folder / f"set-{version}"
    shutil.copytree(FOLDER / version, copy, ignore=shutil.ignore_patterns("README.md"))
    return copy


def seal(folder: Path) -> None:
    """Give a set the side file that our own backups have."""
    found, report = open_set(folder), verify(folder)
    paths = sorted(path for path in folder.iterdir() if path.name != NAME)
    BackupRecord(
        kind="native",
        name=folder.name,
        started=found.started,
        finished=found.started + timedelta(seconds=2),
        url="http://127.0.0.1:8086",
        server="2.9.1",
        project="0",
        files=tuple(
            FileRecord(name=path.name, size=path.stat().st_size, sha256=digest(path))
            for path in paths
        ),
        buckets=report.buckets,
    ).save(folder)


Rows = dict[tuple[str, str, str, str], list[tuple[bytes, bytes, str, bytes, bytes]]]


def restored(folder: Path) -> Rows:
    """All rows that a restore brings back, by organization, bucket and shard group."""
    (path,) = folder.glob("*.manifest")
    rows: Rows = {}
    for bucket, group, shard in read_manifest(path).shards():
        with tarfile.open(folder / shard.file_name) as archive:
            contents = {
                header.name: content.read()
                for header in archive
                if (content := archive.extractfile(header)) is not None
            }
        place = (bucket.organization_name, bucket.bucket_name, group.start_time, group.end_time)
        rows[place] = [
            (found.series, found.field, found.type, found.times.tobytes(), _bytes(found.values))
            for found in Shard.of(contents).points(forget_tombstones=True)
        ]
    return rows


def _bytes(values: Any) -> bytes:
    return repr(values.tolist()).encode()
