"""A bucket of a backup, of either kind, as something to restore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from influx_pipelines.backups.instants import SECOND, instant
from influx_pipelines.backups.progress import Progress, Step
from influx_pipelines.backups.restore import native
from influx_pipelines.backups.restore.contents import groups_of, held_in, lines_in
from influx_pipelines.backups.restore.held import Field, Held
from influx_pipelines.backups.restore.plan import Way
from influx_pipelines.backups.verify.manifest import ManifestBucket, ShardGroup
from influx_pipelines.influx.client import Influx


@dataclass(frozen=True)
class Kept:
    """What a bucket says of itself in the backup; seconds, 0 for ever."""

    description: str
    retention_seconds: int
    shard_group_seconds: int


class Part(Protocol):
    """A stretch of time of a bucket, within one shard group."""

    @property
    def start(self) -> datetime:
        """Begin of the stretch."""
        ...

    @property
    def stop(self) -> datetime:
        """End, exclusive."""
        ...

    def held(self, *, last: bool) -> dict[Field, Held]:
        """What the backup has there, as a server will answer it."""
        ...


class Source(Protocol):
    """A bucket of a backup that can be made on a server."""

    @property
    def kept(self) -> Kept:
        """How the bucket is to be, when all of it is there."""
        ...

    def make(self, client: Influx, as_name: str, description: str, progress: Progress) -> None:
        """Make the bucket, without an end of its points' life, and bring all points into it.

        Raises:
            InfluxError: the server refused something.
        """
        ...

    def parts(self) -> Iterator[Part]:
        """Its stretches with points, in the order of time."""
        ...


@dataclass(frozen=True)
class GroupPart:
    """A shard group of a native backup."""

    folder: Path
    bucket: ManifestBucket
    group: ShardGroup
    forgotten: bool

    @property
    def start(self) -> datetime:
        """Begin of the group."""
        return instant(self.group.start_ns)

    @property
    def stop(self) -> datetime:
        """Its end, exclusive."""
        return instant(self.group.end_ns)

    def held(self, *, last: bool) -> dict[Field, Held]:
        """What its shards hold."""
        return held_in(self.folder, self.bucket, self.group, forgotten=self.forgotten, last=last)


@dataclass(frozen=True)
class NativeBucket:
    """A bucket of a native backup.

    Attributes:
        way: its files, of which the server forgets the tombstones, or its lines.
    """

    folder: Path
    entry: ManifestBucket
    way: Way

    @property
    def kept(self) -> Kept:
        """What the manifest says."""
        [policy] = self.entry.retention_policies
        return Kept(
            self.entry.description or "",
            policy.duration // SECOND,
            policy.shard_group_duration // SECOND,
        )

    def make(self, client: Influx, as_name: str, description: str, progress: Progress) -> None:
        """By the files where the server takes them, else line by line."""
        if self.way == "files":
            places = native.make_bucket(client, self.entry, as_name, description)
            native.send_shards(client, self.folder, self.entry, places, progress)
            return
        client.create_bucket(
            as_name,
            retention_seconds=0,
            description=description,
            shard_group_seconds=self.kept.shard_group_seconds or None,
        )
        groups = list(groups_of(self.entry))
        for number, group in enumerate(groups, 1):
            client.write_lines(lines_in(self.folder, self.entry, group), bucket=as_name)
            what = f"{instant(group.start_ns):%Y-%m-%d} of {self.entry.bucket_name}"
            size = sum(shard.size for shard in group.shards)
            progress(Step(what, number, len(groups), size))

    def parts(self) -> Iterator[GroupPart]:
        """Its shard groups."""
        for group in groups_of(self.entry):
            yield GroupPart(self.folder, self.entry, group, self.way == "files")
