"""The file of a shard: its archive, the files in it, and the values in these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from influx_pipelines.backups.verify.archive import entries
from influx_pipelines.backups.verify.damages import Broken, Finds
from influx_pipelines.backups.verify.manifest import ShardGroup
from influx_pipelines.backups.verify.reading import Buffer, Stream

if TYPE_CHECKING:
    from influx_pipelines.backups.tsm.shard import Shard
    from influx_pipelines.backups.tsm.summary import ShardSummary


def check_shard(
    pieces: Iterator[bytes], prefix: str, group: ShardGroup, finds: Finds
) -> ShardSummary:
    """Note damages; returns what could be counted.

    Args:
        pieces: the archive, unpacked.
        prefix: the folder in it that all files are below.
        group: all values lie within its time.
        finds: where damages go.
    """
    files: dict[str, Buffer] = {}
    try:
        for name, content in entries(Stream(pieces), prefix):
            files[name] = content
    except Broken as error:
        finds.add(error.what, error.where)
    shard = _shard(files, finds)
    damages, summary = shard.verify()
    for damage in damages:
        finds.add(damage.what, damage.where)
    if not damages:
        _check_times(shard, summary, group, finds)
    return summary


def _shard(files: dict[str, Buffer], finds: Finds) -> Shard:
    """The shard of the files that can be read at all."""
    from influx_pipelines.backups.tsm.errors import TsmError
    from influx_pipelines.backups.tsm.index import TsmFile
    from influx_pipelines.backups.tsm.shard import Shard
    from influx_pipelines.backups.tsm.tombstone import Tombstones

    found: dict[str, TsmFile] = {}
    hidden: dict[str, Tombstones] = {}
    for name in sorted(files):
        stem, _, kind = name.rpartition(".")
        try:
            if kind == "tsm":
                found[stem] = TsmFile(files[name], name)
            else:
                hidden[stem] = Tombstones.read(bytes(files[name]), name)
        except TsmError as error:
            finds.add(error.what, error.where)
        if kind == "tombstone" and f"{stem}.tsm" not in files:
            finds.add("the tombstone has no TSM file beside it", name)
    return Shard(list(found.values()), [hidden.get(stem) for stem in found])


def _check_times(shard: Shard, summary: ShardSummary, group: ShardGroup, finds: Finds) -> None:
    """No value lies out of the time of the shard group, hidden or not."""
    for first, last in _reaches(shard, summary):
        if first < group.start_ns or last >= group.end_ns:
            finds.add(f"has values out of its time, {group.start_time} to {group.end_time}")


def _reaches(shard: Shard, summary: ShardSummary) -> Iterator[tuple[int, int]]:
    """First and last times; what is hidden was not counted, so then by the index."""
    if not summary.hidden and summary.first_ns is not None and summary.last_ns is not None:
        yield summary.first_ns, summary.last_ns
    elif summary.hidden:
        for file in shard.files:
            for batch in file.batches():
                yield int(batch.entries["first"].min()), int(batch.entries["last"].max())
