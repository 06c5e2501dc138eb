"""Messages that were told long ago, of incidents that still go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import AlertStoreResource, EstateResource

KEY = ["housekeeping", "delivery_history"]

BOUNDED = check_spec(
    "delivery_history_is_bounded",
    asset=KEY,
    description="Nothing of the alerts is older than the limit, but what still goes on.",
)


@managed_asset(key=KEY, group_name="housekeeping", code_version="1", check_specs=[BOUNDED])
def delivery_history(
    estate: EstateResource, alert_store: AlertStoreResource
) -> dg.MaterializeResult:
    """The history of alerts and of what was told, by INFLUX_PIPELINES_KEEP_ALERTS_DAYS."""
    from influx_pipelines.alerts.retention import expire, expire_repeats, overdue

    keep, now = timedelta(days=estate.settings().keep_alerts_days), datetime.now(UTC)
    with alert_store.database() as database:
        expired = expire(database, keep, now)
        repeats = expire_repeats(database, keep, now)
        with database.reading() as session:
            left = overdue(session, keep, now)
    return dg.MaterializeResult(
        metadata={
            "summary": f"{expired.incidents} incidents and {repeats} repeats deleted",
            "deleted_incidents": expired.incidents,
            "deleted_statuses": expired.statuses,
            "deleted_repeats": repeats,
            "deleted_silences": expired.silences,
        },
        check_results=[bounded(left)],
    )


def bounded(left: int) -> dg.AssetCheckResult:
    """Judge by what should be gone."""
    return dg.AssetCheckResult(
        check_name=BOUNDED.name,
        passed=left == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"old_rows_left": left},
    )
