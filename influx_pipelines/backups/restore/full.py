"""A full restore: everything on the server becomes what it was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import SecretStr

from influx_pipelines.backups.progress import Progress, Step, silent
from influx_pipelines.backups.restore.buckets import not_allowed, refuse_unless_good
from influx_pipelines.backups.restore.contents import groups_of
from influx_pipelines.backups.restore.fullplan import client_for_full
from influx_pipelines.backups.restore.making import Comparison, compare
from influx_pipelines.backups.restore.manifests import manifest_of
from influx_pipelines.backups.restore.native import SHARDS
from influx_pipelines.backups.restore.note import noted
from influx_pipelines.backups.restore.plan import RestorePlan
from influx_pipelines.backups.restore.request import RestoreFailed, RestoreRefused
from influx_pipelines.backups.restore.sending import send_file
from influx_pipelines.backups.restore.source import GroupPart, NativeBucket
from influx_pipelines.backups.verify.manifest import Manifest
from influx_pipelines.influx.client import Influx

KV, SQL = "/api/v2/restore/kv", "/api/v2/restore/sql"


@dataclass(frozen=True)
class FullResult:
    """What became of a full restore.

    Attributes:
        comparisons: what was counted, by `organization/bucket`.
        token: an operator token of the server as it is now; never shown.
        seconds: that it took.
    """

    comparisons: dict[str, Comparison]
    token: SecretStr
    seconds: float

    @property
    def state(self) -> Literal["done", "missing"]:
        """Whether all values of the backup are there."""
        return "missing" if any(one.differing for one in self.comparisons.values()) else "done"


def restore_full(
    plan: RestorePlan,
    client: Influx,
    *,
    allow_data_loss: str,
    token: SecretStr | None = None,
    progress: Progress = silent,
) -> FullResult:
    """Replace everything on a server. Broken off, it can be done again.

    Args:
        plan: of this server; its backup was verified for it.
        client: with an operator token of the server as it is.
        allow_data_loss: fingerprint of the plan.
        token: an operator token of the time of the backup; needed where it has only hashes.
        progress: is told of each file, and of each shard group that is counted.

    Raises:
        RestoreRefused: the plan is refused, or not allowed; nothing was sent.
        RestoreFailed: the server gave no token to go on with.
        InfluxError: the server did not take something; do it again.
    """
    refuse_unless_good(plan)
    full = plan.full
    if full is None or full.refused:
        raise RestoreRefused(full.refused if full else "This is no plan of a full restore.")
    if reason := not_allowed(plan, full.loses, allow_data_loss):
        raise RestoreRefused(reason)
    before = time.monotonic()
    manifest = manifest_of(plan.backup.path)
    with noted(client, plan.backup):
        with client_for_full(client, token, full.broken_off) as old:
            new = _send_metadata(old, plan, manifest, token)
        with client.other(token=new.get_secret_value(), org=client.org) as usable:
            _send_rest(usable, plan, manifest, progress)
        comparisons = dict(_compared(client, plan, manifest, new, progress))
    return FullResult(comparisons, new, time.monotonic() - before)


def _send_metadata(
    client: Influx, plan: RestorePlan, manifest: Manifest, token: SecretStr | None
) -> SecretStr:
    """Swap users, tokens and the list of buckets; from here on another token is good."""
    answer = send_file(client, KV, plan.backup.path, manifest.kv, retry=False)
    found = SecretStr((answer or {}).get("token") or "")
    if found.get_secret_value():
        return found
    if token is None:
        raise RestoreFailed(
            "The server has taken the metadata and told no token. Do it again with an operator "
            "token of the time of the backup in INFLUXDB_RESTORE_TOKEN."
        )
    return token


def _send_rest(client: Influx, plan: RestorePlan, manifest: Manifest, progress: Progress) -> None:
    folder = plan.backup.path
    if manifest.sql is not None:
        send_file(client, SQL, folder, manifest.sql)
    shards = [
        (bucket.bucket_name, shard)
        for bucket in manifest.buckets
        for group in groups_of(bucket)
        for shard in group.shards
    ]
    for number, (name, shard) in enumerate(shards, 1):
        send_file(client, f"{SHARDS}/{shard.id}", folder, shard)
        progress(Step(f"shard {shard.id} of {name}", number, len(shards), shard.size))


def _compared(
    client: Influx, plan: RestorePlan, manifest: Manifest, token: SecretStr, progress: Progress
) -> Iterator[tuple[str, Comparison]]:
    """Each bucket; the tasks of the server are at work already, so more is no difference."""
    for bucket in manifest.buckets:
        source = _Unexpired(plan.backup.path, bucket, "files")
        org = bucket.organization_name
        with client.other(token=token.get_secret_value(), org=org) as usable:
            found = compare(usable, source, bucket.bucket_name, progress)
        yield f"{org}/{bucket.bucket_name}", found


class _Unexpired(NativeBucket):
    """A bucket without the shard groups that its retention lets the server remove at any time."""

    def parts(self) -> Iterator[GroupPart]:
        now, keeps = datetime.now(UTC), self.kept.retention_seconds
        for part in super().parts():
            if not keeps or part.stop.timestamp() + keeps > now.timestamp():
                yield part
