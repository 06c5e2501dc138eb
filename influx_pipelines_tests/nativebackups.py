"""Taking a backup from the fake native server, and judging it by the bytes that it gives out."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from influx_pipelines.backups.files import finished_or_gone
from influx_pipelines.backups.native.take import take_native
from influx_pipelines.backups.record import BackupRecord
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.services.native import TOKEN, NativeServer, shards_of

NIGHT = datetime(2026, 11, 24, 15, 59, 7, tzinfo=UTC)


def client_of(fake: NativeServer, token: str = TOKEN) -> Influx:
    return Influx(fake.url, token, "sample-org")


def take(fake: NativeServer, folder: Path, **options: Any) -> BackupRecord:
    """A finished backup, or nothing."""
    return take_from(fake.url, folder, **options)


def take_from(url: str, folder: Path, **options: Any) -> BackupRecord:
    """The same by the address, from another process too."""
    client = Influx(url, TOKEN, "sample-org", retry_seconds=2)
    with client, finished_or_gone(folder) as partial:
        record = take_native(client, partial, **options)
        record.save(partial)
    return record


def is_what_is_served(fake: NativeServer, folder: Path) -> bool:
    """Whether a finished backup holds the very bytes that the server gives out."""
    manifest = json.loads(next(folder.glob("*.manifest")).read_bytes())

    def content(file: dict[str, Any]) -> bytes:
        return gzip.decompress((folder / file["fileName"]).read_bytes())

    held = {shard["id"]: content(shard) for shard in shards_of(manifest["buckets"])}
    return held == fake.shards and [content(manifest[n]) for n in ("kv", "sql")] == [
        fake.kv,
        fake.sql,
    ]
