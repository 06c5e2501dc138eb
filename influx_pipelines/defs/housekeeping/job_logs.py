"""Logs of CI jobs that were kept for long enough, also where nothing is fetched any more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import EstateResource, failures_explained
from influx_pipelines.sources.ci.passing import open_store

KEY = ["housekeeping", "job_logs"]

BOUNDED = check_spec(
    "job_logs_are_bounded", asset=KEY, description="No log of a CI job is older than the limit."
)


@managed_asset(key=KEY, group_name="housekeeping", code_version="1", check_specs=[BOUNDED])
def job_logs(estate: EstateResource) -> dg.MaterializeResult:
    """Logs of CI jobs, without those of days past INFLUX_PIPELINES_CI_KEEP_LOGS_DAYS."""
    settings = estate.settings()
    before = datetime.now(UTC).date() - timedelta(days=settings.ci_keep_logs_days)
    with failures_explained():
        store = open_store(settings)
        deleted = store.delete_logs(before)
        left = len(store.folders_of_logs(before))
    return dg.MaterializeResult(
        metadata={
            "summary": f"logs of {deleted} days deleted",
            "deleted_days": deleted,
            "repositories": len(store.repositories()),
        },
        check_results=[bounded(left, before)],
    )


def bounded(left: int, before: date) -> dg.AssetCheckResult:
    """Judge by the days whose logs should have gone."""
    return dg.AssetCheckResult(
        check_name=BOUNDED.name,
        passed=left == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"days_with_old_logs": left, "before": before.isoformat()},
    )
