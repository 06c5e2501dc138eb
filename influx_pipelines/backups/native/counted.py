"""What a download holds by bucket, for its record."""

from __future__ import annotations

from collections.abc import Mapping

from influx_pipelines.backups.instants import instant
from influx_pipelines.backups.native.shard import Kept
from influx_pipelines.backups.record import BucketRecord
from influx_pipelines.backups.verify.manifest import Manifest, ManifestBucket


def bucket_records(manifest: Manifest, kept: Mapping[int, Kept]) -> tuple[BucketRecord, ...]:
    """All buckets of the server."""
    return tuple(_record(bucket, kept) for bucket in manifest.buckets)


def _record(bucket: ManifestBucket, kept: Mapping[int, Kept]) -> BucketRecord:
    from influx_pipelines.backups.tsm.summary import ShardSummary

    shards = [shard.id for _, shard in bucket.shards()]
    total = ShardSummary()
    for id in shards:
        total.add(kept[id].contents.summary)
    first, last = total.first_ns, total.last_ns
    return BucketRecord(
        id=bucket.bucket_id,
        name=bucket.bucket_name,
        org=bucket.organization_name,
        shards=len(shards),
        series=total.series,
        values=total.values,
        first=None if first is None else instant(first),
        last=None if last is None else instant(last),
    )
