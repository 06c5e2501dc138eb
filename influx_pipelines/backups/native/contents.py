"""What the archive of a shard holds, counted while it is read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from influx_pipelines.backups.tsm.summary import ShardSummary


@dataclass(frozen=True)
class Wanted:
    """A shard of the server, and the file that it becomes."""

    id: int
    bucket_id: str
    bucket_name: str
    path: Path

    @property
    def what(self) -> str:
        """For messages."""
        return f"shard {self.id} of {self.bucket_name}"


@dataclass(frozen=True)
class Contents:
    """What the files of a shard hold, and what is wrong in them.

    Attributes:
        data_files: how many there are, tombstones not counted.
    """

    summary: ShardSummary
    data_files: int
    damages: tuple[str, ...] = ()


def contents_of(plain: Iterable[bytes], wanted: Wanted) -> Contents:
    """Read the archive of a shard to its exact end, and all checksums in it.

    Raises:
        Broken: it is no whole archive, or that of another shard.
    """
    from influx_pipelines.backups.tsm.errors import TsmError
    from influx_pipelines.backups.tsm.shard import Shard
    from influx_pipelines.backups.tsm.summary import ShardSummary
    from influx_pipelines.backups.verify.archive import entries
    from influx_pipelines.backups.verify.reading import Stream

    files = dict(entries(Stream(plain), f"{wanted.bucket_id}/autogen/{wanted.id}/"))
    count = sum(name.endswith(".tsm") for name in files)
    try:
        damages, summary = Shard.of(files).verify()
    except TsmError as error:
        return Contents(ShardSummary(), count, (str(error),))
    return Contents(summary, count, tuple(map(str, damages)))
