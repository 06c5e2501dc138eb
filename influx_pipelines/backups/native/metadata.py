"""The metadata of a server: its two databases, and which shards there are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from influx_pipelines.backups.errors import BrokenDownload
from influx_pipelines.backups.native.arriving import arriving
from influx_pipelines.backups.native.download import Downloads, is_packed
from influx_pipelines.backups.native.multipart import Part, boundary_of, parts
from influx_pipelines.backups.native.packing import packed, unpacked
from influx_pipelines.backups.record import FileRecord

PATH = "/api/v2/backup/metadata"
PARTS = {"kv": "bolt", "sql": "sqlite"}  # the part, and how its file is named
MOST_JSON = 1 << 30  # bytes of the list of buckets


@dataclass(frozen=True)
class Metadata:
    """Both files are in the folder; `buckets` is the list as the server sent it."""

    kv: FileRecord
    sql: FileRecord
    buckets: list[dict[str, Any]]


def download_metadata(downloads: Downloads, folder: Path, base: str) -> Metadata:
    """Download both databases and the list of buckets.

    Raises:
        BrokenDownload: not all of it came, or it is not what it should be.
        NoSpace: the disk is full.
        InfluxError: the server refused.
    """
    with downloads.open(PATH) as opened:
        boundary = boundary_of(opened.headers.get("content-type", ""))
        chunks = downloads.chunks(opened)
        if is_packed(opened):
            chunks = unpacked(chunks, "metadata")
        files: dict[str, FileRecord] = {}
        buckets: list[dict[str, Any]] | None = None
        for part in parts(chunks, boundary):
            if part.name in PARTS:
                files[part.name] = _save(part, folder / f"{base}.{PARTS[part.name]}.gz")
            elif part.name == "buckets":
                buckets = _buckets(part.chunks)
    if buckets is None or files.keys() != PARTS.keys():
        raise BrokenDownload("The metadata lacks one of its parts: kv, sql and buckets.")
    return Metadata(files["kv"], files["sql"], buckets)


def _save(part: Part, path: Path) -> FileRecord:
    with arriving(path) as file:
        for _ in packed(_begun_as(part), file.write):
            pass
        return file.keep()


def _begun_as(part: Part) -> Iterator[bytes]:
    """Its chunks, once the first bytes are those of such a database."""
    start = b""
    for chunk in part.chunks:
        start += chunk
        if len(start) >= 20:
            break
    magic = start[16:20] == b"\xed\xda\x0c\xed" if part.name == "kv" else start[:16] == SQLITE
    if not magic:
        raise BrokenDownload(f"The part {part.name} of the metadata is no {PARTS[part.name]} file.")
    yield start
    yield from part.chunks


SQLITE = b"SQLite format 3\0"


def _buckets(chunks: Iterator[bytes]) -> list[dict[str, Any]]:
    text = b"".join(chunks)
    try:
        buckets = json.loads(text)
    except ValueError as error:
        raise BrokenDownload(f"The list of buckets is no JSON ({error}).") from None
    if not isinstance(buckets, list):
        raise BrokenDownload("The list of buckets is none.")
    return buckets
