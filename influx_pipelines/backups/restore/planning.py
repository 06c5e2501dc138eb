"""Making the plan of a restore: a look at the backup, a look at the server, nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from influx_pipelines.backups.errors import MissingRights, NotNative
from influx_pipelines.backups.instants import instant
from influx_pipelines.backups.native.rights import check_native
from influx_pipelines.backups.record import BucketRecord
from influx_pipelines.backups.report import Report
from influx_pipelines.backups.restore.contents import groups_of, returning
from influx_pipelines.backups.restore.manifests import entries_of
from influx_pipelines.backups.restore.marker import is_unfinished
from influx_pipelines.backups.restore.plan import BucketPlan, Way
from influx_pipelines.backups.restore.request import RestoreRefused, RestoreRequest
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.backups.verify.manifest import ManifestBucket
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket

KEEPS_DELETED = "write it line by line (--lines) to keep them deleted"


def plan_buckets(
    client: Influx, backup: BackupSet, report: Report, request: RestoreRequest
) -> tuple[BucketPlan, ...]:
    """What would become of each bucket that is asked for.

    Raises:
        RestoreRefused: the backup has no such bucket, or several of that name.
        InfluxError: the server did not answer.
    """
    chosen = _chosen(report.buckets, request, client.org)
    there = {bucket.name: bucket for bucket in client.buckets()}
    way, why = _way(client, backup, request)
    entries = entries_of(backup.path) if backup.kind == "native" else {}
    return tuple(
        _plan(
            backup.path,
            held,
            request.as_name or held.name,
            entries.get((held.org, held.name)),
            there,
            way,
            why,
        )
        for held in chosen
    )


def _chosen(
    buckets: Sequence[BucketRecord], request: RestoreRequest, org: str
) -> list[BucketRecord]:
    """The buckets that are asked for, all of one organization."""
    orgs = {bucket.org for bucket in buckets}
    wanted = request.org or (org if org in orgs else "")
    if not wanted and len(orgs) > 1:
        names = ", ".join(sorted(orgs))
        raise RestoreRefused(f"The backup has several organizations: choose with --org: {names}.")
    of_org = [one for one in buckets if one.org == wanted] if wanted else list(buckets)
    users = [one for one in of_org if not one.name.startswith("_")]
    if not request.buckets:
        return users
    by_name = {one.name: one for one in (of_org if request.as_name else users)}
    if missing := [name for name in request.buckets if name not in by_name]:
        there = ", ".join(sorted(one.name for one in users)) or "none"
        raise RestoreRefused(
            f"The backup has no bucket {missing[0]!r} to restore"
            + (f" of the organization {wanted!r}" if wanted else "")
            + f". It has: {there}."
            + " A system bucket takes another name, with --as." * missing[0].startswith("_")
        )
    return [by_name[name] for name in dict.fromkeys(request.buckets)]


def _way(client: Influx, backup: BackupSet, request: RestoreRequest) -> tuple[Way, str]:
    """How the points go to the server, and why not as files."""
    if backup.kind == "logical" or request.lines:
        return "lines", ""
    try:
        check_native(client)
    except (NotNative, MissingRights) as error:
        return "lines", f"it is written line by line: {str(error).partition('. ')[0]}"
    return "files", ""


def _plan(
    folder: Path,
    held: BucketRecord,
    as_name: str,
    entry: ManifestBucket | None,
    there: Mapping[str, Bucket],
    way: Way,
    why: str,
) -> BucketPlan:
    found = there.get(as_name)
    refused = drops = ""
    if found is not None and is_unfinished(found):
        drops = "" if goes_on else found.id
    elif found is not None:
        refused = (
            f"there is a bucket {as_name!r} already, and nothing is merged or overwritten: restore "
            "it under another name (--as), or delete that one first"
        )
    back = tuple(returning(folder, entry)) if entry is not None and way == "files" else ()
    notes = [why] if why else []
    notes += [KEEPS_DELETED] if back else []
    notes += _about_age(entry, datetime.now(UTC)) if entry is not None else []
    return BucketPlan(held, as_name, way, refused, drops, back, tuple(notes))


def _about_age(entry: ManifestBucket, now: datetime) -> list[str]:
    """What the server will remove again since it is older than the bucket keeps points."""
    keeps = sum(policy.duration for policy in entry.retention_policies)
    old = [group for group in groups_of(entry) if keeps and instant(group.end_ns + keeps) < now]
    if not old:
        return []
    last = instant(max(group.end_ns for group in old))
    return [
        f"points before {last:%Y-%m-%d %H:%M} are older than its retention: the server will "
        "remove them again, within half an hour"
    ]
