"""Backups of a server: taken, verified, kept by a policy, copied, restored on trial."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import dagster as dg
from pydantic import Field, SecretStr

from influx_pipelines.components.component import InfluxComponent
from influx_pipelines.components.scaffolding import PlanScaffolder
from influx_pipelines.components.server import settings_with
from influx_pipelines.defs.automation import schedule_status
from influx_pipelines.defs.backups import assets, automation, checks, copies, restoring, retention
from influx_pipelines.defs.policies import BACKUP_POOL, managed_asset
from influx_pipelines.settings import Settings

Judged = Iterator[dg.AssetCheckResult | dg.MaterializeResult]
Checks = list[dg.AssetCheckSpec]


@dg.scaffold_with(PlanScaffolder)
class BackupPlan(InfluxComponent):
    """Backups of a server once a day: taken, read again, listed, and old ones removed.

    The assets `backup_plans/<name>/backup`, `verification`, `inventory` and `retention`; `copies`
    where there is a place for them, and `restore_test` where it is asked for: it makes scratch
    buckets on the server and removes them.
    """

    name: str = Field("backup", description="Tells the assets of several plans apart.")
    folder: str | None = Field(
        None, description="Folder of the backups; unset: `.influx_pipelines/backups`."
    )
    kind: Literal["auto", "native", "logical"] = Field(
        "auto", description="The official format, line protocol, or the former where it can be."
    )
    keep_daily: int = Field(7, ge=1, description="Days that keep a backup.")
    keep_weekly: int = Field(4, ge=0, description="Weeks that keep one.")
    keep_monthly: int = Field(12, ge=0, description="Months that keep one.")
    copy_to: str | None = Field(
        None, description="Where verified backups are copied: a folder, or an address of fsspec."
    )
    recipients: str | None = Field(
        None, description="Public keys of age, separated by commas, for which copies are encrypted."
    )
    restore_test: bool = Field(False, description="Whether a bucket is restored on trial.")
    group: str = Field("backups", description="Group of the assets.")
    cron: str | None = Field(automation.CRON, description="When; null for no schedule.")
    zone: str = Field("UTC", description="Time zone of the schedule, as Europe/Berlin.")

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The assets with their checks, a job of all of them, and its schedule."""
        made = [self._backup(), self._inventory(), self._verification(), self._retention()]
        made += [self._copies()] if self.copy_to else []
        made += [self._restore_test()] if self.restore_test else []
        job = dg.define_asset_job(
            "_".join(self.key("backup_plans", self.name).path),
            selection=dg.AssetSelection.assets(*(one.key for one in made)),
            tags=automation.TAGS,
        )
        nightly = dg.ScheduleDefinition(
            name=f"{job.name}_nightly",
            job=job,
            cron_schedule=self.cron or automation.CRON,
            execution_timezone=self.zone,
            default_status=schedule_status(),
            description="A backup, with all that follows it.",
        )
        return dg.Definitions(assets=made, jobs=[job], schedules=[nightly] if self.cron else [])

    def settings(self) -> Settings:
        """The settings of a run."""
        return settings_with(
            backup_folder=Path(self.folder) if self.folder else None,
            backup_kind=self.kind,
            backup_keep_daily=self.keep_daily,
            backup_keep_weekly=self.keep_weekly,
            backup_keep_monthly=self.keep_monthly,
            backup_copy_to=SecretStr(self.copy_to) if self.copy_to else None,
            backup_recipients=self.recipients,
        )

    def _options(self, part: str, specs: Checks, after: str = "backup") -> dict[str, object]:
        deps = [self._key(after)] if part != "backup" else self.first()
        return {**self.options(specs, self._key(part)), "group_name": self.group, "deps": deps}

    def _key(self, part: str) -> dg.AssetKey:
        return self.key("backup_plans", self.name, part)

    def _backup(self) -> dg.AssetsDefinition:
        influx = self.server.resource()
        specs = [checks.IS_GOOD, checks.HOLDS_EVERY_BUCKET, checks.SIZE_IS_PLAUSIBLE]

        @managed_asset(**self._options("backup", specs), pool=BACKUP_POOL)
        def backup(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            """A new backup of the server, complete and read again once taken."""
            return assets.taken(context, influx, self.settings())

        return backup

    def _inventory(self) -> dg.AssetsDefinition:
        specs = [checks.LAST_GOOD_IS_RECENT, checks.NOTHING_IS_HALF]

        @managed_asset(**self._options("inventory", specs))
        def inventory() -> dg.MaterializeResult:
            """Every backup with its size, its contents and whether it is known to be good."""
            return assets.listed(self.settings())

        return inventory

    def _verification(self) -> dg.AssetsDefinition:
        specs = [checks.NO_DAMAGE, checks.HAS_DIGESTS]

        @managed_asset(**self._options("verification", specs), pool=BACKUP_POOL)
        def verification(context: dg.AssetExecutionContext) -> Judged:
            """The newest backup and an older one, read and found good without a server."""
            yield from assets.verified(context, self.settings())

        return verification

    def _retention(self) -> dg.AssetsDefinition:
        specs = [retention.LAST_GOOD_IS_KEPT, retention.POLICY_HOLDS]

        @managed_asset(**self._options("retention", specs, "verification"), pool=BACKUP_POOL)
        def kept(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            """The backups that are kept by days, weeks and months; others go."""
            return retention.retained(context, self.settings())

        return kept

    def _copies(self) -> dg.AssetsDefinition:
        specs = [copies.COPIES_ARE_WHOLE, copies.LAST_GOOD_IS_COPIED]

        @managed_asset(**self._options("copies", specs, "verification"), pool=BACKUP_POOL)
        def copied(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            """The verified backups at another place, encrypted where keys are set."""
            return copies.copied(context, self.settings())

        return copied

    def _restore_test(self) -> dg.AssetsDefinition:
        influx = self.server.resource()
        specs = [restoring.COMES_BACK_EQUAL, restoring.PROOF_IS_RECENT]

        @managed_asset(**self._options("restore_test", specs, "verification"), pool=BACKUP_POOL)
        def tried(context: dg.AssetExecutionContext) -> Judged:
            """The newest proven restore: a bucket of the newest good backup, on trial."""
            yield from restoring.tried(context, influx, self.settings())

        return tried
