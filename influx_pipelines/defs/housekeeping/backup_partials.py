"""What killed processes left among the backups, also where retention does not run."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.backups.errors import BackupBusy
from influx_pipelines.backups.prune import abandoned, remove_abandoned
from influx_pipelines.defs.policies import BACKUP_POOL, managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import EstateResource, failures_explained

KEY = ["housekeeping", "backup_partials"]

NONE_ABANDONED = check_spec(
    "none_abandoned",
    asset=KEY,
    description="No unfinished backup is left that was begun more than a day ago.",
)


@managed_asset(
    key=KEY,
    group_name="housekeeping",
    code_version="1",
    pool=BACKUP_POOL,
    check_specs=[NONE_ABANDONED],
)
def backup_partials(
    context: dg.AssetExecutionContext, estate: EstateResource
) -> dg.MaterializeResult:
    """Unfinished backups that nobody goes on with, removed; finished ones are not looked at."""
    folder, now = estate.settings().backups, datetime.now(UTC)
    removed: tuple[str, ...] = ()
    with failures_explained():
        try:
            removed = remove_abandoned(folder, now)
        except BackupBusy as busy:
            context.log.info("Nothing is removed this time: %s", busy)
        left = abandoned(folder, now)
    return dg.MaterializeResult(
        metadata={
            "summary": f"{len(removed)} abandoned backups removed",
            "removed_partials": len(removed),
            "removed": metadata.names(removed),
        },
        check_results=[none_abandoned(left)],
    )


def none_abandoned(left: Sequence[str]) -> dg.AssetCheckResult:
    """Judge by what is left."""
    return dg.AssetCheckResult(
        check_name=NONE_ABANDONED.name,
        passed=not left,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"abandoned": metadata.names(left)},
    )
