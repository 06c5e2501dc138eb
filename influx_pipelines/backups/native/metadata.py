"""The metadata of a server: its two databases, and which shards there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from influx_pipelines.backups.errors import BrokenDownload
from influx_pipelines.backups.native.arriving import arriving
from influx_pipelines.backups.native.download import Downloads, broken_download, is_packed
from influx_pipelines.backups.native.multipart import Part, boundary_of, parts
from influx_pipelines.backups.native.packing import packed
from influx_pipelines.backups.record import FileRecord

PATH = "/api/v2/backup/metadata"
PARTS = {"kv": "bolt", "sql": "sqlite"}  # the part, and how its file is named
SQLITE, BOLT = b"SQLite format 3\0", b"\xed\xda\x0c\xed"  # the latter behind 16 bytes


@dataclass(frozen=True)
class Metadata:
    """Both files are in the folder; `buckets` is the JSON of the server's list."""

    kv: FileRecord
    sql: FileRecord
    buckets: bytes


def download_metadata(downloads: Downloads, folder: Path, base: str) -> Metadata:
    """Download both databases and the list of buckets.

    Raises:
        BrokenDownload: not all of it came, or it is not what it should be.
        NoSpace: the disk is full.
        InfluxError: the server refused.
    """
    from influx_pipelines.backups.verify.reading import unpacked

    with broken_download("metadata"), downloads.open(PATH) as opened:
        boundary = boundary_of(opened.headers.get("content-type", ""))
        chunks = downloads.chunks(opened)
        if is_packed(opened):
            chunks = unpacked(chunks)
        files: dict[str, FileRecord] = {}
        buckets: bytes | None = None
        for part in parts(chunks, boundary):
            if part.name in PARTS:
                files[part.name] = _save(part, folder / f"{base}.{PARTS[part.name]}.gz")
            elif part.name == "buckets":
                buckets = b"".join(part.chunks)
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
    if (start[16:20] != BOLT) if part.name == "kv" else not start.startswith(SQLITE):
        raise BrokenDownload(f"The part {part.name} of the metadata is no {PARTS[part.name]} file.")
    yield start
    yield from part.chunks
