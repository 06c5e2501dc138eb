"""Dagster's own history: old runs go, the last good one of each asset and partition stays."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.housekeeping.failures import recent_failures
from influx_pipelines.defs.housekeeping.prune import Pruned, folder_bytes, prune_runs
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import EstateResource

BOUNDED = check_spec(
    "history_is_bounded",
    asset=["housekeeping", "run_history"],
    description="No finished run is older than the limit, but those that are the last good ones.",
)


@managed_asset(
    key=["housekeeping", "run_history"],
    group_name="housekeeping",
    code_version="1",
    check_specs=[BOUNDED],
)
def run_history(context: dg.AssetExecutionContext, estate: EstateResource) -> dg.MaterializeResult:
    """The history of runs, pruned; with the failures of late."""
    settings = estate.settings()
    limit = datetime.now(UTC) - timedelta(days=settings.keep_runs_days)
    storage = settings.home / "dagster"
    before = folder_bytes(storage)
    pruned = prune_runs(context.instance, limit)
    context.log.info("%d runs deleted, %d old ones kept", pruned.deleted, pruned.kept_old)
    return dg.MaterializeResult(
        metadata={
            "summary": f"{pruned.deleted} old runs deleted",
            "deleted_runs": pruned.deleted,
            "kept_as_last_good": pruned.kept_old,
            "runs": context.instance.get_runs_count(),
            "megabytes_before": round(before / 1e6, 1),
            "megabytes_after": round(folder_bytes(storage) / 1e6, 1),
            "recent_failures": metadata.table(
                recent_failures(settings.home), empty="no run failed of late"
            ),
        },
        check_results=[bounded(pruned, limit)],
    )


def bounded(pruned: Pruned, limit: datetime) -> dg.AssetCheckResult:
    """Judge a pruning by what it left."""
    return dg.AssetCheckResult(
        check_name="history_is_bounded",
        passed=pruned.left == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"old_runs_left": pruned.left, "older_than": limit.isoformat()},
    )
