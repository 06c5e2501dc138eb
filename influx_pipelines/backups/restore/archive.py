"""The files of a shard out of the archive in which a native backup has them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines.backups.verify.archive import entries
from influx_pipelines.backups.verify.manifest import ManifestBucket, ShardFile
from influx_pipelines.backups.verify.reading import Raw, Stream, unpacked


@contextmanager
def shard_in(folder: Path, bucket: ManifestBucket, file: ShardFile) -> Iterator[Shard]:
    """The shard of a file of the backup, large ones from a file without a name.

    Raises:
        Broken: it is damaged.
        TsmError: the same, further inside.
        NoSpace: there is none to unpack it.
    """
    prefix = f"{bucket.bucket_id}/{bucket.default_retention_policy}/{file.id}/"
    with closing(Raw(folder / file.file_name, hashed=False)) as raw:
        pieces = unpacked(raw.pieces()) if file.compression else raw.pieces()
        contents = dict(entries(Stream(pieces), prefix))
    yield Shard.of(contents)
