"""Folders that look like finished backups, with the report on them or without."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from influx_pipelines.backups.record import BackupRecord, BucketRecord, FileRecord, Kind
from influx_pipelines.backups.report import Damage, Report
from influx_pipelines.backups.sets import BackupSet, new_name, open_set

NIGHT = datetime(2026, 1, 1, 15, 59, tzinfo=UTC)  # 23:59 in Singapore
URL = "http://localhost:8086"


def made_backup(
    folder: Path,
    started: datetime = NIGHT,
    *,
    good: bool | None = True,
    kind: Kind = "native",
    full: bool = True,
    url: str = URL,
    content: bytes = b"points",
) -> BackupSet:
    """A backup of one file; `good` says what the report on it says, None that there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / new_name(folder, started)
    path.mkdir()
    (path / "data").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    BackupRecord(
        kind=kind,
        name=path.name,
        started=started,
        finished=started + timedelta(seconds=3),
        url=url,
        server="2.9.1",
        project="1",
        full=full,
        files=(FileRecord(name="data", size=len(content), sha256=sha256),),
        buckets=(BucketRecord(id="1", name="telemetry", org="acme", shards=1, series=2, values=9),),
    ).save(path)
    made = open_set(path)
    if good is not None:
        report_on(made, good=good).save(path)
    return made


def report_on(backup: BackupSet, *, good: bool = True) -> Report:
    """A report on a backup as it is."""
    wrong = Damage(file="data", what="its SHA-256 is another one", where="byte 3")
    return Report(
        kind=backup.kind,
        fingerprint=backup.fingerprint,
        verified=backup.started + timedelta(minutes=1),
        seconds=0.1,
        files=1,
        bytes=6,
        damages=() if good else (wrong,),
    )
