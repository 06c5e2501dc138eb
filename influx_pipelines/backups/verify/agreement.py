"""Whether the list of buckets of a manifest is the one of the metadata beside it.

The server writes the metadata first and the list a moment later. What changed in between differs
for good reasons, and is a note; what cannot have changed is a damage.
"""

from __future__ import annotations

from typing import NamedTuple

from influx_pipelines.backups.instants import nanoseconds
from influx_pipelines.backups.verify.damages import Finds
from influx_pipelines.backups.verify.manifest import Manifest, ManifestBucket, ShardGroup
from influx_pipelines.backups.verify.metadata import BUCKETS, ORGS, Group, Metadata, Policy

WRAP = 1 << 64  # before 1677 the server's nanoseconds wrap around


class Compared(NamedTuple):
    """Values of a bucket or shard group that must be the same."""

    what: str
    manifest: object
    metadata: object


def compare(
    manifest: Manifest, metadata: Metadata, taken_ns: int | None, finds: Finds
) -> list[str]:
    """Note damages; returns what is not wrong but should be known.

    Args:
        manifest: with its list of buckets.
        metadata: what the bolt file beside it says.
        finds: where damages go.
        taken_ns: when the backup began, where nothing else vouches for the manifest: then shards
            are missed that cannot have expired by that time.
    """
    notes = []
    for bucket in manifest.buckets:
        notes += _compare_bucket(bucket, metadata, taken_ns, finds)
    listed = {bucket.bucket_id for bucket in manifest.buckets}
    for id, found in sorted(metadata.objects[BUCKETS].items()):
        if id not in listed:
            notes.append(
                f"{found.get('name')}: the bucket is in the metadata, but not in the manifest. It "
                "was left out on purpose, or was deleted while the backup was made."
            )
    return notes


def _compare_bucket(
    bucket: ManifestBucket, metadata: Metadata, taken_ns: int | None, finds: Finds
) -> list[str]:
    name, id = bucket.bucket_name, bucket.bucket_id
    found = metadata.objects[BUCKETS].get(id)
    if bucket.organization_id not in metadata.objects[ORGS]:
        finds.add("its organization is not in the metadata", f"bucket {name}")
        return []
    if found is None:
        names = {(one.get("orgID"), one.get("name")) for one in metadata.objects[BUCKETS].values()}
        if (bucket.organization_id, name) in names:
            finds.add("has another ID in the metadata", f"bucket {name}")
            return []
        return [f"{name}: the bucket is younger than the metadata; a full restore leaves it out."]
    org = metadata.objects[ORGS][bucket.organization_id]
    _same(
        f"bucket {name}",
        [
            Compared("the name", name, found.get("name")),
            Compared("the organization", bucket.organization_id, found.get("orgID")),
            Compared("the name of its organization", bucket.organization_name, org.get("name")),
            Compared("the description", bucket.description or "", found.get("description") or ""),
        ],
        finds,
    )
    return _compare_policies(bucket, metadata, taken_ns, finds)


def _compare_policies(
    bucket: ManifestBucket, metadata: Metadata, taken_ns: int | None, finds: Finds
) -> list[str]:
    where = f"bucket {bucket.bucket_name}"
    policies = (metadata.policies or {}).get(bucket.bucket_id, ())
    if len(policies) != 1 or len(bucket.retention_policies) != 1:
        if metadata.policies is not None:
            finds.add("its retention policy is not in the metadata", where)
        return []
    mine, theirs = bucket.retention_policies[0], policies[0]
    _same(
        where,
        [
            Compared("the retention", mine.duration, theirs.duration),
            Compared("the length of shards", mine.shard_group_duration, theirs.group_duration),
            Compared("the number of copies", mine.replica_n, theirs.replicas),
        ],
        finds,
    )
    if taken_ns is not None:
        _check_complete(bucket, theirs, taken_ns, finds)
    return _compare_groups(bucket, theirs, finds)


def _compare_groups(bucket: ManifestBucket, theirs: Policy, finds: Finds) -> list[str]:
    where = f"bucket {bucket.bucket_name}"
    groups = {group.id: group for group in theirs.groups}
    shards = {shard for group in theirs.groups for shard in group.shards}
    notes = []
    for group in bucket.groups():
        if group.id in groups:
            _compare_group(group, groups[group.id], where, finds)
        elif shards.intersection(shard.id for shard in group.shards):
            finds.add(f"shard group {group.id} has another ID in the metadata", where)
        else:
            notes.append(
                f"{bucket.bucket_name}: shard group {group.id} is younger than the metadata; a "
                "full restore would stop there, one of the bucket takes it."
            )
    return notes


def _check_complete(bucket: ManifestBucket, theirs: Policy, taken_ns: int, finds: Finds) -> None:
    """Miss the shards that were there and had not expired."""
    listed = {group.id for group in bucket.groups() if group.shards}
    for group in theirs.groups:
        is_expired = theirs.duration and group.end + theirs.duration <= taken_ns
        if group.shards and not (group.deleted or is_expired or group.id in listed):
            finds.add(
                f"shard group {group.id} of the metadata has no shard here",
                f"bucket {bucket.bucket_name}",
            )


def _compare_group(mine: ShardGroup, theirs: Group, where: str, finds: Finds) -> None:
    place = f"{where}, shard group {mine.id}"
    _same(
        place,
        [
            Compared("its begin", mine.start_ns % WRAP, theirs.start % WRAP),
            Compared("its end", mine.end_ns % WRAP, theirs.end % WRAP),
            Compared("its deletion", _or_none(mine.deleted_at), theirs.deleted),
            Compared("where it was cut", _or_none(mine.truncated_at), theirs.truncated),
        ],
        finds,
    )
    for shard in mine.shards:
        if shard.id not in theirs.shards:
            finds.add(f"shard {shard.id} is not of this group in the metadata", place)


def _or_none(time: str | None) -> int:
    return 0 if time is None else nanoseconds(time)


def _same(where: str, compared: list[Compared], finds: Finds) -> None:
    for what, mine, theirs in compared:
        if mine != theirs:
            finds.add(f"{what} is {_shown(mine)}, and {_shown(theirs)} in the metadata", where)


def _shown(value: object) -> str:
    return ascii(value)[:80]
