"""The files of a shard out of the archive in which a native backup has them."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines.backups.verify.manifest import ShardFile


@contextmanager
def shard_in(folder: Path, file: ShardFile) -> Iterator[Shard]:
    """The shard of a file of the backup, which was verified.

    Raises:
        TsmError: it is damaged.
    """
    opened = gzip.open if file.compression else open
    with opened(folder / file.file_name, "rb") as packed, tarfile.open(fileobj=packed, mode="r|") as archive:  # type: ignore[arg-type]
        contents = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]
    yield Shard.of(contents)
