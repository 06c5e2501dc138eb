"""A bucket of a native backup, whose files the server takes as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from influx_pipelines.backups.progress import Progress, Step
from influx_pipelines.backups.restore.contents import groups_of
from influx_pipelines.backups.restore.request import RestoreFailed
from influx_pipelines.backups.restore.sending import send_file
from influx_pipelines.backups.verify.manifest import ManifestBucket
from influx_pipelines.influx.client import Influx

METADATA = "/api/v2/restore/bucketMetadata"
SHARDS = "/api/v2/restore/shards"


def make_bucket(
    client: Influx, bucket: ManifestBucket, as_name: str, description: str
) -> dict[int, int]:
    """Make the bucket with its shard groups, empty and without an end of its points' life.

    Returns:
        The new ID of each shard.

    Raises:
        Conflict: the name is taken.
        RestoreFailed: the server made other shards than it was asked for.
    """
    answer = client.request(
        "POST", METADATA, json=_entry(client, bucket, as_name, description), retry=False
    )
    made = {int(pair["oldId"]): int(pair["newId"]) for pair in answer["shardMappings"]}
    wanted = {shard.id for group in groups_of(bucket) for shard in group.shards}
    if missing := sorted(wanted - made.keys()):
        raise RestoreFailed(f"{client.url} has made no place for the shards {missing}.")
    return made


def send_shards(
    client: Influx,
    folder: Path,
    bucket: ManifestBucket,
    places: Mapping[int, int],
    progress: Progress,
) -> None:
    """Send the files of all shards to their places.

    Raises:
        InfluxError: the server did not take one.
    """
    shards = [shard for group in groups_of(bucket) for shard in group.shards]
    for number, shard in enumerate(shards, 1):
        send_file(client, f"{SHARDS}/{places[shard.id]}", folder, shard)
        what = f"shard {shard.id} of {bucket.bucket_name}"
        progress(Step(what, number, len(shards), shard.size))


def _entry(
    client: Influx, bucket: ManifestBucket, as_name: str, description: str
) -> dict[str, Any]:
    """The entry of the manifest for another name, in the organization of the client."""
    entry = bucket.model_dump(by_alias=True, exclude_unset=True, mode="json")
    groups = {group.id for group in groups_of(bucket)}
    policies = [
        policy
        | {"duration": 0}
        | {"shardGroups": [group for group in policy["shardGroups"] if group["id"] in groups]}
        for policy in entry["retentionPolicies"]
    ]
    return entry | {
        "organizationID": client.org_id,
        "organizationName": client.org,
        "bucketName": as_name,
        "description": description,
        "retentionPolicies": policies,
    }
