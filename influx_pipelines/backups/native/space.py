"""Whether the disk has room for a backup, asked before it begins."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from influx_pipelines.backups.errors import NoSpace
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError

SHARD = re.compile(r"^storage_shard_disk_size\{[^}]*\} ([0-9.e+]+)$", re.MULTILINE)


def check_space(client: Influx, folder: Path, previous: BackupSet | None) -> None:
    """Refuse a backup that cannot fit.

    Raises:
        NoSpace: the disk has less room than the backup is likely to take.
    """
    needed = bytes_needed(client, previous)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NoSpace(
            f"The backup needs about {needed:,} bytes, and the disk of {folder.parent} has "
            f"{free:,} left. Free some space, or keep fewer backups."
        )


def bytes_needed(client: Influx, previous: BackupSet | None) -> int:
    """What a backup is likely to take; 0 when nobody knows.

    Beside a previous one what that could not link; else what the shards take on the disk of the
    server, where it tells its metrics: gzip makes them smaller, if not by much.
    """
    if previous is not None and previous.record is not None:
        return sum(file.size for file in previous.record.files if not file.linked)
    try:
        answer = client.transport.send("GET", "/metrics")
    except InfluxError:
        return 0
    text = answer.body.decode(errors="replace") if answer.status == 200 else ""
    return int(sum(float(size) for size in SHARD.findall(text)))
