"""When statuses are read back: at once when a level changed unheard, else every ten minutes.

And when messages are sent: as soon as one is due.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.automation import sensor_status
from influx_pipelines.defs.ranges import UNFINISHED
from influx_pipelines.resources import AlertStoreResource, EstateResource, InfluxDBResource

EVERY = timedelta(minutes=10)
LOOK_BACK = timedelta(minutes=30)


@dg.sensor(
    name="new_statuses",
    target=dg.AssetSelection.assets(["alerts", "statuses"], ["alerts", "incidents"]),
    minimum_interval_seconds=30,
    default_status=sensor_status(),
    description="Reads statuses back as soon as a level changed that no webhook told of, and every "
    "ten minutes whatever happened.",
)
def new_statuses(
    context: dg.SensorEvaluationContext,
    influx: InfluxDBResource,
    estate: EstateResource,
    alert_store: AlertStoreResource,
) -> dg.SensorResult | dg.SkipReason:
    """Compare the newest statuses with the tables; the cursor is the time of the last request."""
    from influx_pipelines.alerts.news import newest_change

    now = datetime.now(UTC)
    last = _time(context.cursor)
    try:
        bucket = estate.settings().findings_bucket
        with (
            influx.client() as client,
            alert_store.database() as database,
            database.reading() as session,
        ):
            changed = newest_change(client, session, bucket, now - LOOK_BACK, now)
    except dg.Failure as failure:
        return dg.SkipReason(f"New statuses could not be looked for: {failure.description}")
    if changed is None and last and now - last < EVERY:
        return dg.SkipReason("No level changed that the tables do not know of.")
    # A change is asked for once, however long its run waits.
    run_key = f"changed {changed.isoformat()}" if changed else f"due {now.isoformat()}"
    request = dg.RunRequest(run_key=run_key)
    return dg.SensorResult(run_requests=[request], cursor=now.isoformat())


@dg.sensor(
    name="messages_due",
    target=dg.AssetSelection.assets(["alerts", "deliveries"]),
    minimum_interval_seconds=30,
    default_status=sensor_status(),
    description="Sends what is to be told of incidents as soon as it is due, and looks at the "
    "channels every ten minutes whatever happened.",
)
def messages_due(
    context: dg.SensorEvaluationContext, alert_store: AlertStoreResource
) -> dg.SensorResult | dg.SkipReason:
    """Look for messages to be sent; one run at a time, since a run sends all of them."""
    from influx_pipelines.alerts.delivery.overview import is_due

    now = datetime.now(UTC)
    last = _time(context.cursor)
    try:
        with alert_store.database() as database, database.reading() as session:
            due = is_due(session, now)
    except dg.Failure as failure:
        return dg.SkipReason(f"Messages could not be looked for: {failure.description}")
    if not due and last and now - last < EVERY:
        return dg.SkipReason("No message is due.")
    if _is_running(context.instance, dg.AssetKey(["alerts", "deliveries"])):
        return dg.SkipReason("A run is sending messages.")
    return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=now.isoformat())


def _is_running(instance: dg.DagsterInstance, key: dg.AssetKey) -> bool:
    runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    return any(key in (run.asset_selection or ()) for run in runs)


def _time(cursor: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(cursor or "")
    except ValueError:
        return None
