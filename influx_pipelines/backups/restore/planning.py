"""Making the plan of a restore: a look at the backup and one at the server; nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr

from influx_pipelines.backups.errors import MissingRights, NotNative
from influx_pipelines.backups.instants import instant
from influx_pipelines.backups.native.rights import check_native
from influx_pipelines.backups.progress import Progress, silent
from influx_pipelines.backups.record import BucketRecord
from influx_pipelines.backups.report import Report
from influx_pipelines.backups.restore.contents import groups_of, returning
from influx_pipelines.backups.restore.forgotten import forgotten_by
from influx_pipelines.backups.restore.fullplan import plan_full
from influx_pipelines.backups.restore.logical import goes_on
from influx_pipelines.backups.restore.manifests import entries_of
from influx_pipelines.backups.restore.marker import is_unfinished
from influx_pipelines.backups.restore.plan import BucketPlan, RestorePlan, Way
from influx_pipelines.backups.restore.request import RestoreRefused, RestoreRequest
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.backups.verify import verify
from influx_pipelines.backups.verify.manifest import ManifestBucket
from influx_pipelines.backups.verify.native import MOST_FIELDS
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket


def plan_restore(
    client: Influx,
    backup: BackupSet,
    request: RestoreRequest,
    *,
    token: Callable[[], SecretStr | None] = lambda: None,
    progress: Progress = silent,
) -> RestorePlan:
    """What a restore would do. All files of the backup are verified first.

    Args:
        client: of the server; with an operator token for a full restore.
        backup: what to restore.
        request: how.
        token: gives an operator token of the time of the backup; asked by a full restore only,
            when it needs one.
        progress: is told of each file that is verified.

    Raises:
        RestoreRefused: the request and the backup do not fit.
        InfluxError: the server did not answer.
    """
    report = verify(backup.path, progress)
    if not report.good:
        return RestorePlan(backup, report, client.url, client.org)
    if request.full:
        full = plan_full(client, backup, token)
        return RestorePlan(backup, report, client.url, client.org, full=full)
    look = _Look(client, backup, request, report)
    buckets = tuple(map(look.plan, _chosen(report.buckets, request, client.org)))
    made = [bucket.held for bucket in buckets if not bucket.refused]
    forgotten = tuple(forgotten_by(backup, made))
    return RestorePlan(backup, report, client.url, client.org, buckets, forgotten=forgotten)


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
        raise RestoreRefused(
            f"The backup has no bucket {missing[0]!r} to restore"
            + (f" of the organization {wanted!r}" if wanted else "")
            + f". It has: {', '.join(sorted(one.name for one in users)) or 'none'}."
            + " A system bucket takes another name, with --as." * missing[0].startswith("_")
        )
    return [by_name[name] for name in dict.fromkeys(request.buckets)]


@dataclass
class _Look:
    """What the plans of all buckets are made from."""

    client: Influx
    backup: BackupSet
    request: RestoreRequest
    report: Report

    def __post_init__(self) -> None:
        self.there = {bucket.name: bucket for bucket in self.client.buckets()}
        native = self.backup.kind == "native"
        self.entries = entries_of(self.backup.path) if native else {}
        self.way, self.why = self._way()

    def plan(self, held: BucketRecord) -> BucketPlan:
        """What becomes of one."""
        as_name = self.request.as_name or held.name
        entry = self.entries.get((held.org, held.name))
        found = self.there.get(as_name)
        refused = self._refused(found)
        unfinished = found is not None and not refused
        goes = unfinished and self._goes_on(found)
        back = tuple(returning(self.backup.path, entry)) if entry and self._hides(entry) else ()
        notes = [self.why] if self.why else []
        notes += ["write it line by line (--lines) to keep them deleted"] if back else []
        notes += _about_age(entry, datetime.now(UTC)) if entry else []
        return BucketPlan(
            held,
            as_name,
            self.way,
            refused,
            found.id if found and unfinished and not goes else "",
            goes,
            back,
            tuple(notes),
        )

    def _hides(self, entry: ManifestBucket) -> bool:
        """Whether files of the bucket may hold deleted values that their restore brings back."""
        if self.way == "lines":
            return False
        counted = self.report.fields
        return len(counted) >= MOST_FIELDS or any(
            field.hidden for field in counted if field.bucket == entry.bucket_id
        )

    def _way(self) -> tuple[Way, str]:
        """How the points go to the server, and why not as files."""
        if self.backup.kind == "logical" or self.request.lines:
            return "lines", ""
        try:
            check_native(self.client)
        except (NotNative, MissingRights) as error:
            return "lines", f"it is written line by line: {str(error).partition('. ')[0]}"
        return "files", ""

    def _refused(self, found: Bucket | None) -> str:
        if found is None or is_unfinished(found):
            return ""
        return "there is a bucket of this name"

    def _goes_on(self, found: Bucket | None) -> bool:
        """Whether a restore that was killed left a note of how far it came."""
        if found is None or self.backup.kind != "logical":
            return False
        return goes_on(self.client, self.backup.path.parent, found)


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
