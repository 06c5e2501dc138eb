"""The files of a shard out of the archive in which a native backup has them."""

from __future__ import annotations

import mmap
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines.backups.verify.manifest import ShardFile

if TYPE_CHECKING:
    from influx_pipelines.backups.tsm.index import Buffer

IN_MEMORY = 8 << 20  # bytes of an entry; a larger one is mapped from a file without a name


@contextmanager
def shard_in(folder: Path, file: ShardFile) -> Iterator[Shard]:
    """The shard of a file of the backup, which was verified.

    Raises:
        TsmError: it is damaged.
    """
    import gzip

    path = folder / file.file_name
    with ExitStack() as stack:
        packed = stack.enter_context(path.open("rb"))
        packed = gzip.GzipFile(fileobj=packed) if file.compression else packed
        entries: dict[str, Buffer] = {}
        with tarfile.open(fileobj=packed, mode="r|") as archive:
            for entry in archive:
                content = archive.extractfile(entry)
                if content is not None:
                    entries[entry.name] = _read(content, entry.size)
        yield Shard.of(entries)


def _read(content: IO[bytes], size: int) -> Buffer:
    if size <= IN_MEMORY:
        return content.read()
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(content, file, 1 << 20)
        file.flush()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
