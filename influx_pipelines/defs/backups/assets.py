"""The backup itself, what there is of them, and the proof that they can be read."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

import dagster as dg
from pydantic import Field

from influx_pipelines.backups.inventory import Inventory, Listed, take_inventory
from influx_pipelines.backups.report import Report
from influx_pipelines.backups.rereading import due, read_again
from influx_pipelines.backups.sets import open_set
from influx_pipelines.backups.take import take
from influx_pipelines.defs.backups import checks, report
from influx_pipelines.defs.backups.progress import logged
from influx_pipelines.defs.policies import BACKUP_POOL, managed_asset
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained
from influx_pipelines.settings import Settings

SHOWN = 10  # damages of the sentence; the table has more


class BackupConfig(dg.Config):
    """Which kind of backup; unset: as INFLUX_PIPELINES_BACKUP_KIND says."""

    kind: Literal["", "auto", "native", "logical"] = ""


@managed_asset(
    key=checks.BACKUP,
    group_name="backups",
    code_version="1",
    pool=BACKUP_POOL,
    deps=[["influx", "server"]],
    check_specs=[checks.IS_GOOD, checks.HOLDS_EVERY_BUCKET, checks.SIZE_IS_PLAUSIBLE],
)
def backup(
    context: dg.AssetExecutionContext,
    config: BackupConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
) -> dg.MaterializeResult:
    """A new backup of the server, in a folder of its own, complete and read again once taken."""
    settings = estate.settings()
    if config.kind:
        settings = settings.model_copy(update={"backup_kind": config.kind})
    return taken(context, influx, settings)


def taken(
    context: dg.AssetExecutionContext, influx: InfluxDBResource, settings: Settings
) -> dg.MaterializeResult:
    """Take a backup and judge it by the three checks of `backup`."""
    with influx.operator() as client:
        there = [bucket.name for bucket in client.buckets()]
        made = take(client, settings, progress=logged(context.log))
    found = take_inventory(settings.backups)
    new = next(one for one in found.listed if one.backup.name == made.name)
    assert new.report is not None, "taking it ends with a report"
    assert made.record is not None, "every backup of ours has a side file"
    held = [bucket.name for bucket in made.record.buckets]
    return dg.MaterializeResult(
        data_version=dg.DataVersion(made.fingerprint),
        metadata=report.backup_metadata(new),
        check_results=[
            checks.is_good(made.name, new.report),
            checks.holds_every_bucket(there, held),
            checks.size_is_plausible(new, _before(new, found)),
        ],
    )


def _before(new: Listed, found: Inventory) -> Listed | None:
    """The good backup of the same kind before a new one."""
    older = found.listed[found.listed.index(new) + 1 :]
    return next((one for one in older if one.good and one.backup.kind == new.backup.kind), None)


@managed_asset(
    key=checks.INVENTORY,
    group_name="backups",
    code_version="1",
    pool=BACKUP_POOL,
    deps=[checks.BACKUP],
    check_specs=[checks.LAST_GOOD_IS_RECENT, checks.NOTHING_IS_HALF],
)
def inventory(estate: EstateResource) -> dg.MaterializeResult:
    """Every backup of the folder with its size, its contents and whether it is known to be good."""
    return listed(estate.settings())


def listed(settings: Settings) -> dg.MaterializeResult:
    """List the backups and judge them by the two checks of `inventory`."""
    with failures_explained():
        found = take_inventory(settings.backups)
    return dg.MaterializeResult(
        metadata=report.inventory_metadata(found),
        check_results=[
            checks.last_good_is_recent(found, datetime.now(UTC)),
            checks.nothing_is_half(found),
        ],
    )


class VerificationConfig(dg.Config):
    """Which backups are read."""

    names: list[str] = Field(
        default=[],
        description="Names of backups. When there are none: the newest, and the one whose turn it "
        "is among the others.",
    )


@managed_asset(
    key=checks.VERIFICATION,
    group_name="backups",
    code_version="1",
    pool=BACKUP_POOL,
    deps=[checks.BACKUP],
    check_specs=[checks.NO_DAMAGE, checks.HAS_DIGESTS],
)
def verification(
    context: dg.AssetExecutionContext, config: VerificationConfig, estate: EstateResource
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """The newest backup and an older one, read from the disk and found good without a server."""
    yield from verified(context, estate.settings(), config.names)


def verified(
    context: dg.AssetExecutionContext, settings: Settings, names: Sequence[str] = ()
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """Read backups again, those whose turn it is without names; judge by the two checks."""
    folder = settings.backups
    reports: dict[str, Report] = {}
    with failures_explained():
        chosen = [open_set(folder / name) for name in names] or due(folder)
        for one in chosen:
            context.log.info("Reading %s", one.name)
            reports[one.name] = read_again(one, logged(context.log))
    yield checks.no_damage(reports)
    yield checks.has_digests({one.name: one.record is not None for one in chosen})
    if damages := [f"{name}: {one}" for name, r in reports.items() for one in r.damages]:
        raise dg.Failure(
            f"{len(damages)} damages: {'; '.join(damages[:SHOWN])}",
            metadata={"damages": report.damages_of(reports)},
            allow_retries=False,
        )
    yield dg.MaterializeResult(metadata=report.verification_metadata(reports))
