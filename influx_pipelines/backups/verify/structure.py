"""A manifest looked at by itself: what a restore would refuse, or would do wrongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from influx_pipelines.backups.verify.damages import Finds
from influx_pipelines.backups.verify.manifest import Manifest, ManifestBucket

POLICY = "autogen"


def check_structure(manifest: Manifest, finds: Finds) -> list[str]:
    """Note damages; returns what is not wrong but should be known."""
    buckets = manifest.buckets
    for bucket in buckets:
        _check_bucket(bucket, finds)
    _check_once("bucket", (bucket.bucket_id for bucket in buckets), finds)
    _check_once(
        "bucket", (f"{bucket.organization_id}/{bucket.bucket_name}" for bucket in buckets), finds
    )
    _check_once("shard", (shard.id for _, _, shard in manifest.shards()), finds)
    _check_once("shard group", (group.id for bucket in buckets for group in bucket.groups()), finds)
    _check_once("file", (file.file_name for file in manifest.files()), finds)
    orgs = {(bucket.organization_id, bucket.organization_name) for bucket in buckets}
    _check_once("organization", (id for id, _ in orgs), finds)
    for file in manifest.files():
        if (file.compression == 1) != file.file_name.endswith(".gz"):
            finds.add("its name and its compression contradict each other", file.file_name)
    return [note for bucket in buckets for note in _notes(bucket)]


def _check_bucket(bucket: ManifestBucket, finds: Finds) -> None:
    where = f"bucket {bucket.bucket_name}"
    names = [policy.name for policy in bucket.retention_policies]
    if names != [POLICY] or bucket.default_retention_policy != POLICY:
        finds.add(f"its one retention policy should be {POLICY}", where)
    for group in bucket.groups():
        if group.start_ns >= group.end_ns:
            finds.add(f"shard group {group.id} ends before it begins", where)


def _check_once(what: str, values: Iterable[Hashable], finds: Finds) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            finds.add(f"names {what} {value} {count} times")


def _notes(bucket: ManifestBucket) -> Iterable[str]:
    for group in bucket.groups():
        if not group.shards and group.deleted_at is None:
            yield (
                f"{bucket.bucket_name}: the shard group from {group.start_time} has no shard. It "
                "went away while the backup was made, or was damaged before (influxdb #23595)."
            )
