"""The messages that were sent, as an asset: a run of it sends what is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.alerts import checks
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.resources import AlertStoreResource, EstateResource, failures_explained

if TYPE_CHECKING:
    from influx_pipelines.alerts.models import Delivery

SHOWN = 20


@managed_asset(
    key=["alerts", "deliveries"],
    group_name="alerts",
    code_version="1",
    deps=[["alerts", "incidents"]],
    check_specs=[checks.DELIVERED],
)
def deliveries(estate: EstateResource, alert_store: AlertStoreResource) -> dg.MaterializeResult:
    """Messages of incidents that begin, change, last and end, over the channels of alerts.yaml."""
    from influx_pipelines.alerts.delivery import overview
    from influx_pipelines.alerts.delivery.load import load_config
    from influx_pipelines.alerts.delivery.worker import deliver_due

    with failures_explained():
        config = load_config(estate.path())
    channels = [channel.name for channel in config.channels]
    command = estate.settings().secret_command
    with alert_store.database() as database:
        done = deliver_due(database, config, secret_command=command)
        with database.reading() as session:
            judged = checks.delivered(session, channels, datetime.now(UTC))
            states = overview.counts(session)
            newest = _rows(overview.newest(session, SHOWN))
    text = f"{done.sent} sent, {done.failed} to be tried again, {done.dead} given up"
    return dg.MaterializeResult(
        metadata={
            "summary": text if channels else "no channel is declared in alerts.yaml",
            "sent": done.sent,
            "failed": done.failed,
            "given_up": done.dead,
            "channels": metadata.names(channels),
            "deliveries_by_state": metadata.json_value(states),
            "newest": metadata.table(newest, empty="nothing was told yet"),
        },
        check_results=[judged],
    )


def _rows(found: Sequence[Delivery]) -> list[dict[str, Any]]:
    return [
        {
            "told": f"{one.created_at:%Y-%m-%d %H:%M:%S}",
            "what": one.notice.kind,
            "level": one.notice.level,
            "message": one.notice.message,
            "channel": one.channel,
            "state": one.state,
            "tries": one.attempts,
            "outcome": one.outcome,
            "delivery": one.delivery_id,
        }
        for one in found
    ]
