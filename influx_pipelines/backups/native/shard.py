"""One shard: streamed to the disk and read on the way, or linked when it has not changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from influx_pipelines.backups.errors import BrokenDownload
from influx_pipelines.backups.native.arriving import arriving
from influx_pipelines.backups.native.contents import Contents, Wanted, contents_of
from influx_pipelines.backups.native.download import Downloads, broken_download, is_packed
from influx_pipelines.backups.native.packing import copied, packed
from influx_pipelines.backups.native.since import HEADER, Older, begins_with, link
from influx_pipelines.backups.record import FileRecord
from influx_pipelines.influx.errors import NotFound

PATH = "/api/v2/backup/shards/{}"
SHORTEST = 1024  # bytes of an archive: its end


@dataclass(frozen=True)
class Kept:
    """A shard that is in the folder."""

    file: FileRecord
    contents: Contents


def take_shard(downloads: Downloads, wanted: Wanted, older: Older | None) -> Kept | None:
    """Link the unchanged file of the backup before, or download the shard.

    Returns:
        None when the server has it no more.

    Raises:
        BrokenDownload: it did not come whole, or is not what it should be.
        NoSpace: the disk is full.
        InfluxError: the server refused.
    """
    try:
        if older is not None and _nothing_since(downloads, wanted, older.since):
            linked = _linked(downloads, wanted, older)
            if linked is not None:
                return linked
        return _download(downloads, wanted, older)
    except NotFound:
        return None


def _nothing_since(downloads: Downloads, wanted: Wanted, since: str) -> bool:
    """Whether no file of the shard is younger: then the archive has nothing but its end."""
    length = 0
    with _plain(downloads, wanted, {"since": since}) as chunks:
        for chunk in chunks:
            if any(chunk):
                return False
            length += len(chunk)
    return length >= SHORTEST


def _linked(downloads: Downloads, wanted: Wanted, older: Older) -> Kept | None:
    """Link the older file where one header proves all of it."""
    if not begins_with(older, _beginning(downloads, wanted)):
        return None
    with downloads.writing():
        file = link(older, wanted.path)
        contents = _contents_on_disk(wanted) if file is not None else None
        if file is None or contents is None or contents.data_files > 1:
            wanted.path.unlink(missing_ok=True)
            return None
        return Kept(file, contents)


def _beginning(downloads: Downloads, wanted: Wanted) -> bytes:
    """The first header of the archive; the rest is not read."""
    from influx_pipelines.backups.verify.reading import Stream

    with _plain(downloads, wanted, {}) as chunks:
        return Stream(chunks).read(HEADER)


@contextmanager
def _plain(
    downloads: Downloads, wanted: Wanted, params: dict[str, str]
) -> Iterator[Iterator[bytes]]:
    from influx_pipelines.backups.verify.reading import unpacked

    with broken_download(wanted.what), downloads.open(PATH.format(wanted.id), params) as opened:
        chunks = downloads.chunks(opened)
        yield unpacked(chunks) if is_packed(opened) else chunks


def _contents_on_disk(wanted: Wanted) -> Contents:
    from influx_pipelines.backups.verify.reading import Raw, unpacked

    raw = Raw(wanted.path)
    try:
        return contents_of(unpacked(raw.pieces()), wanted)
    finally:
        raw.close()


def _download(downloads: Downloads, wanted: Wanted, older: Older | None) -> Kept:
    from influx_pipelines.backups.verify.reading import unpacked

    with (
        broken_download(wanted.what),
        downloads.open(PATH.format(wanted.id)) as opened,
        arriving(wanted.path) as file,
    ):
        chunks = downloads.chunks(opened)
        if is_packed(opened):
            contents = contents_of(unpacked(copied(chunks, file.write)), wanted)
        else:
            contents = contents_of(packed(chunks, file.write), wanted)
            if contents.damages:  # a checksum around it would tell that the server has it so
                raise BrokenDownload(f"{wanted.what}: {contents.damages[0]}")
        same = older is not None and older.file.sha256 == file.sha256
        linked = link(older, wanted.path) if older is not None and same else None
        return Kept(linked or file.keep(), contents)
