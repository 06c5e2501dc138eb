"""Looking at a native backup: ours, or one that `influx backup` made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from influx_pipelines.backups.instants import SECOND, instant
from influx_pipelines.backups.record import BucketRecord
from influx_pipelines.backups.report import FieldCount
from influx_pipelines.backups.verify.agreement import compare
from influx_pipelines.backups.verify.bolt import Bolt
from influx_pipelines.backups.verify.damages import Finds
from influx_pipelines.backups.verify.look import Look
from influx_pipelines.backups.verify.manifest import (
    Manifest,
    ManifestBucket,
    ManifestFile,
    ShardFile,
    ShardGroup,
)
from influx_pipelines.backups.verify.manifests import Manifests
from influx_pipelines.backups.verify.metadata import Metadata, read_metadata
from influx_pipelines.backups.verify.reading import gather
from influx_pipelines.backups.verify.shard import check_shard
from influx_pipelines.backups.verify.sqlite import check_sqlite
from influx_pipelines.backups.verify.structure import check_structure

if TYPE_CHECKING:
    from influx_pipelines.backups.tsm.summary import ShardSummary

MOST_FIELDS = 10_000


class NativeLook:
    """A look at all files that the manifests of a folder name.

    Attributes:
        buckets: what was counted.
        fields: the same by measurement and field.
    """

    def __init__(self, look: Look, manifests: Manifests, started: datetime) -> None:
        self._look, self._manifests, self._started = look, manifests, started
        self.buckets: list[BucketRecord] = []
        self.fields: list[FieldCount] = []

    def run(self) -> None:
        """Look at everything.

        Raises:
            NoSpace: there is none to unpack a large file.
        """
        look, manifest = self._look, self._manifests.manifest
        look.damages += self._manifests.damages
        look.notes += self._manifests.notes
        if manifest is None:
            return
        look.total = len(list(manifest.files()))
        look.total += sum(1 for bucket in self._manifests.older for _ in bucket.shards())
        self._manifest(manifest)
        metadata = self._metadata(manifest.kv)
        if metadata is not None:
            self._compare(manifest, metadata)
        if manifest.sql is not None:
            look.file(manifest.sql, "notebooks and annotations", check_sqlite)
        else:
            look.notes.append("There is no SQLite file: no notebooks, annotations, replications.")
        for bucket in [*manifest.buckets, *self._manifests.older]:
            self._bucket(bucket)

    def _manifest(self, manifest: Manifest) -> None:
        finds = Finds()
        self._look.notes += check_structure(manifest, finds)
        self._look.take(self._manifests.newest, finds)

    def _metadata(self, file: ManifestFile) -> Metadata | None:
        """What the bolt file says; None when that cannot be trusted."""
        read: list[Metadata] = []

        def check(pieces: Iterator[bytes], finds: Finds) -> None:
            content = memoryview(gather(pieces))
            read.append(read_metadata(Bolt(content, finds).items(), finds))

        good = self._look.file(file, "metadata", check)
        return read[0] if good and read else None

    def _compare(self, manifest: Manifest, metadata: Metadata) -> None:
        finds = Finds()
        name = self._manifests.newest
        taken = int(self._started.timestamp()) * SECOND
        is_vouched = name in self._look.expected
        self._look.notes += compare(manifest, metadata, None if is_vouched else taken, finds)
        self._look.take(name, finds)

    def _bucket(self, bucket: ManifestBucket) -> None:
        from influx_pipelines.backups.tsm.summary import ShardSummary

        total = ShardSummary()
        filled = 0
        for group, shard in bucket.shards():
            found = self._shard(bucket, group, shard)
            if found is not None:
                total.add(found)
                filled += 1
        self._count(bucket, total, filled)

    def _shard(
        self, bucket: ManifestBucket, group: ShardGroup, shard: ShardFile
    ) -> ShardSummary | None:
        counted: list[ShardSummary] = []
        prefix = f"{bucket.bucket_id}/{bucket.default_retention_policy}/{shard.id}/"

        def check(pieces: Iterator[bytes], finds: Finds) -> None:
            counted.append(check_shard(pieces, prefix, group, finds))

        what = f"shard {shard.id} of {bucket.bucket_name}"
        good = self._look.file(shard, what, check)
        if good and counted and not counted[0].by_field:
            self._look.notes.append(f"{what} holds nothing: all of it was deleted.")
        return counted[0] if counted else None

    def _count(self, bucket: ManifestBucket, total: ShardSummary, shards: int) -> None:
        if total.hidden:
            self._look.notes.append(
                f"{bucket.bucket_name}: {total.hidden} values were deleted, but are still in the "
                "files; a restore brings them back."
            )
        self.buckets.append(
            BucketRecord(
                id=bucket.bucket_id,
                name=bucket.bucket_name,
                org=bucket.organization_name,
                shards=shards,
                series=total.series,
                values=total.values,
                first=None if total.first_ns is None else instant(total.first_ns),
                last=None if total.last_ns is None else instant(total.last_ns),
            )
        )
        room = MOST_FIELDS - len(self.fields)
        self.fields += fields_of(bucket.bucket_id, total)[:room]


def fields_of(bucket: str, total: ShardSummary) -> Sequence[FieldCount]:
    """The counts of a bucket by measurement and field, in the order of their names."""
    return [
        FieldCount(
            bucket=bucket,
            measurement=key.measurement,
            field=key.field,
            type=key.type,
            series=found.series,
            values=found.values,
            hidden=found.hidden,
            first=found.first_ns if found.values else None,
            last=found.last_ns if found.values else None,
        )
        for key, found in sorted(total.by_field.items())
    ]
