"""The alerts as assets. What they need of SQLAlchemy is imported when they run."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines import metadata, plots
from influx_pipelines.defs.alerts import checks
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.resources import AlertStoreResource, EstateResource, InfluxDBResource

SHOWN = timedelta(days=3)
KEPT_BY_INFLUXDB = timedelta(days=7)


@managed_asset(
    key=["alerts", "statuses"],
    group_name="alerts",
    code_version="1",
    deps=[["influx", "monitoring_checks"], ["influx", "tasks"]],
    check_specs=[checks.NO_GAP, checks.NOTHING_LOST],
)
def statuses(
    context: dg.AssetExecutionContext,
    influx: InfluxDBResource,
    estate: EstateResource,
    alert_store: AlertStoreResource,
) -> dg.MaterializeResult:
    """What checks and tasks said of each series, read back from InfluxDB and kept for good."""
    from influx_pipelines.alerts.gap import gaps
    from influx_pipelines.alerts.reconcile import findings_road, reconcile
    from influx_pipelines.alerts.store import Recorded
    from influx_pipelines.alerts.summary import newest_statuses, series_by_level
    from influx_pipelines.defs.alerts.report import status_table

    bucket = estate.settings().findings_bucket
    with influx.client() as client, alert_store.database() as database:
        done = reconcile(client, database)
        try:
            found = reconcile(client, database, findings_road(bucket)).recorded
        except NotFound:
            context.log.info("No bucket %s: no findings of application tasks", bucket)
            found = Recorded()
        with database.reading() as session:
            missing = gaps(client, session, done.read_until - KEPT_BY_INFLUXDB, done.read_until)
            levels = series_by_level(session, client.org)
            newest = status_table(newest_statuses(session, client.org))
    return dg.MaterializeResult(
        metadata={
            "summary": f"{done.recorded.new} new statuses, {found.new} new findings",
            "new": done.recorded.new,
            "known": done.recorded.known,
            "new_findings": found.new,
            "refused_rows": done.refused,
            "fallen_silent": done.vanished,
            "read_from": done.read_from.isoformat(timespec="seconds"),
            "read_until": done.read_until.isoformat(timespec="seconds"),
            "series_by_level": metadata.json_value(levels),
            "newest": newest,
        },
        check_results=[checks.no_gap(missing), checks.nothing_lost(done.lost, done.read_from)],
    )


@managed_asset(
    key=["alerts", "incidents"],
    group_name="alerts",
    code_version="1",
    deps=[["alerts", "statuses"]],
    check_specs=[checks.ACKNOWLEDGED],
)
def incidents(
    influx: InfluxDBResource, estate: EstateResource, alert_store: AlertStoreResource
) -> dg.MaterializeResult:
    """What is wrong with which series since when, by check and tags; old history is deleted."""
    from influx_pipelines.alerts.retention import expire
    from influx_pipelines.alerts.summary import (
        forgotten,
        incident_row,
        recent_incidents,
        timeline_rows,
    )

    now = datetime.now(UTC)
    keep = timedelta(days=estate.settings().keep_alerts_days)
    org = influx.connection().org
    with alert_store.database() as database:
        expired = expire(database, keep, now)
        with database.reading() as session:
            recent = recent_incidents(session, org, now - SHOWN)
            late = [incident_row(one) for one in forgotten(session, org, now - checks.FORGOTTEN)]
    going_on = [one for one in recent if one.state != "resolved"]
    bars = timeline_rows(recent, now - SHOWN, now)
    return dg.MaterializeResult(
        metadata={
            "summary": f"{len(going_on)} going on",
            "going_on": len(going_on),
            "critical": sum(one.level == "crit" for one in going_on),
            "acknowledged": sum(one.state == "acknowledged" for one in going_on),
            "incidents": metadata.table(map(incident_row, recent), empty="no incident"),
            "timeline": metadata.picture(
                plots.timeline(
                    bars, title="Incidents of the last three days", start=now - SHOWN, stop=now
                ),
                "incidents",
            ),
            "expired_statuses": expired.statuses,
            "expired_incidents": expired.incidents,
        },
        check_results=[checks.acknowledged(late)],
    )
