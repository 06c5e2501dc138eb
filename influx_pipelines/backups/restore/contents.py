"""What the shards of a native backup hold, as a server will answer after a restore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from influx_pipelines.backups.instants import instant
from influx_pipelines.backups.restore.archive import shard_in
from influx_pipelines.backups.restore.held import Field, Held, Value, canonical, measurement_of
from influx_pipelines.backups.tsm.shard import Points, Shard
from influx_pipelines.backups.verify.manifest import ManifestBucket, ShardGroup


@dataclass(frozen=True)
class Returning:
    """Values that were deleted shortly before the backup, and that a restore brings back.

    Attributes:
        first: begin of the shard group that they are in.
        values: how many.
        series: how many series have some.
    """

    measurement: str
    field: str
    first: str
    values: int
    series: int

    def __str__(self) -> str:
        return (
            f"{self.values:,} deleted values of {self.measurement}.{self.field} in "
            f"{self.series:,} series (shard group of {self.first}) come back"
        )


def groups_of(bucket: ManifestBucket) -> Iterator[ShardGroup]:
    """The shard groups with data, in the order of time.

    Those without shards stay away: writes into such a group were seen to crash a server.
    """
    found = (group for group in bucket.groups() if group.shards and not group.deleted_at)
    yield from sorted(found, key=lambda group: group.start_ns)


def returning(folder: Path, bucket: ManifestBucket) -> Iterator[Returning]:
    """What tombstones hide in the shards of a bucket, which the server's restore forgets."""
    for group in groups_of(bucket):
        found: dict[tuple[str, str], list[int]] = {}
        for file in group.shards:
            with shard_in(folder, bucket, file) as shard:
                for key in shard.counts() if any(map(len, shard.tombstones)) else ():
                    if key.hidden:
                        name = (measurement_of(key.series), key.field.decode(errors="replace"))
                        found.setdefault(name, []).append(key.hidden)
        start = f"{instant(group.start_ns):%Y-%m-%d %H:%M}"
        for (measurement, field), hidden in sorted(found.items()):
            yield Returning(measurement, field, start, sum(hidden), len(hidden))


def held_in(
    folder: Path,
    bucket: ManifestBucket,
    group: ShardGroup,
    *,
    forgotten: bool,
    last: bool = False,
) -> dict[Field, Held]:
    """The fields of all series of a shard group.

    Args:
        folder: of the backup.
        bucket: of it.
        group: of the bucket.
        forgotten: whether tombstones are, as by a restore of the files.
        last: whether the last values are wanted too, for which all are read.

    Raises:
        TsmError: a shard is damaged.
    """
    found: dict[Field, Held] = {}
    for file in group.shards:
        with shard_in(folder, bucket, file) as shard:
            for field, held in (_with_last if last else _counted)(shard, forgotten):
                known = found.get(field, Held(0))
                found[field] = Held(known.values + held.values, held.last_ns, held.last)
    return found


def _counted(shard: Shard, forgotten: bool) -> Iterator[tuple[Field, Held]]:
    for key in shard.counts():
        values = key.values + (key.hidden if forgotten else 0)
        if values:
            yield Field(canonical(key.series), key.field), Held(values)


def _with_last(shard: Shard, forgotten: bool) -> Iterator[tuple[Field, Held]]:
    for points in shard.points(forget_tombstones=forgotten):
        field = Field(canonical(points.series), points.field)
        yield field, Held(len(points.times), int(points.times[-1]), _value(points))


def _value(points: Points) -> Value:
    value = points.values[-1]
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    plain: Value = value.item()
    return plain


def lines_in(folder: Path, bucket: ManifestBucket, group: ShardGroup) -> Iterator[bytes]:
    """The values of a shard group as line protocol; what was deleted stays deleted.

    Raises:
        TsmError: a shard is damaged, or a name cannot be written.
    """
    for file in group.shards:
        with shard_in(folder, bucket, file) as shard:
            yield from shard.lines()
